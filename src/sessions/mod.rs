//! Django's sessions: a row in `django_session`, a `sessionid` cookie.
//!
//! [`codec`] reads and writes `session_data` to the byte, [`payload`] keeps what other programs put there as it is,
//! [`model`] owns the rows. [`store`] is what actix-session calls. actix-session knows neither Django's bare cookie nor
//! per-session expiry nor "not on a 5xx", so [`bridge`] stands around it and both talk through [`exchange`].

pub mod bridge;
pub mod codec;
pub mod exchange;
pub mod expiry;
pub mod model;
pub mod payload;
pub mod store;
pub mod sweep;
mod write;

use crate::crypto::{LOWERCASE_AND_DIGITS, random_string};

/// A fresh session key: 32 letters and digits, 165 bits.
pub fn new_key() -> String {
    random_string(32, LOWERCASE_AND_DIGITS)
}

/// Whether `key` could be a session key at all. Django takes 8 characters and more; beyond 40 there is no column for
/// it, and only letters and digits were ever made.
pub fn is_key(key: &str) -> bool {
    (8..=40).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
