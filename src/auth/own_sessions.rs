//! Somebody's sessions, as they see and end them. What a session says itself tells whose it is, not what was noted of it;
//! and its key stays here.

use time::PrimitiveDateTime;

use super::{Auth, AuthError, models::User, session_hash};
use crate::{
    db::Db,
    sessions::{codec, expiry, model},
    settings::SessionSettings,
};

/// How many are shown.
const SHOWN: usize = 100;
/// How many are looked at.
const LOOKED_AT: i64 = 1_000;

/// A live session as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnSession {
    /// By what they name it.
    pub public_id: String,
    /// Whether it is the one in which they ask.
    pub is_current: bool,
    /// When it was first seen here.
    pub created_at: PrimitiveDateTime,
    /// When it was last used, within some minutes.
    pub last_seen_at: PrimitiveDateTime,
    /// When it ends if it is not used again.
    pub expire_date: PrimitiveDateTime,
    /// From where it was last used.
    pub ip_address: Option<String>,
    /// With what browser.
    pub user_agent: String,
}

/// Somebody's live sessions that were used here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnSessions {
    /// The latest, at most 100; what was used last first.
    pub sessions: Vec<OwnSession>,
    /// How many there are, as far as was counted: up to 1000.
    pub total: usize,
}

/// Those of `user`'s that are good; `own_key` is the key of the session in which they ask.
pub fn list(
    db: &mut Db,
    auth: &Auth,
    settings: &SessionSettings,
    user: &User,
    own_key: Option<&str>,
) -> Result<OwnSessions, AuthError> {
    let now = auth.clock.now();
    let mut known = model::known_of(db, user.id, now, LOOKED_AT)?;
    known.retain(|known| {
        !expiry::has_outlived(Some(&known.noted), now, settings)
            && codec::decode(&known.session_data, &auth.keys)
                .is_some_and(|payload| session_hash::is_tied(&payload, user, auth))
    });
    let total = known.len();
    let sessions = known.into_iter().take(SHOWN).map(|known| OwnSession {
        is_current: own_key == Some(known.key.as_str()),
        public_id: known.public_id,
        created_at: known.noted.created_at,
        last_seen_at: known.noted.last_seen_at,
        expire_date: known.expire_date,
        ip_address: known.device.ip_address,
        user_agent: known.device.user_agent,
    });
    Ok(OwnSessions { sessions: sessions.collect(), total })
}

/// How many live ones of `user`'s there are in which nobody was here yet: a Django has made them. Only their content says
/// whose they are; it is to be asked only where there are few sessions.
pub fn made_elsewhere(db: &mut Db, auth: &Auth, user: &User) -> Result<usize, AuthError> {
    let data = model::unnoted(db, auth.clock.now(), LOOKED_AT)?;
    let is_theirs = |data: &String| {
        codec::decode(data, &auth.keys).is_some_and(|payload| session_hash::is_tied(&payload, user, auth))
    };
    Ok(data.iter().filter(|data| is_theirs(data)).count())
}

/// Ends one of `user`'s; whether it was there and theirs.
pub fn end(db: &mut Db, auth: &Auth, user: &User, public_id: &str) -> Result<bool, AuthError> {
    // One that is not there any more was ended, or was given a new key just now: then it is found under that.
    while let Some((key, data)) = model::by_public_id(db, user.id, public_id)? {
        if !codec::decode(&data, &auth.keys).is_some_and(|payload| session_hash::is_of(&payload, user)) {
            return Ok(false);
        }
        if model::delete(db, &key)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The keys of all live ones of `user`'s, those too that Django made and nobody has used here. As only the content of those
/// says whose they are, this looks through all of them: to be called before a transaction begins, so that nobody who
/// writes waits for it.
pub fn keys(db: &mut Db, auth: &Auth, user: &User) -> Result<Vec<String>, AuthError> {
    session_hash::all_of(db, auth, user)
}

/// Ends those of `user`'s that [`keys`] has found, and what was used here since, but the one under `own_key`; within a
/// transaction. How many it were.
pub fn end_all_but(
    db: &mut Db,
    auth: &Auth,
    user: &User,
    found: &[String],
    own_key: Option<&str>,
) -> Result<usize, AuthError> {
    let mut ended = 0;
    for key in found {
        ended += usize::from(own_key != Some(key.as_str()) && model::delete(db, key)?);
    }
    loop {
        let mut left = session_hash::noted_of(db, auth, user)?;
        left.retain(|key| own_key != Some(key.as_str()));
        // What vanishes meanwhile may have been given a new key, under which only another look finds it.
        if left.is_empty() {
            return Ok(ended);
        }
        for key in left {
            ended += usize::from(model::delete(db, &key)?);
        }
    }
}
