//! Another e-mail address: asked for with the password, announced to the old address, confirmed from the new one.

use super::{
    Accounts, confirmation,
    letters::{Addressee, Letter, post},
    limits::MailKind,
    model::{self as unconfirmed, Unconfirmed},
};
use crate::{
    audit::Changes,
    auth::{AuthError, models::user},
    client::Client,
    crypto::{LOWERCASE_AND_DIGITS, constant_time_eq, random_string},
    db::Db,
    events::Kind,
    users::User,
};

/// Why an address can't be asked for or confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressError {
    /// The link is not ours, too old, used up, or its wish was withdrawn.
    Closed,
    /// Somebody else has the address meanwhile.
    Taken,
}

/// 165 bits.
const NONCE: usize = 32;

impl Accounts {
    /// Asks for another address. Whether it is somebody else's, its owner is told and nobody else.
    pub fn request_email_change(
        &self,
        db: &mut Db,
        client: &Client,
        user: &User,
        email: &str,
    ) -> Result<(), AuthError> {
        let now = self.auth.clock.now();
        db.write(|db| {
            let wish = self.wish(user.id, email, false);
            unconfirmed::replace(db, &wish)?;
            self.record_with(db, Kind::EmailChangeRequested, client, user, email)?;
            if !self.is_flooded(db, MailKind::Asked, email)? {
                let letter = self.letter_about(db, client, &wish)?;
                post(db, &letter, now)?;
            }
            if self.settings.notify_email_change
                && !user.email.is_empty()
                && !self.is_flooded(db, MailKind::Notice, &user.email)?
            {
                let (to, seen) = (Addressee::of(user), self.seen(client));
                let letter = Letter::AddressChanging { to, email: email.to_owned(), seen };
                post(db, &letter, now)?;
            }
            Ok(())
        })
    }

    /// The address that somebody waits for.
    pub fn awaited_email(&self, db: &mut Db, user: &User) -> Result<Option<String>, AuthError> {
        let now = self.auth.clock.now();
        let waiting = unconfirmed::find(db, user.id)?.filter(|wish| !wish.registering && wish.expires_at > now);
        Ok(waiting.map(|wish| wish.email))
    }

    /// Withdraws the wish for another address.
    pub fn withdraw_email_change(&self, db: &mut Db, user: &User) -> Result<(), AuthError> {
        db.write(|db| Ok(unconfirmed::withdraw(db, user.id)?))
    }

    /// Whose address a link would confirm, and which; nothing is changed.
    pub fn confirmable(
        &self,
        db: &mut Db,
        token: &str,
    ) -> Result<Result<(User, Unconfirmed), AddressError>, AuthError> {
        let Some((user_id, nonce)) = confirmation::read(&self.auth, token) else {
            return Ok(Err(AddressError::Closed));
        };
        let waiting = unconfirmed::find(db, user_id)?
            .filter(|wish| constant_time_eq(&wish.nonce, nonce) && wish.expires_at > self.auth.clock.now())
            .filter(|wish| !wish.email.is_empty());
        let (Some(wish), Some(person)) = (waiting, user::find(db, user_id)?) else {
            return Ok(Err(AddressError::Closed));
        };
        if !person.is_active && !wish.is_of_newcomer(&person) {
            return Ok(Err(AddressError::Closed));
        }
        if is_of_another(db, user_id, &wish.email)? {
            return Ok(Err(AddressError::Taken));
        }
        Ok(Ok((person, wish)))
    }

    /// Makes an address that of its account, by the link that was sent there. Of somebody who registers, lets them in from
    /// now on.
    pub fn confirm(
        &self,
        db: &mut Db,
        client: &Client,
        token: &str,
    ) -> Result<Result<(User, Unconfirmed), AddressError>, AuthError> {
        db.write(|db| {
            if let Some((user_id, _)) = confirmation::read(&self.auth, token) {
                unconfirmed::hold(db, user_id)?;
            }
            unconfirmed::one_at_a_time(db)?;
            let (person, wish) = match self.confirmable(db, token)? {
                Ok(found) => found,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let was_there = unconfirmed::take(db, person.id, &wish.nonce)?;
            if !was_there || !unconfirmed::set_email(db, person.id, &wish.email, wish.registering)? {
                return Ok(Err(AddressError::Closed));
            }
            self.tell_of(db, client, &person, &wish)?;
            if wish.registering {
                let changes = Changes::new().with("is_active", person.is_active, true);
                self.audit(db, "registration_confirmed", client, &person, changes)?;
            } else {
                let changes = Changes::new().with("email", person.email.as_str(), wish.email.as_str());
                self.audit(db, "email_changed", client, &person, changes)?;
            }
            Ok(Ok((person, wish)))
        })
    }

    fn tell_of(&self, db: &mut Db, client: &Client, person: &User, wish: &Unconfirmed) -> Result<(), AuthError> {
        if wish.registering {
            return self.record(db, Kind::RegistrationConfirmed, client, person);
        }
        self.record_with(db, Kind::EmailChanged, client, person, &wish.email)?;
        if self.settings.notify_email_change && !person.email.is_empty() {
            let (to, seen) = (Addressee::of(person), self.seen(client));
            post(db, &Letter::AddressChanged { to, seen }, self.auth.clock.now())?;
        }
        Ok(())
    }

    /// A new wish.
    pub(super) fn wish(&self, user_id: i32, email: &str, registering: bool) -> Unconfirmed {
        let expires_at = self.auth.clock.now().saturating_add(self.settings.confirmation_timeout);
        let nonce = random_string(NONCE, LOWERCASE_AND_DIGITS);
        Unconfirmed { user_id, email: email.to_owned(), nonce, registering, expires_at }
    }

    /// To the address of a wish: a link, or to whom it belongs already, that somebody wants it.
    pub(super) fn letter_about(&self, db: &mut Db, client: &Client, wish: &Unconfirmed) -> Result<Letter, AuthError> {
        let origin = self.origin(client);
        Ok(if is_of_another(db, wish.user_id, &wish.email)? {
            Letter::AddressInUse { email: wish.email.clone(), origin }
        } else {
            Letter::ConfirmAddress { user_id: wish.user_id, nonce: wish.nonce.clone(), origin }
        })
    }
}

/// Whether an address is that of somebody else, who has not only registered with it.
pub(super) fn is_of_another(db: &mut Db, user_id: i32, email: &str) -> Result<bool, AuthError> {
    for person in user::with_email(db, email)? {
        let is_newcomer = unconfirmed::find(db, person.id)?.is_some_and(|wish| wish.is_of_newcomer(&person));
        if person.id != user_id && !is_newcomer {
            return Ok(true);
        }
    }
    Ok(false)
}
