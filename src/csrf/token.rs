//! Secrets of 32 letters and digits, and masks over them.

use crate::crypto::{ALPHANUMERIC, constant_time_eq, random_string};

const SECRET_LENGTH: usize = 32;
const TOKEN_LENGTH: usize = 2 * SECRET_LENGTH;

pub(super) fn new_secret() -> String {
    random_string(SECRET_LENGTH, ALPHANUMERIC)
}

/// The secret that a browser's cookie holds: bare, or masked as Django did before 4.1.
pub(super) fn secret_in_cookie(cookie: &str) -> Option<String> {
    check_format(cookie).ok()?;
    Some(if cookie.len() == TOKEN_LENGTH { unmask(cookie) } else { cookie.to_owned() })
}

pub(super) fn check_format(token: &str) -> Result<(), &'static str> {
    if ![SECRET_LENGTH, TOKEN_LENGTH].contains(&token.chars().count()) {
        Err("incorrect length")
    } else if !token.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        Err("invalid characters")
    } else {
        Ok(())
    }
}

/// A random mask and the secret shifted by it, letter by letter.
pub(super) fn mask(secret: &str) -> String {
    let mask = random_string(SECRET_LENGTH, ALPHANUMERIC);
    let cipher = shift(secret, &mask, |letter, by| (letter + by) % ALPHANUMERIC.len());
    mask + &cipher
}

fn unmask(token: &str) -> String {
    let (mask, cipher) = token.split_at(SECRET_LENGTH);
    shift(cipher, mask, |letter, by| (letter + ALPHANUMERIC.len() - by) % ALPHANUMERIC.len())
}

fn shift(text: &str, mask: &str, by: impl Fn(usize, usize) -> usize) -> String {
    let index = |byte: u8| ALPHANUMERIC.iter().position(|letter| *letter == byte).unwrap_or_default();
    text.bytes()
        .zip(mask.bytes())
        .map(|(letter, mask)| char::from(ALPHANUMERIC[by(index(letter), index(mask))]))
        .collect()
}

/// Whether a well-formed token, masked or bare, is `secret`'s.
pub(super) fn matches(token: &str, secret: &str) -> bool {
    let unmasked = if token.len() == TOKEN_LENGTH { unmask(token) } else { token.to_owned() };
    constant_time_eq(&unmasked, secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_secret_differs_each_time_and_matches_each_time() {
        let secret = new_secret();
        let (one, other) = (mask(&secret), mask(&secret));
        assert_ne!(one, other);
        assert!(matches(&one, &secret) && matches(&other, &secret) && matches(&secret, &secret));
        assert!(!matches(&one, &new_secret()));
        assert_eq!(secret_in_cookie(&one), Some(secret));
    }

    #[test]
    fn odd_tokens_are_named_for_what_is_wrong() {
        assert_eq!(check_format(&"x".repeat(33)), Err("incorrect length"));
        assert_eq!(check_format(&"-".repeat(32)), Err("invalid characters"));
        assert_eq!(check_format(&"é".repeat(32)), Err("invalid characters"));
        assert_eq!(secret_in_cookie(""), None);
    }
}
