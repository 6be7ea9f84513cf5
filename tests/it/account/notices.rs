//! Letters that tell people what was done with their account, and the settings that keep them back.

use vestibule::auth::models::NewUser;

use super::{EMAIL, NEW, change_password, link, link_to};
use crate::support::{Client, PASSWORD, TestApp};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

fn subjects(app: &TestApp) -> Vec<String> {
    app.mails().into_iter().map(|letter| letter.subject).collect()
}

fn log_in(client: &Client) {
    assert_eq!(client.log_in("ann", PASSWORD).status, 302);
}

#[test]
fn a_log_in_from_a_browser_that_is_not_known_is_told() {
    let app = TestApp::init().with_user("ann").start();
    let (first, second) = (app.client(), app.client());
    log_in(&first);
    assert_eq!(app.mails(), [], "to the first log-in every browser is new");
    log_in(&first);
    assert_eq!(app.mails(), [], "that one is known");
    second.set_header("user-agent", FIREFOX);
    log_in(&second);
    let letters = app.mails();
    assert_eq!(letters.len(), 1);
    assert_eq!((&*letters[0].to, &*letters[0].subject), ("ann@example.org", "New log-in on Vestibule"));
    assert!(letters[0].text.contains("Firefox on Linux") && letters[0].text.contains("127.0.0.1"));
    assert_eq!(link(&letters[0]), "/account/");
    second.log_out();
    log_in(&second);
    log_in(&first);
    assert_eq!(app.mails().len(), 1, "both are known now");
    let body = serde_json::json!({"username": "ann", "password": PASSWORD}).to_string();
    assert_eq!(app.client().post_body("/api/auth/login/", "application/json", body.into_bytes()).status, 200);
    assert_eq!(app.mails().len(), 1, "a program is no browser");
    app.client().log_in("ann", "wrong");
    assert_eq!(app.mails().len(), 1, "and who fails was not let in");
}

#[test]
fn a_known_browser_stays_known_through_another_password_but_not_to_somebody_else() {
    let app = TestApp::init().with_user("ann").with_user("bob").start();
    let (client, bobs) = (app.client(), app.client());
    log_in(&client);
    assert_eq!(bobs.log_in("bob", PASSWORD).status, 302);
    assert_eq!(change_password(&client, PASSWORD, NEW).status, 302);
    client.log_out();
    assert_eq!(client.log_in("ann", NEW).status, 302);
    assert_eq!(subjects(&app), ["Your password on Vestibule was changed"]);
    assert_eq!(client.log_in("bob", PASSWORD).status, 302);
    assert_eq!(app.mails().last().map(|letter| letter.to.clone()).as_deref(), Some("bob@example.org"));
}

#[test]
fn each_kind_of_letter_can_be_kept_back() {
    for (setting, kept_back) in [
        ("NOTIFY_NEW_DEVICE", "New log-in on Vestibule"),
        ("NOTIFY_PASSWORD_CHANGE", "Your password on Vestibule was changed"),
        ("NOTIFY_EMAIL_CHANGE", "Another address for your account on Vestibule"),
    ] {
        let app = TestApp::init().with_user("ann").setting(setting, "false").start();
        log_in(&app.client());
        let client = app.client();
        log_in(&client);
        assert_eq!(change_password(&client, PASSWORD, NEW).status, 302);
        assert_eq!(client.submit(EMAIL, &[("email", "ann@new.example")]).status, 302);
        assert_eq!(app.client().submit(&link_to(&app, "ann@new.example"), &[]).status, 302);
        let all = [
            "New log-in on Vestibule",
            "Your password on Vestibule was changed",
            "Another address for your account on Vestibule",
            "Confirm your address for Vestibule",
            "Your address on Vestibule was changed",
        ];
        let mut expected: Vec<&str> = all.into_iter().filter(|subject| *subject != kept_back).collect();
        if setting == "NOTIFY_EMAIL_CHANGE" {
            expected.pop();
        }
        let mut sent = subjects(&app);
        expected.sort_unstable();
        sent.sort();
        assert_eq!(sent, expected, "{setting}");
    }
}

#[test]
fn somebody_without_an_address_is_written_to_by_nobody() {
    let zoe = NewUser { username: "zoe".to_owned(), ..NewUser::default() };
    let app = TestApp::init().with(zoe).start();
    let client = app.client();
    app.client().log_in("zoe", PASSWORD);
    assert_eq!(client.log_in("zoe", PASSWORD).status, 302);
    assert_eq!(change_password(&client, PASSWORD, NEW).status, 302);
    assert_eq!(client.submit("/account/delete/", &[("password", NEW)]).status, 302);
    assert_eq!(app.mails(), []);
    assert_eq!(app.database.number("SELECT count(*) FROM vestibule_outbox"), 0);
}

#[test]
fn names_in_letters_are_text_and_not_markup() {
    let app = TestApp::init().with_user("ann").setting("SITE_NAME", "A <b>& \"C\"").start();
    let client = app.client();
    log_in(&client);
    let name = [("first_name", "<img src=x>"), ("last_name", "{{ 7*7 }}")];
    assert_eq!(client.submit("/account/", &name).location(), "/account/?done=name");
    assert_eq!(change_password(&client, PASSWORD, NEW).status, 302);
    let letter = app.mails().pop().expect("a letter");
    let html = letter.html.expect("a page");
    assert!(!html.contains("<img") && !html.contains("<b>") && html.contains("{{ 7*7 }}"), "{html}");
    assert!(letter.text.contains("<img src=x> {{ 7*7 }}") && letter.text.contains("A <b>& \"C\""), "{}", letter.text);
}
