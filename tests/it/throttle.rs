//! So many within a period.

use std::{
    sync::{Arc, Barrier},
    thread,
};

use time::{Duration, PrimitiveDateTime};
use vestibule::{settings::Rate, throttle};

use crate::support::TestApp;

fn take_at(app: &TestApp, what: &str, who: &str, rates: &[Rate], now: PrimitiveDateTime) -> Option<Duration> {
    throttle::take(&mut app.db(), what, who, rates, now).expect("an answer")
}

fn take(app: &TestApp, who: &str, rates: &[Rate]) -> Option<Duration> {
    take_at(app, "mail", who, rates, app.clock.now())
}

#[test]
fn exactly_as_many_pass_as_may_however_many_ask_at_once() {
    const ASKING: usize = 8;
    let app = Arc::new(TestApp::init().start());
    let barrier = Arc::new(Barrier::new(ASKING));
    let threads = (0..ASKING).map(|_| {
        let (app, barrier) = (Arc::clone(&app), Arc::clone(&barrier));
        thread::spawn(move || {
            barrier.wait();
            (0..5)
                .filter(|_| take(&app, "198.51.100.7", &[Rate::per_minute(12), Rate::per_hour(100)]).is_none())
                .count()
        })
    });
    let threads: Vec<_> = threads.collect();
    let passed: usize = threads.into_iter().map(|thread| thread.join().expect("an answer")).sum();
    assert_eq!(passed, 12);
}

#[test]
fn a_period_ends_when_it_ends_whoever_asks_in_vain_meanwhile() {
    let app = TestApp::init().start();
    let (rates, begun) = ([Rate::per_minute(2)], app.clock.now());
    let take = |after| take_at(&app, "mail", "ann", &rates, begun + Duration::seconds(after));
    assert_eq!((take(0), take(20)), (None, None));
    for after in [20, 30, 40, 59] {
        assert_eq!(take(after), Some(Duration::seconds(60 - after)));
    }
    assert_eq!((take(60), take(61)), (None, None));
    assert_eq!(take(62), Some(Duration::seconds(58)), "the next period began with its own first request");
}

#[test]
fn what_one_rate_refuses_counts_under_no_other_and_the_longest_wait_is_told() {
    let app = TestApp::init().start();
    let (minute, hour, begun) = (Rate::per_minute(1), Rate::per_hour(3), app.clock.now());
    for (who, rates) in [("ann", [minute, hour]), ("ben", [hour, minute])] {
        let take = |after| take_at(&app, "mail", who, &rates, begun + Duration::minutes(after));
        for after in [0, 1] {
            assert_eq!(take(after), None);
            for _ in 0..5 {
                assert_eq!(take(after), Some(Duration::MINUTE));
            }
        }
        assert_eq!(take(2), None, "the third within the hour");
        assert_eq!(take(2), Some(Duration::minutes(58)));
        assert_eq!(take(60), None);
    }
}

#[test]
fn everybody_and_everything_is_counted_by_itself_and_nobody_can_be_read_from_the_table() {
    let app = TestApp::init().start();
    let (rates, now) = ([Rate::per_hour(1)], app.clock.now());
    for (what, who) in [("mail", "ann@example.org"), ("mail", "ben@example.org"), ("sign-up", "ann@example.org")] {
        assert_eq!(take_at(&app, what, who, &rates, now), None);
        assert!(take_at(&app, what, who, &rates, now).is_some());
    }
    let rows = app.database.snapshot();
    assert!(rows.iter().all(|(_, rows)| !rows.contains("ann@") && !rows.contains("sign-up")));
}

#[test]
fn a_clock_that_goes_back_refuses_nobody_for_long() {
    let app = TestApp::init().start();
    let (rates, now) = ([Rate::per_minute(1)], app.clock.now());
    assert_eq!(take_at(&app, "mail", "ann", &rates, now), None);
    // Another's clock is a little behind: that opens no new period.
    assert!(take_at(&app, "mail", "ann", &rates, now - Duration::seconds(2)).is_some());
    assert_eq!(take_at(&app, "mail", "ann", &rates, now - Duration::days(10)), None);
    assert!(take_at(&app, "mail", "ann", &rates, now - Duration::days(10)).is_some());
}

#[test]
fn periods_that_have_ended_are_deleted_some_at_a_time() {
    let app = TestApp::init().start();
    for who in ["ann", "ben", "cem"] {
        take(&app, who, &[Rate::per_minute(1)]);
    }
    take(&app, "ann", &[Rate::per_hour(1)]);
    app.clock.advance(Duration::MINUTE);
    let delete = || throttle::delete_old(&mut app.db(), app.clock.now(), 2).expect("deleted");
    assert_eq!((delete(), delete(), delete()), (2, 1, 0));
    assert!(take(&app, "ann", &[Rate::per_hour(1)]).is_some());
}
