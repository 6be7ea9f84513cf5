//! Nobody floods others with mail.

use time::Duration;

use super::{EMAIL, NEW, REGISTER, ask_for_address, ask_for_reset, happened, letters_to, site};
use crate::support::{Client, Response, TestApp};

fn at(app: &TestApp, address: &str) -> Client {
    let client = app.client();
    client.set_header("x-forwarded-for", address);
    client
}

fn register(client: &Client, username: &str) -> Response {
    let email = format!("{username}@example.org");
    client.submit(REGISTER, &[("username", username), ("email", &email), ("password1", NEW), ("password2", NEW)])
}

#[test]
fn a_network_that_asks_too_often_is_told_to_wait_whatever_it_asks_for() {
    let app = site()
        .setting("ACCOUNT_LIMITS_PER_IP", "3/m")
        .setting("REGISTRATION_OPEN", "true")
        .setting("TRUSTED_PROXIES", "127.0.0.1")
        .start();
    let anns = app.logged_in("ann");
    anns.set_header("x-forwarded-for", "192.0.2.1");
    assert_eq!(ask_for_reset(&at(&app, "192.0.2.1"), "a@example.org").status, 302);
    assert_eq!(register(&at(&app, "192.0.2.1"), "zoe").status, 302);
    assert_eq!(ask_for_address(&anns, "ann@new.example").status, 302);
    let before = (happened(&app, "password_reset_requested"), app.mails().len());
    let refused = [
        ask_for_reset(&at(&app, "192.0.2.1"), "ann@example.org"),
        ask_for_address(&anns, "ann@other.example"),
        register(&at(&app, "192.0.2.1"), "zola"),
    ];
    for answer in refused {
        assert_eq!((answer.status, answer.text("h1")), (429, "Too many requests".to_owned()));
        let wait: i64 = answer.header("retry-after").expect("when").parse().expect("seconds");
        assert!((1..=60).contains(&wait), "{wait}");
    }
    assert_eq!((happened(&app, "password_reset_requested"), app.mails().len()), before);
    assert_eq!(app.database.number("SELECT count(*) FROM auth_user WHERE username = 'zola'"), 0);
    assert_eq!(at(&app, "192.0.2.1").get(EMAIL).status, 302, "pages are shown all the same");
    assert_eq!(ask_for_reset(&at(&app, "192.0.3.1"), "ann@example.org").status, 302, "another network");
    app.clock.advance(Duration::minutes(1));
    assert_eq!(ask_for_reset(&at(&app, "192.0.2.1"), "ann@example.org").status, 302);
}

#[test]
fn names_cannot_be_tried_out_by_the_thousand() {
    let app = site().setting("ACCOUNT_LIMITS_PER_IP", "3/m").setting("REGISTRATION_OPEN", "true").start();
    let client = app.client();
    let statuses: Vec<u16> = (0..5).map(|_| register(&client, "ann").status).collect();
    assert_eq!(statuses, [200, 200, 200, 429, 429]);
}

#[test]
fn a_mailbox_gets_five_letters_an_hour_and_the_answers_stay_the_same() {
    let app = site().setting("REGISTRATION_OPEN", "true").start();
    let seen = |_| {
        let answer = ask_for_reset(&app.client(), "Ann@example.org");
        (answer.status, answer.location().to_owned(), answer.body)
    };
    let answers: Vec<_> = (0..8).map(seen).collect();
    assert!(answers.iter().all(|answer| *answer == answers[0] && answer.0 == 302), "{answers:?}");
    assert_eq!(letters_to(&app, "ann@example.org").len(), 5);
    // By whatever way mail is asked for.
    assert_eq!(ask_for_address(&app.logged_in("bob"), "ann@example.org").status, 302);
    let fields = [("username", "zoe"), ("email", "ann@EXAMPLE.org"), ("password1", NEW), ("password2", NEW)];
    assert_eq!(app.client().submit(REGISTER, &fields).status, 302);
    assert_eq!(letters_to(&app, "ann@example.org").len(), 5);
    assert_eq!(happened(&app, "password_reset_requested"), 8, "what was asked for is written down");
    ask_for_reset(&app.client(), "bob@example.org");
    assert_eq!(letters_to(&app, "bob@example.org").iter().filter(|letter| letter.subject.contains("reset")).count(), 1);

    app.clock.advance(Duration::HOUR);
    ask_for_reset(&app.client(), "ann@example.org");
    assert_eq!(letters_to(&app, "ann@example.org").len(), 6);
}

#[test]
fn somebody_nobody_knows_is_counted_as_well() {
    let app = site().start();
    for _ in 0..8 {
        assert_eq!(ask_for_reset(&app.client(), "nobody@example.org").status, 302);
    }
    assert_eq!(app.database.number("SELECT count(*) FROM vestibule_outbox"), 5);
    assert_eq!(app.mails(), []);
}
