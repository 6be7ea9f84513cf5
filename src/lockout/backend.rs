use std::sync::Arc;

use time::PrimitiveDateTime;

use super::{
    Admission, Lockout,
    models::{
        attempt::{self, Elsewhere},
        counter::{self, Row},
        log,
    },
    policy::FOR_EVER,
    receivers::tried,
    reservation::{Refusal, Reservation},
    subject::{Meant, Subject},
};
use crate::{
    auth::{
        Attempt, AuthError, Lock,
        backends::{AuthenticationBackend, Decision},
        signals::{Occasion, UserLockedOut},
    },
    devices,
};

/// How many tries during one lock are recorded, each: an attacker must not fill the disk.
const RECORDED_TRIES: i32 = 50;

/// Stands first and lets nobody try whose account, address or browser is locked (`axes.backends.AxesStandaloneBackend`).
#[derive(Debug)]
pub struct AxesStandaloneBackend(Arc<Lockout>);

impl AxesStandaloneBackend {
    /// By this policy.
    pub fn new(lockout: Arc<Lockout>) -> Self {
        Self(lockout)
    }
}

impl AuthenticationBackend for AxesStandaloneBackend {
    fn authenticate(&self, attempt: &mut Attempt<'_>) -> Result<Decision, AuthError> {
        let (lockout, client) = (&self.0, attempt.client());
        // Whom a trusted proxy names has not guessed.
        if attempt.credential("remote_user").is_some() {
            return Ok(Decision::Abstain);
        }
        let passes = match lockout.admission(client) {
            Admission::Off | Admission::Spared => return Ok(Decision::Abstain),
            Admission::Blacklisted | Admission::NotWhitelisted => return Err(locked(lockout, attempt, None)),
            Admission::Passes => true,
            Admission::Weighed => false,
        };
        let meant = Meant::by(attempt)?;
        let subjects = lockout.subjects(meant.account.as_deref(), client);
        let device = lockout.known_device(attempt, meant.account.as_deref())?;
        let mut all = subjects.clone();
        all.extend(device.clone());
        all.sort_by(|left, right| left.key.cmp(&right.key));
        // On a device where the account was opened before, nobody else's failures count.
        let gate = match device {
            _ if passes => Vec::new(),
            Some(device) => vec![device],
            None => subjects,
        };
        let mut reservation = Reservation::new(attempt, meant, all);
        match reservation.take(&gate, client) {
            Ok(()) => {
                attempt.hold(reservation);
                Ok(Decision::Abstain)
            }
            Err(refusal) => Err(lockout.refuse(attempt, &reservation.meant, refusal)?),
        }
    }
}

impl Lockout {
    /// What this attempt is counted by if it comes from a device where the account was opened before.
    fn known_device(&self, attempt: &Attempt<'_>, account: Option<&str>) -> Result<Option<Subject>, AuthError> {
        let Some(token) = attempt.client().device.presented() else { return Ok(None) };
        let user = attempt.found()?.the_one().map(|(user, _)| user);
        let since = attempt.auth().clock.now().saturating_sub(self.settings.device_cookie_age);
        let known = devices::is_known(&mut *attempt.db()?, token, user, since)?;
        Ok(if known { Subject::of(&self.device, account, attempt.client()) } else { None })
    }

    /// What is told to somebody for whom there is no place.
    fn refuse(&self, attempt: &Attempt<'_>, meant: &Meant, refusal: Refusal) -> Result<AuthError, AuthError> {
        match refusal {
            Refusal::Pending => Ok(AuthError::Pending),
            Refusal::Failed(error) => Err(error),
            Refusal::Locked(by) => self.tried_while_locked(attempt, meant, &by.0, &by.1),
            Refusal::Elsewhere(by) => self.lock_by_elsewhere(attempt, &by.0, &by.1),
        }
    }

    /// Locks what a Django beside us has counted enough of; what is told of it.
    fn lock_by_elsewhere(
        &self,
        attempt: &Attempt<'_>,
        subject: &Subject,
        elsewhere: &Elsewhere,
    ) -> Result<AuthError, AuthError> {
        let now = attempt.auth().clock.now();
        let (last, id) = elsewhere.last;
        attempt.db()?.write(|db| {
            if attempt::select_for_update(db, &[id])?.is_empty() {
                // Somebody opens it just now.
                return Ok(AuthError::Pending);
            }
            let mut row = counter::select_for_update(db, subject, now)?;
            if !row.counter.is_locked(now) {
                // As long as axes would, seen from the last failure there; from now on nothing moves this end.
                row.counter.lock(&subject.rule, last, now);
                (row.refused, row.attempt_id) = (0, Some(id));
                row.watched_until = subject.rule.forgotten_at(last);
                counter::save(db, &subject.key, &row)?;
                announce(&mut Occasion::of(attempt, db), subject, &row, true)?;
            }
            Ok(locked(self, attempt, Some((subject, row.counter.locked_until))))
        })
    }

    fn tried_while_locked(
        &self,
        attempt: &Attempt<'_>,
        meant: &Meant,
        subject: &Subject,
        row: &Row,
    ) -> Result<AuthError, AuthError> {
        let now = attempt.auth().clock.now();
        let prolongs = self.settings.reset_cool_off_on_failure_during_lockout;
        let recorded = row.refused < RECORDED_TRIES;
        if !recorded && !prolongs {
            return Ok(locked(self, attempt, Some((subject, row.counter.locked_until))));
        }
        let (access, account) = (tried(attempt), meant.account.as_deref().unwrap_or_default());
        attempt.db()?.write(|db| {
            let axes_row = if prolongs {
                if self.settings.enable_failure_log {
                    log::failed(db, &access, true, self.settings.failure_log_per_user_limit.get(), now)?;
                }
                Some(attempt::record(db, &access, account, now, None)?)
            } else {
                None
            };
            let mut row = counter::select_for_update(db, subject, now)?;
            if let (Some(id), true) = (axes_row, row.counter.is_locked(now)) {
                row.counter.prolong(&subject.rule, now);
                (row.attempt_id, row.watched_until) = (Some(id), subject.rule.forgotten_at(now));
            }
            if recorded {
                row.refused += 1;
                announce(&mut Occasion::of(attempt, db), subject, &row, false)?;
            }
            counter::save(db, &subject.key, &row)?;
            Ok(locked(self, attempt, Some((subject, row.counter.locked_until))))
        })
    }
}

/// Tells the receivers of `user_locked_out`.
pub(super) fn announce(
    occasion: &mut Occasion<'_>,
    subject: &Subject,
    row: &Row,
    begins: bool,
) -> Result<(), AuthError> {
    let username = occasion.attempt.and_then(|attempt| attempt.credential("username")).unwrap_or_default().to_owned();
    if begins {
        // Not the name: some people type their password there.
        let (rule, client, until) = (&subject.rule.name, occasion.client.network(), row.counter.locked_until);
        tracing::warn!(rule, %client, %until, "locked out after too many failures");
    }
    let event =
        UserLockedOut { username, rule: subject.rule.name.clone(), until: end(row.counter.locked_until), begins };
    occasion.auth.signals.user_locked_out.send(occasion, &event)
}

fn end(until: PrimitiveDateTime) -> Option<PrimitiveDateTime> {
    (until < FOR_EVER).then_some(until)
}

fn locked(lockout: &Lockout, attempt: &Attempt<'_>, by: Option<(&Subject, PrimitiveDateTime)>) -> AuthError {
    AuthError::Locked(Box::new(lock(lockout, attempt, by)))
}

/// What somebody is told of a lock; without a subject of one that has no end.
pub(super) fn lock(lockout: &Lockout, attempt: &Attempt<'_>, by: Option<(&Subject, PrimitiveDateTime)>) -> Lock {
    let until = by.and_then(|(_, until)| end(until));
    Lock {
        username: attempt.credential("username").unwrap_or_default().to_owned(),
        until,
        retry_after: until.map(|until| until - attempt.auth().clock.now()),
        failure_limit: by
            .map_or(lockout.settings.failure_limit.get(), |(subject, _)| subject.rule.limit.unsigned_abs()),
        cool_off: by.and_then(|(subject, _)| subject.rule.length(1)),
        status: lockout.settings.response_code.0,
        after_a_try: false,
    }
}
