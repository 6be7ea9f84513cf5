//! Names for rows whose keys are secrets: a session's key is all that a thief needs. The name is the key, encrypted under
//! `SECRET_KEY` with AES-SIV (RFC 5297), which needs no nonce: the same row has the same name each time, and nobody but the
//! program can make one of the other.

use aes_siv::{KeyInit, siv::Aes128Siv};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{
    crypto::{SecretKeys, salted_hmac},
    settings::Secret,
};

const SALT: &str = "vestibule.admin.opaque";

const SESSION: &str = "session";

/// The name of a row with this key.
pub fn seal(keys: &SecretKeys, key: &str) -> String {
    seal_for(keys, SESSION, key)
}

/// The key of the row that has this name.
pub fn open(keys: &SecretKeys, name: &str) -> Option<String> {
    open_for(keys, SESSION, name)
}

/// A text that only the program reads again, for one purpose.
pub fn seal_for(keys: &SecretKeys, purpose: &str, text: &str) -> String {
    let sealed = cipher(keys.current(), purpose).encrypt([[]], text.as_bytes()).unwrap_or_default();
    URL_SAFE_NO_PAD.encode(sealed)
}

/// The text that was sealed for this purpose.
pub fn open_for(keys: &SecretKeys, purpose: &str, sealed: &str) -> Option<String> {
    let sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?;
    let text = keys.all().find_map(|secret| cipher(secret, purpose).decrypt([[]], &sealed).ok())?;
    String::from_utf8(text).ok()
}

fn cipher(secret: &Secret, purpose: &str) -> Aes128Siv {
    Aes128Siv::new(&salted_hmac(SALT, purpose, secret).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_back_to_its_key_and_a_changed_one_to_none() {
        let old = Secret::new("an older key of thirty-two letters or more");
        let keys = SecretKeys::new(Secret::new("a key of thirty-two letters or even more"), vec![old.clone()]);
        let name = seal(&keys, "abcdefghijklmnopqrstuvwxyz012345");
        assert!(!name.contains("abcdef"));
        assert_eq!(name, seal(&keys, "abcdefghijklmnopqrstuvwxyz012345"));
        assert_eq!(open(&keys, &name).as_deref(), Some("abcdefghijklmnopqrstuvwxyz012345"));
        let older = seal(&SecretKeys::new(old, Vec::new()), "abcdefgh");
        assert_eq!(open(&keys, &older).as_deref(), Some("abcdefgh"), "a fallback opens what it sealed");
        for place in 0..name.len() {
            let mut other = name.clone().into_bytes();
            other[place] = if other[place] == b'A' { b'B' } else { b'A' };
            let other = String::from_utf8(other).expect("ASCII");
            assert_ne!(
                open(&keys, &other).as_deref(),
                Some("abcdefghijklmnopqrstuvwxyz012345").filter(|_| other != name)
            );
        }
        assert_eq!(open(&keys, "abcdefghijklmnopqrstuvwxyz012345"), None);
    }
}
