//! What may be shown of a hash (`safe_summary`): enough to tell how it was made, and never enough to guess against.

use super::{Hashers, PasswordHasher, is_usable};

/// How many characters are shown of salt and hash.
const SHOWN: usize = 6;

/// What may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Summary {
    /// No password opens this account.
    Unusable,
    /// Nobody here can read it.
    Unknown,
    /// What each of its parts is called, and what is shown of it.
    Known(Vec<(&'static str, String)>),
}

/// By which scheme a password is stored.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// Its algorithm and parameters.
    Known(&'static str, String),
    /// Nobody here can read it.
    Unknown,
    /// There is none.
    Unusable,
}

impl Hashers {
    /// In which way `encoded` was made.
    pub fn way(&self, encoded: &str) -> Scheme {
        // No password at all opens nothing either: so Django leaves people whom it imports.
        if !is_usable(encoded) || encoded.is_empty() {
            return Scheme::Unusable;
        }
        let known = self.identify(encoded).and_then(|hasher| Some((hasher.algorithm(), hasher.parameters(encoded)?)));
        known.map_or(Scheme::Unknown, |(algorithm, parameters)| Scheme::Known(algorithm, parameters))
    }

    /// In which new ones are made.
    pub fn own_way(&self) -> Scheme {
        let own = |hasher: &dyn PasswordHasher| Scheme::Known(hasher.algorithm(), hasher.own_parameters());
        self.configured.first().map_or(Scheme::Unknown, |hasher| own(hasher.as_ref()))
    }

    /// What may be shown of `encoded`.
    pub fn summary(&self, encoded: &str) -> Summary {
        let (algorithm, parameters) = match self.way(encoded) {
            Scheme::Unusable => return Summary::Unusable,
            Scheme::Unknown => return Summary::Unknown,
            Scheme::Known(algorithm, parameters) => (algorithm, parameters),
        };
        let (salt, hash) = secrets(encoded);
        let parts = [
            ("algorithm", algorithm.to_owned()),
            (if algorithm.starts_with("pbkdf2") { "iterations" } else { "parameters" }, parameters),
            ("salt", masked(salt)),
            ("hash", masked(hash)),
        ];
        Summary::Known(parts.into_iter().filter(|(_, value)| !value.is_empty()).collect())
    }
}

/// Salt and hash.
fn secrets(encoded: &str) -> (&str, &str) {
    let parts: Vec<&str> = encoded.split('$').collect();
    match parts.as_slice() {
        // scrypt has its cost in between.
        ["scrypt", _, salt, .., hash] => (salt, hash),
        // 22 characters of bcrypt's last part are the salt.
        [first, .., both] if first.starts_with("bcrypt") => both.split_at_checked(22).unwrap_or(("", both)),
        [.., salt, hash] => (salt, hash),
        _ => ("", ""),
    }
}

/// The first characters, of a short text fewer, and a `*` for each other.
fn masked(text: &str) -> String {
    let all = text.chars().count();
    let shown = SHOWN.min(all / 3);
    text.chars().take(shown).chain(std::iter::repeat_n('*', all - shown)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_every_kind_of_hash_salt_and_hash_stay_unknown() {
        for (encoded, salt, hash) in [
            ("pbkdf2_sha256$10$seasaltyseasalt$aGFzaGhhc2hoYXNo", "seasaltyseasalt", "aGFzaGhhc2hoYXNo"),
            ("argon2$argon2id$v=19$m=8,t=1,p=1$c2VhI3NhbHQ$aGFzaGhhc2g", "c2VhI3NhbHQ", "aGFzaGhhc2g"),
            ("scrypt$16384$seasaltysalt$8$5$aGFzaGhhc2g=", "seasaltysalt", "aGFzaGhhc2g="),
            (
                "bcrypt_sha256$$2b$12$abcdefghijklmnopqrstuv0123456789012345678901234567890",
                "abcdefghijklmnopqrstuv",
                "0123456789012345678901234567890",
            ),
            ("md5$salty$d41d8cd98f00b204e9800998ecf8427e", "salty", "d41d8cd98f00b204e9800998ecf8427e"),
        ] {
            assert_eq!(secrets(encoded), (salt, hash), "{encoded}");
            assert!(masked(salt).starts_with(&salt[..salt.len() / 4]) && masked(salt).ends_with("**"), "{encoded}");
        }
        assert_eq!(masked("aGFzaGhhc2hoYXNoaGFzaGhhc2g"), format!("aGFzaG{}", "*".repeat(21)));
    }
}
