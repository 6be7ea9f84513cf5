//! `scrypt$16384$salt$8$5$hash`: work factor, salt, block size, parallelism, hash.

use scrypt::Params;

use super::{PasswordHasher, base64, from_base64, new_salt, options::Options, same_bytes};

const WORK_FACTOR: u32 = 16_384;
const BLOCK_SIZE: u32 = 8;
const PARALLELISM: u32 = 5;
const HASH_BYTES: usize = 64;
/// The most memory that a stored hash may ask for: 128 · N · r bytes.
const MAX_BYTES: u64 = 1 << 30;
const MAX_PARALLELISM: u32 = 64;

#[derive(Clone, Copy)]
struct Cost {
    work_factor: u32,
    block_size: u32,
    parallelism: u32,
}

struct Scrypt(Cost);

pub(super) fn make(options: &mut Options<'_>) -> Box<dyn PasswordHasher> {
    Box::new(Scrypt(Cost {
        work_factor: options.number("work_factor", WORK_FACTOR, 2..=1 << 20).next_power_of_two(),
        block_size: options.number("block_size", BLOCK_SIZE, 1..=64),
        parallelism: options.number("parallelism", PARALLELISM, 1..=MAX_PARALLELISM),
    }))
}

/// Cost, salt and hash.
fn decode(encoded: &str) -> Option<(Cost, &str, &str)> {
    let mut parts = encoded.splitn(6, '$').skip(1);
    let work_factor: u32 = parts.next()?.parse().ok()?;
    let salt = parts.next()?;
    let (block_size, parallelism): (u32, u32) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let hash = parts.next()?;
    let memory = 128_u64.checked_mul(work_factor.into())?.checked_mul(block_size.into())?;
    let sane = work_factor.is_power_of_two() && memory <= MAX_BYTES && (1..=MAX_PARALLELISM).contains(&parallelism);
    sane.then_some((Cost { work_factor, block_size, parallelism }, salt, hash))
}

impl Cost {
    fn derive(self, password: &str, salt: &str) -> Option<Vec<u8>> {
        let log_n = u8::try_from(self.work_factor.trailing_zeros()).ok()?;
        let params = Params::new(log_n, self.block_size, self.parallelism).ok()?;
        let mut hash = vec![0; HASH_BYTES];
        scrypt::scrypt(password.as_bytes(), salt.as_bytes(), &params, &mut hash).ok()?;
        Some(hash)
    }

    fn memory(self) -> u64 {
        128 * u64::from(self.work_factor) * u64::from(self.block_size)
    }

    fn text(self) -> String {
        format!("{}${}${}", self.work_factor, self.block_size, self.parallelism)
    }
}

impl PasswordHasher for Scrypt {
    fn algorithm(&self) -> &'static str {
        "scrypt"
    }

    fn encode(&self, password: &str) -> String {
        let salt = new_salt();
        let hash = self.0.derive(password, &salt).unwrap_or_else(|| unreachable!("bounds were checked at the start"));
        let Cost { work_factor, block_size, parallelism } = self.0;
        format!("scrypt${work_factor}${salt}${block_size}${parallelism}${}", base64(&hash))
    }

    fn verify(&self, password: &str, encoded: &str) -> bool {
        let Some((cost, salt, hash)) = decode(encoded) else {
            return false;
        };
        let (Some(computed), Some(stored)) = (cost.derive(password, salt), from_base64(hash)) else {
            return false;
        };
        same_bytes(&computed, &stored)
    }

    fn parameters(&self, encoded: &str) -> Option<String> {
        decode(encoded).map(|(cost, ..)| cost.text())
    }

    fn own_parameters(&self) -> String {
        self.0.text()
    }

    fn memory(&self, encoded: &str) -> u64 {
        decode(encoded).map_or(0, |(cost, _, _)| cost.memory())
    }

    fn own_memory(&self) -> u64 {
        self.0.memory()
    }

    fn like(&self, encoded: &str) -> Option<Box<dyn PasswordHasher>> {
        decode(encoded).map(|(cost, ..)| Box::new(Self(cost)) as Box<_>)
    }
}
