//! Mail that waits to be sent: [`crate::outbox`] for people. A [`Postman`] delivers it; a letter becomes messages only
//! when it is sent.

use std::{fmt::Display, sync::Arc};

use time::{Duration, PrimitiveDateTime};

use super::{MailError, Mailer, Message};
pub use crate::outbox::{Delivered, LIMIT};
use crate::{
    clock::Clock,
    db::{Database, Db, DbError},
    outbox::{self, Claimed, Failure, MAIL, Outbox, Reach},
};

/// Delivers what lies in the outbox. Any number of them may work on one database.
#[derive(Debug, Clone)]
pub struct Postman {
    mailer: Arc<Mailer>,
    outbox: Outbox,
}

/// Puts mail into the outbox: it is sent if the transaction in which this is called is kept.
pub fn post(db: &mut Db, letter: &str, now: PrimitiveDateTime) -> Result<(), DbError> {
    Ok(outbox::post(db, MAIL, letter, now)?)
}

impl From<MailError> for Failure {
    fn from(error: MailError) -> Self {
        let reach = if matches!(error, MailError::Refused(_)) { Reach::Letter } else { Reach::Destination };
        Self { cause: error.to_string(), reach }
    }
}

impl Postman {
    /// Sends by `mailer`, and gives a letter up `retry_for` after it was written (`EMAIL_RETRY_FOR`).
    pub fn new(mailer: Arc<Mailer>, retry_for: Duration) -> Self {
        let outbox = Outbox::new(MAIL, mailer.patience(), retry_for, "EMAIL_RETRY_FOR");
        Self { mailer, outbox }
    }

    /// Tries each letter that is due once, up to [`LIMIT`]; the thread waits meanwhile. `compose` makes messages of a
    /// letter, none if it has nothing to say any more; what it fails with is logged. Ends early when no mail can be sent at
    /// all.
    ///
    /// If there are several messages and one can't be sent, the next try sends all of them again.
    pub fn deliver_due<E: Display>(
        &self,
        database: &Database,
        clock: &Clock,
        compose: impl Fn(&str) -> Result<Vec<Message>, E>,
    ) -> Result<Delivered, DbError> {
        self.deliver_due_and(database, clock, compose, |_| ())
    }

    /// The same, and tells `sent` of each letter of which something was sent.
    pub fn deliver_due_and<E: Display>(
        &self,
        database: &Database,
        clock: &Clock,
        compose: impl Fn(&str) -> Result<Vec<Message>, E>,
        sent: impl Fn(&str),
    ) -> Result<Delivered, DbError> {
        self.outbox.deliver_due(database, clock, |claimed| self.deliver(claimed, database, clock, (&compose, &sent)))
    }

    /// Sends a letter.
    fn deliver<E: Display>(
        &self,
        claimed: &Claimed,
        database: &Database,
        clock: &Clock,
        (compose, sent): (&impl Fn(&str) -> Result<Vec<Message>, E>, &impl Fn(&str)),
    ) -> Result<Result<(), Failure>, DbError> {
        let messages = match compose(claimed.letter()) {
            Ok(messages) => messages,
            Err(error) => return Ok(Err(Failure { cause: error.to_string(), reach: Reach::Letter })),
        };
        for (at, message) in messages.iter().enumerate() {
            if at > 0 {
                // The claim was made for one message.
                self.outbox.hold_on(claimed, database, clock)?;
            }
            if let Err(error) = self.mailer.send(message) {
                return Ok(Err(error.into()));
            }
        }
        if !messages.is_empty() {
            sent(claimed.letter());
        }
        Ok(Ok(()))
    }
}
