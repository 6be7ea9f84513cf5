//! `get_session_auth_hash`: the tie between a session and the password it was made with.

use super::{Auth, AuthError, models::User};
use crate::{
    crypto::{hex, salted_hmac},
    db::Db,
    sessions::{codec, model, payload::State},
    settings::Secret,
};

/// The key under which a session carries it.
pub const KEY: &str = "_auth_user_hash";
const SALT: &str = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash";

/// The hash that a session of `user` carries.
pub fn of(user: &User, secret: &Secret) -> String {
    hex(&salted_hmac(SALT, &user.password, secret))
}

/// Gives the sessions that are known to be `user`'s and carry the hash `before` the one of the new password column.
pub(super) fn resign_sessions(db: &mut Db, auth: &Auth, user: &User, before: &str) -> Result<(), AuthError> {
    let state = |hash: &str| State::from([(KEY.to_owned(), format!("\"{hash}\""))]);
    let (old, new) = (state(before), state(&of(user, auth.keys.current())));
    for key in model::keys_of(db, user.id)? {
        let Some(row) = model::find(db, &key)? else {
            continue;
        };
        let Some(payload) = codec::decode(&row.session_data, &auth.keys) else {
            continue;
        };
        if payload.get(KEY) == old.get(KEY).map(String::as_str) {
            let resigned = codec::encode(&payload.merged(&old, &new), auth.clock.unix(), &auth.keys);
            model::replace(db, &key, &row.session_data, &resigned, row.expire_date)?;
        }
    }
    Ok(())
}
