//! What was found when the pages of one's own account were attacked.

use std::thread;

use time::{Duration, macros::format_description};
use vestibule::{accounts::model as unconfirmed, mail::Message, users::model as user};

use crate::support::{Client, PASSWORD, TestApp, is_postgres};

/// Another good password.
const NEW: &str = "battery staple 77";

/// The path of the link to `what` in a letter.
fn link(letter: &Message, what: &str) -> String {
    let from = letter.text.find(&format!("/account/{what}/")).expect("a link");
    letter.text[from..].split_whitespace().next().unwrap_or_default().to_owned()
}

fn register(app: &TestApp, username: &str, email: &str) {
    let fields = [("username", username), ("email", email), ("password1", NEW), ("password2", NEW)];
    assert_eq!(app.client().submit("/account/register/", &fields).status, 302);
}

fn ask_for_reset(app: &TestApp, email: &str) {
    assert_eq!(app.client().submit("/account/password_reset/", &[("email", email)]).status, 302);
}

fn change_password(client: &Client) {
    let fields = [("old_password", PASSWORD), ("new_password1", NEW), ("new_password2", NEW)];
    assert_eq!(client.submit("/account/password_change/", &fields).status, 302);
}

/// Lets all letters wait that are not of this kind.
fn hold_all_but(app: &TestApp, kind: &str) {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    let later = (app.clock.now() + Duration::minutes(30)).format(format).expect("a time");
    app.database
        .execute(&format!("UPDATE vestibule_outbox SET due_at = '{later}' WHERE letter NOT LIKE '%\"{kind}\"%'"));
}

#[test]
fn what_warns_an_owner_goes_to_the_address_that_they_had_however_late_it_is_sent() {
    let app = TestApp::init().with_user("ann").start();
    assert_eq!(app.client().log_in("ann", PASSWORD).status, 302);
    let thief = app.logged_in("ann");
    change_password(&thief);
    assert_eq!(thief.submit("/account/email/", &[("email", "thief@evil.example")]).status, 302);
    hold_all_but(&app, "confirm_address");
    let letter = app.mails().pop().expect("a letter");
    assert_eq!((app.mails().len(), letter.to.as_str()), (1, "thief@evil.example"));
    assert_eq!(app.client().submit(&link(&letter, "confirm"), &[]).status, 302);
    app.clock.advance(Duration::HOUR);
    let mails = app.mails();
    let mut told: Vec<(&str, &str)> = mails[1..].iter().map(|mail| (&*mail.to, &*mail.subject)).collect();
    told.sort_unstable();
    let expected = [
        "Another address for your account on Vestibule",
        "New log-in on Vestibule",
        "Your address on Vestibule was changed",
        "Your password on Vestibule was changed",
    ];
    assert_eq!(told, expected.map(|subject| ("ann@example.org", subject)));
}

#[test]
fn who_resets_the_password_where_they_are_logged_in_is_logged_out_there_and_told_that_it_was_set() {
    let app = TestApp::init().with_user("ann").with_user("bob").start();
    for (username, stays) in [("ann", false), ("bob", true)] {
        let client = app.logged_in(username);
        ask_for_reset(&app, "ann@example.org");
        let letter = app.mails().pop().expect("a letter");
        let form = client.get(&link(&letter, "reset")).location().to_owned();
        let new = format!("{NEW} {username}");
        let answer = client.submit(&form, &[("new_password1", &new), ("new_password2", &new)]);
        assert_eq!((answer.status, answer.location()), (302, "/account/reset/done/"), "{username}");
        assert_eq!(client.get("/account/reset/done/").text("h1"), "Your password was set");
        assert_eq!(client.is_logged_in(), stays, "{username}");
        assert_eq!(app.client().log_in("ann", &new).status, 302);
    }
}

#[test]
fn nobody_is_sent_the_links_of_strangers_who_registered_with_their_address() {
    let app = TestApp::init().with_user("ann").setting("REGISTRATION_OPEN", "true").start();
    for number in 0..12 {
        register(&app, &format!("twin{number}"), "zoe@example.org");
    }
    app.clock.advance(Duration::hours(2));
    let before = app.mails().len();
    ask_for_reset(&app, "zoe@example.org");
    assert_eq!(app.mails().len() - before, 5, "as much as one address is sent in an hour");

    app.database.execute("UPDATE auth_user SET email = 'zoe@example.org' WHERE username = 'ann'");
    app.clock.advance(Duration::hours(2));
    let before = app.mails().len();
    ask_for_reset(&app, "zoe@example.org");
    let subjects: Vec<String> = app.mails().split_off(before).into_iter().map(|mail| mail.subject).collect();
    assert_eq!(subjects, ["Password reset on Vestibule"], "a link that would open nothing is sent to nobody");
}

#[test]
fn nobody_keeps_a_warning_back_by_asking_for_other_mail() {
    let app = TestApp::init().with_user("ann").start();
    let thief = app.logged_in("ann");
    for _ in 0..8 {
        ask_for_reset(&app, "ann@example.org");
    }
    assert_eq!(thief.submit("/account/email/", &[("email", "thief@evil.example")]).status, 302);
    let warned = |mail: &Message| mail.to == "ann@example.org" && mail.subject.starts_with("Another address");
    assert_eq!(app.mails().iter().filter(|mail| warned(mail)).count(), 1);
}

/// On SQLite the whole database is locked.
#[test]
fn a_confirmation_and_a_change_of_password_wait_for_one_another_in_one_direction_only() {
    if !is_postgres() {
        return;
    }
    let app = TestApp::init().with_user("ann").start();
    assert_eq!(app.logged_in("ann").submit("/account/email/", &[("email", "ann@new.example")]).status, 302);
    let mails = app.mails();
    let path =
        mails.iter().find(|mail| mail.to == "ann@new.example").map(|mail| link(mail, "confirm")).expect("a link");
    let (ann, mut db) = (app.user("ann").id, app.db());
    let waiting =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    thread::scope(|scope| {
        let changed = db.write(|db| {
            user::set_password(db, ann, "!")?;
            let confirming = scope.spawn(|| app.client().submit(&path, &[]).status);
            while app.database.number(waiting) == 0 && !confirming.is_finished() {
                thread::yield_now();
            }
            unconfirmed::withdraw(db, ann)?;
            Ok::<_, diesel::result::Error>(confirming)
        });
        let confirming = changed.expect("nobody waits for somebody who waits");
        assert_eq!(confirming.join().expect("an answer"), 410);
    });
    assert_eq!(app.user("ann").email, "ann@example.org");
}

#[test]
fn who_was_shut_out_is_not_let_in_again_by_the_link_of_their_registration_nor_forgotten() {
    let app = TestApp::init().setting("REGISTRATION_OPEN", "true").start();
    register(&app, "zoe", "zoe@example.org");
    let path = link(&app.mails().pop().expect("a letter"), "confirm");
    let set_active = |is_active| app.database.execute(&format!("UPDATE auth_user SET is_active = {is_active}"));
    set_active(true);
    assert_eq!(app.client().log_in("zoe", NEW).status, 302, "an administrator let her in");
    set_active(false);
    assert_eq!(app.client().get(&path).status, 410);
    ask_for_reset(&app, "zoe@example.org");
    assert_eq!(app.mails().len(), 1);
    register(&app, "zola", "zoe@example.org");
    assert_eq!(app.mails().len(), 1, "the address is hers, and she is written to no more");
    app.clock.advance(Duration::days(4));
    app.accounts.sweep().expect("swept");
    assert_eq!(app.database.number("SELECT count(*) FROM auth_user WHERE username = 'zoe'"), 1);
    assert_eq!(app.database.number("SELECT count(*) FROM vestibule_unconfirmed_email"), 0);
}

#[test]
fn a_name_adds_no_lines_to_a_letter() {
    let app = TestApp::init().with_user("ann").start();
    let thief = app.logged_in("ann");
    let name = [("first_name", "Ann,\r\n\r\nThis is only a test.\n"), ("last_name", "")];
    assert_eq!(thief.submit("/account/", &name).status, 302);
    change_password(&thief);
    let letter = app.mails().pop().expect("a letter");
    assert!(letter.text.starts_with("Hello Ann,    This is only a test.,\n"), "{}", letter.text);
}
