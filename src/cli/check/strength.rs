//! Whether new password hashes are as strong as OWASP asks (Password Storage Cheat Sheet).

use crate::{auth::hashers::Hashers, settings::Finding};

/// Memory in KiB and passes of Argon2id that OWASP holds for equally strong.
const ARGON2: [(u32, u32); 5] = [(47_104, 1), (19_456, 2), (12_288, 3), (9_216, 4), (7_168, 5)];
/// Work factor and parallelism of scrypt, with blocks of eight.
const SCRYPT: [(u32, u32); 5] = [(131_072, 1), (65_536, 2), (32_768, 3), (16_384, 5), (8_192, 10)];

/// Says so if they are not. Takes a hash's time.
pub(super) fn weak(hashers: &Hashers) -> Option<Finding> {
    let scheme = hashers.scheme(&hashers.make_password(""))?;
    (!is_strong(&scheme)).then(|| {
        let scheme = scheme.trim_end_matches('$');
        let message = format!("New passwords are hashed with {scheme}, which is too quick to guess through.");
        Finding::new("vestibule.W003", message, "Leave PASSWORD_HASHERS out, or put Argon2id with its defaults first.")
    })
}

/// `scheme` is an algorithm and its parameters, as [`Hashers::scheme`] gives them.
fn is_strong(scheme: &str) -> bool {
    let (algorithm, parameters) = scheme.split_once('$').unwrap_or((scheme, ""));
    let numbers: Vec<u32> = numbers(parameters);
    match (algorithm, numbers.as_slice()) {
        ("argon2", [_version, memory, time, _lanes]) => {
            parameters.starts_with("argon2id$")
                && ARGON2.iter().any(|(least, passes)| memory >= least && time >= passes)
        }
        ("pbkdf2_sha256", [iterations]) => *iterations >= 600_000,
        ("pbkdf2_sha1", [iterations]) => *iterations >= 1_300_000,
        ("bcrypt_sha256" | "bcrypt", [rounds]) => *rounds >= 10,
        ("scrypt", [work, block, lanes]) => {
            *block >= 8 && SCRYPT.iter().any(|(least, parallel)| work >= least && lanes >= parallel)
        }
        _ => false,
    }
}

/// The numbers between `$` and `,`, without the names before them.
fn numbers(parameters: &str) -> Vec<u32> {
    let values = parameters.split(['$', ',']).map(|part| part.rsplit('=').next().unwrap_or_default());
    values.filter_map(|value| value.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::is_strong;

    #[test]
    fn what_owasp_asks_for_is_strong_and_less_is_not() {
        for strong in [
            "argon2$argon2id$v=19$m=19456,t=2,p=1",
            "argon2$argon2id$v=19$m=102400,t=2,p=8",
            "argon2$argon2id$v=19$m=7168,t=5,p=1",
            "pbkdf2_sha256$1000000",
            "bcrypt_sha256$12",
            "scrypt$16384$8$5",
        ] {
            assert!(is_strong(strong), "{strong}");
        }
        for weak in [
            "md5$",
            "argon2$argon2id$v=19$m=19456,t=1,p=1",
            "argon2$argon2i$v=19$m=102400,t=2,p=8",
            "pbkdf2_sha256$260000",
            "pbkdf2_sha1$1000000",
            "bcrypt$4",
            "scrypt$16384$8$1",
        ] {
            assert!(!is_strong(weak), "{weak}");
        }
    }
}
