//! Mail that waits to be sent. A letter is written into the outbox in the transaction of what it tells of, so both are
//! kept or neither; a [`Postman`] delivers it afterwards, once at least. What a letter means is its writer's concern: it
//! becomes messages only when it is sent.

mod model;

use std::{fmt::Display, sync::Arc};

use time::Duration;

pub use model::post;

use self::model::{Row, When};
use super::{MailError, Mailer, Message};
use crate::{
    clock::Clock,
    db::{Database, DbError},
};

/// How many letters one call of [`Postman::deliver_due`] tries at most.
pub const LIMIT: u32 = 50;
/// How long a letter waits after its first, second, … try; after more tries as long as after the last of these.
const DELAYS: [Duration; 7] = [
    Duration::seconds(30),
    Duration::minutes(1),
    Duration::minutes(2),
    Duration::minutes(5),
    Duration::minutes(15),
    Duration::minutes(30),
    LONGEST_DELAY,
];
const LONGEST_DELAY: Duration = Duration::HOUR;

/// Delivers what lies in the outbox. Any number of them may work on one database.
#[derive(Debug, Clone)]
pub struct Postman {
    mailer: Arc<Mailer>,
    retry_for: Duration,
}

/// How a round went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Delivered {
    /// Letters that are done: sent, or found to have nothing to say any more.
    pub sent: u32,
    /// Letters that could not be sent, be it for now or for good.
    pub failed: u32,
}

/// Why a letter was not sent.
struct Failure {
    /// No address and no text: it is logged.
    cause: String,
    /// Whether others would fare the same.
    for_all: bool,
}

impl From<MailError> for Failure {
    fn from(error: MailError) -> Self {
        Self { cause: error.to_string(), for_all: !matches!(error, MailError::Refused(_)) }
    }
}

impl Postman {
    /// Sends by `mailer`, and gives a letter up `retry_for` after it was written (`EMAIL_RETRY_FOR`).
    pub fn new(mailer: Arc<Mailer>, retry_for: Duration) -> Self {
        Self { mailer, retry_for }
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
        let due = model::due(&mut *database.get()?, self.when(clock), LIMIT.into())?;
        let mut delivered = Delivered::default();
        for id in due {
            let when = self.when(clock);
            let until = when.now.saturating_add(self.lease());
            let Some(row) = model::claim(&mut *database.get()?, id, when, until)? else { continue };
            match self.deliver(&row, database, clock, (&compose, &sent))? {
                Ok(()) => delivered.sent += 1,
                Err(failure) => {
                    delivered.failed += 1;
                    self.put_off(&row, database, clock, &failure.cause)?;
                    if failure.for_all {
                        break;
                    }
                }
            }
        }
        Ok(delivered)
    }

    /// Sends a letter and deletes it.
    fn deliver<E: Display>(
        &self,
        row: &Row,
        database: &Database,
        clock: &Clock,
        (compose, sent): (&impl Fn(&str) -> Result<Vec<Message>, E>, &impl Fn(&str)),
    ) -> Result<Result<(), Failure>, DbError> {
        let messages = match compose(&row.letter) {
            Ok(messages) => messages,
            Err(error) => return Ok(Err(Failure { cause: error.to_string(), for_all: false })),
        };
        for (at, message) in messages.iter().enumerate() {
            if at > 0 {
                // The claim was made for one message.
                let now = clock.now();
                model::postpone(&mut *database.get()?, row, now.saturating_add(self.lease()), now)?;
            }
            if let Err(error) = self.mailer.send(message) {
                return Ok(Err(error.into()));
            }
        }
        if !messages.is_empty() {
            sent(&row.letter);
        }
        model::delete(&mut *database.get()?, row.id)?;
        Ok(Ok(()))
    }

    /// Makes a letter that could not be sent due again later, or gives it up. The last try is at the end of its time.
    fn put_off(&self, row: &Row, database: &Database, clock: &Clock, cause: &str) -> Result<(), DbError> {
        let now = clock.now();
        let (id, attempts) = (row.id, row.attempts);
        let end = row.created_at.saturating_add(self.retry_for);
        if now >= end {
            model::delete(&mut *database.get()?, id)?;
            tracing::error!(
                id,
                attempts,
                cause,
                "a letter is given up: it could not be sent for as long as EMAIL_RETRY_FOR says"
            );
            return Ok(());
        }
        let due = now.saturating_add(delay(attempts)).min(end);
        model::postpone(&mut *database.get()?, row, due, now)?;
        tracing::warn!(id, attempts, cause, "a letter could not be sent; it is tried again");
        Ok(())
    }

    fn when(&self, clock: &Clock) -> When {
        // Twice as long as anything waits: the clocks of several instances differ.
        When { now: clock.now(), horizon: self.lease().max(LONGEST_DELAY).saturating_mul(2) }
    }

    /// How long a letter is the postman's who claimed it: longer than sending takes, as composing takes a while too.
    fn lease(&self) -> Duration {
        self.mailer.patience().saturating_add(Duration::MINUTE)
    }
}

/// How long a letter waits after this many tries.
fn delay(attempts: i32) -> Duration {
    let at = usize::try_from(attempts.saturating_sub(1)).unwrap_or_default();
    DELAYS.get(at).copied().unwrap_or(LONGEST_DELAY)
}
