//! Mail: what a message is, and the backends that take it somewhere. What waits to be sent is in [`outbox`].
//!
//! To add a backend: a file in `backends/` and a line in `backends::new`. A library user makes one's own with
//! [`Mailer::with`].

mod backends;
mod letterhead;
pub mod outbox;

use std::fmt;

use lettre::transport::smtp::extension::ClientId;
use time::Duration;

use crate::{clock::Clock, settings::EmailSettings};

/// Mail to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The address alone, as `ann@example.org`.
    pub to: String,
    /// Control characters in it become spaces.
    pub subject: String,
    /// What it says.
    pub text: String,
    /// The same as a page, for programs that show one.
    pub html: Option<String>,
}

/// Why mail was not sent. None of them tells an address or what a message says, so all of them may be logged.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// No message can be sent now.
    #[error("mail can't be sent now: {0}")]
    Unavailable(String),
    /// This one message can't be sent; others may be.
    #[error("the message was refused: {0}")]
    Refused(String),
    /// A setting is wrong: its name, and what was expected.
    #[error("{0}")]
    Config(String),
}

/// Takes messages somewhere.
pub trait EmailBackend: Send + Sync {
    /// Sends one, and returns when it is no longer ours to keep. The thread waits meanwhile.
    fn send(&self, message: &Message) -> Result<(), MailError>;

    /// The longest that [`Self::send`] takes. What has not been sent by then, somebody else sends.
    fn patience(&self) -> Duration {
        Duration::minutes(5)
    }

    /// What was sent, as far as it is kept: `locmem` keeps all, others nothing.
    fn sent(&self) -> Vec<Message> {
        Vec::new()
    }
}

/// Sends mail by the backend that `EMAIL_BACKEND` names, or by one's own.
pub struct Mailer(Box<dyn EmailBackend>);

impl Mailer {
    /// By the backend that `EMAIL_BACKEND` names. Fails with [`MailError::Config`] if what it needs is not there; a mail
    /// server is not asked yet.
    pub fn new(settings: &EmailSettings, clock: &Clock) -> Result<Self, MailError> {
        backends::new(settings, clock).map(Self)
    }

    /// By a backend of one's own.
    pub fn with(backend: Box<dyn EmailBackend>) -> Self {
        Self(backend)
    }

    /// Sends a message at once. The thread waits meanwhile.
    pub fn send(&self, message: &Message) -> Result<(), MailError> {
        self.0.send(message)
    }

    /// The longest that [`Self::send`] takes.
    pub fn patience(&self) -> Duration {
        self.0.patience()
    }

    /// What was sent, oldest first; empty unless the backend is `locmem`.
    pub fn sent(&self) -> Vec<Message> {
        self.0.sent()
    }
}

impl fmt::Debug for Mailer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Mailer").finish_non_exhaustive()
    }
}

/// What this machine calls itself, to mail servers too.
pub fn host_name() -> String {
    ClientId::default().to_string()
}
