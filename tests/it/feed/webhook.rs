//! A program that listens.

use std::time::Duration as Real;

use time::Duration;
use vestibule::events::{self, Event, Kind};

use super::receiver::{Answer, Receiver, SECRET};
use crate::support::{PASSWORD, TestApp, TestAppBuilder, keep_log, logged};

fn app(receiver: &Receiver) -> TestAppBuilder {
    TestApp::init()
        .with_user("ann")
        .setting("WEBHOOK_URL", &receiver.url())
        .setting("WEBHOOK_SECRET", SECRET)
        .setting("WEBHOOK_TIMEOUT", "1")
}

fn waiting(app: &TestApp) -> i64 {
    app.database.number("SELECT count(*) FROM vestibule_outbox WHERE destination <> 'mail'")
}

#[test]
fn each_event_is_a_signed_request() {
    let receiver = Receiver::new();
    let app = app(&receiver).start();
    app.client().log_in("ann", "wrong");
    app.logged_in("ann");
    assert_eq!(app.tell_events(), (2, 0));
    assert_eq!(receiver.kinds(), ["login_failed", "logged_in"]);
    let told = receiver.told().clone();
    assert!(told.iter().all(|told| told.is_signed() && told.path == "/hook/s3cret-path"), "{told:?}");
    assert_eq!(told[0].headers["content-type"], "application/json; charset=utf-8");
    let sent: i64 = told[0].headers["webhook-timestamp"].parse().expect("seconds");
    assert!((sent - app.clock.unix()).abs() < 60);
    let (failed, ann) = (told[0].json(), told[1].json());
    assert_eq!(failed["id"], told[0].id());
    assert_eq!(failed["text"], "Vestibule: Login failed: `ann`, from 127.0.0.1");
    assert_eq!(failed["data"]["ip_address"], "127.0.0.1");
    assert_eq!(failed["data"]["username"], "ann");
    assert_eq!(failed["data"]["path"], "/login/");
    assert!(failed["data"]["user_id"].is_null(), "nobody is known yet");
    assert_eq!(ann["data"]["user_id"], app.user("ann").id);
    assert_ne!(told[0].id(), told[1].id());
    assert_eq!((app.tell_events(), waiting(&app)), ((0, 0), 0), "each is told once");
}

#[test]
fn what_could_not_be_told_is_told_again_under_the_same_id() {
    let receiver = Receiver::new();
    let app = app(&receiver).start();
    for status in [500, 429, 404, 503] {
        receiver.will_say([Answer::Status(status)]);
        app.client().log_in("nobody", "wrong");
        assert_eq!(app.tell_events(), (0, 1), "{status}");
        app.clock.advance(Duration::seconds(29));
        assert_eq!(app.tell_events(), (0, 0), "{status}: not at once");
        app.clock.advance(Duration::SECOND);
        assert_eq!(app.tell_events(), (1, 0), "{status}");
        let told = std::mem::take(&mut *receiver.told());
        assert_eq!((told.len(), told[0].id(), &told[0].body), (2, told[1].id(), &told[1].body));
        assert!(told[1].is_signed());
        assert_ne!(told[0].headers["webhook-timestamp"], told[1].headers["webhook-timestamp"]);
        app.clock.advance(Duration::HOUR);
    }
}

#[test]
fn a_receiver_that_is_down_or_slow_loses_nothing_and_keeps_no_mail_waiting() {
    let receiver = Receiver::new();
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("an address");
    let down = app(&receiver).setting("WEBHOOK_URL", &format!("http://{nobody}/")).start();
    down.client().log_in("ann", "wrong");
    down.logged_in("ann");
    assert_eq!((down.tell_events(), waiting(&down)), ((0, 1), 2), "the second is not even tried");
    let email = [("email", "ann@example.org")];
    assert_eq!(down.client().submit("/account/password_reset/", &email).status, 302);
    assert_eq!(down.mails().len(), 1);
    let up = down.beside().setting("WEBHOOK_URL", &receiver.url()).setting("WEBHOOK_TIMEOUT", "1").start();
    up.clock.advance(Duration::MINUTE);
    receiver.will_say([Answer::Late(Real::from_secs(3))]);
    assert_eq!(up.tell_events(), (0, 1), "no longer than WEBHOOK_TIMEOUT");
    assert_eq!(up.tell_events(), (3, 0));
    up.clock.advance(Duration::MINUTE);
    assert_eq!((up.tell_events(), waiting(&up)), ((1, 0), 0));
    let mut kinds = receiver.kinds();
    kinds.dedup();
    assert_eq!(kinds.len(), 5, "{kinds:?}");
}

#[test]
fn nothing_is_told_to_whom_a_receiver_points() {
    let (receiver, other) = (Receiver::new(), Receiver::new());
    let app = app(&receiver).start();
    receiver.will_say([Answer::RedirectTo(other.url())]);
    app.client().log_in("ann", "wrong");
    assert_eq!((app.tell_events(), waiting(&app)), ((0, 1), 1));
    assert_eq!((receiver.told().len(), other.told().len()), (1, 0));
}

#[test]
fn an_event_is_given_up_when_its_time_is_over_or_nobody_wants_it() {
    keep_log();
    let receiver = Receiver::new();
    let app = app(&receiver).setting("WEBHOOK_RETRY_FOR", "1h").start();
    receiver.will_say([Answer::Status(410)]);
    app.client().log_in("ann", "wrong");
    assert_eq!((app.tell_events(), waiting(&app)), ((0, 1), 0));
    assert!(logged("the receiver answers 410").contains("ERROR"));
    app.client().log_in("ann", "wrong");
    receiver.will_say([500; 2].map(Answer::Status));
    assert_eq!((app.tell_events(), waiting(&app)), ((0, 1), 1));
    app.clock.advance(Duration::HOUR);
    assert_eq!((app.tell_events(), waiting(&app)), ((0, 1), 0));
    assert!(logged("as long as WEBHOOK_RETRY_FOR says").contains("ERROR"));
    for secret in ["s3cret-path", SECRET, "whsec_", PASSWORD] {
        assert_eq!(logged(secret), "", "{secret}");
    }
}

#[test]
fn while_a_receiver_is_down_events_are_given_up_too_when_their_time_is_over() {
    keep_log();
    let receiver = Receiver::new();
    let app = app(&receiver).setting("WEBHOOK_RETRY_FOR", "1h").setting("WEBHOOK_EVENTS", "login_failed").start();
    receiver.will_say([503; 3].map(Answer::Status));
    for name in ["ann", "bob", "eve", "zoe"] {
        app.client().log_in(name, "wrong");
    }
    assert_eq!((app.tell_events(), waiting(&app)), ((0, 1), 4));
    app.clock.advance(Duration::HOUR);
    assert_eq!((app.tell_events(), waiting(&app)), ((0, 1), 2), "those that were tried");
    app.clock.advance(Duration::HOUR);
    assert_eq!((app.tell_events(), waiting(&app)), ((0, 1), 0), "and one that never was");
    assert!(logged("they could not be sent for as long as WEBHOOK_RETRY_FOR says").contains("ERROR"));
}

#[test]
fn an_event_that_was_not_kept_never_leaves_and_those_not_asked_for_neither() {
    let receiver = Receiver::new();
    let app = app(&receiver).setting("WEBHOOK_EVENTS", "locked_out,logged_in").start();
    let event = Event::new(Kind::LockedOut, &vestibule::client::Client::default()).typed("ann");
    let kept = app.auth.db().expect("a connection").write(|db| {
        events::record(db, &event, app.clock.now())?;
        Err::<(), _>(diesel::result::Error::RollbackTransaction)
    });
    assert!(kept.is_err());
    app.client().log_in("ann", "wrong");
    app.logged_in("ann").log_out();
    assert_eq!(waiting(&app), 1);
    app.tell_events();
    assert_eq!(receiver.kinds(), ["logged_in"]);
}

#[test]
fn who_is_not_in_the_settings_any_more_hears_nothing_of_what_waited() {
    let receiver = Receiver::new();
    let app = app(&receiver).start();
    app.client().log_in("ann", "wrong");
    assert_eq!(waiting(&app), 1);
    let without = app.beside().start();
    assert_eq!(waiting(&without), 0);
    without.client().log_in("ann", "wrong");
    assert_eq!((waiting(&without), without.tell_events()), (0, (0, 0)));
    assert_eq!(receiver.told().len(), 0);
}

#[test]
fn what_people_typed_neither_links_nor_mentions_in_a_chat() {
    let receiver = Receiver::new();
    let app = app(&receiver).start();
    app.client().log_in("<!channel> `x` <http://evil.example|click>\n&amp;", "wrong");
    app.tell_events();
    let json = receiver.told()[0].json();
    assert_eq!(
        json["text"],
        "Vestibule: Login failed: `‹!channel› 'x' ‹http://evil.example|click›\u{fffd}＆amp;`, from 127.0.0.1"
    );
    assert!(json["data"]["username"].as_str().expect("a name").starts_with("<!channel> `x`"), "as it was typed");
}

#[test]
fn settings_that_can_tell_nobody_anything_are_refused_by_name() {
    for (name, value) in [
        ("WEBHOOK_URL", "siem.example/s3cret-path"),
        ("WEBHOOK_URL", "ftp://siem.example/s3cret-path"),
        ("WEBHOOK_SECRET", "whsec_s3cret-path!"),
        ("WEBHOOK_SECRET", "whsec_"),
        ("WEBHOOK_EVENTS", "login_failed,logn"),
        ("WEBHOOK_TIMEOUT", "0"),
        ("EVENT_LOG", "/does/not/exist/events.log"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let database = format!("sqlite://{}", folder.path().join("db").display());
        let mut variables =
            vec![("VESTIBULE_DATABASE_URL", database.as_str()), ("VESTIBULE_WEBHOOK_URL", "http://localhost/")];
        let variable = format!("VESTIBULE_{name}");
        variables.retain(|(known, _)| *known != variable);
        variables.push((&variable, value));
        let mut command = crate::support::program(folder.path(), &["serve", "--bind", "127.0.0.1:0"]);
        let output = command.envs(variables).output().expect("the program");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(&format!("bad value for {name}")), "{said}");
        assert!(!said.contains("s3cret-path"), "{said}");
    }
}
