//! People whom a trusted proxy has logged in.

use std::{
    sync::{Arc, Barrier},
    thread,
};

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

#[test]
fn when_the_proxy_names_somebody_who_is_refused_nobody_stays_logged_in() {
    let app = behind_proxy();
    let client = app.client();
    client.set_header("remote-user", "ann");
    assert_eq!(greeting(&client), "Welcome, ann");
    client.set_header("remote-user", "not a name");
    let response = client.get("/dashboard/");
    assert_eq!((response.status, client.cookie("sessionid")), (302, None));
    let log_out = "SELECT count(*) FROM vestibule_event WHERE kind = 'logged_out' AND username = 'ann'";
    assert_eq!(app.database.number(log_out), 1);
}

#[test]
fn a_name_counts_as_it_is_stored_however_the_proxy_writes_it() {
    let app = behind_proxy();
    // Letters that are other forms of the same ones.
    let client = app.client();
    client.set_header("remote-user", "\u{ff41}\u{ff4e}\u{ff4e}");
    assert_eq!(greeting(&client), "Welcome, ann");
    let session = client.cookie("sessionid");
    assert_eq!((greeting(&client).as_str(), client.cookie("sessionid")), ("Welcome, ann", session));
    let zoe = app.client();
    zoe.set_header("remote-user", "zo\u{eb}");
    assert_eq!(greeting(&zoe), "Welcome, zo\u{eb}");
}

#[test]
fn one_header_names_one_person() {
    let app = behind_proxy();
    let ask = |headers: &str| app.client().ask(&format!("GET /dashboard/\n{headers}"), b"").status;
    assert_eq!(ask("Remote-User: ann"), 200);
    for odd in [
        "Remote-User: mallory,ann",
        "Remote-User: ann, ann",
        "Remote-User: mallory\nRemote-User: ann",
        "Remote-User: ann\nRemote-User: ann",
        "Remote-User: ann\nRemote-User: ",
    ] {
        assert_eq!(ask(odd), 302, "{odd:?}");
    }
    assert_eq!(app.database.number("SELECT count(*) FROM auth_user"), 1);
}

#[test]
fn first_requests_that_come_at_once_make_one_account_and_are_all_answered() {
    let app = behind_proxy();
    let barrier = Arc::new(Barrier::new(8));
    let threads: Vec<_> = std::iter::repeat_with(|| {
        let (client, barrier) = (app.client(), Arc::clone(&barrier));
        client.set_header("remote-user", "new.person");
        thread::spawn(move || {
            barrier.wait();
            client.get("/dashboard/").status
        })
    })
    .take(8)
    .collect();
    let answers: Vec<u16> = threads.into_iter().map(|thread| thread.join().expect("an answer")).collect();
    assert_eq!(answers, [200; 8]);
    assert_eq!(app.database.number("SELECT count(*) FROM auth_user"), 2);
}
