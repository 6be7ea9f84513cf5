use serde_json::Value;
use time::{Duration, PrimitiveDateTime, macros::format_description};
use vestibule::{
    client::Client,
    events::{self, Event, Kind},
};

use super::{at, run_with, site, told};
use crate::support::{PASSWORD, TestApp};

/// Tries to log in, in a browser that nobody knows.
fn try_from(app: &TestApp, address: &str, username: &str, password: &str) -> u16 {
    at(app, address).log_in(username, password).status
}

fn fail(app: &TestApp, address: &str, usernames: &[&str]) {
    for username in usernames {
        try_from(app, address, username, "wrong");
    }
}

/// Ann is guessed, Bob mistypes, somebody tries many names, and Ann is guessed again from the same subscriber.
fn live(app: &TestApp) {
    fail(app, "2001:db8::1", &["ann", "ANN", "Ann@Example.org", "a nn", "a\u{200b}nn", "ann"]);
    assert_eq!(try_from(app, "2001:db8::1", "ann", PASSWORD), 429);
    assert_eq!(try_from(app, "192.0.2.1", "ann", PASSWORD), 302);
    app.clock.advance(Duration::minutes(10));
    fail(app, "192.0.2.2", &["bob", "bob"]);
    assert_eq!(try_from(app, "192.0.2.2", "bob", PASSWORD), 302);
    app.clock.advance(Duration::minutes(10));
    let names: Vec<String> = (0..12).map(|turn| format!("victim{turn}")).collect();
    fail(app, "192.0.2.3", &names.iter().map(String::as_str).collect::<Vec<_>>());
    app.clock.advance(Duration::minutes(50));
    fail(app, "2001:db8::2", &["ann"; 7]);
    app.clock.advance(Duration::minutes(50));
}

fn simulate(app: &TestApp, arguments: &[&str], policy: &[(&str, &str)]) -> String {
    told(app, &[&["axes_simulate"], arguments].concat(), policy)
}

/// The locks, in the order in which they began, and the sums.
fn as_json(app: &TestApp, arguments: &[&str], policy: &[(&str, &str)]) -> (Vec<Value>, Value) {
    let output = simulate(app, &[&["--json"], arguments].concat(), policy);
    let mut lines: Vec<Value> = output.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let sums = lines.pop().expect("the sums");
    lines.sort_by_key(|lock| lock["since"].to_string());
    (lines, sums)
}

fn time(text: &str) -> PrimitiveDateTime {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    PrimitiveDateTime::parse(&text[..19], format).expect("a time")
}

/// That these are the locks that there were; the networks of those that were recorded.
fn assert_same(app: &TestApp, locks: &[Value]) {
    let recorded = "SELECT string_agg(detail || '|' || CAST(created_at AS text), ',' ORDER BY detail, created_at) \
                    FROM vestibule_event WHERE kind = 'locked_out'";
    let recorded = app.database.text(recorded).expect("locks");
    let recorded: Vec<(&str, &str)> = recorded.split(',').filter_map(|lock| lock.split_once('|')).collect();
    let mut simulated: Vec<(&str, &str)> = locks.iter().map(|lock| (text(lock, "rule"), text(lock, "since"))).collect();
    simulated.sort_unstable();
    assert_eq!(simulated.len(), recorded.len(), "{simulated:#?}\n{recorded:#?}");
    for (simulated, recorded) in simulated.into_iter().zip(recorded) {
        assert_eq!(simulated.0, recorded.0);
        assert!((time(simulated.1) - time(recorded.1)).abs() <= Duration::SECOND, "{simulated:?} {recorded:?}");
    }
}

fn text<'a>(lock: &'a Value, name: &str) -> &'a str {
    lock[name].as_str().expect("a text")
}

#[test]
fn the_policy_in_force_gives_the_locks_that_there_were() {
    let app = site().start();
    live(&app);
    let (locks, sums) = as_json(&app, &[], &[]);
    assert_same(&app, &locks);
    let networks: Vec<&str> = locks.iter().map(|lock| text(lock, "address")).collect();
    assert_eq!(networks, ["2001:db8::/64", "192.0.2.3", "2001:db8::/64"]);
    assert_eq!((&locks[0]["account"], &locks[1]["account"]), (&"ann".into(), &Value::Null));
    assert_eq!(
        (&locks[0]["failures"], &locks[0]["stopped"], &locks[0]["stopped_log_ins"]),
        (&5.into(), &2.into(), &0.into())
    );
    assert_eq!(sums["simulated"], sums["in_force"]);
    assert_eq!((&sums["failed"], &sums["logged_in"], &sums["during_a_lock"]), (&22.into(), &2.into(), &6.into()));
    assert_eq!(sums["simulated"]["stopped_log_ins"], 0, "what was let in would be");
}

#[test]
fn whatever_happens_under_whatever_policy_the_same_policy_gives_the_same_locks() {
    let policies: [&[(&str, &str)]; 3] = [
        &[("AXES_FAILURE_LIMIT", "3"), ("LOCKOUT_TIERS", "2m, 20m"), ("LOCKOUT_ADDRESS_LIMITS", "8/m, 12/h")],
        &[
            ("AXES_LOCKOUT_PARAMETERS", "username"),
            ("AXES_RESET_ON_SUCCESS", "true"),
            ("AXES_COOLOFF_TIME", "10m"),
            ("LOCKOUT_ADDRESS_LIMITS", "30/h"),
        ],
        &[
            ("AXES_LOCKOUT_PARAMETERS", "username, ip_address"),
            ("AXES_FAILURE_LIMIT", "3"),
            ("AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT", "true"),
            ("AXES_COOLOFF_TIME", "2m"),
            ("LOCKOUT_ADDRESS_LIMITS", "[]"),
        ],
    ];
    for policy in policies {
        let app = policy.iter().fold(site(), |site, (name, value)| site.setting(name, value)).start();
        let mut state = 1_u32;
        let mut chance = |of: usize| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) as usize % of
        };
        for _ in 0..150 {
            // Far enough from one another that a second does not matter.
            app.clock.advance(Duration::seconds([3, 10, 40, 200][chance(4)]));
            let password = if chance(4) == 0 { PASSWORD } else { "wrong" };
            try_from(&app, ["192.0.2.1", "192.0.2.2"][chance(2)], ["ann", "ANN", "bob", "eve"][chance(4)], password);
        }
        let (locks, sums) = as_json(&app, &[], policy);
        assert!(locks.len() > 5, "{sums}");
        assert_same(&app, &locks);
        assert_eq!(sums["simulated"]["stopped_log_ins"], 0, "{policy:?}: {sums}");
    }
}

#[test]
fn other_policies_lock_more_or_less_and_the_sums_stand_beside_those_in_force() {
    let app = site().start();
    live(&app);
    let stricter = simulate(&app, &["--failure-limit", "2", "--cooloff-time", "15m"], &[]);
    assert!(
        stricter.contains("username+ip_address: account bob, address 192.0.2.2; until ")
            && stricter.contains("; failures: 2, attempts stopped: 1, of these log-ins: 1\n"),
        "{stricter}"
    );
    let row = |output: &str, name: &str| {
        let line = output.lines().find(|line| line.starts_with(name)).expect("a row").to_owned();
        line[name.len()..].split_whitespace().map(|number| number.parse().expect("a number")).collect::<Vec<u32>>()
    };
    assert_eq!(row(&stricter, "locks"), [4, 3]);
    assert_eq!(row(&stricter, "accounts locked"), [2, 1]);
    assert_eq!(row(&stricter, "log-ins refused that in truth succeeded"), [1, 0]);
    assert!(stricter.lines().last().expect("a line").contains("known devices"), "{stricter}");
    let laxer = simulate(&app, &["--failure-limit", "50", "--address-limits", "[]", "--reset-on-success", "true"], &[]);
    assert_eq!((row(&laxer, "locks"), row(&laxer, "guesses stopped")), (vec![0, 3], vec![0, 6]));
    let by_account = simulate(&app, &["--lockout-parameters", r#"["username"]"#, "--tiers", r#"["10m", "1d"]"#], &[]);
    assert_eq!(row(&by_account, "log-ins refused that in truth succeeded"), [1, 0], "Ann's, from elsewhere");
    let (locks, _) =
        as_json(&app, &["--lockout-parameters", "username", "--tiers", "10m, 1d", "--address-limits", "[]"], &[]);
    let lasted = |lock: &Value| {
        (time(lock["until"].as_str().expect("one")) - time(lock["since"].as_str().expect("one"))).whole_minutes()
    };
    assert_eq!(locks.iter().map(lasted).collect::<Vec<_>>(), [10, 1_440]);
}

#[test]
fn a_policy_is_tried_also_where_nothing_locks_yet() {
    let app = site().start();
    let now = app.clock.now();
    insert(&app, 10, |_| now);
    let without = r#"["django.contrib.auth.backends.ModelBackend"]"#;
    for off in [("AXES_ENABLED", "false"), ("AUTHENTICATION_BACKENDS", without)] {
        let (_, sums) = as_json(&app, &["--address-limits", "5/m"], &[off]);
        assert_eq!((&sums["simulated"]["locks"], &sums["in_force"]["locks"]), (&1.into(), &0.into()), "{off:?}");
    }
}

/// Failures of somebody else each time from one address.
fn insert(app: &TestApp, count: i32, at: impl Fn(i32) -> PrimitiveDateTime) {
    let client = Client { ip: "192.0.2.1".parse().ok(), ..Client::default() };
    let record = |db: &mut _| {
        (0..count).try_for_each(|turn| {
            let event = Event::new(Kind::LoginFailed, &client).typed(&format!("victim{turn}"));
            events::record(db, &event, at(turn))
        })
    };
    app.db().write(record).expect("events");
}

#[test]
fn all_pages_are_replayed_in_order_and_each_attempt_once() {
    let app = site().start();
    let now = app.clock.now();
    // Lots of one moment that begin and end within pages, the later ones first.
    insert(&app, 4_200, |turn| now - Duration::hours((turn / 700).into()));
    let (locks, sums) = as_json(&app, &["--address-limits", r#"["700/h"]"#], &[]);
    assert_eq!((&sums["failed"], locks.len()), (&4_200.into(), 6), "{sums}");
    let (_, sums) = as_json(&app, &["--days", "0"], &[]);
    assert_eq!(sums["failed"], 0);
    let seconds = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    let since = (now - Duration::minutes(150)).format(seconds).expect("a time");
    let (_, sums) = as_json(&app, &["--since", &since], &[]);
    assert_eq!(sums["failed"], 2_100);
}

#[test]
fn a_bad_value_is_named_with_what_was_expected() {
    let app = site().start();
    for (option, bad, expected) in [
        ("--failure-limit", "0", "a whole number from 1"),
        ("--cooloff-time", "soon", "a number of hours"),
        ("--lockout-parameters", "[[\"password\"]]", "a list of \"username\""),
        ("--tiers", "[\"0\"]", "a list of seconds"),
        ("--address-limits", "many", "a list of numbers and periods"),
        ("--reset-on-success", "perhaps", "true or false"),
        ("--since", "yesterday", "a day or a time"),
    ] {
        let (code, _, stderr) = run_with(&app, &["axes_simulate", option, bad], &[]);
        assert_eq!(code, 2, "{stderr}");
        assert!(stderr.contains(option) && stderr.contains(expected), "{stderr}");
    }
    assert_eq!(run_with(&app, &["axes_simulate", "--since", "2026-11-24", "--days", "1"], &[]).0, 2);
}
