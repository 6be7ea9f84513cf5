//! What people are written to. A letter waits in the outbox as a few facts; what it says, and the link in it, is made when it
//! is sent, so the outbox holds nothing that opens anything, and whoever asks for a letter does the same work whether or
//! not somebody will get one.

mod compose;
mod words;

use serde::{Deserialize, Serialize};
use time::PrimitiveDateTime;

pub use compose::{LetterError, Office};
pub use words::{HtmlLetter, Link, TextLetter, Words};

use crate::{
    client::Client,
    db::{Db, DbError},
    devices::describe,
    mail::outbox,
    users::User,
};

/// A letter that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "letter", rename_all = "snake_case")]
pub enum Letter {
    /// To everybody with this address: each gets [`Self::PasswordResetOf`].
    PasswordReset {
        /// As it was typed. Nobody is written to there, but to the stored address that equals it.
        email: String,
        /// Where links lead.
        origin: String,
    },
    /// A link to reset the password.
    PasswordResetOf {
        /// Whose.
        user_id: i32,
        /// Where links lead.
        origin: String,
    },
    /// The password was changed.
    PasswordChanged {
        /// Whose.
        to: Addressee,
        /// By whom.
        seen: Seen,
    },
    /// A link by which somebody shows that an address is theirs.
    ConfirmAddress {
        /// Whose it will be.
        user_id: i32,
        /// Of the change that this is about.
        nonce: String,
        /// Where links lead.
        origin: String,
    },
    /// To the old address: somebody asked for another one.
    AddressChanging {
        /// Whose, at the old address.
        to: Addressee,
        /// The one asked for.
        email: String,
        /// By whom.
        seen: Seen,
    },
    /// To the old address: it is no longer that of the account.
    AddressChanged {
        /// Whose it was, at the old address.
        to: Addressee,
        /// By whom.
        seen: Seen,
    },
    /// To everybody with this address: somebody wants it for another account.
    AddressInUse {
        /// The address.
        email: String,
        /// Where links lead.
        origin: String,
    },
    /// Somebody logged in with a browser that is not known.
    NewDevice {
        /// Whose account.
        to: Addressee,
        /// Who.
        seen: Seen,
    },
    /// The account is gone.
    AccountDeleted {
        /// Whose it was.
        to: Addressee,
        /// By whom.
        seen: Seen,
    },
}

impl Letter {
    /// By what it is named in the outbox and in the record.
    pub fn name(&self) -> &'static str {
        match self {
            Self::PasswordReset { .. } => "password_reset",
            Self::PasswordResetOf { .. } => "password_reset_of",
            Self::PasswordChanged { .. } => "password_changed",
            Self::ConfirmAddress { .. } => "confirm_address",
            Self::AddressChanging { .. } => "address_changing",
            Self::AddressChanged { .. } => "address_changed",
            Self::AddressInUse { .. } => "address_in_use",
            Self::NewDevice { .. } => "new_device",
            Self::AccountDeleted { .. } => "account_deleted",
        }
    }

    fn reader(&self) -> Reader<'_> {
        match self {
            Self::PasswordReset { email, .. } | Self::AddressInUse { email, .. } => Reader::WithEmail(email),
            Self::PasswordResetOf { user_id, .. } | Self::ConfirmAddress { user_id, .. } => Reader::Known(*user_id),
            Self::PasswordChanged { to, .. }
            | Self::AddressChanging { to, .. }
            | Self::AddressChanged { to, .. }
            | Self::NewDevice { to, .. }
            | Self::AccountDeleted { to, .. } => Reader::Called(&to.username),
        }
    }

    /// Whether `user` is who reads it.
    pub fn is_for(&self, user: &User) -> bool {
        match self.reader() {
            Reader::Known(id) => id == user.id,
            Reader::Called(username) => username == user.username,
            Reader::WithEmail(email) => !email.is_empty() && email.to_lowercase() == user.email.to_lowercase(),
        }
    }
}

/// Who reads a letter.
enum Reader<'a> {
    Known(i32),
    Called(&'a str),
    WithEmail(&'a str),
}

/// Whom a notice warns, as they were when it happened: whoever takes an account over changes its address next, and must not
/// get what waits for its owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addressee {
    /// The address.
    pub email: String,
    /// The name of the account.
    pub username: String,
    /// What they are called.
    pub name: String,
}

impl Addressee {
    /// `user` as they are now.
    pub fn of(user: &User) -> Self {
        Self { email: user.email.clone(), username: user.username.clone(), name: user.display_name() }
    }
}

/// Who did something, and where their account is found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// When, in seconds since 1970.
    pub at: i64,
    /// From where.
    pub ip_address: Option<String>,
    /// With what browser, in words.
    pub browser: String,
    /// Where links lead.
    pub origin: String,
}

impl Seen {
    /// What is known of `client`.
    pub fn of(client: &Client, origin: String, now: PrimitiveDateTime) -> Self {
        Self {
            at: now.assume_utc().unix_timestamp(),
            ip_address: client.ip_address(),
            browser: describe(&client.user_agent),
            origin,
        }
    }
}

/// Puts a letter into the outbox; it goes with the caller's transaction or not at all.
pub fn post(db: &mut Db, letter: &Letter, now: PrimitiveDateTime) -> Result<(), DbError> {
    let text = serde_json::to_string(letter).unwrap_or_default();
    outbox::post(db, &text, now)
}
