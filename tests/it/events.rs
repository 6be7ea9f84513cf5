//! What is written down of log-ins, failures and log-outs, and what never is.

use time::Duration;
use vestibule::{
    auth::models::{NewUser, user},
    events::{self, Event, Kind},
};

use crate::support::{Client, PASSWORD, TestApp, keep_log, logged};

fn event(app: &TestApp, column: &str) -> Option<String> {
    app.database.text(&format!("SELECT {column} FROM vestibule_event ORDER BY id DESC LIMIT 1"))
}

fn browser(app: &TestApp, user_agent: &str) -> Client {
    let client = app.client();
    client.set_header("user-agent", user_agent);
    client
}

#[test]
fn each_log_in_failure_and_log_out_is_one_row() {
    let app = TestApp::init().with_user("ann").start();
    let client = browser(&app, "Lynx/2.9");
    let ann = app.user("ann").id.to_string();
    let recorded = |count: i64, kind: &str, user_id: Option<&str>, username: &str| {
        assert_eq!(app.database.number("SELECT count(*) FROM vestibule_event"), count);
        assert_eq!(event(&app, "kind").as_deref(), Some(kind));
        assert_eq!(event(&app, "user_id").as_deref(), user_id);
        assert_eq!(event(&app, "username").as_deref(), Some(username));
        assert_eq!(event(&app, "ip_address").as_deref(), Some("127.0.0.1"));
        assert_eq!(event(&app, "user_agent").as_deref(), Some("Lynx/2.9"));
    };
    client.log_in("ANN", "wrong");
    recorded(1, "login_failed", None, "ANN");
    client.log_in("ann", PASSWORD);
    recorded(2, "logged_in", Some(&ann), "ann");
    client.log_out();
    recorded(3, "logged_out", Some(&ann), "ann");
    assert_eq!(event(&app, "path").as_deref(), Some("/logout/"));
}

#[test]
fn the_last_log_in_is_noted_and_a_failure_is_not_one() {
    let app = TestApp::init().with_user("ann").start();
    app.client().log_in("ann", "wrong");
    assert_eq!(app.user("ann").last_login, None);
    let before = app.clock.now();
    app.logged_in("ann");
    assert!(app.user("ann").last_login.expect("noted") >= before);
}

#[test]
fn names_are_written_on_one_line_and_not_at_any_length() {
    let app = TestApp::init().start();
    app.client().log_in("a\r\nb\u{1b}[31m\u{9b}\u{2028}\u{202e}c\u{2066}\u{200f}", "wrong");
    let name = event(&app, "username").expect("a name");
    assert_eq!(name, "a\u{fffd}\u{fffd}b\u{fffd}[31m\u{fffd}\u{fffd}\u{fffd}c\u{fffd}\u{fffd}");
    app.client().log_in(&"x".repeat(254), "wrong");
    assert_eq!(event(&app, "username").expect("a name").chars().count(), 254);
    let client = browser(&app, &"M".repeat(2_000));
    client.log_in("ann", "wrong");
    assert_eq!(event(&app, "user_agent").expect("a name").chars().count(), 255);
}

#[test]
fn passwords_reach_neither_rows_nor_log() {
    keep_log();
    let app = TestApp::init().with_user("ann").start();
    let client = app.client();
    let wrong = "a-wrong-password-to-look-for";
    for password in [wrong, PASSWORD] {
        let response = client.log_in("ann", password);
        let id = response.header("x-request-id").expect("an id").to_owned();
        let log = logged(&id);
        assert!(log.contains("/login/"), "there is a line to look at: {log}");
        assert!(!log.contains(password) && !log.contains("csrfmiddlewaretoken"), "{log}");
    }
    let session = client.cookie("sessionid").expect("a session");
    let id = client.get("/dashboard/?token=secret-in-query").header("x-request-id").expect("an id").to_owned();
    assert!(!logged(&id).contains(&session) && !logged(&id).contains("secret-in-query"), "{}", logged(&id));
    for (table, rows) in app.database.snapshot() {
        assert!(!rows.contains(wrong) && !rows.contains(PASSWORD), "{table}");
    }
}

#[test]
fn a_log_in_that_a_receiver_refuses_to_record_does_not_happen() {
    let app = TestApp::init()
        .with_user("ann")
        .customize(|site| {
            site.receivers(|signals| {
                signals.user_logged_in.connect(|_, _| Err(vestibule::auth::AuthError::Other("no".into())));
            })
        })
        .start();
    let client = app.client();
    assert_eq!(client.log_in("ann", PASSWORD).status, 500);
    assert_eq!(client.cookie("sessionid"), None);
    assert_eq!(app.database.number("SELECT count(*) FROM django_session"), 0);
}

#[test]
fn a_log_in_that_does_not_happen_leaves_no_trace_of_one() {
    let app = TestApp::init().with_user("ann").start();
    app.database.execute("ALTER TABLE django_session RENAME TO away");
    assert_eq!(app.client().log_in("ann", PASSWORD).status, 503);
    app.database.execute("ALTER TABLE away RENAME TO django_session");
    assert_eq!(app.database.number("SELECT count(*) FROM vestibule_event"), 0);
    assert_eq!(app.user("ann").last_login, None);
}

fn recent(app: &TestApp, username: &str) -> Vec<Kind> {
    let recent = events::recent_of(&mut app.db(), &app.user(username), 50).expect("events");
    recent.into_iter().map(|happened| happened.kind).collect()
}

#[test]
fn people_see_what_happened_to_their_account_the_last_first() {
    let app = TestApp::init().with_user("ann").with_user("ben").setting("AXES_FAILURE_LIMIT", "2").start();
    app.logged_in("ann").log_out();
    app.clock.advance(Duration::MINUTE);
    let guesser = browser(&app, "Lynx/2.9");
    guesser.log_in("ben", "wrong");
    for typed in ["ann", "ANN@Example.ORG"] {
        app.clock.advance(Duration::MINUTE);
        guesser.log_in(typed, "wrong");
    }
    app.clock.advance(Duration::MINUTE);
    guesser.log_in("ann", "wrong");
    assert_eq!(
        recent(&app, "ann")[..],
        [
            Kind::TriedWhileLocked,
            Kind::LockedOut,
            Kind::LoginFailed,
            Kind::LoginFailed,
            Kind::LoggedOut,
            Kind::LoggedIn
        ]
    );
    assert_eq!(recent(&app, "ben"), [Kind::LoginFailed]);
    let last = events::recent_of(&mut app.db(), &app.user("ann"), 3).expect("events");
    assert_eq!(last.len(), 3);
    assert_eq!((&*last[2].user_agent, last[2].ip_address.as_deref()), ("Lynx/2.9", Some("127.0.0.1")));
    assert!(!last[0].detail.is_empty(), "which rule");
}

#[test]
fn names_that_may_mean_somebody_else_show_nothing() {
    let twin = |username: &str, email: &str| NewUser {
        username: username.to_owned(),
        email: email.to_owned(),
        ..NewUser::default()
    };
    let app = TestApp::init()
        .setting("AXES_ENABLED", "false")
        .with(twin("ann", "family@example.org"))
        .with(twin("ben", "FAMILY@example.org"))
        .with(twin("cem@example.org", ""))
        .with(twin("dee", "cem@example.org"))
        .start();
    for typed in ["family@example.org", "cem@example.org", "ANN", ""] {
        app.client().log_in(typed, "wrong");
    }
    for username in ["ann", "ben", "cem@example.org"] {
        assert_eq!(recent(&app, username), [] as [Kind; 0], "{username}");
    }
    assert_eq!(recent(&app, "dee"), [Kind::LoginFailed]);
}

#[test]
fn what_happened_under_the_name_before_the_account_was_made_is_not_shown() {
    let app = TestApp::init().with_user("ann").setting("AXES_ENABLED", "false").start();
    app.logged_in("ann");
    app.client().log_in("ann", "wrong");
    app.database.execute("DELETE FROM auth_user");
    app.clock.advance(Duration::MINUTE);
    let new = NewUser { username: "ann".to_owned(), password: "!".to_owned(), ..NewUser::default() };
    user::create(&mut app.db(), &new, app.clock.now()).expect("another ann");
    assert_eq!(recent(&app, "ann"), [] as [Kind; 0]);
}

#[test]
fn every_kind_of_event_is_known_again_by_its_text() {
    let app = TestApp::init().with_user("ann").start();
    let ann = app.user("ann");
    let kinds = [
        Kind::LockoutReset,
        Kind::TokenReused,
        Kind::SuperuserCreated,
        Kind::PasswordChanged,
        Kind::PasswordReset,
        Kind::PasswordResetRequested,
        Kind::EmailChangeRequested,
        Kind::EmailChanged,
        Kind::Registered,
        Kind::RegistrationConfirmed,
        Kind::AccountDeleted,
        Kind::SessionEnded,
        Kind::TokenEnded,
        Kind::EverythingEnded,
    ];
    for kind in kinds {
        let event = Event::new(kind, &vestibule::client::Client::default()).of(ann.id, "ann");
        events::record(&mut app.db(), &event, app.clock.now()).expect("recorded");
    }
    app.database.execute(
        "INSERT INTO vestibule_event (created_at, kind, user_id, username, user_agent, path, detail) \
                          SELECT CURRENT_TIMESTAMP, 'of_a_later_version', id, 'ann', '', '', '' FROM auth_user",
    );
    assert!(recent(&app, "ann").into_iter().rev().eq(kinds));
}
