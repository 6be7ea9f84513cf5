//! `django_session.session_data`: `[.]base64url(payload):timestamp:signature` (`django.core.signing.dumps` with
//! compression; a leading dot says that the payload is deflated).

use std::io::{Read, Write};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use flate2::{Compression, read::ZlibDecoder, write::ZlibEncoder};

use super::payload::Payload;
use crate::crypto::{SecretKeys, sign_with_time, unsign_with_time};

/// `salt` of `SessionStore`, its class path in Django.
const SALT: &str = "django.contrib.sessions.SessionStore";
/// The longest session that is read, encoded and decoded: a stranger who can write rows must not fill the memory.
const MAX_BYTES: usize = 1_048_576;

/// Writes `payload` as Django would at `unix`.
pub fn encode(payload: &Payload, unix: i64, keys: &SecretKeys) -> String {
    let json = payload.to_json();
    let text = match deflate(json.as_bytes()) {
        Some(deflated) if deflated.len() < json.len().saturating_sub(1) => {
            format!(".{}", URL_SAFE_NO_PAD.encode(deflated))
        }
        _ => URL_SAFE_NO_PAD.encode(json),
    };
    sign_with_time(&text, SALT, unix, keys)
}

/// Reads what [`encode`] or Django wrote; `None` if the signature is not ours or the content is no session.
pub fn decode(session_data: &str, keys: &SecretKeys) -> Option<Payload> {
    if session_data.len() > MAX_BYTES {
        return None;
    }
    let (text, _signed_at) = unsign_with_time(session_data, SALT, keys)?;
    let json = match text.strip_prefix('.') {
        Some(deflated) => inflate(&URL_SAFE_NO_PAD.decode(deflated).ok()?)?,
        None => URL_SAFE_NO_PAD.decode(text).ok()?,
    };
    Payload::parse(std::str::from_utf8(&json).ok()?)
}

fn deflate(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}

fn inflate(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut inflated = Vec::new();
    let limit = MAX_BYTES as u64 + 1;
    ZlibDecoder::new(bytes).take(limit).read_to_end(&mut inflated).ok()?;
    (inflated.len() <= MAX_BYTES).then_some(inflated)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Secret;

    fn keys() -> SecretKeys {
        SecretKeys::new(Secret::new("a-key-for-tests"), Vec::new())
    }

    #[test]
    fn a_session_is_read_back_short_or_compressed() {
        for value in ["1".to_owned(), format!("\"{}\"", "x".repeat(500))] {
            let payload = Payload::parse(&format!("{{\"k\":{value}}}")).expect("an object");
            let encoded = encode(&payload, 1_700_000_000, &keys());
            assert_eq!(encoded.starts_with('.'), value.len() > 100);
            assert_eq!(decode(&encoded, &keys()), Some(payload));
        }
    }

    #[test]
    fn a_small_row_that_inflates_to_a_large_one_is_refused() {
        let bomb = deflate(&vec![b' '; 64 * MAX_BYTES]).expect("deflated");
        let signed = sign_with_time(&format!(".{}", URL_SAFE_NO_PAD.encode(bomb)), SALT, 1, &keys());
        assert_eq!(decode(&signed, &keys()), None);
    }

    #[test]
    fn another_key_or_salt_is_refused() {
        let payload = Payload::parse("{}").expect("an object");
        let other = SecretKeys::new(Secret::new("another"), Vec::new());
        assert_eq!(decode(&encode(&payload, 1, &other), &keys()), None);
        assert_eq!(decode(&sign_with_time("e30", "django.contrib.messages", 1, &keys()), &keys()), None);
    }
}
