//! What is written down of log-ins, failures and log-outs, and what never is.

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
