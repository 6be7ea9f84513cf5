//! The link by which somebody shows that an address is theirs: signed, so that nobody who only reads the database can make
//! one, and of use while its wish waits there.

use crate::{
    auth::Auth,
    crypto::{sign_with_time, unsign_with_time},
};

const SALT: &str = "vestibule.accounts.confirmation";
/// No link of ours is longer.
const LONGEST: usize = 200;

/// The token in the link.
pub fn token(auth: &Auth, user_id: i32, nonce: &str) -> String {
    sign_with_time(&format!("{user_id}.{nonce}"), SALT, auth.clock.unix(), &auth.keys)
}

/// Whose wish a token is about, and which; `None` if we did not make it.
pub fn read<'a>(auth: &Auth, token: &'a str) -> Option<(i32, &'a str)> {
    let (value, _) = (token.len() <= LONGEST).then(|| unsign_with_time(token, SALT, &auth.keys))??;
    let (user_id, nonce) = value.split_once('.')?;
    Some((user_id.parse().ok()?, nonce))
}
