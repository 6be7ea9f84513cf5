//! What waits to leave: mail for people, events for other programs. A letter is written into the outbox in the transaction
//! of what it tells of, so both are kept or neither; it is delivered afterwards, once at least. What a letter means is its
//! writer's concern.

mod models;

use time::Duration;

pub use models::{
    destination::{announce, subscribe},
    letter::post,
};

use self::models::letter::{self, When};
use crate::{
    clock::Clock,
    db::{Database, DbError},
};

/// The destination of mail. Others are those of [`subscribe`].
pub const MAIL: &str = "mail";
/// How many letters one call of [`Outbox::deliver_due`] tries at most.
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

/// What waits for one destination. Any number of processes may deliver it at once.
#[derive(Debug, Clone)]
pub struct Outbox {
    destination: &'static str,
    retry_for: Duration,
    setting: &'static str,
    lease: Duration,
}

/// How a round went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Delivered {
    /// Letters that are done: sent, or found to have nothing to say any more.
    pub sent: u32,
    /// Letters that could not be sent, be it for now or for good.
    pub failed: u32,
}

/// A letter that somebody has claimed.
#[derive(Debug)]
pub struct Claimed(letter::Row);

impl Claimed {
    /// What it says.
    pub fn letter(&self) -> &str {
        &self.0.letter
    }
}

/// Why a letter was not sent.
#[derive(Debug)]
pub struct Failure {
    /// No address, no secret and no text: it is logged.
    pub cause: String,
    /// Whom it concerns.
    pub reach: Reach,
}

/// How far a failure reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// This letter alone, which is tried again.
    Letter,
    /// All letters to this destination: others would fare the same just now.
    Destination,
    /// This letter, for good: it is not tried again.
    Forever,
}

impl Outbox {
    /// What waits for `destination`. A letter is given up `retry_for` after it was written, as `setting` says. Sending one
    /// takes no longer than `patience`.
    pub fn new(destination: &'static str, patience: Duration, retry_for: Duration, setting: &'static str) -> Self {
        // Longer than sending takes, as a letter is made first.
        Self { destination, retry_for, setting, lease: patience.saturating_add(Duration::MINUTE) }
    }

    /// Its name.
    pub fn destination(&self) -> &'static str {
        self.destination
    }

    /// Tries each letter that is due once, up to [`LIMIT`]; the thread waits meanwhile. Ends early when nothing can be
    /// delivered at all.
    pub fn deliver_due(
        &self,
        database: &Database,
        clock: &Clock,
        deliver: impl Fn(&Claimed) -> Result<Result<(), Failure>, DbError>,
    ) -> Result<Delivered, DbError> {
        let due = letter::due(&mut *database.get()?, self.destination, self.when(clock), LIMIT.into())?;
        let mut delivered = Delivered::default();
        for id in due {
            let when = self.when(clock);
            let until = when.now.saturating_add(self.lease);
            let Some(row) = letter::claim(&mut *database.get()?, id, when, until)? else { continue };
            let claimed = Claimed(row);
            match deliver(&claimed)? {
                Ok(()) => {
                    letter::delete(&mut *database.get()?, id)?;
                    delivered.sent += 1;
                }
                Err(failure) => {
                    delivered.failed += 1;
                    self.put_off(&claimed, database, clock, &failure)?;
                    if failure.reach == Reach::Destination {
                        self.give_up_old(database, clock)?;
                        break;
                    }
                }
            }
        }
        Ok(delivered)
    }

    /// Claims a letter for as long again.
    pub fn hold_on(&self, claimed: &Claimed, database: &Database, clock: &Clock) -> Result<(), DbError> {
        let now = clock.now();
        Ok(letter::postpone(&mut *database.get()?, &claimed.0, now.saturating_add(self.lease), now)?)
    }

    /// Makes a letter that could not be sent due again later, or gives it up. The last try is at the end of its time.
    fn put_off(
        &self,
        Claimed(row): &Claimed,
        database: &Database,
        clock: &Clock,
        Failure { cause, reach }: &Failure,
    ) -> Result<(), DbError> {
        let now = clock.now();
        let (id, attempts, destination) = (row.id, row.attempts, self.destination);
        let end = row.created_at.saturating_add(self.retry_for);
        if *reach == Reach::Forever {
            letter::delete(&mut *database.get()?, id)?;
            tracing::error!(id, attempts, destination, cause, "a letter is given up: nobody wants it any more");
            return Ok(());
        }
        if now >= end {
            letter::delete(&mut *database.get()?, id)?;
            let setting = self.setting;
            tracing::error!(
                id,
                attempts,
                destination,
                cause,
                "a letter is given up: it could not be sent for as long as {setting} says"
            );
            return Ok(());
        }
        let due = now.saturating_add(delay(attempts)).min(end);
        letter::postpone(&mut *database.get()?, row, due, now)?;
        tracing::warn!(id, attempts, destination, cause, "a letter could not be sent; it is tried again");
        Ok(())
    }

    /// Gives up the letters whose time is over: where nothing can be delivered, most are never tried again. One that was not
    /// tried at all has twice as long.
    fn give_up_old(&self, database: &Database, clock: &Clock) -> Result<(), DbError> {
        let (destination, setting) = (self.destination, self.setting);
        let written = |ago: Duration| clock.now().saturating_sub(ago);
        let (tried, untried) = (written(self.retry_for), written(self.retry_for.saturating_mul(2)));
        let letters = letter::delete_old(&mut *database.get()?, destination, tried, untried)?;
        if letters > 0 {
            tracing::error!(
                destination,
                letters,
                "letters are given up: they could not be sent for as long as {setting} says"
            );
        }
        Ok(())
    }

    fn when(&self, clock: &Clock) -> When {
        // Twice as long as anything waits: the clocks of several instances differ.
        When { now: clock.now(), horizon: self.lease.max(LONGEST_DELAY).saturating_mul(2) }
    }
}

/// How long a letter waits after this many tries.
fn delay(attempts: i32) -> Duration {
    let at = usize::try_from(attempts.saturating_sub(1)).unwrap_or_default();
    DELAYS.get(at).copied().unwrap_or(LONGEST_DELAY)
}
