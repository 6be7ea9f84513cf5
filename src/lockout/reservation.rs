use std::{cell::Cell, rc::Rc};

use super::{
    models::{
        attempt::{self, Elsewhere, Search},
        counter::{self, Place, Row},
    },
    policy::Kind,
    subject::Subject,
};
use crate::{
    auth::{Attempt, AuthError},
    client::Client,
    clock::Clock,
    db::{Database, Db},
    settings::Parameter,
};

/// The places that an attempt takes among those that may still be wrong. Dropped, it gives them back, unless the attempt
/// was refused: then a failure is counted in their stead or, should that fail, they end by themselves, as those of a
/// process that crashed.
pub(super) struct Reservation {
    /// Everything by which a failure counts.
    pub(super) subjects: Vec<Subject>,
    /// The keys of those whose places are taken, and whose locks are this attempt's.
    pub(super) taken: Vec<String>,
    /// The names by which a Django beside us may have counted the same account.
    pub(super) names: Vec<String>,
    /// The account, folded.
    pub(super) account: String,
    is_refused: Rc<Cell<bool>>,
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
    pub(super) fn new(
        attempt: &Attempt<'_>,
        account: Option<String>,
        subjects: Vec<Subject>,
    ) -> Result<Self, AuthError> {
        let typed = attempt.credential("username").unwrap_or_default();
        let mut names = vec![typed.to_owned()];
        if let Some((user, _)) = attempt.found()?.the_one() {
            names.extend([user.username.clone(), user.email.clone()]);
        }
        names.sort_unstable();
        names.dedup();
        names.retain(|name| !name.contains('\0'));
        Ok(Self {
            subjects,
            taken: Vec::new(),
            names,
            account: account.unwrap_or_default(),
            is_refused: attempt.is_refused(),
            database: attempt.auth().database.clone(),
            clock: attempt.auth().clock.clone(),
        })
    }

    /// Takes a place for each of `gate`, which stand in the order of their keys, or none.
    pub(super) fn take(&mut self, gate: &[Subject], client: &Client) -> Result<(), Refusal> {
        let now = self.clock.now();
        let mut db = self.database.get().map_err(|error| Refusal::Failed(error.into()))?;
        // Most who are refused are refused without a write.
        self.look(&mut db, gate)?;
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

    /// Whether something is locked; settles rows that are not as their rules have it.
    fn look(&self, db: &mut Db, gate: &[Subject]) -> Result<(), Refusal> {
        let now = self.clock.now();
        let (mut locked, mut odd) = (None, Vec::new());
        for subject in gate {
            let Some(mut row) = counter::find(db, &subject.key, now)? else { continue };
            let settled = row.counter.settled(&subject.rule, now);
            if settled != row.counter {
                odd.push(subject);
                row.counter = settled;
            }
            if locked.is_none() && settled.is_locked(now) {
                locked = Some(Box::new((subject.clone(), row)));
            }
        }
        if !odd.is_empty() {
            db.write(|db| {
                odd.into_iter().try_for_each(|subject| {
                    let row = counter::lock(db, subject, now)?;
                    let settled = Row { counter: row.counter.settled(&subject.rule, now), ..row };
                    counter::save(db, &subject.key, &settled)
                })
            })?;
        }
        locked.map_or(Ok(()), |by| Err(Refusal::Locked(by)))
    }

    /// Whether the place may be kept, seen what was counted elsewhere. `row` is locked for this transaction.
    fn weigh(&self, db: &mut Db, subject: &Subject, row: Row, client: &Client) -> Result<(), Refusal> {
        let Some(elsewhere) = self.elsewhere(db, subject, &row, client)? else {
            return Ok(());
        };
        let (limit, failures) = (subject.rule.limit, row.counter.live_failures(self.clock.now()));
        if failures.saturating_add(elsewhere.failures) >= limit {
            Err(Refusal::Elsewhere(Box::new((subject.clone(), elsewhere))))
        } else if failures.saturating_add(elsewhere.failures).saturating_add(row.pending) > limit {
            Err(Refusal::Pending)
        } else {
            Ok(())
        }
    }

    /// What axes on a Django beside us has counted of `subject`, whose row is `row`.
    pub(super) fn elsewhere(
        &self,
        db: &mut Db,
        subject: &Subject,
        row: &Row,
        client: &Client,
    ) -> Result<Option<Elsewhere>, diesel::result::Error> {
        let Kind::Axes(parts) = &subject.rule.kind else {
            return Ok(None);
        };
        let mut search = Search::default();
        for part in parts {
            match part {
                Parameter::Username => search.usernames = Some(self.names.clone()),
                Parameter::IpAddress => search.ip_address = Some(client.ip_address()),
                Parameter::UserAgent => search.user_agent = Some(subject.user_agent.clone()),
            }
        }
        let now = self.clock.now();
        // What locked before has been paid for.
        let since = subject.rule.counts_since(now).max(row.counter.locked_until.min(now));
        attempt::elsewhere(db, &search, since)
    }

    fn give_back(&self) -> Result<(), AuthError> {
        self.database.get()?.write_unsynced(|db| self.taken.iter().try_for_each(|key| counter::give_back(db, key)))?;
        Ok(())
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if self.is_refused.get() || self.taken.is_empty() {
            return;
        }
        if let Err(error) = self.give_back() {
            tracing::warn!(%error, "an attempt could not be given back; it ends by itself");
        }
    }
}
