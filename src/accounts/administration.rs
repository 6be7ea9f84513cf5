//! What administrators do to somebody's account. Each is recorded of the person, and says who did it. All of it is to be called
//! within a transaction, with the row of the admin's own log.

use super::{
    Accounts,
    letters::{Addressee, Letter, Seen, post},
    limits::MailKind,
    model as unconfirmed,
};
use crate::{
    auth::{AuthError, hashers::is_usable, models::user, own_sessions},
    client::Client,
    db::Db,
    devices,
    events::{self, Event, Kind},
    jwt,
    users::User,
};

/// Who does it.
#[derive(Debug, Clone, Copy)]
pub struct By<'a> {
    /// The administrator.
    pub editor: &'a User,
    /// From where.
    pub client: &'a Client,
    /// The key of their session.
    pub own_key: Option<&'a str>,
}

/// Why somebody can't be sent a link to reset their password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreachable {
    /// They have no address.
    NoAddress,
    /// They can't log in.
    Inactive,
    /// They have no password, on purpose.
    NoPassword,
    /// They were sent as many letters as may be.
    Flooded,
}

impl Accounts {
    /// Records what was done to `person`.
    pub fn record_by(&self, db: &mut Db, by: By<'_>, kind: Kind, person: &User, what: &str) -> Result<(), AuthError> {
        let event = Event::new(kind, by.client).of(person.id, &person.username);
        Ok(events::record(db, &event.by(&by.editor.username, what), self.auth.clock.now())?)
    }

    /// Gives somebody another hash, or one that no password fits. Ends their refresh tokens and all their sessions, those that
    /// [`own_sessions::keys`] has found before among them, but the one in which it is done, if it is their own. The person with
    /// the new hash; `None` if they are gone.
    pub fn set_password_of(
        &self,
        db: &mut Db,
        by: By<'_>,
        person: &User,
        encoded: &str,
        sessions: &[String],
    ) -> Result<Option<User>, AuthError> {
        let own_key = by.own_key.filter(|_| by.editor.id == person.id);
        if !user::set_password(db, person.id, encoded)? {
            return Ok(None);
        }
        own_sessions::end_all_but(db, &self.auth, person, sessions, own_key)?;
        if own_key.is_some() {
            devices::keep_own(db, by.client, person.id, &person.password, encoded)?;
        }
        self.close_to_the_old(db, person)?;
        if is_usable(encoded) {
            self.record_by(db, by, Kind::PasswordChanged, person, "")?;
            if self.settings.notify_password_change && !person.email.is_empty() {
                let letter = Letter::PasswordChanged { to: Addressee::of(person), seen: self.seen_by(by, person) };
                post(db, &letter, self.auth.clock.now())?;
            }
        } else {
            self.record_by(db, by, Kind::PasswordDisabled, person, "")?;
        }
        Ok(Some(User { password: encoded.to_owned(), ..person.clone() }))
    }

    /// What follows from another address, which is written already; `before` has the old one.
    pub fn after_email_change(&self, db: &mut Db, by: By<'_>, before: &User, email: &str) -> Result<(), AuthError> {
        // A link that was sent to another address must not undo this.
        unconfirmed::forget(db, before.id)?;
        self.record_by(db, by, Kind::EmailChanged, before, email)?;
        if self.settings.notify_email_change && !before.email.is_empty() {
            let letter = Letter::AddressChanged { to: Addressee::of(before), seen: self.seen_by(by, before) };
            post(db, &letter, self.auth.clock.now())?;
        }
        Ok(())
    }

    /// Why `person` can't be sent a link to reset their password, if they can't.
    pub fn unreachable(person: &User) -> Option<Unreachable> {
        if person.email.is_empty() {
            Some(Unreachable::NoAddress)
        } else if !person.is_active {
            Some(Unreachable::Inactive)
        } else if !is_usable(&person.password) {
            Some(Unreachable::NoPassword)
        } else {
            None
        }
    }

    /// Sends a link to reset their password to `person`.
    pub fn send_reset_link(
        &self,
        db: &mut Db,
        by: By<'_>,
        person: &User,
    ) -> Result<Result<(), Unreachable>, AuthError> {
        if let Some(why) = Self::unreachable(person) {
            return Ok(Err(why));
        }
        if self.is_flooded(db, MailKind::Asked, &person.email)? {
            return Ok(Err(Unreachable::Flooded));
        }
        self.record_by(db, by, Kind::PasswordResetRequested, person, "")?;
        let letter = Letter::PasswordResetOf { user_id: person.id, origin: self.origin(by.client) };
        post(db, &letter, self.auth.clock.now())?;
        Ok(Ok(()))
    }

    /// Ends every session of `person`'s, those that [`own_sessions::keys`] has found before among them, and logs all
    /// programs out.
    pub fn end_everything_of(
        &self,
        db: &mut Db,
        by: By<'_>,
        person: &User,
        sessions: &[String],
    ) -> Result<(), AuthError> {
        own_sessions::end_all_but(db, &self.auth, person, sessions, None)?;
        jwt::end_all(db, person.id, self.auth.clock.now())?;
        self.record_by(db, by, Kind::EverythingEnded, person, "")
    }

    /// What a letter says of who did it: of an administrator no more than that it was one.
    fn seen_by(&self, by: By<'_>, person: &User) -> Seen {
        let seen = self.seen(by.client);
        if by.editor.id == person.id {
            return seen;
        }
        Seen { ip_address: None, browser: "an administrator’s".to_owned(), ..seen }
    }
}
