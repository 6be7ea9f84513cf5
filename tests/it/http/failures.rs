use diesel::RunQueryDsl;
use vestibule::{
    auth::{AuthError, models::User, second_step::SecondStep, signals::Occasion},
    client::Client,
};

use super::assert_error_page;
use crate::support::{PASSWORD, TestApp, TestAppBuilder, is_postgres, keep_log, logged};

/// A second step that panics: a fault in code that others bring.
struct Panics;

impl SecondStep for Panics {
    fn challenge(&self, _: &User, _: &Client) -> Option<String> {
        panic!("a secret of the second step")
    }
}

fn with_failing_receiver() -> TestAppBuilder {
    TestApp::init().with_user("ann").customize(|site| {
        site.receivers(|signals| {
            let fails = |_: &mut Occasion<'_>, _: &_| Err(AuthError::Other("SELECT secret FROM /etc/passwd".into()));
            signals.user_logged_in.connect(fails);
        })
    })
}

fn rename(app: &TestApp, from: &str, to: &str) {
    app.database.execute(&format!("ALTER TABLE {from} RENAME TO {to}"));
}

#[test]
fn an_error_page_repeats_nothing_of_what_was_asked() {
    let app = TestApp::init().start();
    let client = app.client();
    for target in ["/canary/", "/canary", "/login/canary/?canary=canary", "/static/canary"] {
        let response = client.ask(&format!("GET {target}\nReferer: http://canary/\nX-Request-ID: canary"), b"");
        assert_error_page(&response, 404);
        assert!(!format!("{:?}{}", response.headers, response.body).contains("canary"), "{target}");
    }
}

#[test]
fn the_id_on_the_page_finds_the_cause_in_the_log() {
    keep_log();
    let app = with_failing_receiver().start();
    let response = app.client().log_in("ann", PASSWORD);
    assert_error_page(&response, 500);
    assert!(!response.body.contains("SELECT") && !response.body.contains("passwd"));
    let log = logged(response.header("x-request-id").expect("an id"));
    assert!(log.contains("SELECT secret") && log.contains("ERROR"), "{log}");
}

#[test]
fn a_log_in_that_fails_in_the_middle_leaves_no_session() {
    let app = with_failing_receiver().start();
    let client = app.client();
    client.set_cookie("sessionid", "0123456789abcdef0123456789abcdef");
    let response = client.log_in("ann", PASSWORD);
    assert_error_page(&response, 500);
    assert_eq!(response.set_cookie("sessionid"), None);
    assert_eq!(app.database.number("SELECT count(*) FROM django_session"), 0);
    assert!(!client.is_logged_in());
}

#[test]
fn a_panic_is_answered_and_disturbs_nobody() {
    let app = TestApp::init().with_user("ann").customize(|site| site.second_step(Panics)).start();
    for _ in 0..20 {
        let client = app.client();
        let response = client.log_in("ann", PASSWORD);
        assert_error_page(&response, 500);
        assert!(!response.body.contains("secret"));
        assert_eq!(client.get("/login/").status, 200);
    }
    assert_eq!(app.database.number("SELECT count(*) FROM django_session"), 0);
}

#[test]
fn a_panic_on_another_thread_is_a_fault_too() {
    let app = TestApp::init().with_user("ann").customize(|site| {
        site.receivers(|signals| signals.user_logged_in.connect(|_, _| panic!("a secret of the receiver")))
    });
    let app = app.start();
    assert_error_page(&app.client().log_in("ann", PASSWORD), 500);
    assert_eq!(app.database.number("SELECT count(*) FROM django_session"), 0);
}

#[test]
fn a_receiver_that_hides_a_failure_of_the_database_hides_no_session_that_stays() {
    let app = TestApp::init().with_user("ann").customize(|site| {
        site.receivers(|signals| {
            signals.user_logged_out.connect(|occasion, _| {
                let _ = diesel::sql_query("INSERT INTO there_is_none VALUES (1)").execute(occasion.db);
                Ok(())
            });
        })
    });
    let app = app.start();
    let client = app.logged_in("ann");
    let key = client.cookie("sessionid").expect("a session");
    let token = client.get("/dashboard/").csrf_token();
    let response = client.post("/logout/", &[("csrfmiddlewaretoken", &token)]);
    let left = app.database.number(&format!("SELECT count(*) FROM django_session WHERE session_key = '{key}'"));
    if is_postgres() {
        // There the statement that failed has undone all the others.
        assert_error_page(&response, 503);
        assert_eq!((left, response.set_cookie("sessionid")), (1, None));
        assert!(client.is_logged_in());
    } else {
        assert_eq!((response.status, left), (302, 0));
    }
}

#[test]
fn a_database_file_that_vanished_is_not_made_anew_for_everybody_to_read() {
    let app = TestApp::init().start();
    if is_postgres() {
        return;
    }
    let path = std::path::PathBuf::from(app.database.url().strip_prefix("sqlite://").expect("SQLite"));
    std::fs::rename(&path, path.with_extension("away")).expect("taken away");
    let client = app.client();
    client.set_cookie("sessionid", "0123456789abcdef0123456789abcdef");
    client.get("/login/");
    let mode = std::fs::metadata(&path).map(|it| std::os::unix::fs::PermissionsExt::mode(&it.permissions()) & 0o777);
    assert!(mode.as_ref().map_or(true, |mode| *mode == 0o600), "{mode:?}");
}

#[test]
fn without_sessions_nobody_is_let_in_or_out_and_all_heals() {
    let app = TestApp::init().with_user("ann").start();
    let (inside, outside) = (app.logged_in("ann"), app.client());
    outside.get("/login/");
    let token = inside.get("/dashboard/").csrf_token();
    rename(&app, "django_session", "away");

    for response in [
        outside.log_in("ann", PASSWORD),
        inside.get("/dashboard/"),
        inside.post("/logout/", &[("csrfmiddlewaretoken", &token)]),
    ] {
        assert_error_page(&response, 503);
        assert_eq!(response.header("retry-after"), Some("5"));
        assert_eq!(response.set_cookie("sessionid"), None);
        assert!(!response.body.contains("django_session"), "{}", response.body);
    }
    assert_eq!(outside.get("/login/").status, 200);

    rename(&app, "away", "django_session");
    assert!(inside.is_logged_in() && !outside.is_logged_in());
    assert_eq!(outside.log_in("ann", PASSWORD).status, 302);
}

#[test]
fn without_people_nobody_is_let_in_and_all_heals() {
    let app = TestApp::init().with_user("ann").start();
    let (inside, outside) = (app.logged_in("ann"), app.client());
    rename(&app, "auth_user", "away");
    assert_error_page(&outside.log_in("ann", PASSWORD), 503);
    assert_error_page(&inside.get("/dashboard/"), 503);
    assert_eq!(outside.cookie("sessionid"), None);
    rename(&app, "away", "auth_user");
    assert!(inside.is_logged_in());
    assert_eq!(outside.log_in("ann", PASSWORD).status, 302);
}

#[test]
fn a_log_in_that_cannot_be_recorded_does_not_happen() {
    let app = TestApp::init().with_user("ann").start();
    rename(&app, "vestibule_event", "away");
    let client = app.client();
    assert_error_page(&client.log_in("ann", PASSWORD), 503);
    assert_error_page(&client.log_in("ann", "wrong"), 503);
    assert_eq!(app.database.number("SELECT count(*) FROM django_session"), 0);
    rename(&app, "away", "vestibule_event");
    assert_eq!(client.log_in("ann", PASSWORD).status, 302);
}

#[test]
fn connections_that_the_database_cut_are_replaced() {
    if !is_postgres() {
        return;
    }
    let app = TestApp::init().with_user("ann").start();
    let client = app.logged_in("ann");
    app.database.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    assert!(client.is_logged_in());
}
