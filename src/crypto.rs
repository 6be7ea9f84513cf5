//! Django's signing (`django.core.signing`, `django.utils.crypto`): the formats that both programs must agree on.

use std::cell::RefCell;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::settings::Secret;

/// Lower-case letters and digits, of which session keys are made.
pub const LOWERCASE_AND_DIGITS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
/// Letters and digits, of which CSRF secrets and salts are made. The order matters: masks count in it.
pub const ALPHANUMERIC: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
/// Digits of numbers in base 62.
const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The key that signs, and older ones whose signatures still count.
#[derive(Debug, Clone)]
pub struct SecretKeys {
    current: Secret,
    fallbacks: Vec<Secret>,
}

impl SecretKeys {
    /// `current` signs; `fallbacks` only verify, newest first.
    pub fn new(current: Secret, fallbacks: Vec<Secret>) -> Self {
        Self { current, fallbacks }
    }

    /// The key that signs.
    pub fn current(&self) -> &Secret {
        &self.current
    }

    /// Older keys, newest first.
    pub fn fallbacks(&self) -> &[Secret] {
        &self.fallbacks
    }

    /// All of them, the one that signs first. The places of keys count from there.
    pub fn all(&self) -> impl Iterator<Item = &Secret> {
        std::iter::once(&self.current).chain(&self.fallbacks)
    }
}

/// By what a key is told from others: stored beside what it signed, and shown to operators.
pub fn fingerprint(key: &Secret) -> String {
    // The audit log was the first to name keys, and its entries keep their names.
    hex(&salted_hmac("vestibule.audit.key_id", "", key)[..4])
}

/// `django.utils.crypto.salted_hmac` with SHA-256.
pub fn salted_hmac(salt: &str, value: &str, secret: &Secret) -> [u8; 32] {
    let key = Sha256::new().chain_update(salt).chain_update(secret.expose()).finalize();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap_or_else(|_| unreachable!("HMAC takes any key"));
    mac.update(value.as_bytes());
    mac.finalize().into_bytes().into()
}

/// Whether two texts are equal, in time that tells nothing about where they differ.
pub fn constant_time_eq(left: &str, right: &str) -> bool {
    left.as_bytes().ct_eq(right.as_bytes()).into()
}

/// Lower-case hexadecimal digits of `bytes`.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for digit in bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]) {
        text.push(char::from(DIGITS[usize::from(digit)]));
    }
    text
}

/// SHA-256 of `text` in hexadecimal digits.
pub fn sha256_hex(text: &str) -> String {
    hex(&sha256(text.as_bytes()))
}

/// SHA-256.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

thread_local! {
    static RANDOM: RefCell<RandomBytes> = const { RefCell::new(RandomBytes { bytes: [0; RANDOM_BYTES], left: 0 }) };
}

/// How many random bytes are asked of the system at once.
const RANDOM_BYTES: usize = 1_024;

/// Bytes from the system's generator. Each is given out once and wiped.
struct RandomBytes {
    bytes: [u8; RANDOM_BYTES],
    left: usize,
}

impl RandomBytes {
    fn next(&mut self) -> u8 {
        if self.left == 0 {
            #[expect(clippy::disallowed_methods, reason = "the one place that draws random bytes")]
            getrandom::fill(&mut self.bytes)
                .unwrap_or_else(|error| panic!("the system gives no random bytes: {error}"));
            self.left = self.bytes.len();
        }
        self.left -= 1;
        std::mem::take(&mut self.bytes[self.left])
    }
}

/// Random bytes from the system's generator.
///
/// # Panics
///
/// If the system gives none: nothing that follows would be safe.
pub fn random_bytes<const LENGTH: usize>() -> [u8; LENGTH] {
    RANDOM.with_borrow_mut(|random| std::array::from_fn(|_| random.next()))
}

/// `length` characters of `alphabet`, each equally likely, from the system's generator.
///
/// # Panics
///
/// If the system gives no random bytes: nothing that follows would be safe.
pub fn random_string(length: usize, alphabet: &[u8]) -> String {
    // Bytes beyond the largest multiple of the alphabet's size would favour its first letters.
    let fair = 256 - 256 % alphabet.len();
    RANDOM.with_borrow_mut(|random| {
        let mut text = String::with_capacity(length);
        while text.len() < length {
            let byte = usize::from(random.next());
            if byte < fair {
                text.push(char::from(alphabet[byte % alphabet.len()]));
            }
        }
        text
    })
}

/// Signs `value` and the time, as `django.core.signing.TimestampSigner`.
pub fn sign_with_time(value: &str, salt: &str, unix: i64, keys: &SecretKeys) -> String {
    let stamped = format!("{value}:{}", base62(unix.unsigned_abs()));
    let signature = signature(&stamped, salt, keys.current());
    format!("{stamped}:{signature}")
}

/// What somebody signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signed<'a> {
    /// What it is.
    pub value: &'a str,
    /// When it was signed, in seconds since 1970.
    pub at: i64,
    /// The place of the key that signed it, as [`SecretKeys::all`] counts.
    pub key: usize,
}

/// The value in what [`sign_with_time`] or Django made with any of `keys`, and when it was signed; `None` if the
/// signature is not ours.
pub fn unsign_with_time<'a>(signed: &'a str, salt: &str, keys: &SecretKeys) -> Option<(&'a str, i64)> {
    unsign(signed, salt, keys).map(|signed| (signed.value, signed.at))
}

/// As [`unsign_with_time`], and by which key.
pub fn unsign<'a>(signed: &'a str, salt: &str, keys: &SecretKeys) -> Option<Signed<'a>> {
    let (stamped, given) = signed.rsplit_once(':')?;
    let key = keys.all().position(|key| constant_time_eq(given, &signature(stamped, salt, key)))?;
    let (value, stamp) = stamped.rsplit_once(':')?;
    Some(Signed { value, at: parse_base62(stamp)?, key })
}

/// When something was signed, as it says itself; whether the signature is anybody's is another question.
pub fn signed_at(signed: &str) -> Option<i64> {
    let (stamped, _) = signed.rsplit_once(':')?;
    parse_base62(stamped.rsplit_once(':')?.1)
}

fn signature(value: &str, salt: &str, key: &Secret) -> String {
    URL_SAFE_NO_PAD.encode(salted_hmac(&format!("{salt}signer"), value, key))
}

fn base62(mut number: u64) -> String {
    let mut digits = Vec::new();
    loop {
        digits.push(BASE62[usize::try_from(number % 62).unwrap_or_default()]);
        number /= 62;
        if number == 0 {
            break;
        }
    }
    digits.reverse();
    digits.into_iter().map(char::from).collect()
}

fn parse_base62(text: &str) -> Option<i64> {
    text.bytes().try_fold(0_i64, |number, byte| {
        let digit = BASE62.iter().position(|known| *known == byte)?;
        number.checked_mul(62)?.checked_add(i64::try_from(digit).ok()?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(current: &str, fallbacks: &[&str]) -> SecretKeys {
        SecretKeys::new(Secret::new(current), fallbacks.iter().map(|key| Secret::new(*key)).collect())
    }

    #[test]
    fn what_was_signed_is_read_back_with_its_time() {
        let signed = sign_with_time("value", "salt", 1_700_000_000, &keys("k", &[]));
        assert_eq!(unsign_with_time(&signed, "salt", &keys("k", &[])), Some(("value", 1_700_000_000)));
        assert_eq!(unsign_with_time(&signed, "salt", &keys("new", &["k"])), Some(("value", 1_700_000_000)));
        assert_eq!(unsign_with_time(&signed, "salt", &keys("new", &[])), None);
        assert_eq!(unsign_with_time(&signed, "other", &keys("k", &[])), None);
    }

    #[test]
    fn no_changed_byte_passes() {
        let keys = keys("k", &[]);
        let signed = sign_with_time("value", "salt", 1_700_000_000, &keys);
        for at in 0..signed.len() {
            let mut bytes = signed.clone().into_bytes();
            bytes[at] ^= 1;
            let changed = String::from_utf8(bytes).expect("still ASCII");
            assert_eq!(unsign_with_time(&changed, "salt", &keys), None, "byte {at}");
        }
    }

    #[test]
    fn random_strings_have_the_length_and_the_letters_asked_for() {
        let text = random_string(100, LOWERCASE_AND_DIGITS);
        assert_eq!(text.len(), 100);
        assert!(text.bytes().all(|byte| LOWERCASE_AND_DIGITS.contains(&byte)));
        assert_ne!(text, random_string(100, LOWERCASE_AND_DIGITS));
    }
}
