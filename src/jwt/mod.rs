//! Tokens for programs (the idea of simplejwt, on its tables).
//!
//! - `keys`: what signs and verifies. `token`: a token as text, read strictly.
//! - `claims`: what tokens say, and how a library user says something else.
//! - `obtain`, `refresh`, `verify`, `blacklist`: the four things that simplejwt's views do.
//! - `access`: whose an access token is.
//! - `family`: all refresh tokens that came of one log-in, and how they end.
//! - [`models`]: rows. simplejwt's are written as it writes them; what they can't say stands in one of ours.
//! - [`flush`]: what has expired goes.
//!
//! Of many uses of one refresh token exactly one wins, also beside a Django: the row of simplejwt's that blacklists it is
//! unique, and whoever inserts it has rotated it.

mod access;
mod blacklist;
mod claims;
mod error;
mod family;
pub mod flush;
mod keys;
pub mod models;
mod obtain;
pub mod own_tokens;
mod receivers;
mod refresh;
mod token;
mod verify;

use std::fmt;

use time::PrimitiveDateTime;

pub use access::UserId;
pub use claims::{ClaimSet, Claims, DefaultClaims, Holder};
pub use error::{JwtError, NoAccount, TokenError};
pub use family::{Sent, end_all};
pub use keys::{KeyError, Keys, Origin};
pub use receivers::connect;

use crate::{crypto::SecretKeys, settings::JwtSettings};

/// The tokens of an installation.
pub struct Jwt {
    /// Their settings.
    pub settings: JwtSettings,
    /// Their keys.
    pub keys: Keys,
    claims: Box<dyn Claims>,
}

/// What a program gets.
#[derive(Clone, PartialEq, Eq)]
pub struct Pair {
    /// For a new access token later; `None` if the old one stays good.
    pub refresh: Option<String>,
    /// For the API.
    pub access: String,
}

impl Jwt {
    /// With these settings.
    pub fn new(settings: JwtSettings, secret_keys: &SecretKeys, claims: Box<dyn Claims>) -> Result<Self, KeyError> {
        let keys = Keys::new(&settings, secret_keys)?;
        Ok(Self { settings, keys, claims })
    }
}

/// Seconds since 1970.
fn unix(at: PrimitiveDateTime) -> i64 {
    at.assume_utc().unix_timestamp()
}

impl fmt::Debug for Jwt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Jwt").field("keys", &self.keys).finish_non_exhaustive()
    }
}

/// Without the tokens.
impl fmt::Debug for Pair {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Pair").finish_non_exhaustive()
    }
}
