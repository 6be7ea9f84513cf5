//! `pbkdf2_sha256$iterations$salt$hash` and the same over SHA-1. The salt counts as the bytes of its text.

use sha1::Sha1;
use sha2::Sha256;

use super::{PasswordHasher, base64, from_base64, new_salt, options::Options, same_bytes};

/// Django 5.2's number.
const ITERATIONS: u32 = 1_000_000;
/// The most that a stored hash may ask for.
const MAX_ITERATIONS: u32 = 20_000_000;

struct Pbkdf2 {
    algorithm: &'static str,
    bytes: usize,
    derive: fn(&[u8], &[u8], u32, &mut [u8]),
    iterations: u32,
}

pub(super) fn make_sha256(options: &mut Options<'_>) -> Box<dyn PasswordHasher> {
    let iterations = options.number("iterations", ITERATIONS, 1..=MAX_ITERATIONS);
    Box::new(Pbkdf2 { algorithm: "pbkdf2_sha256", bytes: 32, derive: pbkdf2::pbkdf2_hmac::<Sha256>, iterations })
}

pub(super) fn make_sha1(options: &mut Options<'_>) -> Box<dyn PasswordHasher> {
    let iterations = options.number("iterations", ITERATIONS, 1..=MAX_ITERATIONS);
    Box::new(Pbkdf2 { algorithm: "pbkdf2_sha1", bytes: 20, derive: pbkdf2::pbkdf2_hmac::<Sha1>, iterations })
}

/// Iterations, salt and hash.
fn decode(encoded: &str) -> Option<(u32, &str, &str)> {
    let mut parts = encoded.splitn(4, '$').skip(1);
    let iterations = parts.next()?.parse().ok().filter(|iterations| (1..=MAX_ITERATIONS).contains(iterations))?;
    Some((iterations, parts.next()?, parts.next()?))
}

impl Pbkdf2 {
    fn derive(&self, password: &str, salt: &str, iterations: u32) -> Vec<u8> {
        let mut hash = vec![0; self.bytes];
        (self.derive)(password.as_bytes(), salt.as_bytes(), iterations, &mut hash);
        hash
    }
}

impl PasswordHasher for Pbkdf2 {
    fn algorithm(&self) -> &'static str {
        self.algorithm
    }

    fn encode(&self, password: &str) -> String {
        let salt = new_salt();
        let hash = self.derive(password, &salt, self.iterations);
        format!("{}${}${salt}${}", self.algorithm, self.iterations, base64(&hash))
    }

    fn verify(&self, password: &str, encoded: &str) -> bool {
        let Some((iterations, salt, hash)) = decode(encoded) else {
            return false;
        };
        let Some(stored) = from_base64(hash) else {
            return false;
        };
        same_bytes(&self.derive(password, salt, iterations), &stored)
    }

    fn parameters(&self, encoded: &str) -> Option<String> {
        decode(encoded).map(|(iterations, ..)| iterations.to_string())
    }

    fn own_parameters(&self) -> String {
        self.iterations.to_string()
    }

    fn salt(&self, encoded: &str) -> Option<String> {
        decode(encoded).map(|(_, salt, _)| salt.to_owned())
    }

    fn like(&self, encoded: &str) -> Option<Box<dyn PasswordHasher>> {
        let (iterations, ..) = decode(encoded)?;
        Some(Box::new(Self { algorithm: self.algorithm, bytes: self.bytes, derive: self.derive, iterations }))
    }
}
