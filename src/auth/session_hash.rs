//! `get_session_auth_hash`: the tie between a session and the password it was made with.

use super::{Auth, AuthError, models::User};
use crate::{
    crypto::{SecretKeys, hex, salted_hmac},
    db::Db,
    sessions::{
        codec,
        exchange::USER_ID,
        model,
        payload::{Payload, State},
    },
    settings::Secret,
};

/// The key under which a session carries it.
pub const KEY: &str = "_auth_user_hash";
/// How many sessions are looked at in one go.
const BATCH: i64 = 100;
const SALT: &str = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash";

/// The hash that a session of `user` carries.
pub fn of(user: &User, secret: &Secret) -> String {
    hex(&salted_hmac(SALT, &user.password, secret))
}

/// The keys of the live sessions that are tied to the hash `user` has now.
pub(super) fn sessions_of(db: &mut Db, auth: &Auth, user: &User) -> Result<Vec<String>, AuthError> {
    scan(db, auth, user, |payload| is_tied(payload, user, auth))
}

/// The keys of all live sessions of `user`'s, whatever hash they are tied to.
pub(super) fn all_of(db: &mut Db, auth: &Auth, user: &User) -> Result<Vec<String>, AuthError> {
    scan(db, auth, user, |payload| is_of(payload, user))
}

/// As [`all_of`], of those that were used here: only these are looked at.
pub(super) fn noted_of(db: &mut Db, auth: &Auth, user: &User) -> Result<Vec<String>, AuthError> {
    let known = model::known_of(db, user.id, auth.clock.now(), i64::MAX)?;
    let theirs = |data: &str| codec::decode(data, &auth.keys).is_some_and(|payload| is_of(&payload, user));
    Ok(known.into_iter().filter(|known| theirs(&known.session_data)).map(|known| known.key).collect())
}

/// Looks through the live sessions that may be `user`'s. Also those that Django made and nobody has used here yet: only
/// their content says whose they are.
fn scan(db: &mut Db, auth: &Auth, user: &User, is_wanted: impl Fn(&Payload) -> bool) -> Result<Vec<String>, AuthError> {
    let (now, mut last, mut keys) = (auth.clock.now(), String::new(), Vec::new());
    loop {
        let rows = model::possibly_of(db, user.id, now, &last, BATCH)?;
        let Some((key, _)) = rows.last() else {
            return Ok(keys);
        };
        last.clone_from(key);
        let wanted = |data: &str| codec::decode(data, &auth.keys).is_some_and(|payload| is_wanted(&payload));
        keys.extend(rows.into_iter().filter(|(_, data)| wanted(data)).map(|(key, _)| key));
    }
}

/// Ties the sessions under `keys`, as far as they still hang on the hash that `user` had, to the hash `encoded`.
pub(super) fn resign(db: &mut Db, auth: &Auth, keys: &[String], user: &User, encoded: &str) -> Result<(), AuthError> {
    let renewed = User { password: encoded.to_owned(), ..user.clone() };
    let tie = State::from([(KEY.to_owned(), quoted(&of(&renewed, auth.keys.current())))]);
    for key in keys {
        let Some(data) = model::data(db, key)? else {
            continue;
        };
        let payload = codec::decode(&data, &auth.keys).unwrap_or_default();
        if is_tied(&payload, user, auth) {
            let payload = payload.merged(&State::new(), &tie);
            model::replace_data(db, key, &codec::encode(&payload, auth.clock.unix(), &auth.keys))?;
        }
    }
    Ok(())
}

/// Whether a session is `user`'s and carries the hash of their password under any of our keys.
pub(super) fn is_tied(payload: &Payload, user: &User, auth: &Auth) -> bool {
    is_of(payload, user) && key_of(payload, user, &auth.keys).is_some()
}

/// The place of the key under which a session carries the hash of `user`'s password, as [`SecretKeys::all`] counts.
pub fn key_of(payload: &Payload, user: &User, keys: &SecretKeys) -> Option<usize> {
    let carried = payload.get(KEY).unwrap_or_default();
    keys.all().position(|key| carried == quoted(&of(user, key)))
}

/// Whose a session says that it is; `None` for nobody's.
pub fn owner(payload: &Payload) -> Option<i32> {
    payload.get(USER_ID)?.trim_matches('"').parse().ok()
}

/// Whether a session says that it is `user`'s.
pub(super) fn is_of(payload: &Payload, user: &User) -> bool {
    payload.get(USER_ID).map(|id| id.trim_matches('"')) == Some(user.id.to_string().as_str())
}

fn quoted(hash: &str) -> String {
    format!("\"{hash}\"")
}
