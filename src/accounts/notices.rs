//! Letters about log-ins from browsers that are not known.

use super::{
    letters::{Addressee, Letter, Seen, post},
    origin,
};
use crate::{
    auth::{
        AuthError,
        signals::{Occasion, Signals, UserLoggedIn},
    },
    devices,
    settings::Settings,
};

/// Connects the receiver, if the letters are wanted. It must be called before the device is remembered.
pub fn connect(signals: &mut Signals, settings: &Settings) {
    if !settings.account.notify_new_device {
        return;
    }
    let server = &settings.server;
    let (site_url, script_name) = (server.site_url.as_str().to_owned(), server.script_name.as_str().to_owned());
    signals.user_logged_in.connect(move |occasion, event| {
        let Occasion { auth, client, .. } = *occasion;
        if !is_new(occasion, event)? {
            return Ok(());
        }
        let now = auth.clock.now();
        let seen = Seen::of(client, origin(&site_url, &script_name, client), now);
        Ok(post(occasion.db, &Letter::NewDevice { to: Addressee::of(&event.user), seen }, now)?)
    });
}

/// Programs are no browsers, and to somebody's first log-in every browser is new.
fn is_new(occasion: &mut Occasion<'_>, event: &UserLoggedIn) -> Result<bool, AuthError> {
    let user = &event.user;
    if event.session_key.is_none() || user.last_login.is_none() || user.email.is_empty() {
        return Ok(false);
    }
    match occasion.client.device.presented() {
        Some(token) => Ok(!devices::was_seen(occasion.db, token, user.id)?),
        None => Ok(true),
    }
}
