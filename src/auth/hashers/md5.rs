//! `md5$salt$hash`: for tests and for what very old rows hold; never in the default list.

use ::md5::{Digest, Md5};

use super::{PasswordHasher, new_salt, options::Options, same_bytes};
use crate::crypto::hex;

struct Md5Hasher;

pub(super) fn make(_options: &mut Options<'_>) -> Box<dyn PasswordHasher> {
    Box::new(Md5Hasher)
}

/// Salt and hash.
fn decode(encoded: &str) -> Option<(&str, &str)> {
    encoded.split_once('$')?.1.split_once('$')
}

fn digest(password: &str, salt: &str) -> String {
    hex(&Md5::new().chain_update(salt).chain_update(password).finalize())
}

impl PasswordHasher for Md5Hasher {
    fn algorithm(&self) -> &'static str {
        "md5"
    }

    fn encode(&self, password: &str) -> String {
        let salt = new_salt();
        format!("md5${salt}${}", digest(password, &salt))
    }

    fn verify(&self, password: &str, encoded: &str) -> bool {
        decode(encoded).is_some_and(|(salt, hash)| same_bytes(digest(password, salt).as_bytes(), hash.as_bytes()))
    }

    fn parameters(&self, encoded: &str) -> Option<String> {
        decode(encoded).map(|_| String::new())
    }

    fn own_parameters(&self) -> String {
        String::new()
    }

    fn salt(&self, encoded: &str) -> Option<String> {
        decode(encoded).map(|(salt, _)| salt.to_owned())
    }

    fn like(&self, encoded: &str) -> Option<Box<dyn PasswordHasher>> {
        decode(encoded).map(|_| Box::new(Self) as Box<_>)
    }
}
