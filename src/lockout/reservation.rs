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

/// The places that an attempt takes among those that may still be wrong. Dropped, it gives them back: only a failure that
/// was counted keeps them. Those of a process that crashed end by themselves.
pub(super) struct Reservation {
    /// Everything by which a failure counts.
    pub(super) subjects: Vec<Subject>,
    /// The keys of those whose places are taken, and whose locks are this attempt's.
    pub(super) taken: Vec<String>,
    /// Whom it is for.
    pub(super) meant: Meant,
    spent: bool,
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
            spent: false,
            database: attempt.auth().database.clone(),
            clock: attempt.auth().clock.clone(),
        }
    }

    /// Takes a place for each of `gate`, which stand in the order of their keys, or none.
    pub(super) fn take(&mut self, gate: &[Subject], client: &Client) -> Result<(), Refusal> {
        let now = self.clock.now();
        let mut db = self.database.get().map_err(|error| Refusal::Failed(error.into()))?;
        // Most who are refused are refused without a write.
        for subject in gate {
            match counter::find(&mut db, &subject.key, now)? {
                Some(row) if row.counter.is_locked(now) => {
                    return Err(Refusal::Locked(Box::new((subject.clone(), row))));
                }
                _ => {}
            }
        }
        // A power cut may undo this: then nobody was told that a password was wrong.
        db.write_unsynced(|db| {
            gate.iter().try_for_each(|subject| match counter::take_place(db, subject, now)? {
                Place::Taken(row) => self.weigh(db, subject, row, client),
                Place::Refused(row) if row.counter.is_locked(now) => {
                    Err(Refusal::Locked(Box::new((subject.clone(), row))))
                }
                Place::Refused(_) => Err(Refusal::Pending),
            })
        })?;
        self.taken = gate.iter().map(|subject| subject.key.clone()).collect();
        Ok(())
    }

    /// Whether the place may be kept, seen what was counted elsewhere. `row` is locked for this transaction.
    fn weigh(&self, db: &mut Db, subject: &Subject, row: Row, client: &Client) -> Result<(), Refusal> {
        let now = self.clock.now();
        let elsewhere = standing::elsewhere(db, subject, &self.meant.names, client, now)?;
        match Standing::of(subject, &row, elsewhere, now) {
            Standing::Open => Ok(()),
            Standing::Locked => Err(Refusal::Locked(Box::new((subject.clone(), row)))),
            Standing::Elsewhere(elsewhere) => Err(Refusal::Elsewhere(Box::new((subject.clone(), elsewhere)))),
            Standing::Pending => Err(Refusal::Pending),
        }
    }

    /// The places are not given back any more: a failure is counted in their stead, or, should that fail, they end by
    /// themselves.
    pub(super) fn spend(&mut self) {
        self.spent = true;
    }

    fn give_back(&self) -> Result<(), AuthError> {
        self.database.get()?.write_unsynced(|db| self.taken.iter().try_for_each(|key| counter::give_back(db, key)))?;
        Ok(())
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if self.spent || self.taken.is_empty() {
            return;
        }
        if let Err(error) = self.give_back() {
            tracing::warn!(%error, "an attempt could not be given back; it ends by itself");
        }
    }
}
