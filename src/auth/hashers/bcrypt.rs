//! `bcrypt_sha256$$2b$12$…` over the hexadecimal SHA-256 of the password, and plain `bcrypt$$2b$12$…`, which sees the
//! first 72 bytes only and is there to be verified.

use bcrypt::Version;

use super::{PasswordHasher, options::Options};
use crate::crypto::sha256_hex;

const ROUNDS: u32 = 12;
/// The most that a stored hash may ask for: some seven seconds.
const MAX_ROUNDS: u32 = 16;

struct Bcrypt {
    algorithm: &'static str,
    digest: bool,
    rounds: u32,
}

pub(super) fn make_sha256(options: &mut Options<'_>) -> Box<dyn PasswordHasher> {
    Box::new(Bcrypt {
        algorithm: "bcrypt_sha256",
        digest: true,
        rounds: options.number("rounds", ROUNDS, 4..=MAX_ROUNDS),
    })
}

pub(super) fn make(options: &mut Options<'_>) -> Box<dyn PasswordHasher> {
    Box::new(Bcrypt { algorithm: "bcrypt", digest: false, rounds: options.number("rounds", ROUNDS, 4..=MAX_ROUNDS) })
}

/// The rounds and what the bcrypt library wrote, as `$2b$12$…`.
fn decode(encoded: &str) -> Option<(u32, &str)> {
    let written = encoded.split_once('$')?.1;
    let rounds = written.split('$').nth(2)?.parse().ok().filter(|rounds| (4..=MAX_ROUNDS).contains(rounds))?;
    Some((rounds, written))
}

impl Bcrypt {
    fn input(&self, password: &str) -> String {
        if self.digest { sha256_hex(password) } else { password.to_owned() }
    }
}

impl PasswordHasher for Bcrypt {
    fn algorithm(&self) -> &'static str {
        self.algorithm
    }

    fn encode(&self, password: &str) -> String {
        let written = bcrypt::hash_with_result(self.input(password), self.rounds)
            .unwrap_or_else(|error| unreachable!("rounds were checked at the start: {error}"));
        format!("{}${}", self.algorithm, written.format_for_version(Version::TwoB))
    }

    fn verify(&self, password: &str, encoded: &str) -> bool {
        let Some((_, written)) = decode(encoded) else {
            return false;
        };
        bcrypt::verify(self.input(password), written).unwrap_or(false)
    }

    fn parameters(&self, encoded: &str) -> Option<String> {
        decode(encoded).map(|(rounds, _)| rounds.to_string())
    }

    fn own_parameters(&self) -> String {
        self.rounds.to_string()
    }

    fn like(&self, encoded: &str) -> Option<Box<dyn PasswordHasher>> {
        let (rounds, _) = decode(encoded)?;
        Some(Box::new(Self { algorithm: self.algorithm, digest: self.digest, rounds }))
    }
}
