//! `django_session.session_data`: `[.]base64url(payload):timestamp:signature` (`django.core.signing.dumps` with
//! compression; a leading dot says that the payload is deflated).

use std::{cell::RefCell, io::Write};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use flate2::{Compression, Decompress, FlushDecompress, Status, write::ZlibEncoder};

use super::payload::Payload;
use crate::crypto::{SecretKeys, sign_with_time, unsign};

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

/// Who signed a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seal {
    /// The place of the key that did, as [`SecretKeys::all`] counts.
    pub key: usize,
    /// When, in seconds since 1970.
    pub at: i64,
}

/// Reads what [`encode`] or Django wrote; `None` if the signature is not ours or the content is no session.
pub fn decode(session_data: &str, keys: &SecretKeys) -> Option<Payload> {
    decode_sealed(session_data, keys).map(|(payload, _)| payload)
}

/// As [`decode`], and who signed it.
pub fn decode_sealed(session_data: &str, keys: &SecretKeys) -> Option<(Payload, Seal)> {
    if session_data.len() > MAX_BYTES {
        return None;
    }
    let signed = unsign(session_data, SALT, keys)?;
    let json = match signed.value.strip_prefix('.') {
        Some(deflated) => inflate(&URL_SAFE_NO_PAD.decode(deflated).ok()?)?,
        None => URL_SAFE_NO_PAD.decode(signed.value).ok()?,
    };
    let payload = Payload::parse(std::str::from_utf8(&json).ok()?)?;
    Some((payload, Seal { key: signed.key, at: signed.at }))
}

fn deflate(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}

thread_local! {
    /// Making one costs more than inflating a session.
    static INFLATE: RefCell<Decompress> = RefCell::new(Decompress::new(true));
}

fn inflate(bytes: &[u8]) -> Option<Vec<u8>> {
    INFLATE.with_borrow_mut(|inflate| {
        inflate.reset(true);
        let mut inflated = Vec::with_capacity(bytes.len() * 4);
        loop {
            let read = usize::try_from(inflate.total_in()).ok()?;
            let status = inflate.decompress_vec(bytes.get(read..)?, &mut inflated, FlushDecompress::None).ok()?;
            let (full, stuck) = (inflated.len() == inflated.capacity(), inflate.total_in() == bytes.len() as u64);
            match status {
                Status::StreamEnd => return (inflated.len() <= MAX_BYTES).then_some(inflated),
                _ if inflated.len() > MAX_BYTES || (stuck && !full) => return None,
                _ => inflated.reserve(inflated.len().max(256)),
            }
        }
    })
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
    fn what_is_cut_short_or_no_deflate_at_all_is_refused_and_spoils_nothing() {
        let whole = deflate(&[b'x'; 3_000]).expect("deflated");
        for broken in [&whole[..whole.len() - 1], &whole[..5], b"", b"nonsense"] {
            assert_eq!(inflate(broken), None);
            assert_eq!(inflate(&whole), Some(vec![b'x'; 3_000]));
        }
    }

    #[test]
    fn another_key_or_salt_is_refused() {
        let payload = Payload::parse("{}").expect("an object");
        let other = SecretKeys::new(Secret::new("another"), Vec::new());
        assert_eq!(decode(&encode(&payload, 1, &other), &keys()), None);
        assert_eq!(decode(&sign_with_time("e30", "django.contrib.messages", 1, &keys()), &keys()), None);
    }
}
