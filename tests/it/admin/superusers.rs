//! The last superuser stays, whoever goes how; and who is deleted is gone with all that was theirs.

use std::{
    sync::{Arc, Barrier},
    thread,
};

use vestibule::auth::models::{NewUser, user};

use super::{USERS, change, errors, events, logged, page, said, submit_proven};
use crate::support::{Client, PASSWORD, TestApp};

const LAST: &str = "Nobody else administers this site. Make somebody else a superuser first.";
const ACTIVE: &str = "SELECT count(*) FROM auth_user WHERE is_superuser AND is_active";

fn delete(client: &Client, app: &TestApp, username: &str) -> crate::support::Response {
    submit_proven(client, &page(app, username, "delete"), &[])
}

#[test]
fn the_last_superuser_stays() {
    let app = TestApp::init().with_superuser("root").with_superuser("old").start();
    app.database.execute("UPDATE auth_user SET is_active = FALSE WHERE username = 'old'");
    let root = app.in_admin("root");
    let before = app.user("root");
    for flag in ["is_superuser", "is_active"] {
        let answer = root.submit_filled(&change(&app, "root"), &[(&format!("!{flag}"), "")]);
        assert_eq!((answer.status, errors(&answer, flag)), (200, vec![LAST.to_owned()]));
    }
    assert!(said(&root, &delete(&root, &app, "root")).contains(LAST));
    assert_eq!(app.user("root"), before);
    let own = root.submit("/account/delete/", &[("password", PASSWORD)]);
    assert!(own.body.contains(LAST));
    // An inactive one is none; once there is another, they may go.
    assert_eq!(root.submit_filled(&change(&app, "old"), &[("is_active", "on")]).status, 302);
    assert_eq!(root.submit_filled(&change(&app, "root"), &[("!is_superuser", "")]).status, 302);
    assert_eq!(app.database.number(ACTIVE), 1);
}

/// By what one superuser removes another, or leaves themselves: a path and the form that is sent there.
fn removal(client: &Client, app: &TestApp, username: &str, way: usize) -> (String, Vec<(String, String)>) {
    let (path, fields) = match way % 4 {
        0 => (change(app, username), [("!is_superuser", "")]),
        1 => (change(app, username), [("!is_active", "")]),
        2 => (page(app, username, "delete"), [("!none", "")]),
        _ => ("/account/delete/".to_owned(), [("password", PASSWORD)]),
    };
    let form = client.get(&path).filled(&fields);
    (path, form)
}

#[test]
fn two_who_remove_each_other_at_once_leave_one() {
    let app = TestApp::init().start();
    let password = app.auth.hashers.make_password(PASSWORD);
    for round in 0..24 {
        app.database.execute("DELETE FROM django_admin_log");
        let names = [format!("left{round}"), format!("right{round}")];
        for username in &names {
            let new = NewUser {
                username: username.clone(),
                password: password.clone(),
                is_staff: true,
                is_superuser: true,
                ..NewUser::default()
            };
            user::create(&mut app.db(), &new, app.clock.now()).expect("a new user");
        }
        let barrier = Arc::new(Barrier::new(2));
        let threads: Vec<_> = [0, 1]
            .map(|side| {
                let barrier = Arc::clone(&barrier);
                let (own, other) = (names[side].clone(), names[1 - side].clone());
                let client = app.in_admin(&own);
                // Each way meets each other one.
                let way = if side == 0 { round } else { round / 4 };
                let (path, form) = removal(&client, &app, &other, way);
                thread::spawn(move || {
                    let form: Vec<(&str, &str)> =
                        form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                    barrier.wait();
                    client.post(&path, &form);
                })
            })
            .into_iter()
            .collect();
        for thread in threads {
            thread.join().expect("no panic");
        }
        assert_eq!(app.database.number(ACTIVE), 1, "round {round}");
        app.database.execute("UPDATE auth_user SET is_superuser = FALSE");
    }
}

#[test]
fn a_user_goes_with_sessions_and_tokens_and_the_confirmation_names_it() {
    let app = TestApp::init().with_superuser("root").with_staff("ann", &["auth.view_user"]).start();
    let (root, ann) = (app.in_admin("root"), app.in_admin("ann"));
    let body = serde_json::json!({"username": "ann", "password": PASSWORD}).to_string();
    app.client().post_body("/api/auth/login/", "application/json", body.into_bytes());
    let id = app.user("ann").id;
    app.database.execute(&format!(
        "INSERT INTO vestibule_post (title, body, owner_id, created_at, updated_at) \
         VALUES ('My post', '', {id}, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP)"
    ));
    root.submit_filled(&change(&app, "ann"), &[("first_name", "Ann")]);
    let question = root.get(&page(&app, "ann", "delete"));
    let summary = question.texts(".deletion-summary li");
    assert_eq!(
        summary,
        [
            "Users: 1",
            "User-permission relationships: 1",
            "Posts: 1",
            "Sessions: 1",
            "Outstanding tokens, which end and stay as nobody’s: 1"
        ]
    );
    assert!(question.text(".deletion-objects").contains("My post"));
    let key = ann.cookie("sessionid").expect("a session");
    assert!(!question.body.contains(&key));

    let answer = delete(&root, &app, "ann");
    assert_eq!(answer.location(), USERS);
    assert!(said(&root, &answer).contains("The user “ann” was deleted successfully."));
    assert!(!ann.is_logged_in());
    let count = |sql: &str| app.database.number(&format!("SELECT count(*) FROM {sql}"));
    assert_eq!(count("auth_user") + count("vestibule_session") + count("vestibule_post"), 2);
    assert_eq!(count("token_blacklist_outstandingtoken WHERE user_id IS NULL"), 1);
    assert_eq!(count("token_blacklist_blacklistedtoken"), 1);
    assert_eq!(logged(&app).last().map(String::as_str), Some("3 ann "));
    assert_eq!(events(&app, "account_deleted", "ann", "root"), 1);
}

#[test]
fn who_deletes_themselves_is_gone_too() {
    let app = TestApp::init().with_superuser("root").with_superuser("zoe").start();
    let zoe = app.in_admin("zoe");
    zoe.submit_filled(&change(&app, "root"), &[("first_name", "R")]);
    let question = zoe.get(&page(&app, "zoe", "delete"));
    assert!(question.texts(".deletion-summary li").contains(&"Log entries: 1".to_owned()));
    assert_eq!(delete(&zoe, &app, "zoe").status, 302);
    assert!(!zoe.is_logged_in());
    let count = |sql: &str| app.database.number(&format!("SELECT count(*) FROM {sql}"));
    assert_eq!((count("auth_user"), count("django_admin_log"), count("django_session")), (1, 0, 0));
}
