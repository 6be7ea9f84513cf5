//! Somebody's refresh tokens, as they see and end them: one for each log-in.

use time::PrimitiveDateTime;

use super::models::{
    outstanding::{self, Good},
    token::{self, Token},
};
use crate::{auth::AuthError, crypto::sha256_hex, db::Db, users::User};

/// How many are shown.
const SHOWN: usize = 100;
/// How many tokens are looked at.
const LOOKED_AT: i64 = 1_000;

/// A log-in of a program, as long as there is a token by which it is renewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnToken {
    /// By what its owner names it: its family, or for a token that a Django made a digest. No token can be made of it.
    pub id: String,
    /// When the program logged in, if anybody wrote that down.
    pub started_at: Option<PrimitiveDateTime>,
    /// When it was last renewed.
    pub last_used_at: Option<PrimitiveDateTime>,
    /// When it ends if it is not renewed.
    pub expires_at: PrimitiveDateTime,
    /// From where it was last renewed.
    pub ip_address: Option<String>,
    /// By what program; empty if only a Django knows.
    pub user_agent: String,
}

/// Somebody's live refresh tokens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnTokens {
    /// The latest, at most 100; what was used last first.
    pub tokens: Vec<OwnToken>,
    /// How many there are, as far as was counted.
    pub total: usize,
}

impl From<Good> for OwnToken {
    fn from(good: Good) -> Self {
        let (id, Good { created_at, expires_at, known, .. }) = (name(&good), good);
        Self {
            id,
            started_at: known.as_ref().map(|known| known.started_at).or(created_at),
            last_used_at: known.as_ref().map(|known| known.created_at).or(created_at),
            expires_at,
            ip_address: known.as_ref().and_then(|known| known.ip_address.clone()),
            user_agent: known.map(|known| known.user_agent).unwrap_or_default(),
        }
    }
}

/// Those of `user`'s that are good at `now`.
pub fn list(db: &mut Db, user: &User, now: PrimitiveDateTime) -> Result<OwnTokens, AuthError> {
    let mut tokens: Vec<OwnToken> = Vec::new();
    for good in outstanding::newest_good_of(db, user.id, now, LOOKED_AT)? {
        let is_useless =
            |known: &Token| known.user_id != user.id || !known.is_tied_to(user) || known.ended_at.is_some();
        if good.known.as_ref().is_some_and(is_useless) {
            continue;
        }
        let token = OwnToken::from(good);
        match tokens.iter_mut().find(|other| other.id == token.id) {
            // If tokens stay good when they are renewed, the newest one counts.
            Some(other) if other.last_used_at < token.last_used_at => *other = token,
            Some(_) => {}
            None => tokens.push(token),
        }
    }
    tokens.sort_by_key(|token| std::cmp::Reverse(token.last_used_at));
    let total = tokens.len();
    tokens.truncate(SHOWN);
    Ok(OwnTokens { tokens, total })
}

/// Ends one of somebody's; whether it was there and theirs. Within a transaction.
pub fn end_one(db: &mut Db, user_id: i32, id: &str, now: PrimitiveDateTime) -> Result<bool, AuthError> {
    let mut ended = false;
    loop {
        let mut named = outstanding::newest_good_of(db, user_id, now, i64::MAX)?;
        named.retain(|good| name(good) == id);
        if named.is_empty() {
            return Ok(ended);
        }
        // One that is renewed just now has a successor, which only another look finds.
        for Good { id, jti, .. } in named {
            ended |= outstanding::blacklist(db, id, now)? && token::end(db, &jti, None, now).map(|()| true)?;
        }
    }
}

/// See [`OwnToken::id`].
fn name(good: &Good) -> String {
    match &good.known {
        Some(known) => known.family.clone(),
        None => sha256_hex(&good.jti).chars().take(32).collect(),
    }
}
