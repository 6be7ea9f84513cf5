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
    assert_eq!((replay(simulation(|_| {}), &spraying).0.len(), replay(simulation(|_| {}), &from_many).0.len()), (0, 0));
    assert_eq!((locks(Parameter::IpAddress, &spraying), locks(Parameter::Username, &spraying)), (1, 0));
    assert_eq!((locks(Parameter::IpAddress, &from_many), locks(Parameter::Username, &from_many)), (0, 1));
    let (slowed, totals) =
        replay(simulation(|settings| settings.address_limits = vec![Rate::per_minute(10)]), &spraying);
    assert_eq!((slowed[0].subject.rule.name.as_str(), slowed[0].subject.address.as_str()), ("10/m", "2001:db8::/64"));
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
