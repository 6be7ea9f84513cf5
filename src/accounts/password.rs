//! Another password, by the old one or by a link.

use super::{
    Accounts,
    letters::{Addressee, Letter, post},
    limits::MailKind,
    model as unconfirmed,
};
use crate::{
    audit::Changes,
    auth::{AuthError, models::user, own_sessions},
    client::Client,
    db::Db,
    devices,
    events::{self, Event, Kind},
    jwt,
    users::User,
};

impl Accounts {
    /// Asks for links to reset the passwords of whoever has this address. The same is done whether or not somebody has it:
    /// that is looked up when mail is sent.
    pub fn request_password_reset(&self, db: &mut Db, client: &Client, email: &str) -> Result<(), AuthError> {
        let now = self.auth.clock.now();
        db.write(|db| {
            let event = Event::new(Kind::PasswordResetRequested, client).typed(email);
            events::record(db, &event, now)?;
            if !self.is_flooded(db, MailKind::Asked, email)? {
                let letter = Letter::PasswordReset { email: email.to_owned(), origin: self.origin(client) };
                post(db, &letter, now)?;
            }
            Ok(())
        })
    }

    /// Gives `user` another hash, if they still have the one that they had when they showed who they are: of two at once one
    /// is first. Ends all their sessions but the one under `own_key`, and their refresh tokens. `None` if somebody was first.
    pub fn change_password(
        &self,
        db: &mut Db,
        client: &Client,
        user: &User,
        encoded: &str,
        own_key: Option<&str>,
    ) -> Result<Option<User>, AuthError> {
        let kind = if own_key.is_some() { Kind::PasswordChanged } else { Kind::PasswordReset };
        db.write(|db| {
            if !user::replace_password(db, user.id, &user.password, encoded)? {
                return Ok(None);
            }
            // Those that nobody has used here hang on the hash that was.
            own_sessions::end_all_but(db, &self.auth, user, &[], own_key)?;
            if own_key.is_some() {
                devices::keep_own(db, client, user.id, &user.password, encoded)?;
            }
            let changed = User { password: encoded.to_owned(), ..user.clone() };
            self.after_password_change(db, client, &changed, kind)?;
            self.audit(db, kind.as_str(), client, user, Changes::new())?;
            Ok(Some(changed))
        })
    }

    /// What follows from another password, wherever it was set, within the transaction that sets it.
    pub fn after_password_change(
        &self,
        db: &mut Db,
        client: &Client,
        user: &User,
        kind: Kind,
    ) -> Result<(), AuthError> {
        let now = self.auth.clock.now();
        self.close_to_the_old(db, user)?;
        self.record(db, kind, client, user)?;
        if self.settings.notify_password_change && !user.email.is_empty() {
            post(db, &Letter::PasswordChanged { to: Addressee::of(user), seen: self.seen(client) }, now)?;
        }
        Ok(())
    }

    /// Ends what somebody who had the old password may still hold.
    pub(super) fn close_to_the_old(&self, db: &mut Db, user: &User) -> Result<(), AuthError> {
        jwt::end_all(db, user.id, self.auth.clock.now())?;
        // They may have asked for an address of theirs.
        Ok(unconfirmed::withdraw(db, user.id)?)
    }
}
