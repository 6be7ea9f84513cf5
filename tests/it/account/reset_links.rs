//! Links to reset a password: what they open, how often, and that Django's and ours are the same.

use std::{sync::Barrier, thread};

use time::Duration;
use vestibule::auth::reset_token;

use super::{
    NEW, RESET, ask_for_address, ask_for_reset, change_password, djangos, errors, happened, letters_to, link_to,
    may_log_in, refresh_token, renews, site,
};
use crate::support::{Client, PASSWORD, Response, TestApp};

const DONE: &str = "/account/reset/done/";
const UNSUCCESSFUL: &str = "Password reset unsuccessful";
const DJANGO_HASHERS: (&str, &str) = ("VESTIBULE_TEST_HASHERS", "django.contrib.auth.hashers.MD5PasswordHasher");

/// A fresh link of ann's.
fn anns_link(app: &TestApp) -> String {
    app.database.execute("DELETE FROM vestibule_throttle");
    assert_eq!(ask_for_reset(&app.client(), "ann@example.org").status, 302);
    link_to(app, "ann@example.org")
}

fn opens(client: &Client, path: &str) -> bool {
    let answer = client.get(path);
    assert!(answer.status == 302 || answer.text("h1") == UNSUCCESSFUL, "{path}: {answer:?}");
    answer.status == 302
}

/// Opens a link and sends its form.
fn follow(client: &Client, path: &str, password: &str) -> Response {
    let at = client.get(path).location().to_owned();
    client.submit(&at, &[("new_password1", password), ("new_password2", password)])
}

fn token_of(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().expect("a token")
}

#[test]
fn a_link_leads_on_to_an_address_without_its_token_and_looking_uses_nothing_up() {
    let app = site().start();
    let path = anns_link(&app);
    for _ in 0..3 {
        let client = app.client();
        for method in ["HEAD", "GET", "GET"] {
            let answer = client.request(method, &path);
            assert_eq!(answer.status, 302, "{method}");
            let uid = reset_token::uid(app.user("ann").id);
            assert_eq!(answer.location(), format!("/account/reset/{uid}/set-password/"));
            let page = client.get(answer.location());
            assert_eq!((page.status, page.text("h1")), (200, "Choose a new password".to_owned()));
            assert!(!page.body.contains(token_of(&path)), "{}", page.body);
            assert!(page.header("referrer-policy").is_some_and(|policy| policy.contains("same-origin")));
            assert!(page.header("cache-control").is_some_and(|value| value.contains("no-store")));
            for attribute in ["src=\"", "href=\""] {
                assert!(page.body.split(attribute).skip(1).all(|url| url.starts_with(['/', '#'])), "{}", page.body);
            }
        }
    }
    assert!(app.client().request("HEAD", &path).status == 302 && happened(&app, "password_reset") == 0);
    assert_eq!(follow(&app.client(), &path, NEW).location(), DONE);
}

#[test]
fn the_form_is_djangos_and_a_password_manager_knows_what_it_is() {
    let app = site().start();
    let client = app.client();
    let page = client.get(client.get(&anns_link(&app)).location());
    for field in ["new_password1", "new_password2"] {
        let selector = format!("main input[name={field}]");
        assert_eq!(page.attribute(&selector, "autocomplete").as_deref(), Some("new-password"));
        assert_eq!(page.attribute(&selector, "type").as_deref(), Some("password"));
    }
    assert_eq!(page.attribute("main input[autocomplete=username]", "value").as_deref(), Some("ann"));
}

#[test]
fn a_new_password_ends_everything_and_lets_nobody_in_by_itself() {
    let app = site().start();
    let (old, djangos, bens) = (app.logged_in("ann"), djangos(&app, "ann"), app.logged_in("bob"));
    let refresh = refresh_token(&app, "ann", "curl/8");
    let (client, path) = (app.client(), anns_link(&app));
    let answer = follow(&client, &path, NEW);
    assert_eq!((answer.status, answer.location()), (302, DONE));
    assert_eq!(client.get(DONE).text("h1"), "Your password was set");
    assert!(!client.is_logged_in());
    let kept = "SELECT count(*) FROM vestibule_session";
    assert_eq!(app.database.number(kept), 1, "bob's");
    assert_eq!(app.database.number("SELECT count(*) FROM token_blacklist_blacklistedtoken"), 1);
    assert!(!old.is_logged_in() && !djangos.is_logged_in() && bens.is_logged_in());
    assert!(!renews(&app, &refresh));
    assert_eq!((happened(&app, "password_reset"), happened(&app, "password_changed")), (1, 0));
    let last = letters_to(&app, "ann@example.org").pop().expect("a letter");
    assert_eq!(last.subject, "Your password on Vestibule was changed");
    assert!(may_log_in(&app, "ann", NEW) && !may_log_in(&app, "ann", PASSWORD));
}

#[test]
fn a_link_works_once_in_whatever_browser() {
    let app = site().start();
    let (client, late, path) = (app.client(), app.client(), anns_link(&app));
    let at = late.get(&path).location().to_owned();
    let token = late.get(&at).csrf_token();
    assert_eq!(follow(&client, &path, NEW).location(), DONE);
    for again in [client.get(&path), app.client().get(&path), client.get(&at), late.get(&at)] {
        assert_eq!((again.status, again.text("h1")), (200, UNSUCCESSFUL.to_owned()));
        assert_eq!(again.attribute("main a", "href").as_deref(), Some(RESET));
    }
    // The form was open already.
    let fields = [("csrfmiddlewaretoken", &*token), ("new_password1", "third 12345"), ("new_password2", "third 12345")];
    let answer = late.post(&at, &fields);
    assert_eq!((answer.status, answer.text("h1")), (200, UNSUCCESSFUL.to_owned()));
    assert!(may_log_in(&app, "ann", NEW));
}

#[test]
fn without_having_opened_the_link_the_form_sets_nothing() {
    let app = site().start();
    let path = anns_link(&app);
    let at = app.client().get(&path).location().to_owned();
    let post = |target: &str| {
        let client = app.client();
        let token = client.get("/login/").csrf_token();
        let fields = [("csrfmiddlewaretoken", &*token), ("new_password1", NEW), ("new_password2", NEW)];
        client.post(target, &fields)
    };
    let answer = post(&at);
    assert_eq!((answer.status, answer.text("h1")), (200, UNSUCCESSFUL.to_owned()));
    let answer = post(&path);
    assert_eq!((answer.status, answer.location()), (302, &*at), "as in Django, whatever the method");
    assert_eq!(app.client().get(&at).text("h1"), UNSUCCESSFUL);
    assert!(may_log_in(&app, "ann", PASSWORD));
}

#[test]
fn what_is_wrong_is_said_at_the_second_field_and_the_link_stays_good() {
    let app = site().start();
    let (client, path) = (app.client(), anns_link(&app));
    let at = client.get(&path).location().to_owned();
    let answer = client.submit(&at, &[("new_password1", "54321"), ("new_password2", "12345")]);
    assert_eq!((answer.status, errors(&answer, "new_password2").len()), (200, 5), "{}", answer.body);
    assert!(!answer.body.contains("54321") && answer.text("title").starts_with("Error: "));
    assert_eq!(client.submit(&at, &[("new_password1", NEW), ("new_password2", NEW)]).location(), DONE);
}

/// What may happen to an account.
type Happens<'a> = &'a dyn Fn(&TestApp);

#[test]
fn a_link_dies_with_what_it_was_made_of() {
    let app = site().setting("PASSWORD_RESET_TIMEOUT", "1h").start();
    let change = |app: &TestApp| assert_eq!(change_password(&app.logged_in("ann"), PASSWORD, PASSWORD).status, 302);
    let log_in = |app: &TestApp| drop(app.logged_in("ann"));
    let wait = |app: &TestApp| app.clock.advance(Duration::HOUR + Duration::SECOND);
    let close = |app: &TestApp| app.database.execute("UPDATE auth_user SET is_active = false WHERE username = 'ann'");
    let events: [(&str, Happens<'_>); 4] = [
        ("a log-in", &log_in),
        ("a change of the password", &change),
        ("time", &wait),
        ("the end of the account", &close),
    ];
    for (what, happens) in events {
        app.database.execute("UPDATE auth_user SET last_login = NULL WHERE username = 'ann'");
        let (opened, path) = (app.client(), anns_link(&app));
        let at = opened.get(&path).location().to_owned();
        app.clock.advance(Duration::minutes(58));
        assert!(opens(&app.client(), &path), "before {what}");
        happens(&app);
        assert!(!opens(&app.client(), &path), "after {what}");
        assert_eq!(opened.get(&at).text("h1"), UNSUCCESSFUL, "after {what}");
    }
}

#[test]
fn a_changed_address_alone_ends_a_link() {
    let app = site().start();
    ask_for_address(&app.logged_in("ann"), "ann@new.example");
    let (confirm, path) = (link_to(&app, "ann@new.example"), anns_link(&app));
    assert!(opens(&app.client(), &path));
    assert_eq!(app.client().submit(&confirm, &[]).status, 302);
    assert!(!opens(&app.client(), &path));
}

#[test]
fn a_changed_hash_alone_ends_a_link() {
    let app = site().start();
    let path = anns_link(&app);
    let encoded = app.auth.hashers.make_password(PASSWORD);
    app.database.execute(&format!("UPDATE auth_user SET password = '{encoded}' WHERE username = 'ann'"));
    assert!(!opens(&app.client(), &path));
}

#[test]
fn odd_links_open_nothing_and_break_nothing() {
    let app = site().start();
    let path = anns_link(&app);
    let (token, anns) = (token_of(&path), reset_token::uid(app.user("ann").id));
    let bobs = reset_token::uid(app.user("bob").id);
    let swapped = |from: char, to: char| token.chars().rev().collect::<String>().replacen(from, &to.to_string(), 1);
    let changed: String = swapped(token.chars().last().expect("a digit"), '_').chars().rev().collect();
    let long = "9".repeat(5_000);
    for (uid, token) in [
        (&*bobs, token),
        (&*anns, &*changed),
        (&anns, &token[..token.len() - 1]),
        (&anns, "-"),
        (&anns, "0-0"),
        (&anns, "zzzzzzzzzzzzz-00000000000000000000000000000000"),
        (&anns, &long),
        (&anns, "%00"),
        (&anns, "%F0%9F%94%91-%E2%80%AE"),
        (&anns, "set-password"),
        (&anns, "SET-PASSWORD"),
        ("AA", token),
        ("MA", token),
        ("LTE", token),
        ("%00", token),
        ("%F0%9F%94%91", token),
        (&long, token),
        ("OTk5OTk5OTk5OTk5", token),
    ] {
        let answer = app.client().get(&format!("/account/reset/{uid}/{token}/"));
        assert_eq!((answer.status, answer.text("h1")), (200, UNSUCCESSFUL.to_owned()), "{uid} {token}");
    }
    for path in ["/account/reset///", "/account/reset/MQ//", "/account/reset/%FF/%FF/"] {
        let status = app.client().get(path).status;
        assert!([200, 301, 302, 308, 400, 404].contains(&status), "{path}: {status}");
    }
    assert!(opens(&app.client(), &path), "the good one still opens");
}

#[test]
fn of_two_who_use_a_link_at_once_one_wins() {
    let app = site().start();
    let (path, barrier) = (anns_link(&app), Barrier::new(2));
    let mut clients = [app.client(), app.client()];
    let news = [format!("{NEW} 1"), format!("{NEW} 2")];
    let won: Vec<bool> = thread::scope(|scope| {
        let turns: Vec<_> = clients
            .iter_mut()
            .zip(&news)
            .map(|(client, new)| {
                let at = client.get(&path).location().to_owned();
                let (token, barrier) = (client.get(&at).csrf_token(), &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    let fields = [("csrfmiddlewaretoken", &*token), ("new_password1", new), ("new_password2", new)];
                    let answer = client.post(&at, &fields);
                    assert!(answer.location() == DONE || answer.text("h1") == UNSUCCESSFUL, "{answer:?}");
                    answer.location() == DONE
                })
            })
            .collect();
        turns.into_iter().map(|turn| turn.join().expect("no panic")).collect()
    });
    assert_eq!(won.iter().filter(|won| **won).count(), 1, "{won:?}");
    for (new, won) in news.iter().zip(won) {
        assert_eq!(may_log_in(&app, "ann", new), won);
    }
    assert_eq!(happened(&app, "password_reset"), 1);
}

#[test]
fn real_django_opens_our_link_and_its_password_is_good_here() {
    let app = site().start();
    let (old, path) = (app.logged_in("ann"), anns_link(&app));
    let oracle = app.oracle().with(DJANGO_HASHERS.0, DJANGO_HASHERS.1);
    let theirs = path.replacen("/account/", "/accounts/", 1);
    let answer = oracle.ask(&["use-reset-link", &theirs, NEW]);
    assert_eq!(answer["status"], 302, "{answer}");
    assert_eq!(answer["location"], "/accounts/reset/done/");
    assert!(!old.is_logged_in(), "Django's reset ends our sessions");
    assert!(!opens(&app.client(), &path), "used there, it is used up here");
    assert!(may_log_in(&app, "ann", NEW) && !may_log_in(&app, "ann", PASSWORD));
    assert_eq!(oracle.ask(&["use-reset-link", &theirs, NEW])["status"], 200, "and once there too");
}

#[test]
fn a_link_that_real_django_made_opens_here() {
    let app = site().start();
    let token = app.oracle().ask(&["make-reset-token", "ann"]);
    let uid = reset_token::uid(app.user("ann").id);
    let path = format!("/account/reset/{uid}/{}/", token.as_str().expect("a token"));
    assert_eq!(follow(&app.client(), &path, NEW).location(), DONE);
    let encoded = app.user("ann").password;
    assert_eq!(app.oracle().ask(&["check-password", &encoded, NEW])["ok"], true);
    assert_eq!(app.oracle().ask(&["check-reset-token", "ann", token.as_str().expect("a token")])[0], false);
}
