//! A letter made of the facts that waited, just before it is sent. A link is made only for somebody who is still there, and
//! for a change that was not withdrawn; what happened is told all the same.

use std::sync::Arc;

use super::{Addressee, HtmlLetter, Letter, Reader, Seen, TextLetter, Words, post, words::length};
use crate::{
    accounts::{Accounts, address::is_of_another, confirmation, limits::MailKind, links, model as unconfirmed},
    auth::{AuthError, hashers::is_usable, models::user, reset_token},
    client::Client,
    db::{Db, DbError},
    events::{self, Event, Kind},
    mail::{
        Message,
        outbox::{Delivered, Postman},
    },
    templates::Templates,
};

/// Why a letter can't be made.
#[derive(Debug, thiserror::Error)]
pub enum LetterError {
    /// A row of the outbox that is no letter.
    #[error("not a letter: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The accounts.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// A template.
    #[error(transparent)]
    Template(#[from] askama::Error),
}

impl From<diesel::result::Error> for LetterError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Db(error.into())
    }
}

/// Where letters are made and sent from.
#[derive(Debug, Clone)]
pub struct Office {
    accounts: Arc<Accounts>,
    templates: Arc<Templates>,
    postman: Postman,
    site_name: String,
}

/// To whom, and what it says.
type Addressed = (String, Words);

impl Office {
    /// The office of a site called `site_name`.
    pub fn new(accounts: Arc<Accounts>, templates: Arc<Templates>, postman: Postman, site_name: String) -> Self {
        Self { accounts, templates, postman, site_name }
    }

    /// Makes and sends what is due, some of it.
    pub fn deliver(&self) -> Result<Delivered, DbError> {
        let auth = &self.accounts.auth;
        let record = |letter: &str| {
            if let Err(error) = self.record(letter) {
                tracing::warn!(%error, "a letter was sent, but that could not be recorded");
            }
        };
        self.postman.deliver_due_and(&auth.database, &auth.clock, |letter| self.compose(letter), record)
    }

    /// Records that a letter was delivered, of whoever reads it.
    fn record(&self, letter: &str) -> Result<(), LetterError> {
        let letter: Letter = serde_json::from_str(letter)?;
        let mut db = self.accounts.auth.db()?;
        let reader = match letter.reader() {
            Reader::Known(id) => user::find(&mut db, id)?,
            Reader::Called(username) => user::find_by_username(&mut db, username)?,
            Reader::WithEmail(email) => user::with_email(&mut db, email)?.into_iter().find(|person| person.is_active),
        };
        let Some(reader) = reader else { return Ok(()) };
        let event = Event::new(Kind::MailSent, &Client::default()).of(reader.id, &reader.username);
        let event = event.detail(letter.name());
        let recorded = db.write(|db| Ok::<_, DbError>(events::record(db, &event, self.accounts.auth.clock.now())?));
        match recorded {
            // They are gone since.
            Err(error) if error.is_foreign_key_violation() => Ok(()),
            recorded => Ok(recorded?),
        }
    }

    /// The mail that a row of the outbox stands for; none if nobody is to get one, or if others take its place.
    pub fn compose(&self, letter: &str) -> Result<Vec<Message>, LetterError> {
        let letter: Letter = serde_json::from_str(letter)?;
        let mut db = self.accounts.auth.db()?;
        let addressed = match letter {
            Letter::PasswordReset { email, origin } => {
                db.write(|db| self.share_out(db, &email, &origin))?;
                None
            }
            Letter::PasswordResetOf { user_id, origin } => self.password_reset(&mut db, user_id, &origin)?,
            Letter::PasswordChanged { to, seen } => Some(self.password_changed(to, &seen)),
            Letter::ConfirmAddress { user_id, nonce, origin } => self.confirm(&mut db, user_id, &nonce, &origin)?,
            Letter::AddressChanging { to, email, seen } => Some(self.changing(to, &email, &seen)),
            Letter::AddressChanged { to, seen } => Some(self.changed(to, &seen)),
            Letter::AddressInUse { email, origin } => self.in_use(&mut db, &email, &origin)?,
            Letter::NewDevice { to, seen } => Some(self.new_device(to, &seen)),
            Letter::AccountDeleted { to, seen } => Some(self.deleted(to, &seen)),
        };
        let addressed = addressed.filter(|(to, _)| !to.is_empty());
        addressed.map(|(to, words)| self.message(to, words)).into_iter().collect()
    }

    fn message(&self, to: String, words: Words) -> Result<Message, LetterError> {
        let subject = words.subject.clone();
        let text = self.templates.render(&TextLetter { words: words.clone() })?;
        let html = self.templates.render(&HtmlLetter { words })?;
        Ok(Message { to, subject, text, html: Some(html) })
    }

    fn words(&self, subject: &str, name: &str) -> Words {
        Words::new(&self.site_name, subject.to_owned(), name)
    }

    /// One letter for each account with this address whose password can be reset; who has only registered yet is sent their
    /// link to confirm the address again, if it is nobody else's meanwhile. Anybody can register with it, any number of
    /// times, so all these letters but the first, which was counted when it was asked for, count too.
    fn share_out(&self, db: &mut Db, email: &str, origin: &str) -> Result<(), LetterError> {
        let now = self.accounts.auth.clock.now();
        for (at, person) in user::with_email(db, email)?.into_iter().enumerate() {
            let (user_id, origin) = (person.id, origin.to_owned());
            if person.is_active && is_usable(&person.password) {
                post(db, &Letter::PasswordResetOf { user_id, origin }, now)?;
            } else if let Some(waiting) =
                unconfirmed::find(db, user_id)?.filter(|waiting| waiting.is_of_newcomer(&person))
                && !is_of_another(db, user_id, email)?
                && (at == 0 || !self.accounts.is_flooded(db, MailKind::Asked, email)?)
            {
                post(db, &Letter::ConfirmAddress { user_id, nonce: waiting.nonce, origin }, now)?;
            }
        }
        Ok(())
    }

    fn password_reset(&self, db: &mut Db, user_id: i32, origin: &str) -> Result<Option<Addressed>, LetterError> {
        let auth = &self.accounts.auth;
        let Some(person) = user::find(db, user_id)?.filter(|person| person.is_active && is_usable(&person.password))
        else {
            return Ok(None);
        };
        let token = auth.reset_tokens.make(&person, &auth.keys, auth.clock.now());
        if !is_noted(links::note_reset(db, auth, &person, &token))? {
            return Ok(None);
        }
        let path = format!("/account/reset/{}/{token}/", reset_token::uid(person.id));
        let words = self
            .words(&format!("Password reset on {}", self.site_name), &person.display_name())
            .say(format!(
                "Somebody, probably you, asked for a new password for your account at {}. Your username is {}.",
                self.site_name, person.username
            ))
            .link("Choose a new password", origin, &path)
            .remark(format!(
                "The link works once, within {}. If you did not ask for it, you need do nothing: your password stays as it is.",
                length(self.accounts.settings.password_reset_timeout)
            ));
        Ok(Some((person.email, words)))
    }

    fn password_changed(&self, to: Addressee, seen: &Seen) -> Addressed {
        let words = self
            .words(&format!("Your password on {} was changed", self.site_name), &to.name)
            .say(format!("The password of your account {} was changed.", to.username))
            .seen(seen)
            .link("Reset the password", &seen.origin, "/account/password_reset/")
            .remark("If it was you, all is well. If not, somebody else knows how to get in: reset the password now.");
        (to.email, words)
    }

    fn confirm(&self, db: &mut Db, user_id: i32, nonce: &str, origin: &str) -> Result<Option<Addressed>, LetterError> {
        let now = self.accounts.auth.clock.now();
        let (Some(person), Some(waiting)) = (user::find(db, user_id)?, unconfirmed::find(db, user_id)?) else {
            return Ok(None);
        };
        if waiting.nonce != nonce || waiting.expires_at <= now {
            return Ok(None);
        }
        if !is_noted(links::note_confirmation(db, &self.accounts.auth, user_id, nonce))? {
            return Ok(None);
        }
        let path = format!("/account/confirm/{}/", confirmation::token(&self.accounts.auth, user_id, nonce));
        let what = if waiting.registering {
            format!(
                "Somebody, probably you, registered the account {} at {} with this address.",
                person.username, self.site_name
            )
        } else {
            format!(
                "Somebody, probably you, wants this to be the address of the account {} at {}.",
                person.username, self.site_name
            )
        };
        let words = self
            .words(&format!("Confirm your address for {}", self.site_name), "")
            .say(what)
            .link("Confirm this address", origin, &path)
            .remark(format!(
                "The link works once, within {}. If that is not your account, do nothing, and it stays without this address.",
                length(self.accounts.settings.confirmation_timeout)
            ));
        Ok(Some((waiting.email, words)))
    }

    fn changing(&self, to: Addressee, email: &str, seen: &Seen) -> Addressed {
        let words = self
            .words(&format!("Another address for your account on {}", self.site_name), &to.name)
            .say(format!("Your account {} is about to get another address: {email}.", to.username))
            .say("It changes once a link that was sent there is opened. Until then yours is this one.")
            .seen(seen)
            .link("Look at your account", &seen.origin, "/account/")
            .remark("If it was not you, withdraw the change there, and choose another password.");
        (to.email, words)
    }

    fn changed(&self, to: Addressee, seen: &Seen) -> Addressed {
        let words = self
            .words(&format!("Your address on {} was changed", self.site_name), &to.name)
            .say(format!("The account {} has another address now; this one belongs to it no more.", to.username))
            .seen(seen)
            .remark("If it was not you, ask those who run the site for help.");
        (to.email, words)
    }

    fn in_use(&self, db: &mut Db, email: &str, origin: &str) -> Result<Option<Addressed>, LetterError> {
        let Some(person) = user::with_email(db, email)?.into_iter().find(|person| person.is_active) else {
            return Ok(None);
        };
        let words = self
            .words(&format!("You have an account on {}", self.site_name), &person.display_name())
            .say(format!(
                "Somebody, perhaps you, wanted to use this address for another account at {}. It belongs to your account {} already.",
                self.site_name, person.username
            ))
            .link("Reset the password", origin, "/account/password_reset/")
            .remark("If you have forgotten the password, you can reset it. If it was not you, you need do nothing.");
        Ok(Some((person.email, words)))
    }

    fn new_device(&self, to: Addressee, seen: &Seen) -> Addressed {
        let words = self
            .words(&format!("New log-in on {}", self.site_name), &to.name)
            .say(format!("Your account {} was logged in to from a browser that we have not seen before.", to.username))
            .seen(seen)
            .link("Look at your account", &seen.origin, "/account/")
            .remark("If it was you, all is well. If not, end that session there and choose another password.");
        (to.email, words)
    }

    fn deleted(&self, to: Addressee, seen: &Seen) -> Addressed {
        let words = self
            .words(&format!("Your account on {} was deleted", self.site_name), &to.name)
            .say(format!(
                "The account {} and what belonged to it were deleted, as was asked for with its password.",
                to.username
            ))
            .seen(seen)
            .remark("If it was not you, ask those who run the site for help.");
        (to.email, words)
    }
}

/// Whether a link was written down; else whom it is for is gone since.
fn is_noted(noted: Result<(), AuthError>) -> Result<bool, LetterError> {
    match noted {
        Err(AuthError::Db(error)) if error.is_foreign_key_violation() => Ok(false),
        noted => Ok(noted.map(|()| true)?),
    }
}
