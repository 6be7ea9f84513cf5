use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use time::PrimitiveDateTime;

use super::{
    models::{
        attempt::Elsewhere,
        counter::{self, Place, Row},
    },
    standing::{self, Standing},
    subject::{Meant, Subject},
};
use crate::{
    auth::{Attempt, AuthError},
    client::Client,
    clock::Clock,
    db::{Database, Db},
};

/// The places that an attempt takes among those that may still be wrong. Dropped, it gives them back, unless the attempt
/// was refused: then a failure is counted in their stead or, should that fail, they end by themselves, as those of a
/// process that crashed.
pub(super) struct Reservation {
    /// Everything by which a failure counts.
    pub(super) subjects: Vec<Subject>,
    /// The keys of those whose places are taken, and whose locks are this attempt's; and the epochs of the places.
    pub(super) taken: Vec<(String, i32)>,
    /// Whom it is for.
    pub(super) meant: Meant,
    has_failed: Arc<AtomicBool>,
    database: Database,
    clock: Clock,
}

/// Why there is no place.
pub(super) enum Refusal {
    /// It is locked.
    Locked(Box<(Subject, Row)>),
    /// What was counted elsewhere is enough to lock it.
    Elsewhere(Box<(Subject, Elsewhere)>),
    /// Those who are being checked may all be wrong, and then it is locked.
    Pending,
    /// It can't be found out.
    Failed(AuthError),
}

impl From<diesel::result::Error> for Refusal {
    fn from(error: diesel::result::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl Reservation {
    /// Of an attempt that has taken no place yet.
    pub(super) fn new(attempt: &Attempt<'_>, meant: Meant, subjects: Vec<Subject>) -> Self {
        Self {
            subjects,
            taken: Vec::new(),
            meant,
            has_failed: attempt.has_failed(),
            database: attempt.auth().database.clone(),
            clock: attempt.auth().clock.clone(),
        }
    }

    /// Takes a place for each of `gate`, which stand in the order of their keys, or none.
    pub(super) fn take(&mut self, gate: &[Subject], client: &Client) -> Result<(), Refusal> {
        let now = self.clock.now();
        let mut db = self.database.get().map_err(|error| Refusal::Failed(error.into()))?;
        // Most who are refused are refused without a write.
        if let Some(locked) = look(&mut db, gate, now)? {
            return Err(Refusal::Locked(Box::new(locked)));
        }
        // A power cut may undo this: then nobody was told that a password was wrong.
        self.taken = db.write_unsynced(|db| {
            let take = |subject: &Subject| {
                let place = counter::take_place(db, subject, now)?;
                Ok((subject.key.clone(), self.weigh(db, subject, place, client)?))
            };
            gate.iter().map(take).collect::<Result<_, Refusal>>()
        })?;
        Ok(())
    }

    /// The epoch of the place that is taken among those of a subject, if one is.
    pub(super) fn place(&self, subject: &Subject) -> Option<i32> {
        self.taken.iter().find(|(key, _)| *key == subject.key).map(|(_, epoch)| *epoch)
    }

    /// Whether the place may be kept, seen what was counted elsewhere; its epoch. The row is locked for this transaction.
    fn weigh(&self, db: &mut Db, subject: &Subject, place: Place, client: &Client) -> Result<i32, Refusal> {
        let now = self.clock.now();
        let (row, is_taken) = match place {
            Place::Taken(row) => (row, true),
            Place::Refused(row) => (Row { places: row.places.and_one(), ..row }, false),
        };
        let elsewhere = standing::elsewhere(db, subject, &row, &self.meant.names, client, now)?;
        match Standing::of(subject, &row, elsewhere, now) {
            Standing::Open if is_taken => Ok(row.places.epoch()),
            Standing::Locked => Err(Refusal::Locked(Box::new((subject.clone(), row)))),
            Standing::Elsewhere(elsewhere) => Err(Refusal::Elsewhere(Box::new((subject.clone(), elsewhere)))),
            // Or what refused it is gone, and the next try will find a place.
            Standing::Pending | Standing::Open => Err(Refusal::Pending),
        }
    }

    fn give_back(&self) -> Result<(), AuthError> {
        self.database
            .get()?
            .write_unsynced(|db| self.taken.iter().try_for_each(|(key, epoch)| counter::give_back(db, key, *epoch)))?;
        Ok(())
    }
}

/// Of those that are locked the one that opens last. Writes what is not as its rule has it by now.
fn look(db: &mut Db, gate: &[Subject], now: PrimitiveDateTime) -> Result<Option<(Subject, Row)>, Refusal> {
    let (mut longest, mut odd): (Option<(&Subject, Row)>, _) = (None, Vec::new());
    for subject in gate {
        let Some(mut row) = counter::find(db, &subject.key, now)? else { continue };
        let settled = row.counter.settled(&subject.rule, now);
        if settled != row.counter {
            odd.push(subject);
            row.counter = settled;
        }
        let later = longest.is_none_or(|(_, known)| known.counter.locked_until < settled.locked_until);
        if settled.is_locked(now) && later {
            longest = Some((subject, row));
        }
    }
    if !odd.is_empty() {
        db.write(|db| odd.into_iter().try_for_each(|subject| settle(db, subject, now)))?;
    }
    Ok(longest.map(|(subject, row)| (subject.clone(), row)))
}

fn settle(db: &mut Db, subject: &Subject, now: PrimitiveDateTime) -> Result<(), diesel::result::Error> {
    let row = counter::select_for_update(db, subject, now)?;
    counter::save(db, &subject.key, &Row { counter: row.counter.settled(&subject.rule, now), ..row })
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if self.has_failed.load(Ordering::SeqCst) || self.taken.is_empty() {
            return;
        }
        if let Err(error) = self.give_back() {
            tracing::warn!(%error, "an attempt could not be given back; it ends by itself");
        }
    }
}
