//! Password hashers: Django's encodings, to the byte (`django.contrib.auth.hashers`).
//!
//! To add one: a file here with a type that implements [`PasswordHasher`], and a line in `REGISTRY`.
//!
//! No crate writes these encodings: djangohashers computes Argon2i under the name of Argon2id. So the primitives come
//! from RustCrypto and the layouts are here.

mod argon2;
mod bcrypt;
mod md5;
mod memory;
mod options;
mod pbkdf2;
mod pool;
mod scrypt;
mod summary;

use std::sync::atomic::{AtomicU64, Ordering};

use base64::{Engine, engine::general_purpose::STANDARD};
pub use options::BadOptions;
pub(in crate::auth) use options::Options;
pub use pool::{HashingPool, Load, Queued};
pub use summary::{Scheme, Summary};

use self::memory::MemoryBudget;
use crate::{
    crypto::{ALPHANUMERIC, random_string},
    settings::{AuthSettings, Component},
};

/// The entropy below which a salt is renewed, in bits.
const SALT_ENTROPY: f64 = 128.0;
/// Characters of a new salt: the fewest that carry that entropy.
const SALT_LENGTH: usize = 22;
/// Before the hash of somebody who can't log in with a password.
const UNUSABLE_PREFIX: char = '!';

/// A way to store passwords.
pub trait PasswordHasher: Send + Sync {
    /// The name before the first `$`.
    fn algorithm(&self) -> &'static str;

    /// A new encoded hash.
    fn encode(&self, password: &str) -> String;

    /// Whether `encoded`, which has this algorithm, is `password`'s. False for what can't be read and for parameters
    /// beyond reason: a row must not be able to exhaust the machine.
    fn verify(&self, password: &str, encoded: &str) -> bool;

    /// The parameters in `encoded`, without salt and hash; `None` for what can't be read.
    fn parameters(&self, encoded: &str) -> Option<String>;

    /// The parameters of new hashes, as [`PasswordHasher::parameters`] reads them.
    fn own_parameters(&self) -> String;

    /// The salt in `encoded`, if its strength is to be watched.
    fn salt(&self, _encoded: &str) -> Option<String> {
        None
    }

    /// The memory that it takes to verify `encoded`, in bytes, if that is worth counting.
    fn memory(&self, _encoded: &str) -> u64 {
        0
    }

    /// The memory that it takes to make a new hash, in bytes.
    fn own_memory(&self) -> u64 {
        0
    }

    /// A hasher that makes new hashes with the parameters in `encoded`.
    fn like(&self, encoded: &str) -> Option<Box<dyn PasswordHasher>>;

    /// Whether new hashes would differ in strength (`must_update`). Any difference counts, as in Django.
    fn must_update(&self, encoded: &str) -> bool {
        let weak = self.salt(encoded).is_some_and(|salt| salt_entropy(&salt) < SALT_ENTROPY);
        weak || self.parameters(encoded).as_deref() != Some(&self.own_parameters())
    }
}

type Make = fn(&mut Options<'_>) -> Box<dyn PasswordHasher>;

/// Hashers by the last part of Django's path.
const REGISTRY: &[(&str, Make)] = &[
    ("Argon2PasswordHasher", argon2::make),
    ("PBKDF2PasswordHasher", pbkdf2::make_sha256),
    ("PBKDF2SHA1PasswordHasher", pbkdf2::make_sha1),
    ("BCryptSHA256PasswordHasher", bcrypt::make_sha256),
    ("BCryptPasswordHasher", bcrypt::make),
    ("ScryptPasswordHasher", scrypt::make),
    ("MD5PasswordHasher", md5::make),
];

/// What is verified when nothing is configured; the first makes new hashes. MD5 is left out, as in Django.
const DEFAULT: &[&str] = &[
    "Argon2PasswordHasher",
    "PBKDF2PasswordHasher",
    "PBKDF2SHA1PasswordHasher",
    "BCryptSHA256PasswordHasher",
    "BCryptPasswordHasher",
    "ScryptPasswordHasher",
];

/// What a check of a password found.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verification {
    /// Right.
    Valid,
    /// Right, but the hash is not as new ones are made and is to be replaced.
    Obsolete,
    /// Wrong, or there is nothing to compare with.
    Invalid,
}

impl Verification {
    /// Whether the password was right.
    pub fn is_valid(self) -> bool {
        self != Self::Invalid
    }
}

/// The configured hashers; the first makes new hashes.
pub struct Hashers {
    configured: Vec<Box<dyn PasswordHasher>>,
    memory: MemoryBudget,
    runs: AtomicU64,
}

const MIB: u64 = 1 << 20;

impl Hashers {
    /// The hashers that the settings name; Django's default set with Argon2id first if they name none.
    pub fn new(settings: &AuthSettings) -> Result<Self, BadOptions> {
        let default = || DEFAULT.iter().map(|name| Component::from(*name)).collect();
        let components =
            if settings.password_hashers.is_empty() { default() } else { settings.password_hashers.clone() };
        let hashers: Vec<_> = components.iter().map(make).collect::<Result<_, _>>()?;
        let memory = MemoryBudget::new(u64::from(settings.hashing_memory) * MIB);
        if let Some(large) = hashers.iter().find(|hasher| !memory.holds(hasher.own_memory())) {
            let needed = large.own_memory().div_ceil(MIB);
            let found = format!("{} MiB, and {} needs {needed}", settings.hashing_memory, large.algorithm());
            return Err(BadOptions::other("PASSWORD_HASHING_MEMORY", found, format!("{needed} or more")));
        }
        Ok(Self { configured: hashers, memory, runs: AtomicU64::new(0) })
    }

    /// Makes new hashes as `encoded` was made, so that a Django beside us does not rehash them.
    #[must_use]
    pub fn preferring(mut self, encoded: &str) -> Self {
        if let Some(like) = self.identify(encoded).and_then(|hasher| hasher.like(encoded)) {
            self.configured.retain(|hasher| hasher.algorithm() != like.algorithm());
            self.configured.insert(0, like);
        }
        self
    }

    fn preferred(&self) -> &dyn PasswordHasher {
        &*self.configured[0]
    }

    /// The hasher that made `encoded`; `None` if it is unusable, of no configured algorithm, or would take more memory
    /// than all hashes together may.
    pub fn identify(&self, encoded: &str) -> Option<&dyn PasswordHasher> {
        let algorithm = encoded.split_once('$')?.0;
        let hasher = self.configured.iter().find(|hasher| hasher.algorithm() == algorithm)?;
        let needed = hasher.memory(encoded);
        if !self.memory.holds(needed) {
            let mib = needed.div_ceil(MIB);
            tracing::warn!(mib, algorithm, "a stored hash takes more memory than PASSWORD_HASHING_MEMORY allows");
            return None;
        }
        Some(hasher.as_ref())
    }

    /// Algorithm and parameters of `encoded`, for the measuring of time.
    pub fn scheme(&self, encoded: &str) -> Option<String> {
        let hasher = self.identify(encoded)?;
        Some(format!("{}${}", hasher.algorithm(), hasher.parameters(encoded)?))
    }

    /// A new encoded hash. Takes a hash's time.
    pub fn make_password(&self, password: &str) -> String {
        let preferred = self.preferred();
        let _room = self.memory.take(preferred.own_memory());
        self.runs.fetch_add(1, Ordering::Relaxed);
        preferred.encode(password)
    }

    /// Checks a password. Takes a hash's time.
    pub fn verify(&self, password: &str, encoded: &str) -> Verification {
        let Some(hasher) = self.identify(encoded) else {
            return Verification::Invalid;
        };
        let room = self.memory.take(hasher.memory(encoded));
        self.runs.fetch_add(1, Ordering::Relaxed);
        let valid = hasher.verify(password, encoded);
        drop(room);
        if !valid {
            return Verification::Invalid;
        }
        let preferred = self.preferred();
        if hasher.algorithm() != preferred.algorithm() || preferred.must_update(encoded) {
            Verification::Obsolete
        } else {
            Verification::Valid
        }
    }

    /// How many new hashes there is memory for at once.
    pub fn most_at_once(&self) -> usize {
        match self.preferred().own_memory() {
            0 => usize::MAX,
            bytes => usize::try_from(self.memory.bytes() / bytes).unwrap_or(usize::MAX),
        }
    }

    /// How many hashes were computed since the start.
    pub fn runs(&self) -> u64 {
        self.runs.load(Ordering::Relaxed)
    }

    /// Costs what a check costs, for nobody.
    pub fn burn(&self, password: &str) {
        let _ = self.make_password(password);
    }
}

fn make(component: &Component) -> Result<Box<dyn PasswordHasher>, BadOptions> {
    let found = REGISTRY.iter().find(|(class, _)| *class == component.class());
    let Some((_, make)) = found else {
        let known = REGISTRY.iter().map(|(class, _)| *class).collect::<Vec<_>>().join(", ");
        return Err(BadOptions::unknown("PASSWORD_HASHERS", &component.name, &known));
    };
    let mut options = Options::new("PASSWORD_HASHERS", component);
    let hasher = make(&mut options);
    options.finish().map(|()| hasher)
}

/// A hash that no password matches, for people who log in by other means (`make_password(None)`).
pub fn unusable_password() -> String {
    format!("{UNUSABLE_PREFIX}{}", random_string(40, ALPHANUMERIC))
}

/// Whether somebody can log in with a password at all.
pub fn is_usable(encoded: &str) -> bool {
    !encoded.starts_with(UNUSABLE_PREFIX)
}

fn new_salt() -> String {
    random_string(SALT_LENGTH, ALPHANUMERIC)
}

fn salt_entropy(salt: &str) -> f64 {
    // Lengths of salts are small numbers.
    f64::from(u32::try_from(salt.chars().count()).unwrap_or(u32::MAX)) * 62_f64.log2()
}

fn same_bytes(computed: &[u8], stored: &[u8]) -> bool {
    subtle::ConstantTimeEq::ct_eq(computed, stored).into()
}

fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

fn from_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

#[cfg(test)]
mod tests;
