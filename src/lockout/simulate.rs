//! What another policy would have done with what was recorded. The rules and counters are those that lock; only the rows
//! are in memory, and those that count no more are forgotten.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, HashSet},
    hash::{BuildHasher, RandomState},
    mem,
};

use time::PrimitiveDateTime;

use super::{
    Lockout,
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
        let (lockout, client) = (&self.lockout, &attempt.client);
        if !lockout.settings.enabled {
            return;
        }
        let passes = lockout.lets_pass(client);
        if !passes && lockout.denies(client) {
            self.totals.stopped.count(attempt.end);
            return;
        }
        if lockout.spares(client) {
            return;
        }
        let subjects = lockout.subjects(attempt.account.as_deref(), client);
        if !passes && self.stop(&subjects, attempt) {
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

    /// Whether it was stopped by a lock. Each that would have done it has done it; the first is made to last, if any.
    fn stop(&mut self, subjects: &[Subject], attempt: &Attempt) -> bool {
        let mut is_stopped = false;
        for subject in subjects {
            let Some(tracked) = self.tracked.get_mut(&subject.key) else { continue };
            let Some(lock) = &mut tracked.lock else { continue };
            lock.stopped.count(attempt.end);
            if !is_stopped && self.lockout.settings.reset_cool_off_on_failure_during_lockout {
                tracked.counter.prolong(&subject.rule, attempt.at);
            }
            is_stopped = true;
        }
        if is_stopped {
            self.totals.stopped.count(attempt.end);
        }
        is_stopped
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

#[cfg(test)]
mod tests {
    use time::{Duration, macros::datetime};

    use super::*;
    use crate::settings::{LockoutParameters, LockoutSettings, Parameter, Rate, Settings};

    const NOON: PrimitiveDateTime = datetime!(2026-11-24 12:00:00);

    /// Only pairs are counted, unless `change` says otherwise.
    fn simulation(change: impl FnOnce(&mut LockoutSettings)) -> Simulation {
        let mut settings = Settings::default();
        settings.lockout.address_limits = Vec::new();
        change(&mut settings.lockout);
        Simulation::new(Lockout::new(&settings))
    }

    fn attempt(seconds: i64, end: End, account: &str, address: &str) -> Attempt {
        let client = Client { ip: address.parse().ok(), ..Client::default() };
        Attempt { at: NOON + Duration::seconds(seconds), end, account: Some(account.to_owned()), client }
    }

    fn replay(mut simulation: Simulation, attempts: &[Attempt]) -> (Vec<Locked>, Totals) {
        for attempt in attempts {
            simulation.replay(attempt);
        }
        (simulation.finish(), simulation.totals())
    }

    fn failures(count: i64, account: &str, address: &str) -> Vec<Attempt> {
        (0..count).map(|second| attempt(second, End::Failed, account, address)).collect()
    }

    fn alone(parameter: Parameter) -> impl FnOnce(&mut LockoutSettings) {
        move |settings| settings.parameters = LockoutParameters(vec![vec![parameter]])
    }

    #[test]
    fn a_lock_stops_guesses_and_log_ins_until_it_ends() {
        let mut attempts = failures(7, "ann", "192.0.2.1");
        attempts.push(attempt(60, End::LoggedIn, "ann", "192.0.2.1"));
        attempts.push(attempt(60, End::LoggedIn, "ann", "192.0.2.2"));
        attempts.push(attempt(60, End::Unread, "ann", "192.0.2.1"));
        attempts.push(attempt(4 + 3_600, End::LoggedIn, "ann", "192.0.2.1"));
        let (locks, totals) = replay(simulation(|_| {}), &attempts);
        assert_eq!(locks.len(), 1);
        let lock = &locks[0];
        assert_eq!((lock.since, lock.until), (NOON + Duration::seconds(4), Some(NOON + Duration::seconds(3_604))));
        assert_eq!((lock.failures, lock.stopped), (5, Stopped { guesses: 3, log_ins: 1 }));
        assert_eq!((lock.subject.username.as_str(), lock.subject.address.as_str()), ("ann", "192.0.2.1"));
        let expected = Totals { locks: 1, accounts: 1, addresses: 1, stopped: lock.stopped };
        assert_eq!(totals, expected);
    }

    #[test]
    fn spraying_is_seen_by_address_alone_and_one_account_from_many_addresses_by_account_alone() {
        let spraying: Vec<Attempt> =
            (0..30).map(|turn| attempt(turn, End::Failed, &format!("victim{turn}"), "2001:db8::1")).collect();
        let from_many: Vec<Attempt> =
            (0..30).map(|turn| attempt(turn, End::Failed, "ann", &format!("2001:db8:0:{turn}::1"))).collect();
        let locks = |parameter, attempts| replay(simulation(alone(parameter)), attempts).0.len();
        assert_eq!(
            (replay(simulation(|_| {}), &spraying).0.len(), replay(simulation(|_| {}), &from_many).0.len()),
            (0, 0)
        );
        assert_eq!((locks(Parameter::IpAddress, &spraying), locks(Parameter::Username, &spraying)), (1, 0));
        assert_eq!((locks(Parameter::IpAddress, &from_many), locks(Parameter::Username, &from_many)), (0, 1));
        let (slowed, totals) =
            replay(simulation(|settings| settings.address_limits = vec![Rate::per_minute(10)]), &spraying);
        assert_eq!(
            (slowed[0].subject.rule.name.as_str(), slowed[0].subject.address.as_str()),
            ("10/m", "2001:db8::/64")
        );
        assert_eq!((slowed[0].stopped.guesses, totals.accounts, totals.addresses), (20, 0, 1));
    }

    #[test]
    fn typos_behind_one_address_lock_everybody_there_only_if_addresses_count() {
        let typo = |person: i64| attempt(person * 60, End::Failed, &format!("person{person}"), "192.0.2.1");
        let log_in = |person: i64| attempt(person * 60 + 5, End::LoggedIn, &format!("person{person}"), "192.0.2.1");
        let morning: Vec<Attempt> = (0..20).flat_map(|person| [typo(person), log_in(person)]).collect();
        assert_eq!(replay(simulation(|_| {}), &morning).1, Totals::default());
        let (_, totals) = replay(simulation(alone(Parameter::IpAddress)), &morning);
        assert_eq!((totals.locks, totals.stopped), (1, Stopped { guesses: 15, log_ins: 16 }));
    }

    #[test]
    fn tiers_make_locks_longer_and_are_forgotten_after_a_day() {
        let tiers = vec![Duration::HOUR, Duration::hours(4)];
        let mut attempts = Vec::new();
        for hour in [0, 2, 7, 40] {
            let at = |attempt: Attempt| Attempt { at: attempt.at + Duration::hours(hour), ..attempt };
            attempts.extend(failures(5, "ann", "192.0.2.1").into_iter().map(at));
        }
        let (locks, _) = replay(simulation(|settings| settings.tiers = tiers), &attempts);
        let hours = |lock: &Locked| lock.until.map(|until| (until - lock.since).whole_hours());
        assert_eq!(locks.iter().map(hours).collect::<Vec<_>>(), [Some(1), Some(4), Some(4), Some(1)]);
    }

    #[test]
    fn a_log_in_forgets_failures_and_a_try_prolongs_only_if_the_settings_say_so() {
        let mut attempts = failures(4, "ann", "192.0.2.1");
        attempts.push(attempt(10, End::LoggedIn, "ann", "192.0.2.1"));
        attempts.push(attempt(20, End::Failed, "ann", "192.0.2.1"));
        attempts.push(attempt(30, End::Failed, "ann", "192.0.2.1"));
        let (kept, _) = replay(simulation(|_| {}), &attempts);
        assert_eq!(kept[0].until, Some(NOON + Duration::seconds(3_620)));
        let (reset, _) = replay(simulation(|settings| settings.reset_on_success = true), &attempts);
        assert!(reset.is_empty());
        let (prolonged, _) =
            replay(simulation(|settings| settings.reset_cool_off_on_failure_during_lockout = true), &attempts);
        assert_eq!(prolonged[0].until, Some(NOON + Duration::seconds(3_630)));
    }

    #[test]
    fn of_two_locks_a_try_prolongs_the_one_that_refuses_it() {
        let mut attempts = failures(5, "ann", "192.0.2.1");
        attempts.push(attempt(30, End::Failed, "ann", "192.0.2.1"));
        let both = simulation(|settings| {
            settings.parameters = LockoutParameters(vec![vec![Parameter::Username], vec![Parameter::IpAddress]]);
            settings.reset_cool_off_on_failure_during_lockout = true;
        });
        let (locks, totals) = replay(both, &attempts);
        let mut ends: Vec<_> = locks.iter().map(|lock| lock.until).collect();
        ends.sort_unstable();
        assert_eq!(ends, [3_604, 3_630].map(|seconds| Some(NOON + Duration::seconds(seconds))));
        assert_eq!((totals.stopped.guesses, locks[0].stopped, locks[1].stopped.guesses), (1, locks[1].stopped, 1));
    }

    #[test]
    fn what_counts_no_more_is_not_kept() {
        let mut simulation = simulation(|settings| settings.address_limits = vec![Rate::per_minute(10)]);
        for minute in 0..3_000 {
            simulation.replay(&attempt(minute * 60, End::Failed, &format!("victim{minute}"), "192.0.2.1"));
            assert!(simulation.tracked.len() <= 62 && simulation.queue.len() <= 62, "minute {minute}");
        }
    }

    #[test]
    fn a_policy_that_is_off_locks_nobody() {
        let attempts = failures(9, "ann", "192.0.2.1");
        assert_eq!(replay(simulation(|settings| settings.enabled = false), &attempts).1, Totals::default());
        assert_eq!(replay(simulation(|settings| settings.lock_out_at_failure = false), &attempts).1, Totals::default());
    }
}
