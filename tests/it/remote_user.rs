//! People whom a trusted proxy has logged in.

use crate::support::{Client, PASSWORD, TestApp};

const BACKENDS: &str = "django.contrib.auth.backends.RemoteUserBackend,django.contrib.auth.backends.ModelBackend";

fn behind_proxy() -> TestApp {
    TestApp::init()
        .with_user("ann")
        .setting("AUTHENTICATION_BACKENDS", BACKENDS)
        .setting("TRUSTED_PROXIES", "127.0.0.1")
        .start()
}

fn greeting(client: &Client) -> String {
    client.get("/dashboard/").text("h1")
}

#[test]
fn the_proxys_word_logs_in_keeps_switches_and_logs_out() {
    let app = behind_proxy();
    let client = app.client();
    client.set_header("remote-user", "ann");
    assert_eq!(greeting(&client), "Welcome, ann");
    let session = client.cookie("sessionid").expect("a session");
    assert_eq!(greeting(&client), "Welcome, ann");
    assert_eq!(client.cookie("sessionid").as_ref(), Some(&session), "one log-in, not one a request");

    client.set_header("remote-user", "new.person");
    assert_eq!(greeting(&client), "Welcome, new.person");
    assert!(app.user("new.person").password.starts_with('!'), "no password opens that account");

    let without_header = app.client();
    without_header.set_cookie("sessionid", &client.cookie("sessionid").expect("a session"));
    assert!(!without_header.is_logged_in());
    assert_eq!(app.database.number("SELECT count(*) FROM django_session"), 0);
}

#[test]
fn who_logged_in_by_password_stays_without_the_header() {
    let app = behind_proxy();
    let client = app.logged_in("ann");
    assert!(client.is_logged_in());
}

#[test]
fn the_header_counts_from_nobody_else_and_only_with_its_backend() {
    let stranger = TestApp::init().with_user("ann").setting("AUTHENTICATION_BACKENDS", BACKENDS).start();
    let unasked = TestApp::init().with_user("ann").setting("TRUSTED_PROXIES", "127.0.0.1").start();
    for app in [stranger, unasked] {
        let client = app.client();
        for header in ["remote-user", "remote_user", "x-remote-user", "x-user-id"] {
            client.set_header(header, "ann");
        }
        assert!(!client.is_logged_in());
        assert!(app.logged_in("ann").is_logged_in());
    }
}

#[test]
fn odd_names_and_inactive_people_are_refused() {
    let app = behind_proxy();
    app.database.execute("UPDATE auth_user SET is_active = false");
    for name in ["ann", "a b", "", "<script>", &"x".repeat(151)] {
        let client = app.client();
        client.set_header("remote-user", name);
        assert!(!client.is_logged_in(), "{name:?}");
    }
    assert_eq!(app.database.number("SELECT count(*) FROM auth_user"), 1);
    assert_eq!(app.client().log_in("ann", PASSWORD).status, 200);
}
