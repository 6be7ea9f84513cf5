//! Several instances on one database: what one ended, no other takes for alive.

use std::process::Command;

use time::Duration;
use vestibule::{settings::Settings, tasks};

use crate::support::{PASSWORD, TestApp, is_postgres, prepared};

fn two() -> (TestApp, TestApp) {
    let one = TestApp::init().with_user("ann").start();
    let other = one.beside().start();
    (one, other)
}

#[test]
fn who_logged_in_on_one_is_known_on_the_other_and_a_log_out_counts_on_both() {
    let (one, other) = two();
    let client = one.logged_in("ann");
    let elsewhere = other.client();
    elsewhere.set_cookie("sessionid", &client.cookie("sessionid").expect("a session"));
    assert!(elsewhere.is_logged_in());
    assert_eq!(client.log_out().status, 302);
    assert!(!elsewhere.is_logged_in());
}

#[test]
fn a_deactivation_a_new_password_and_a_deletion_count_everywhere_with_the_next_request() {
    let ends: [&dyn Fn(&TestApp); 3] = [
        &|app| app.database.execute("UPDATE auth_user SET is_active = false"),
        &|app| {
            let hash = app.auth.hashers.make_password("another password");
            app.database.execute(&format!("UPDATE auth_user SET password = '{hash}'"));
        },
        &|app| {
            app.database.execute("DELETE FROM vestibule_event; DELETE FROM vestibule_session; DELETE FROM auth_user");
        },
    ];
    for end in ends {
        let (one, other) = two();
        let client = one.logged_in("ann");
        let elsewhere = other.client();
        elsewhere.set_cookie("sessionid", &client.cookie("sessionid").expect("a session"));
        assert!(client.is_logged_in() && elsewhere.is_logged_in());
        end(&one);
        assert!(!elsewhere.is_logged_in() && !client.is_logged_in());
    }
}

#[test]
fn nothing_is_remembered_beyond_a_commit_of_whomever() {
    if is_postgres() {
        // Nothing is remembered at all there.
        return;
    }
    let app = TestApp::init().with_user("ann").start();
    let client = app.logged_in("ann");
    let path = app.database.url().trim_start_matches("sqlite://");
    let elsewhere = |sql: &str| {
        let script = format!("import sqlite3; db = sqlite3.connect({path:?}); db.execute({sql:?}); db.commit()");
        let done = Command::new(prepared("PYTHON").unwrap_or("python3".to_owned())).args(["-c", &script]).status();
        assert!(done.expect("Python").success());
    };
    let here = |sql: &str| app.database.execute(sql);
    let ways: [&dyn Fn(&str); 2] = [&elsewhere, &here];
    for round in 0..12 {
        let way = ways[round % 2];
        // More requests than there are workers: each has seen the row.
        assert!((0..6).all(|_| client.is_logged_in()), "round {round}");
        way("UPDATE auth_user SET is_active = 0");
        let kept = client.cookie("sessionid").expect("a session");
        assert!((0..6).all(|_| !client.is_logged_in()), "round {round}");
        client.set_cookie("sessionid", &kept);
        way("UPDATE auth_user SET is_active = 1");
        if round % 3 == 0 {
            // The log begins anew.
            way("PRAGMA wal_checkpoint(TRUNCATE)");
        }
    }
    here("DELETE FROM vestibule_session; DELETE FROM django_session");
    assert!(!client.is_logged_in());
}

#[test]
fn new_rights_count_with_the_next_request() {
    let (one, other) = two();
    let client = other.logged_in("ann");
    assert!(!client.get("/dashboard/").text("main").contains("staff"));
    one.database.execute("UPDATE auth_user SET is_staff = true");
    assert!(client.get("/dashboard/").body.contains("staff"));
}

#[test]
fn one_that_ends_does_not_disturb_the_others() {
    let (one, other) = two();
    let client = other.logged_in("ann");
    drop(one);
    assert!(client.is_logged_in());
    assert_eq!(other.client().log_in("ann", PASSWORD).status, 302);
}

#[test]
fn of_several_one_clears_expired_sessions_and_only_those() {
    let (one, other) = two();
    let kept = one.logged_in("ann");
    for _ in 0..3 {
        one.logged_in("ann");
    }
    let live = kept.cookie("sessionid").expect("a session");
    one.database
        .execute(&format!("UPDATE django_session SET expire_date = '2001-01-01' WHERE session_key <> '{live}'"));
    let settings = Settings::default();
    let rows = || one.database.number("SELECT count(*) FROM django_session");
    assert_eq!(rows(), 4);
    tasks::run_due(&one.accounts, &settings);
    assert_eq!(rows(), 1);
    assert!(kept.is_logged_in());

    // Done for now, whoever asks.
    one.database.execute("UPDATE django_session SET expire_date = '2001-01-01'");
    tasks::run_due(&other.accounts, &settings);
    assert_eq!(rows(), 1);
    other.clock.advance(Duration::hours(1));
    tasks::run_due(&other.accounts, &settings);
    assert_eq!(rows(), 0);
}
