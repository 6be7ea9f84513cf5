//! The tables stay as small as there is reason for.

use std::thread;

use diesel::RunQueryDsl;
use time::Duration;
use vestibule::{lockout::models::places, settings::Settings, tasks};

use super::{HOUR, at, fail, is_let_in, site};
use crate::support::TestApp;

fn rows(app: &TestApp, table: &str) -> i64 {
    app.database.number(&format!("SELECT count(*) FROM {table}"))
}

#[test]
fn what_counts_no_more_is_deleted_by_the_site_itself() {
    let app = site().start();
    for name in 0..10 {
        fail(&at(&app, &format!("192.0.2.{name}")), &format!("name{name}"), 2);
    }
    fail(&at(&app, "192.0.2.99"), "ann", 5);
    app.clock.advance(Duration::minutes(59));
    tasks::run_due(&app.accounts, &Settings::default());
    assert_eq!((rows(&app, "axes_accessattempt"), rows(&app, "vestibule_attempt")), (11, 11));
    assert!(!is_let_in(&at(&app, "192.0.2.99"), "ann"), "what counts is kept");
    app.clock.advance(HOUR);
    tasks::run_due(&app.accounts, &Settings::default());
    assert_eq!((rows(&app, "axes_accessattempt"), rows(&app, "vestibule_attempt")), (0, 0));
    assert!(rows(&app, "vestibule_lockout") > 0, "a lock is remembered for a day: the next one may be longer");
    app.clock.advance(Duration::DAY);
    tasks::run_due(&app.accounts, &Settings::default());
    assert_eq!(rows(&app, "vestibule_lockout"), 0);
}

#[test]
fn what_is_tried_just_now_is_not_deleted() {
    let app = site().start();
    fail(&at(&app, "192.0.2.1"), "ann", 1);
    app.clock.advance(Duration::hours(25));
    let taking = format!("UPDATE vestibule_lockout SET pending = 1, epoch = {}", places::epoch(app.clock.now()));
    thread::scope(|scope| {
        let pruning = app.db().write(|db| {
            diesel::sql_query(taking).execute(db)?;
            let pruning = scope.spawn(|| tasks::run_due(&app.accounts, &Settings::default()));
            // Long enough for it to come to these rows, and to wait for them.
            thread::sleep(std::time::Duration::from_millis(500));
            Ok::<_, diesel::result::Error>(pruning)
        });
        pruning.expect("written").join().expect("no panic");
    });
    assert_eq!((rows(&app, "axes_accessattempt"), rows(&app, "vestibule_lockout")), (0, 3));
}

#[test]
fn failures_that_a_django_beside_us_counted_are_its_own_to_delete() {
    let app = site().start();
    fail(&at(&app, "192.0.2.1"), "ann", 1);
    app.database.execute("UPDATE axes_accessattempt SET failures_since_start = 2");
    app.clock.advance(Duration::days(2));
    tasks::run_due(&app.accounts, &Settings::default());
    assert_eq!(rows(&app, "axes_accessattempt"), 1);
}

#[test]
fn the_record_is_kept_as_long_as_the_setting_says() {
    let app = site().setting("AXES_ENABLE_ACCESS_FAILURE_LOG", "true").start();
    let client = at(&app, "192.0.2.1");
    fail(&client, "ann", 1);
    assert!(is_let_in(&client, "ann"));
    let tables = ["vestibule_event", "axes_accesslog", "axes_accessfailurelog", "vestibule_device"];
    let settings = |days: i64| {
        let mut settings = Settings::default();
        settings.lockout.event_retention = Duration::days(days);
        settings
    };
    app.clock.advance(Duration::days(400));
    tasks::run_due(&app.accounts, &settings(0));
    assert_eq!(tables.map(|table| rows(&app, table)), [2, 1, 1, 0], "0 keeps the record for ever");
    app.clock.advance(HOUR);
    tasks::run_due(&app.accounts, &settings(365));
    assert_eq!(tables.map(|table| rows(&app, table)), [0, 0, 0, 0]);
}

#[test]
fn of_each_name_the_failure_log_keeps_the_last() {
    let app = site()
        .setting("AXES_ENABLE_ACCESS_FAILURE_LOG", "true")
        .setting("AXES_ACCESS_FAILURE_LOG_PER_USER_LIMIT", "2")
        .start();
    fail(&at(&app, "192.0.2.1"), "bob", 1);
    for last in 1..=4 {
        fail(&at(&app, &format!("192.0.2.{last}")), "ann", 1);
    }
    assert_eq!(rows(&app, "axes_accessfailurelog"), 3);
    assert_eq!(app.database.number("SELECT count(*) FROM axes_accessfailurelog WHERE username = 'bob'"), 1);
}

#[test]
fn tries_during_a_lock_are_recorded_some_times_and_not_for_ever() {
    let app = site().start();
    let client = at(&app, "192.0.2.1");
    fail(&client, "ann", 5);
    fail(&client, "ann", 60);
    let events =
        |kind: &str| app.database.number(&format!("SELECT count(*) FROM vestibule_event WHERE kind = '{kind}'"));
    assert_eq!((events("login_failed"), events("locked_out"), events("tried_while_locked")), (5, 1, 50));
    assert_eq!(app.database.number("SELECT failures_since_start FROM axes_accessattempt"), 5);
}

#[test]
fn of_one_persons_devices_the_last_fifty_are_known() {
    let app = site().start();
    for _ in 0..55 {
        assert!(is_let_in(&at(&app, "192.0.2.1"), "ann"));
        app.clock.advance(Duration::SECOND);
    }
    assert_eq!(rows(&app, "vestibule_device"), 50);
}
