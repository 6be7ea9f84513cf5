//! Attempts that cost nothing in the end: of those who were let in, who found no room, who left, and whose server crashed.

use std::{cell::RefCell, net::TcpStream};

use time::Duration;
use vestibule::{
    auth::{
        Attempt, AuthError,
        backends::{AuthenticationBackend, Decision},
    },
    db::Pooled,
};

use super::{
    at, fail,
    guesses::{Door, Guess, answer},
    is_let_in, site,
};
use crate::support::{Gate, PASSWORD, Program, TestApp, TestAppBuilder, TestDatabase, cores, until};

fn gated() -> (TestApp, Gate) {
    let backends = "axes.backends.AxesStandaloneBackend, test.Gate, django.contrib.auth.backends.ModelBackend";
    Gate::before(site().setting("AUTHENTICATION_BACKENDS", backends))
}

/// Keeps all who may hash at once busy with somebody else.
fn busy(app: &TestApp, gate: &Gate, door: &Door) -> Vec<TcpStream> {
    let running = (0..cores()).map(|number| Guess::new("bob", &format!("198.51.100.{number}"), number).send(door));
    let running = running.collect();
    until(|| gate.passed() == cores() && app.waiting() == 0);
    running
}

/// What is counted of `ann`: failures and places that are taken, and how many rows say so.
fn counted(app: &TestApp) -> (i64, i64, i64) {
    let sum = |what: &str| {
        let rows = "FROM vestibule_lockout WHERE username = 'ann'";
        app.database.number(&format!("SELECT COALESCE({what}, 0) {rows}"))
    };
    (sum("SUM(failures)"), sum("SUM(pending)"), sum("COUNT(*)"))
}

#[test]
fn who_finds_the_queue_full_has_not_tried() {
    let (app, gate) = gated();
    let door = Door::new(app.client());
    let mut crowd = busy(&app, &gate, &door);
    let places = cores() * 64;
    crowd.extend((0..places).map(|number| Guess::new("bob", &format!("10.0.0.{number}"), number).send(&door)));
    until(|| app.waiting() == places);
    for number in 0..6 {
        let refused = answer(Guess::new("ann", "192.0.2.1", number).send(&door));
        assert_eq!((refused.status, refused.header("retry-after")), (503, Some("5")));
    }
    assert_eq!(counted(&app), (0, 0, 0));
    gate.open();
    for stream in crowd {
        answer(stream);
    }
    assert_eq!(fail(&at(&app, "192.0.2.1"), "ann", 4).status, 200);
    assert_eq!(fail(&at(&app, "192.0.2.1"), "ann", 1).status, 429);
}

#[test]
fn who_leaves_the_queue_has_not_tried() {
    let (app, gate) = gated();
    let door = Door::new(app.client());
    let running = busy(&app, &gate, &door);
    let leaving: Vec<_> = (0..6).map(|number| Guess::new("ann", "192.0.2.1", number).send(&door)).collect();
    until(|| app.waiting() == 6);
    drop(leaving);
    until(|| app.waiting() == 0);
    gate.open();
    for stream in running {
        answer(stream);
    }
    assert_eq!(counted(&app), (0, 0, 0));
}

/// Whoever was looked at has tried: else leaving early would be a way to guess for nothing.
#[test]
fn who_leaves_while_the_password_is_checked_has_tried_and_with_the_right_one_has_not_failed() {
    for (is_right, failures) in [(true, 0), (false, 1)] {
        let (app, gate) = gated();
        let door = Door::new(app.client());
        let guess = Guess::new("ann", "192.0.2.1", 0);
        let leaving = if is_right { guess.right() } else { guess }.send(&door);
        until(|| gate.passed() == 1);
        assert_eq!(counted(&app), (0, 1, 1));
        drop(leaving);
        gate.open();
        until(|| counted(&app).1 == 0);
        assert_eq!(counted(&app).0, failures);
    }
}

#[test]
fn who_is_let_in_gives_the_attempt_back_also_where_one_may_fail() {
    let app = site().setting("AXES_FAILURE_LIMIT", "1").setting("LOCKOUT_ADDRESS_LIMITS", "1/m").start();
    for _ in 0..5 {
        assert!(is_let_in(&at(&app, "192.0.2.1"), "ann"));
    }
    assert_eq!(app.database.number("SELECT SUM(failures + pending) FROM vestibule_lockout"), 0);
    assert_eq!(fail(&at(&app, "192.0.2.1"), "ann", 1).status, 429);
}

#[test]
fn what_a_process_checked_when_it_was_killed_is_given_back_after_a_minute() {
    let app = site().setting("AXES_FAILURE_LIMIT", "3").start();
    // A password whose check takes many seconds.
    let hash = app.user("ann").password;
    let set =
        |hash: &str| app.database.execute(&format!("UPDATE auth_user SET password = '{hash}' WHERE username = 'ann'"));
    set("pbkdf2_sha256$20000000$salt$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g=");
    let settings = [("TRUSTED_PROXIES", "127.0.0.1"), ("AXES_FAILURE_LIMIT", "3")];
    let place = Program::on(TestDatabase::elsewhere(app.database.url().to_owned()));
    let mut program = settings.into_iter().fold(place, |place, (name, value)| place.setting(name, value)).start();
    let hanging = Guess::new("ann", "192.0.2.1", 0).send(&Door::new(program.client()));
    until(|| counted(&app) == (0, 1, 1));
    program.kill();
    drop(hanging);
    set(&hash);

    let client = at(&app, "192.0.2.1");
    assert_eq!(fail(&client, "ann", 2).status, 200);
    let seconds = |seconds| app.clock.advance(Duration::seconds(seconds));
    for password in ["wrong", PASSWORD] {
        let refused = client.log_in("ann", password);
        assert_eq!((refused.status, refused.header("retry-after")), (503, Some("1")), "the third may yet fail");
    }
    assert_eq!(refusals(&app), 0, "that is no lock");
    seconds(20);
    assert_eq!(client.log_in("ann", PASSWORD).status, 503);
    seconds(41);
    assert!(is_let_in(&at(&app, "192.0.2.1"), "ann"));
    assert_eq!(fail(&client, "ann", 1).status, 429);
    assert_eq!(refusals(&app), 1);
}

/// How many locks are recorded, and tries during one.
fn refusals(app: &TestApp) -> i64 {
    let rows = "SELECT count(*) FROM vestibule_lockout WHERE locked_until > '2000-01-01'";
    let events = "SELECT count(*) FROM vestibule_event WHERE kind IN ('locked_out', 'tried_while_locked')";
    app.database.number(rows) + app.database.number(events) / 2
}

/// A site on which a failure can't be recorded.
fn forgetful() -> TestAppBuilder {
    site().customize(|site| {
        site.receivers(|signals| {
            signals.user_login_failed.connect(|_, event| match event.username.as_str() {
                "ann" => Err(AuthError::Other("no".into())),
                _ => Ok(()),
            });
        })
    })
}

#[test]
fn a_failure_that_cannot_be_recorded_is_no_free_guess() {
    let app = forgetful().start();
    let client = at(&app, "192.0.2.1");
    let before = app.auth.hashers.runs();
    for _ in 0..5 {
        assert_eq!(client.log_in("ann", "wrong").status, 500);
    }
    assert_eq!(counted(&app), (0, 5, 1));
    for password in ["wrong", PASSWORD] {
        let refused = client.log_in("ann", password);
        assert_eq!((refused.status, refused.header("retry-after")), (503, Some("1")));
    }
    assert_eq!((app.auth.hashers.runs() - before, refusals(&app)), (5, 0));
    app.clock.advance(Duration::seconds(61));
    assert!(is_let_in(&client, "ann"));
}

#[test]
fn a_clock_that_is_set_back_keeps_no_place_taken() {
    let app = forgetful().start();
    fail(&at(&app, "192.0.2.1"), "ann", 5);
    app.clock.advance(-Duration::DAY);
    assert!(is_let_in(&at(&app, "192.0.2.1"), "ann"));
}

/// Of two processes one may be some seconds behind, or have looked at the clock and then waited to write.
#[test]
fn a_clock_that_is_behind_frees_no_place_of_others() {
    let app = forgetful().start();
    fail(&at(&app, "192.0.2.1"), "ann", 5);
    app.clock.advance(-Duration::seconds(30));
    for password in ["wrong", PASSWORD] {
        let refused = at(&app, "192.0.2.1").log_in("ann", password);
        assert_eq!((refused.status, refused.header("retry-after")), (503, Some("1")));
    }
    app.clock.advance(Duration::seconds(91));
    assert!(is_let_in(&at(&app, "192.0.2.1"), "ann"));
}

thread_local! {
    static TAKEN: RefCell<Vec<Pooled>> = const { RefCell::new(Vec::new()) };
}

/// What was taken goes back as soon as the attempt is over, before anything else of it.
struct First;

impl Drop for First {
    fn drop(&mut self) {
        TAKEN.take();
    }
}

impl AuthenticationBackend for First {
    fn authenticate(&self, attempt: &mut Attempt<'_>) -> Result<Decision, AuthError> {
        attempt.hold(Self);
        Ok(Decision::Abstain)
    }
}

/// Takes all connections.
struct Last;

impl AuthenticationBackend for Last {
    fn authenticate(&self, attempt: &mut Attempt<'_>) -> Result<Decision, AuthError> {
        while let Ok(taken) = attempt.db() {
            TAKEN.with_borrow_mut(|all| all.push(taken));
        }
        Ok(Decision::Abstain)
    }
}

#[test]
fn nor_is_one_for_which_the_database_was_not_to_be_had() {
    let backends = "x.First, axes.backends.AxesStandaloneBackend, django.contrib.auth.backends.ModelBackend, x.Last";
    let app = site()
        .setting("AUTHENTICATION_BACKENDS", backends)
        .setting("DATABASE_POOL_TIMEOUT", "1s")
        .customize(|site| site.backend("First", || First).backend("Last", || Last))
        .start();
    assert_eq!(at(&app, "192.0.2.1").log_in("ann", "wrong").status, 503);
    assert_eq!(counted(&app), (0, 1, 1));
}
