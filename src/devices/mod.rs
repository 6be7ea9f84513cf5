//! Known devices: browsers in which somebody has logged in before (OWASP's device cookies).
//!
//! The browser keeps a random token, the database its digest, for each account that was opened with it, as long as the
//! account's password is the same. The token opens nothing: it only tells the owner's browser from a stranger's.

mod model;
mod name;

use diesel::result::Error;
use model::Key;
pub use model::{Device, delete_old};
pub use name::describe;
use time::PrimitiveDateTime;

use crate::{
    auth::{
        AuthError,
        signals::{Occasion, PasswordUpgraded, Signals, UserLoggedIn},
    },
    client::Client,
    crypto::{LOWERCASE_AND_DIGITS, random_string, sha256_hex},
    db::Db,
    users::User,
};

/// 165 bits.
const LENGTH: usize = 32;

/// Connects the receiver that remembers devices.
pub fn connect(signals: &mut Signals) {
    signals.user_logged_in.connect(remember);
    signals.password_upgraded.connect(keep_all);
}

/// Whether `text` may be a token of ours.
pub fn is_token(text: &str) -> bool {
    text.len() == LENGTH && text.bytes().all(|byte| LOWERCASE_AND_DIGITS.contains(&byte))
}

/// Whether `user` has logged in with this token since `since`, with the password that they have now. Nobody has: that is
/// found out all the same, so that it costs what somebody costs.
pub fn is_known(db: &mut Db, token: &str, user: Option<&User>, since: PrimitiveDateTime) -> Result<bool, Error> {
    let password_digest = sha256_hex(user.map_or("", |user| &user.password));
    let key =
        Key { digest: &digest(token), user_id: user.map_or(0, |user| user.id), password_digest: &password_digest };
    model::is_known(db, key, since)
}

/// Whether somebody has ever logged in to the account `user_id` with this token, whatever their password was then.
pub fn was_seen(db: &mut Db, token: &str, user_id: i32) -> Result<bool, Error> {
    model::was_seen(db, &digest(token), user_id)
}

/// The devices with which `user` has logged in since `since`, with the password that they have now; the last one first.
pub fn known(db: &mut Db, user: &User, since: PrimitiveDateTime) -> Result<Vec<Device>, Error> {
    model::known(db, user.id, &sha256_hex(&user.password), since)
}

/// Lets the device on which somebody changes their password be known with the new one; all others are strangers from then
/// on. `before` and `after` are the hashes.
pub fn keep_own(db: &mut Db, client: &Client, user_id: i32, before: &str, after: &str) -> Result<(), Error> {
    match client.device.presented() {
        Some(token) => model::tie_anew(db, user_id, Some(&digest(token)), &sha256_hex(before), &sha256_hex(after)),
        None => Ok(()),
    }
}

/// Another hash of the same password makes nobody a stranger.
fn keep_all(occasion: &mut Occasion<'_>, event: &PasswordUpgraded) -> Result<(), AuthError> {
    let (before, after) = (sha256_hex(&event.before), sha256_hex(&event.after));
    Ok(model::tie_anew(occasion.db, event.user_id, None, &before, &after)?)
}

/// By what the database knows a token.
pub fn digest(token: &str) -> String {
    sha256_hex(token)
}

fn remember(occasion: &mut Occasion<'_>, event: &UserLoggedIn) -> Result<(), AuthError> {
    if event.session_key.is_none() {
        // A program is no browser.
        return Ok(());
    }
    let client = occasion.client;
    let Some(token) = client.device.keep(|| random_string(LENGTH, LOWERCASE_AND_DIGITS)) else { return Ok(()) };
    let (digest, password_digest) = (digest(token), sha256_hex(&event.user.password));
    let key = Key { digest: &digest, user_id: event.user.id, password_digest: &password_digest };
    Ok(model::remember(occasion.db, key, client, occasion.auth.clock.now())?)
}
