//! Another e-mail address.

use std::{sync::Barrier, thread};

use time::Duration;
use vestibule::accounts::confirmation;

use super::{
    EMAIL, NEW, REQUIRED, WRONG, ask_for_address, change_password, errors, happened, letters_to, link, link_to,
    may_log_in, press, site,
};
use crate::support::{Client, PASSWORD, TestApp};

const ASKED: &str = "/account/?done=email";
const FRESH: &str = "ann@new.example";

/// Asks for an address and reads the link that was sent there.
fn wish(app: &TestApp, client: &Client, email: &str) -> String {
    let answer = ask_for_address(client, email);
    assert_eq!((answer.status, answer.location()), (302, ASKED), "{}", answer.body);
    link_to(app, email)
}

/// Opens a link and presses its button, even if there is none; the status.
fn confirm(client: &Client, path: &str) -> u16 {
    let page = client.get(path);
    let token = if page.status == 200 { page } else { client.get("/login/") }.csrf_token();
    client.post(path, &[("csrfmiddlewaretoken", &token)]).status
}

fn address(app: &TestApp, username: &str) -> String {
    app.user(username).email
}

#[test]
fn the_password_is_asked_for_unless_it_was_given_lately() {
    let app = site().start();
    let client = app.logged_in("ann");
    let asks = |client: &Client| client.get(EMAIL).attribute("main input[type=password]", "autocomplete");
    assert_eq!(asks(&client), None);
    assert_eq!(ask_for_address(&client, "ann@1.example").location(), ASKED);

    app.clock.advance(Duration::minutes(5));
    assert_eq!(asks(&client).as_deref(), Some("current-password"));
    let without = ask_for_address(&client, FRESH);
    assert_eq!((without.status, errors(&without, "password")), (200, vec![REQUIRED.to_owned()]));
    assert_eq!(without.attribute("input[name=email]", "value").as_deref(), Some(FRESH), "what was typed comes back");
    assert_eq!(happened(&app, "login_failed"), 0);

    let wrong = client.submit(EMAIL, &[("email", FRESH), ("password", "wrong horse 42")]);
    assert_eq!((wrong.status, errors(&wrong, "password")), (200, vec![WRONG.to_owned()]));
    assert!(!wrong.body.contains("wrong horse 42"));
    assert_eq!((happened(&app, "login_failed"), happened(&app, "email_change_requested")), (1, 1));
    assert_eq!(letters_to(&app, FRESH), []);

    let right = client.submit(EMAIL, &[("email", FRESH), ("password", PASSWORD)]);
    assert_eq!((right.status, right.location()), (302, ASKED));
    assert_eq!(asks(&client), None, "given once it counts for a while");
    assert_eq!(ask_for_address(&client, "ann@2.example").location(), ASKED);
    app.clock.advance(Duration::minutes(5));
    assert!(asks(&client).is_some());
}

#[test]
fn who_guesses_the_password_here_is_locked_out() {
    let app = site().setting("SUDO_TIMEOUT", "0").start();
    let client = app.logged_in("ann");
    let guess = || client.submit(EMAIL, &[("email", FRESH), ("password", "wrong")]).status;
    assert_eq!((0..5).map(|_| guess()).collect::<Vec<_>>(), [200, 200, 200, 200, 429]);
    assert_eq!(client.submit(EMAIL, &[("email", FRESH), ("password", PASSWORD)]).status, 429);
    assert_eq!(app.mails(), []);
}

#[test]
fn nothing_changes_until_the_button_behind_the_link_is_pressed() {
    let app = site().start();
    let client = app.logged_in("ann");
    let path = wish(&app, &client, FRESH);
    assert!(client.get("/account/").text("main").contains("ann@new.example, once the link"));
    let stranger = app.client();
    for method in ["HEAD", "GET", "GET"] {
        let page = stranger.request(method, &path);
        assert_eq!(page.status, 200, "{method}");
        assert!(page.header("cache-control").is_some_and(|value| value.contains("no-store")));
    }
    let page = stranger.get(&path);
    assert!(page.text("main").contains(FRESH) && page.text("main").contains("ann"));
    assert_eq!(address(&app, "ann"), "ann@example.org");
    assert_eq!(stranger.post(&path, &[]).status, 403, "without a token of a form");
    assert_eq!(address(&app, "ann"), "ann@example.org");

    let answer = stranger.submit(&path, &[]);
    assert_eq!((answer.status, answer.location()), (302, "/account/confirmed/"));
    assert_eq!(stranger.get("/account/confirmed/").status, 200);
    assert_eq!(address(&app, "ann"), FRESH);
    assert!(!stranger.is_logged_in(), "it logs nobody in");
    assert!(client.is_logged_in() && !client.get("/account/").text("main").contains("once the link"));
}

#[test]
fn the_old_address_is_told_when_it_is_asked_for_and_when_it_is_done() {
    let app = site().start();
    let client = app.logged_in("ann");
    let path = wish(&app, &client, FRESH);
    let old = letters_to(&app, "ann@example.org");
    assert_eq!(old.len(), 1);
    assert!(old[0].text.contains(FRESH) && old[0].text.contains("127.0.0.1"), "{}", old[0].text);
    assert!(!old[0].text.contains("/account/confirm/") && link(&old[0]) == "/account/", "{}", old[0].text);
    assert_eq!(confirm(&app.client(), &path), 302);
    let old = letters_to(&app, "ann@example.org");
    assert_eq!(
        old[1..].iter().map(|letter| &*letter.subject).collect::<Vec<_>>(),
        ["Your address on Vestibule was changed"]
    );
    assert_eq!(letters_to(&app, FRESH).len(), 1, "the new one had its link");
    assert_eq!((happened(&app, "email_change_requested"), happened(&app, "email_changed")), (1, 1));
}

#[test]
fn an_address_of_somebody_else_is_answered_alike_and_told_to_its_owner_alone() {
    let app = site().start();
    let (client, page) =
        (app.logged_in("ann"), |client: &Client| client.get("/account/").text("[aria-labelledby=about-heading]"));
    let asked = |email: &str| {
        let answer = ask_for_address(&client, email);
        (answer.status, answer.location().to_owned(), page(&client).replace(email, "<address>"))
    };
    assert_eq!(asked("BOB@example.org").0, 302);
    let of_bob = asked("bob@example.org");
    assert_eq!(asked("nobody@example.org"), of_bob);
    assert_eq!(asked("bob@example.org"), of_bob);
    let bobs = letters_to(&app, "bob@example.org");
    assert_eq!(bobs.len(), 3);
    for letter in &bobs {
        assert_eq!(letter.subject, "You have an account on Vestibule");
        assert!(!letter.text.contains("confirm") && link(letter) == super::RESET, "{}", letter.text);
    }
    // Whoever could sign links would still not get it.
    let nonce = app.database.text("SELECT nonce FROM vestibule_unconfirmed_email").expect("a wish");
    let path = format!("/account/confirm/{}/", confirmation::token(&app.auth, app.user("ann").id, &nonce));
    assert_eq!(client.get(&path).status, 410);
    assert_eq!(confirm(&client, &path), 410);
    assert_eq!((address(&app, "ann"), address(&app, "bob")), ("ann@example.org".into(), "bob@example.org".into()));
}

#[test]
fn of_two_who_want_one_address_the_first_to_confirm_gets_it() {
    let app = site().start();
    let wanted = "ours@new.example";
    let anns = wish(&app, &app.logged_in("ann"), wanted);
    let bobs = wish(&app, &app.logged_in("bob"), wanted);
    assert_ne!(anns, bobs);
    assert_eq!(app.client().get(&anns).status, 200);
    assert_eq!(confirm(&app.client(), &bobs), 302);
    assert_eq!(confirm(&app.client(), &anns), 410);
    assert!(app.client().get(&anns).body.contains("This address belongs to another account"));
    assert_eq!((address(&app, "ann"), address(&app, "bob")), ("ann@example.org".into(), wanted.into()));
}

#[test]
fn of_two_who_confirm_one_address_at_once_one_gets_it() {
    let app = site().start();
    let wanted = "ours@new.example";
    let paths = ["ann", "bob"].map(|name| wish(&app, &app.logged_in(name), wanted));
    let barrier = Barrier::new(2);
    let mut statuses: Vec<u16> = thread::scope(|scope| {
        let turns = paths.each_ref().map(|path| {
            scope.spawn(|| {
                let client = app.client();
                let token = client.get(path).csrf_token();
                barrier.wait();
                client.post(path, &[("csrfmiddlewaretoken", &token)]).status
            })
        });
        turns.into_iter().map(|turn| turn.join().expect("no panic")).collect()
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [302, 410]);
    let holders = format!("SELECT count(*) FROM auth_user WHERE email = '{wanted}'");
    assert_eq!(app.database.number(&holders), 1);
}

#[test]
fn of_several_wishes_only_the_newest_can_come_true() {
    let app = site().setting("ACCOUNT_LIMITS_PER_EMAIL", "100/h").start();
    let client = app.logged_in("ann");
    let first = wish(&app, &client, FRESH);
    let second = wish(&app, &client, "ann@other.example");
    assert_eq!(confirm(&app.client(), &first), 410);
    let third = wish(&app, &client, FRESH);
    assert_eq!((confirm(&app.client(), &second), confirm(&app.client(), &first)), (410, 410));
    assert_eq!(confirm(&app.client(), &third), 302);
    assert_eq!(address(&app, "ann"), FRESH);
}

#[test]
fn of_wishes_at_the_same_time_one_can_come_true() {
    let app = site().start();
    let mut clients: Vec<Client> = (0..6).map(|_| app.logged_in("ann")).collect();
    let wanted = |number: usize| format!("ann@{number}.example");
    thread::scope(|scope| {
        for (number, client) in clients.iter_mut().enumerate() {
            scope.spawn(move || assert_eq!(ask_for_address(client, &wanted(number)).status, 302));
        }
    });
    let letters: Vec<_> = (0..6).flat_map(|number| letters_to(&app, &wanted(number))).collect();
    assert_eq!(letters.len(), 1, "of the others nothing is to be said any more");
    assert_eq!(confirm(&app.client(), &link(&letters[0])), 302);
    assert_eq!(address(&app, "ann"), letters[0].to);
}

#[test]
fn a_link_dies_with_its_time_its_withdrawal_and_a_change_of_the_password() {
    let app = site().setting("CONFIRMATION_TIMEOUT", "1h").start();
    let client = app.logged_in("ann");
    let path = wish(&app, &client, FRESH);
    app.clock.advance(Duration::minutes(59));
    assert_eq!(app.client().get(&path).status, 200);
    app.clock.advance(Duration::MINUTE);
    assert_eq!(confirm(&app.client(), &path), 410);
    assert!(!client.get("/account/").text("main").contains(FRESH), "nobody waits for it any more");

    let client = app.logged_in("ann");
    let path = wish(&app, &client, FRESH);
    let answer = press(&client, "/account/", "/account/email/withdraw/");
    assert_eq!((answer.status, answer.location()), (302, "/account/?done=withdrawn"));
    assert_eq!(confirm(&app.client(), &path), 410);

    let path = wish(&app, &client, FRESH);
    assert_eq!(change_password(&client, PASSWORD, NEW).status, 302);
    assert_eq!(confirm(&app.client(), &path), 410);
    assert_eq!(address(&app, "ann"), "ann@example.org");
}

#[test]
fn a_link_works_once_and_of_somebody_who_may_not_log_in_never() {
    let app = site().start();
    let client = app.logged_in("ann");
    let path = wish(&app, &client, FRESH);
    app.database.execute("UPDATE auth_user SET is_active = false WHERE username = 'ann'");
    assert_eq!(confirm(&app.client(), &path), 410);
    app.database.execute("UPDATE auth_user SET is_active = true WHERE username = 'ann'");
    assert_eq!(confirm(&app.client(), &path), 302);
    assert_eq!(confirm(&app.client(), &path), 410);
    assert_eq!(app.client().get(&path).text("h1"), "This link no longer works");
}

#[test]
fn odd_links_and_addresses_open_and_change_nothing() {
    let app = site().start();
    let client = app.logged_in("ann");
    let path = wish(&app, &client, FRESH);
    let token = path.trim_start_matches("/account/confirm/").trim_end_matches('/');
    let bobs = token.replacen(&format!("{}.", app.user("ann").id), &format!("{}.", app.user("bob").id), 1);
    for odd in [&*bobs, &token[1..], &token[..token.len() - 1], "x", "%00", "1.2:3:4", &"9".repeat(5_000)] {
        assert_eq!(client.get(&format!("/account/confirm/{odd}/")).status, 410, "{odd}");
    }
    for odd in ["", "nonsense", "a@b", "x@y.example\r\nBcc: eve@example.org", "ann@example.org", "a b@c.example"] {
        let answer = ask_for_address(&client, odd);
        assert_eq!((answer.status, errors(&answer, "email").len()), (200, 1), "{odd:?}");
    }
    assert_eq!(happened(&app, "email_change_requested"), 1);
    assert!(may_log_in(&app, "ann", PASSWORD));
}

#[test]
fn who_has_no_address_yet_can_get_one() {
    let app = site().start();
    app.database.execute("UPDATE auth_user SET email = '' WHERE username = 'ann'");
    let path = wish(&app, &app.logged_in("ann"), FRESH);
    assert_eq!(app.mails().len(), 1, "nobody else is written to");
    assert_eq!(confirm(&app.client(), &path), 302);
    assert_eq!((address(&app, "ann"), app.mails().len()), (FRESH.to_owned(), 1));
}

#[test]
fn who_was_let_in_before_they_confirmed_can_ask_for_another_address() {
    let app = site().setting("REGISTRATION_OPEN", "true").start();
    let fields = [("username", "zoe"), ("email", "zoe@example.org"), ("password1", PASSWORD), ("password2", PASSWORD)];
    assert_eq!(app.client().submit(super::REGISTER, &fields).status, 302);
    let first = link_to(&app, "zoe@example.org");
    app.database.execute("UPDATE auth_user SET is_active = true WHERE username = 'zoe'");
    let path = wish(&app, &app.logged_in("zoe"), "zoe@new.example");
    assert_eq!(confirm(&app.client(), &first), 410);
    assert_eq!(confirm(&app.client(), &path), 302);
    assert_eq!(address(&app, "zoe"), "zoe@new.example");
}

#[test]
fn where_the_password_is_asked_for_each_time_a_form_that_comes_back_asks_again() {
    let app = site().setting("SUDO_TIMEOUT", "0").start();
    let own = app.logged_in("ann");
    let answer = own.submit("/account/email/", &[("email", "nonsense"), ("password", PASSWORD)]);
    assert_eq!(answer.status, 200);
    assert!(answer.attribute("main input[name=password]", "autocomplete").is_some());
    assert!(answer.attribute("main input[name=password]", "value").is_none());
}
