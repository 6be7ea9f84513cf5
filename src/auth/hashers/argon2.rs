//! `argon2$argon2id$v=19$m=19456,t=2,p=1$salt$hash`, as argon2-cffi writes it behind Django's `argon2`.

use std::cell::RefCell;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};

use super::{PasswordHasher, new_salt, options::Options, same_bytes};

/// OWASP's recommendation (Password Storage Cheat Sheet): 19 MiB, two passes, one lane. Django's own is 100 MiB.
const MEMORY_KIB: u32 = 19_456;
const TIME: u32 = 2;
const LANES: u32 = 1;
/// The most that a stored hash may ask for: 1 GiB.
const MAX_MEMORY_KIB: u32 = 1_048_576;
const MAX_TIME: u32 = 32;
const MAX_LANES: u32 = 64;
const HASH_BYTES: usize = 32;

struct Argon2Hasher {
    memory: u32,
    time: u32,
    lanes: u32,
}

pub(super) fn make(options: &mut Options<'_>) -> Box<dyn PasswordHasher> {
    Box::new(Argon2Hasher {
        memory: options.number("memory_cost", MEMORY_KIB, 8..=MAX_MEMORY_KIB),
        time: options.number("time_cost", TIME, 1..=MAX_TIME),
        lanes: options.number("parallelism", LANES, 1..=MAX_LANES),
    })
}

struct Decoded<'a> {
    variety: &'a str,
    version: u32,
    memory: u32,
    time: u32,
    lanes: u32,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

fn decode(encoded: &str) -> Option<Decoded<'_>> {
    let mut parts = encoded.strip_prefix("argon2$")?.split('$');
    let variety = parts.next()?;
    let mut next = parts.next()?;
    let version = match next.strip_prefix("v=") {
        Some(version) => {
            next = parts.next()?;
            version.parse().ok()?
        }
        None => 16,
    };
    let mut numbers = next.split(',');
    let mut number = |name: &str| numbers.next()?.strip_prefix(name)?.parse::<u32>().ok();
    let (memory, time, lanes) = (number("m=")?, number("t=")?, number("p=")?);
    let (salt, hash) = (STANDARD_NO_PAD.decode(parts.next()?).ok()?, STANDARD_NO_PAD.decode(parts.next()?).ok()?);
    parts.next().is_none().then_some(Decoded { variety, version, memory, time, lanes, salt, hash })
}

/// The most blocks of a kibibyte that a thread keeps for its next hash.
const KEPT_BLOCKS: usize = 32_768;

thread_local! {
    /// To be given this memory anew for each hash would cost a fifth of the hash's time.
    static MEMORY: RefCell<Vec<Block>> = const { RefCell::new(Vec::new()) };
}

/// Lends `work` so many blocks, whatever stands in them.
fn with_memory<T>(blocks: usize, work: impl FnOnce(&mut [Block]) -> T) -> T {
    MEMORY.with_borrow_mut(|memory| {
        if memory.len() < blocks {
            // Not grown: what stands there need not be copied.
            *memory = Vec::new();
            memory.resize(blocks, Block::new());
        }
        let done = work(&mut memory[..blocks]);
        if memory.len() > KEPT_BLOCKS {
            *memory = Vec::new();
        }
        done
    })
}

/// Gives back what this thread keeps.
pub(super) fn release_memory() {
    MEMORY.take();
}

impl Decoded<'_> {
    fn hash(&self, password: &str) -> Option<Vec<u8>> {
        if self.memory > MAX_MEMORY_KIB || self.time > MAX_TIME || self.lanes > MAX_LANES {
            return None;
        }
        let algorithm = match self.variety {
            "argon2id" => Algorithm::Argon2id,
            "argon2i" => Algorithm::Argon2i,
            "argon2d" => Algorithm::Argon2d,
            _ => return None,
        };
        let version = Version::try_from(self.version).ok()?;
        let params = Params::new(self.memory, self.time, self.lanes, Some(self.hash.len())).ok()?;
        let mut hash = vec![0; self.hash.len()];
        let blocks = params.block_count();
        let argon2 = Argon2::new(algorithm, version, params);
        with_memory(blocks, |memory| {
            argon2.hash_password_into_with_memory(password.as_bytes(), &self.salt, &mut hash, memory).ok()
        })?;
        Some(hash)
    }

    fn parameters(&self) -> String {
        format!("{}$v={}$m={},t={},p={}", self.variety, self.version, self.memory, self.time, self.lanes)
    }
}

impl PasswordHasher for Argon2Hasher {
    fn algorithm(&self) -> &'static str {
        "argon2"
    }

    fn encode(&self, password: &str) -> String {
        let salt = new_salt();
        let mut decoded = Decoded {
            variety: "argon2id",
            version: 19,
            memory: self.memory,
            time: self.time,
            lanes: self.lanes,
            salt: salt.into_bytes(),
            hash: vec![0; HASH_BYTES],
        };
        decoded.hash = decoded.hash(password).unwrap_or_else(|| unreachable!("bounds were checked at the start"));
        let (salt, hash) = (STANDARD_NO_PAD.encode(&decoded.salt), STANDARD_NO_PAD.encode(&decoded.hash));
        format!("argon2${}${salt}${hash}", decoded.parameters())
    }

    fn verify(&self, password: &str, encoded: &str) -> bool {
        decode(encoded)
            .filter(|decoded| decoded.hash.len() >= 16)
            .and_then(|decoded| Some(same_bytes(&decoded.hash(password)?, &decoded.hash)))
            .unwrap_or(false)
    }

    fn parameters(&self, encoded: &str) -> Option<String> {
        decode(encoded).map(|decoded| decoded.parameters())
    }

    fn own_parameters(&self) -> String {
        format!("argon2id$v=19$m={},t={},p={}", self.memory, self.time, self.lanes)
    }

    fn memory(&self, encoded: &str) -> u64 {
        // What is beyond the bounds is refused before it takes anything.
        decode(encoded).filter(|decoded| decoded.memory <= MAX_MEMORY_KIB).map_or(0, |it| u64::from(it.memory) * 1024)
    }

    fn own_memory(&self) -> u64 {
        u64::from(self.memory) * 1024
    }

    fn salt(&self, encoded: &str) -> Option<String> {
        decode(encoded).map(|decoded| decoded.salt.iter().map(|byte| char::from(*byte)).collect())
    }

    fn like(&self, encoded: &str) -> Option<Box<dyn PasswordHasher>> {
        let decoded = decode(encoded)?;
        let sane = (8..=MAX_MEMORY_KIB).contains(&decoded.memory)
            && (1..=MAX_TIME).contains(&decoded.time)
            && (1..=MAX_LANES).contains(&decoded.lanes);
        sane.then(|| Box::new(Self { memory: decoded.memory, time: decoded.time, lanes: decoded.lanes }) as Box<_>)
    }
}
