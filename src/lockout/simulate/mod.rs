//! What another policy would have done with what was recorded. The rules and counters are those that lock; only the rows
//! are in memory, and those that count no more are forgotten.

mod replay;
#[cfg(test)]
mod tests;

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, HashSet},
    hash::{BuildHasher, RandomState},
    mem,
};

pub use replay::{Replay, Replayed};
use time::PrimitiveDateTime;

use super::{
    Admission, Lockout,
    policy::{Counter, FOR_EVER, TIER_MEMORY, after},
    subject::Subject,
};
use crate::client::Client;

/// How an attempt ended in truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It was refused.
    Failed,
    /// It opened an account.
    LoggedIn,
    /// Nobody looked at its password, because of a lock; taken for a failure.
    Unread,
}

/// An attempt to be replayed.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// When.
    pub at: PrimitiveDateTime,
    /// How it ended in truth.
    pub end: End,
    /// The account that was meant, folded.
    pub account: Option<String>,
    /// From where and with what.
    pub client: Client,
}

/// A lock that would have been, and what it would have done.
#[derive(Debug, Clone)]
pub struct Locked {
    /// What would have been locked.
    pub subject: Subject,
    /// Since when.
    pub since: PrimitiveDateTime,
    /// Until when; `None` for ever.
    pub until: Option<PrimitiveDateTime>,
    /// After how many failures.
    pub failures: i32,
    /// What it would have stopped.
    pub stopped: Stopped,
}

/// Attempts that a lock would have stopped, by what they were in truth.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stopped {
    /// Those that failed, or whose password nobody looked at.
    pub guesses: u64,
    /// Those that opened an account.
    pub log_ins: u64,
}

impl Stopped {
    fn count(&mut self, end: End) {
        match end {
            End::LoggedIn => self.log_ins += 1,
            End::Failed | End::Unread => self.guesses += 1,
        }
    }
}

/// What a policy would have done in all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// How many locks there were.
    pub locks: u64,
    /// How many accounts they named.
    pub accounts: u64,
    /// How many networks they named.
    pub addresses: u64,
    /// What they stopped.
    pub stopped: Stopped,
}

/// A subject in memory.
struct Tracked {
    subject: Subject,
    counter: Counter,
    lock: Option<Open>,
    /// For when it stands in the queue.
    due: PrimitiveDateTime,
}

/// A lock that has not ended yet.
struct Open {
    since: PrimitiveDateTime,
    failures: i32,
    stopped: Stopped,
}

impl Tracked {
    fn new(subject: Subject) -> Self {
        Self { subject, counter: Counter::NEW, lock: None, due: FOR_EVER }
    }

    /// When there is something to be done with it: its lock ends, or it is as good as new.
    fn changes_at(&self) -> PrimitiveDateTime {
        let Counter { expires_at, locked_until, locks, .. } = self.counter;
        match (&self.lock, locks) {
            (Some(_), _) => locked_until,
            (None, 0) => expires_at,
            // The next lock may be of the next tier.
            (None, _) => expires_at.max(after(locked_until, Some(TIER_MEMORY))),
        }
    }

    fn close(&mut self) -> Option<Locked> {
        let Open { since, failures, stopped } = self.lock.take()?;
        let until = Some(self.counter.locked_until).filter(|until| *until < FOR_EVER);
        Some(Locked { subject: self.subject.clone(), since, until, failures, stopped })
    }
}

/// When something changes, and where; what is out of date is passed over.
type Queue = BinaryHeap<Reverse<(PrimitiveDateTime, String)>>;

/// One policy, and what it knows at the time of the last attempt.
pub struct Simulation {
    lockout: Lockout,
    tracked: HashMap<String, Tracked>,
    queue: Queue,
    ended: Vec<Locked>,
    totals: Totals,
    seen: Seen,
}

/// Digests of those who were locked: they are never forgotten, so they must be small.
#[derive(Default)]
struct Seen {
    state: RandomState,
    accounts: HashSet<u64>,
    addresses: HashSet<u64>,
}

impl Seen {
    fn note(&mut self, subject: &Subject) {
        if !subject.username.is_empty() {
            self.accounts.insert(self.state.hash_one(&subject.username));
        }
        if !subject.address.is_empty() {
            self.addresses.insert(self.state.hash_one(&subject.address));
        }
    }
}

impl Simulation {
    /// Of a policy that has counted nothing yet.
    pub fn new(lockout: Lockout) -> Self {
        Self {
            lockout,
            tracked: HashMap::new(),
            queue: BinaryHeap::new(),
            ended: Vec::new(),
            totals: Totals::default(),
            seen: Seen::default(),
        }
    }

    /// Replays an attempt; they come in order of time.
    pub fn replay(&mut self, attempt: &Attempt) {
        self.forget(attempt.at);
        let admission = self.lockout.admission(&attempt.client);
        match admission {
            Admission::Off | Admission::Spared => return,
            Admission::Blacklisted | Admission::NotWhitelisted => return self.totals.stopped.count(attempt.end),
            Admission::Passes | Admission::Weighed => {}
        }
        let subjects = self.lockout.subjects(attempt.account.as_deref(), &attempt.client);
        if admission == Admission::Weighed && self.stop(&subjects, attempt) {
            return;
        }
        match attempt.end {
            End::LoggedIn => self.reset(attempt),
            End::Failed | End::Unread => subjects.into_iter().for_each(|subject| self.fail(subject, attempt.at)),
        }
    }

    /// The locks that have ended since the last call, in that order.
    pub fn ended(&mut self) -> Vec<Locked> {
        mem::take(&mut self.ended)
    }

    /// Nothing comes any more: those that have not ended yet, as they began.
    pub fn finish(&mut self) -> Vec<Locked> {
        let mut open: Vec<Locked> = self.tracked.values_mut().filter_map(Tracked::close).collect();
        open.sort_by(|left, right| (left.since, &left.subject.key).cmp(&(right.since, &right.subject.key)));
        self.ended.extend(open);
        self.ended()
    }

    /// The sums of all that was replayed.
    pub fn totals(&self) -> Totals {
        let [accounts, addresses] = [&self.seen.accounts, &self.seen.addresses].map(|seen| seen.len() as u64);
        Totals { accounts, addresses, ..self.totals }
    }

    /// Whether it was stopped by a lock. Each that would have done it has done it; the one that ends last is made to last,
    /// if any.
    fn stop(&mut self, subjects: &[Subject], attempt: &Attempt) -> bool {
        let mut last: Option<(&Subject, PrimitiveDateTime)> = None;
        for subject in subjects {
            let Some(tracked) = self.tracked.get_mut(&subject.key) else { continue };
            let Some(lock) = &mut tracked.lock else { continue };
            lock.stopped.count(attempt.end);
            let until = tracked.counter.locked_until;
            if last.is_none_or(|(_, known)| known < until) {
                last = Some((subject, until));
            }
        }
        let Some((subject, _)) = last else { return false };
        self.totals.stopped.count(attempt.end);
        if self.lockout.settings.reset_cool_off_on_failure_during_lockout
            && let Some(tracked) = self.tracked.get_mut(&subject.key)
        {
            tracked.counter.prolong(&subject.rule, attempt.at);
        }
        true
    }

    fn fail(&mut self, subject: Subject, at: PrimitiveDateTime) {
        let tracked = self.tracked.entry(subject.key.clone()).or_insert_with(|| Tracked::new(subject));
        let subject = &tracked.subject;
        let counter = &mut tracked.counter;
        if counter.fail(&subject.rule, 0, at) {
            tracked.lock = Some(Open { since: at, failures: counter.failures, stopped: Stopped::default() });
            self.totals.locks += 1;
            self.seen.note(subject);
        }
        push(&mut self.queue, tracked);
    }

    /// As a log-in does, if the settings say so.
    fn reset(&mut self, attempt: &Attempt) {
        if !self.lockout.settings.reset_on_success {
            return;
        }
        for rule in self.lockout.of_account() {
            let subject = Subject::of(rule, attempt.account.as_deref(), &attempt.client);
            let tracked = subject.and_then(|subject| self.tracked.remove(&subject.key));
            // One that lets pass whoever is locked may be reset during a lock.
            self.ended.extend(tracked.and_then(|mut tracked| {
                tracked.counter.locked_until = attempt.at;
                tracked.close()
            }));
        }
    }

    /// Ends the locks that have ended by `now`, and forgets what counts no more.
    fn forget(&mut self, now: PrimitiveDateTime) {
        while let Some((due, key)) = pop(&mut self.queue, now) {
            let Some(tracked) = self.tracked.get_mut(&key).filter(|tracked| tracked.due == due) else { continue };
            tracked.due = FOR_EVER;
            if tracked.changes_at() <= now {
                self.ended.extend(tracked.close());
            }
            if tracked.changes_at() <= now {
                self.tracked.remove(&key);
            } else {
                push(&mut self.queue, tracked);
            }
        }
    }
}

/// The first in the queue, if its time has come.
fn pop(queue: &mut Queue, now: PrimitiveDateTime) -> Option<(PrimitiveDateTime, String)> {
    let Reverse((due, _)) = queue.peek()?;
    if *due > now { None } else { queue.pop().map(|Reverse(first)| first) }
}

/// Puts it into the queue, unless it is looked at before something changes, or nothing ever does.
fn push(queue: &mut Queue, tracked: &mut Tracked) {
    let changes_at = tracked.changes_at();
    if changes_at < tracked.due {
        tracked.due = changes_at;
        queue.push(Reverse((changes_at, tracked.subject.key.clone())));
    }
}
