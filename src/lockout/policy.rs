//! What locks, for how long, and when failures are forgotten: all of it without a database, so that the same rules count
//! in a row, in a test and in the simulator.

use std::sync::Arc;

use time::{Duration, PrimitiveDateTime, macros::datetime};

use crate::settings::{LockoutSettings, Parameter, Rate};

/// The end of what does not end.
pub const FOR_EVER: PrimitiveDateTime = datetime!(9999-12-31 23:59:59);
/// The end of what never began.
pub const NEVER: PrimitiveDateTime = datetime!(1970-01-01 00:00:00);
/// A lock that begins so soon after the last one ended is of the next tier.
pub const TIER_MEMORY: Duration = Duration::DAY;

/// Something that is counted, and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// axes' parameters joined by `+`, a rate of ours as `10/m`, or `device`.
    pub name: String,
    /// By what it is counted.
    pub kind: Kind,
    /// How many failures lock.
    pub limit: i32,
    forget: Forget,
    /// How long the first lock lasts, the second, and so on; `None` for ever.
    lengths: Vec<Option<Duration>>,
}

/// By what is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// By a combination of axes' parameters; axes on a Django beside us counts with us.
    Axes(Vec<Parameter>),
    /// By the client's address, whoever it tries.
    Address,
    /// By a browser in which the account was opened before, and that account.
    Device,
}

/// When failures are forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Forget {
    /// So long after the last one, as in axes; `None` for never.
    AfterQuiet(Option<Duration>),
    /// So long after the first one.
    AfterFirst(Duration),
}

impl Rule {
    /// The rules of these settings; the one for known devices stands alone.
    pub fn of(settings: &LockoutSettings) -> (Vec<Arc<Self>>, Arc<Self>) {
        let combinations = settings.parameters.0.iter().map(|parts| Self::axes(parts, settings));
        let rates = settings.address_limits.iter().map(|rate| Self::rate(*rate, settings));
        let device = Self { kind: Kind::Device, name: "device".to_owned(), ..Self::axes(&[], settings) };
        (combinations.chain(rates).map(Arc::new).collect(), Arc::new(device))
    }

    fn axes(parts: &[Parameter], settings: &LockoutSettings) -> Self {
        let cool_off = settings.cooloff_time.0;
        let tiers: Vec<_> = settings.tiers.iter().copied().map(Some).collect();
        Self {
            name: parts.iter().map(|part| part.as_str()).collect::<Vec<_>>().join("+"),
            kind: Kind::Axes(parts.to_vec()),
            limit: limit(settings.failure_limit.get(), settings),
            forget: Forget::AfterQuiet(cool_off),
            lengths: if tiers.is_empty() { vec![cool_off] } else { tiers },
        }
    }

    fn rate(rate: Rate, settings: &LockoutSettings) -> Self {
        Self {
            name: rate.to_string(),
            kind: Kind::Address,
            limit: limit(rate.limit.get(), settings),
            forget: Forget::AfterFirst(rate.period),
            lengths: vec![Some(rate.period)],
        }
    }

    /// How long the lock of this number lasts; `None` for ever.
    pub fn length(&self, number: i32) -> Option<Duration> {
        let at = usize::try_from(number.max(1) - 1).unwrap_or_default();
        self.lengths.get(at).or(self.lengths.last()).copied().flatten()
    }

    /// How long the longest lasts; `None` for ever.
    pub fn longest(&self) -> Option<Duration> {
        self.lengths.iter().copied().collect::<Option<Vec<_>>>()?.into_iter().max()
    }

    /// Since when failures that are counted elsewhere, each with the time of the last, count at `now`.
    pub fn counts_since(&self, now: PrimitiveDateTime) -> PrimitiveDateTime {
        match self.forget {
            Forget::AfterQuiet(None) => NEVER,
            Forget::AfterQuiet(Some(length)) | Forget::AfterFirst(length) => now.saturating_sub(length),
        }
    }

    /// When the failures of `now`, or those of which it is the first, are forgotten.
    pub fn forgotten_at(&self, now: PrimitiveDateTime) -> PrimitiveDateTime {
        match self.forget {
            Forget::AfterQuiet(length) => after(now, length),
            Forget::AfterFirst(length) => after(now, Some(length)),
        }
    }
}

/// Where nothing shall lock, no number is enough.
fn limit(limit: u32, settings: &LockoutSettings) -> i32 {
    if settings.lock_out_at_failure { i32::try_from(limit).unwrap_or(i32::MAX) } else { i32::MAX }
}

/// `length` after `start`; never for `None`.
pub fn after(start: PrimitiveDateTime, length: Option<Duration>) -> PrimitiveDateTime {
    length.map_or(FOR_EVER, |length| start.saturating_add(length).min(FOR_EVER))
}

/// The failures of one subject of a rule, and its lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counter {
    /// How many there were, as long as they count.
    pub failures: i32,
    /// Until when they count.
    pub expires_at: PrimitiveDateTime,
    /// Until when it is locked, or was.
    pub locked_until: PrimitiveDateTime,
    /// The tier of that lock, from 1; 0 if there was none.
    pub locks: i32,
}

impl Counter {
    /// Nothing has failed yet.
    pub const NEW: Self = Self { failures: 0, expires_at: NEVER, locked_until: NEVER, locks: 0 };

    /// How many failures count.
    pub fn live_failures(&self, now: PrimitiveDateTime) -> i32 {
        if self.expires_at > now { self.failures } else { 0 }
    }

    /// Whether it is locked.
    pub fn is_locked(&self, now: PrimitiveDateTime) -> bool {
        self.locked_until > now
    }

    /// Counts a failure; whether it locks now. `elsewhere` is how many were counted by others.
    pub fn fail(&mut self, rule: &Rule, elsewhere: i32, now: PrimitiveDateTime) -> bool {
        let is_first = self.live_failures(now) == 0;
        self.failures = self.live_failures(now).saturating_add(1);
        if self.is_locked(now) {
            return false;
        }
        if is_first || matches!(rule.forget, Forget::AfterQuiet(_)) {
            self.expires_at = rule.forgotten_at(now);
        }
        let reached = self.failures.saturating_add(elsewhere) >= rule.limit;
        if reached {
            self.lock(rule, now, now);
        }
        reached
    }

    /// Locks it as of `since`. The end is fixed by that.
    pub fn lock(&mut self, rule: &Rule, since: PrimitiveDateTime, now: PrimitiveDateTime) {
        let follows = self.locks > 0 && now - self.locked_until < TIER_MEMORY;
        self.locks = if follows { self.locks.saturating_add(1) } else { 1 };
        let length = rule.length(self.locks);
        let end = after(since.min(now), length);
        // What would be over before it began begins now.
        self.locked_until = if end > now { end } else { after(now, length) };
        // When it opens, the count begins anew.
        self.expires_at = self.locked_until;
    }

    /// Makes a lock last anew from `now` on.
    pub fn prolong(&mut self, rule: &Rule, now: PrimitiveDateTime) {
        self.locked_until = after(now, rule.length(self.locks));
        self.expires_at = self.locked_until;
    }

    /// As the rule has it at `now`: what lies further ahead than the rule allows was written by another rule or before the
    /// clock was set back, and as many failures as lock by now lock now, however many it took when they were counted.
    #[must_use]
    pub fn settled(self, rule: &Rule, now: PrimitiveDateTime) -> Self {
        let furthest = after(now, rule.longest());
        if self.is_locked(now) {
            let locked_until = self.locked_until.min(furthest);
            return Self { locked_until, expires_at: locked_until, ..self };
        }
        let expires_at = self.expires_at.min(furthest.max(rule.forgotten_at(now)));
        if self.live_failures(now) < rule.limit {
            return Self { expires_at, ..self };
        }
        let locked_until = expires_at.min(furthest);
        Self { locked_until, expires_at: locked_until, locks: self.locks.max(1), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{CoolOff, LockoutSettings};

    const NOON: PrimitiveDateTime = datetime!(2026-11-24 12:00:00);

    fn rules(settings: &LockoutSettings) -> (Arc<Rule>, Arc<Rule>) {
        let (rules, _) = Rule::of(settings);
        (Arc::clone(&rules[0]), Arc::clone(&rules[1]))
    }

    #[test]
    fn the_fifth_failure_locks_for_an_hour_and_nothing_moves_the_end() {
        let (pair, _) = rules(&LockoutSettings::default());
        let mut counter = Counter::NEW;
        let began: Vec<bool> = (0..5).map(|minute| counter.fail(&pair, 0, NOON + Duration::minutes(minute))).collect();
        assert_eq!(began, [false, false, false, false, true]);
        let end = NOON + Duration::minutes(64);
        assert_eq!(counter.locked_until, end);
        assert!(!counter.fail(&pair, 0, NOON + Duration::minutes(30)));
        assert_eq!(counter.locked_until, end);
        assert!(!counter.is_locked(end) && counter.live_failures(end) == 0, "then it begins anew");
    }

    #[test]
    fn failures_of_others_count_with_ours() {
        let (pair, _) = rules(&LockoutSettings::default());
        let mut counter = Counter::NEW;
        assert!(!counter.fail(&pair, 3, NOON));
        assert!(counter.fail(&pair, 3, NOON));
    }

    #[test]
    fn a_quiet_hour_forgets_in_axes_manner_and_a_rate_counts_from_the_first() {
        let (pair, rate) = rules(&LockoutSettings::default());
        let (mut quiet, mut window) = (Counter::NEW, Counter::NEW);
        for minute in [0, 50, 100] {
            quiet.fail(&pair, 0, NOON + Duration::minutes(minute));
            window.fail(&rate, 0, NOON + Duration::minutes(minute));
        }
        let later = NOON + Duration::minutes(101) - Duration::SECOND;
        assert_eq!((quiet.live_failures(later), window.live_failures(later)), (3, 1));
        assert_eq!(quiet.live_failures(NOON + Duration::minutes(160)), 0);
    }

    #[test]
    fn each_lock_within_a_day_is_of_the_next_tier() {
        let tiers = vec![Duration::HOUR, Duration::hours(4)];
        let (pair, _) = rules(&LockoutSettings { tiers, ..LockoutSettings::default() });
        let (mut counter, mut now) = (Counter::NEW, NOON);
        let mut lengths = Vec::new();
        for rest in [Duration::HOUR, Duration::HOUR, Duration::hours(25), Duration::ZERO] {
            while !counter.fail(&pair, 0, now) {}
            lengths.push((counter.locked_until - now).whole_hours());
            now = counter.locked_until + rest;
        }
        assert_eq!(lengths, [1, 4, 4, 1]);
    }

    #[test]
    fn without_a_cool_off_a_lock_has_no_end() {
        let (pair, _) = rules(&LockoutSettings { cooloff_time: CoolOff(None), ..LockoutSettings::default() });
        let mut counter = Counter::NEW;
        while !counter.fail(&pair, 0, NOON) {}
        assert_eq!((counter.locked_until, counter.settled(&pair, NOON)), (FOR_EVER, counter));
    }

    #[test]
    fn a_lock_lies_no_further_ahead_than_its_rule_allows() {
        let (pair, _) = rules(&LockoutSettings::default());
        let mut counter = Counter::NEW;
        while !counter.fail(&pair, 0, NOON) {}
        let set_back = NOON - Duration::DAY;
        let settled = counter.settled(&pair, set_back);
        let opens = set_back + Duration::HOUR;
        assert_eq!((settled.locked_until, settled.live_failures(opens)), (opens, 0));
        assert_eq!(counter.settled(&pair, NOON), counter);
    }

    #[test]
    fn what_was_not_too_much_by_another_limit_locks_until_it_is_forgotten() {
        let (pair, _) = rules(&LockoutSettings::default());
        let (mut counter, mut other) = (Counter::NEW, Rule::clone(&pair));
        (0..4).for_each(|_| assert!(!counter.fail(&pair, 0, NOON)));
        other.limit = 3;
        let settled = counter.settled(&other, NOON + Duration::MINUTE);
        assert_eq!((settled.locked_until, settled.locks), (NOON + Duration::HOUR, 1));
        assert_eq!(settled.settled(&other, NOON + Duration::minutes(2)), settled);
    }

    #[test]
    fn a_lock_by_what_is_long_past_begins_when_it_is_noticed() {
        let tiers = vec![Duration::MINUTE];
        let (pair, _) = rules(&LockoutSettings { tiers, ..LockoutSettings::default() });
        let mut counter = Counter::NEW;
        counter.lock(&pair, NOON - Duration::minutes(10), NOON);
        assert_eq!(counter.locked_until, NOON + Duration::MINUTE);
    }
}
