//! Another password, by the old one.

use std::{sync::Barrier, thread};

use vestibule::client::Client as Caller;

use super::{
    CHANGE, NEW, REQUIRED, change_password, djangos, errors, happened, key, may_log_in, refresh_token, renews, site,
    with_key,
};
use crate::support::{PASSWORD, Response};

const WRONG: &str = "Your old password was entered incorrectly. Please enter it again.";
const DONE: &str = "/account/password_change/done/";

#[test]
fn the_form_has_djangos_fields_and_tells_password_managers_what_they_are() {
    let app = site().start();
    let page = app.logged_in("ann").get(CHANGE);
    assert_eq!(page.status, 200);
    for (field, autocomplete) in
        [("old_password", "current-password"), ("new_password1", "new-password"), ("new_password2", "new-password")]
    {
        let selector = format!("main input[name={field}]");
        let attribute = |name| page.attribute(&selector, name);
        assert_eq!(attribute("autocomplete").as_deref(), Some(autocomplete), "{field}");
        assert_eq!(attribute("type").as_deref(), Some("password"), "{field}");
        assert_eq!((attribute("value"), attribute("onpaste"), attribute("maxlength")), (None, None, None), "{field}");
    }
    assert_eq!(page.attribute("main input[autocomplete=username]", "value").as_deref(), Some("ann"));
    assert_eq!(page.attribute("main input[autocomplete=username]", "name"), None);
    assert!(page.header("cache-control").is_some_and(|value| value.contains("no-store")), "{:?}", page.headers);
}

#[test]
fn this_session_goes_on_under_a_new_key_and_everything_else_ends() {
    let app = site().start();
    let (own, other, bens) = (app.logged_in("ann"), app.logged_in("ann"), app.logged_in("bob"));
    let (djangos, refresh) = (djangos(&app, "ann"), refresh_token(&app, "ann", "curl/8"));
    let old_key = key(&own);

    let answer = change_password(&own, PASSWORD, NEW);
    assert_eq!((answer.status, answer.location()), (302, DONE));
    assert_ne!(key(&own), old_key);
    assert!(own.is_logged_in());
    let done = own.get(DONE);
    assert_eq!((done.status, done.text("h1")), (200, "Your password was changed".to_owned()));

    // Theirs, bob's, and the one that Django made: nobody knows yet whose that is, and it opens nothing any more.
    assert_eq!(app.database.number("SELECT count(*) FROM django_session"), 3);
    assert_eq!(app.database.number("SELECT count(*) FROM token_blacklist_blacklistedtoken"), 1);
    assert!(!with_key(&app, &old_key).is_logged_in());
    assert!(!other.is_logged_in() && !djangos.is_logged_in() && bens.is_logged_in());
    assert!(!renews(&app, &refresh));
    assert!(may_log_in(&app, "ann", NEW) && !may_log_in(&app, "ann", PASSWORD));
}

#[test]
fn a_letter_and_a_record_tell_of_it() {
    let app = site().start();
    let client = app.client();
    client.set_header("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0");
    client.log_in("ann", PASSWORD);
    change_password(&client, PASSWORD, NEW);
    let letters = app.mails();
    assert_eq!(letters.len(), 1);
    assert_eq!((&*letters[0].to, &*letters[0].subject), ("ann@example.org", "Your password on Vestibule was changed"));
    let text = &letters[0].text;
    assert!(
        text.contains("Firefox on Linux") && text.contains("127.0.0.1") && text.contains("password_reset"),
        "{text}"
    );
    let told = "kind = 'password_changed' AND username = 'ann' AND ip_address = '127.0.0.1'";
    assert_eq!(app.database.number(&format!("SELECT count(*) FROM vestibule_event WHERE {told}")), 1);
    for secret in [PASSWORD, NEW] {
        assert!(!format!("{letters:?}{:?}", app.database.snapshot()).contains(secret));
    }
}

#[test]
fn a_wrong_old_password_is_a_failed_log_in_and_the_fifth_locks() {
    let app = site().start();
    let client = app.logged_in("ann");
    for turn in 1..5 {
        let answer = change_password(&client, "wrong horse 42", NEW);
        assert_eq!((answer.status, errors(&answer, "old_password")), (200, vec![WRONG.to_owned()]), "{turn}");
        assert!(!answer.body.contains("wrong horse 42") && !answer.body.contains(NEW), "no password is sent back");
        assert_eq!(happened(&app, "login_failed"), turn);
    }
    assert_eq!(change_password(&client, "wrong horse 42", NEW).status, 429);
    assert_eq!(change_password(&client, PASSWORD, NEW).status, 429, "the right one comes too late");
    assert!(client.is_logged_in(), "whoever is in stays in");
    // The name at this address, and this browser.
    assert_eq!((happened(&app, "locked_out"), happened(&app, "password_changed")), (2, 0));
    app.clock.advance(time::Duration::hours(2));
    assert!(may_log_in(&app, "ann", PASSWORD));
}

#[test]
fn failures_here_and_at_the_log_in_page_count_together() {
    let app = site().start();
    let client = app.logged_in("ann");
    for _ in 0..3 {
        change_password(&client, "wrong", NEW);
    }
    assert_eq!(client.log_in("ann", "wrong").status, 200);
    assert_eq!(client.log_in("ann", "wrong").status, 429);
}

#[test]
fn all_that_is_wrong_is_said_at_once_at_the_second_field() {
    let app = site().start();
    let client = app.logged_in("ann");
    let fields = [("old_password", PASSWORD), ("new_password1", "54321"), ("new_password2", "12345")];
    let answer = client.submit(CHANGE, &fields);
    assert_eq!(answer.status, 200);
    assert_eq!(
        errors(&answer, "new_password2"),
        [
            "The two password fields didn’t match.",
            "This password is too short. It must contain at least 8 characters.",
            "This password is too common.",
            "This password is entirely numeric.",
            "This password is too easy to guess. Make it longer, for example with another two or three words that do not \
             belong together.",
        ]
    );
    assert!(errors(&answer, "old_password").is_empty() && errors(&answer, "new_password1").is_empty());
    assert!(answer.text("title").starts_with("Error: "));
    assert!(!answer.body.contains("54321") && !answer.body.contains(PASSWORD));

    let answer = change_password(&client, "", "");
    for field in ["old_password", "new_password1", "new_password2"] {
        assert_eq!(errors(&answer, field), [REQUIRED], "{field}");
    }
    let about_them = change_password(&client, PASSWORD, "ann@example.org");
    let like_the_address = "The password is too similar to the email address.";
    assert!(errors(&about_them, "new_password2").contains(&like_the_address.to_owned()), "{}", about_them.body);
    assert!(may_log_in(&app, "ann", PASSWORD));
}

#[test]
fn the_same_password_may_be_chosen_again() {
    let app = site().start();
    let (own, other) = (app.logged_in("ann"), app.logged_in("ann"));
    let before = app.user("ann").password;
    assert_eq!(change_password(&own, PASSWORD, PASSWORD).status, 302);
    assert_ne!(app.user("ann").password, before);
    assert!(own.is_logged_in() && !other.is_logged_in());
}

#[test]
fn passwords_of_ten_to_very_many_characters_are_taken_exactly_as_typed() {
    let app = site().start();
    let client = app.logged_in("ann");
    let alphabet: Vec<char> = "xQ7#vüZk9 ß~😀j".chars().collect();
    let of = |length: usize| alphabet.iter().cycle().take(length).collect::<String>();
    assert_eq!(change_password(&client, PASSWORD, &of(7)).status, 200);
    let mut old = PASSWORD.to_owned();
    for new in [
        of(10),
        of(64),
        of(128),
        of(1_000),
        "  two spaces around 9  ".to_owned(),
        "😀🐙🚲🌵🎷🧊🪁🐝🍋🎲".to_owned(),
        "vnqkzhwpolxeyrt".to_owned(),
    ] {
        assert_eq!(change_password(&client, &old, &new).status, 302, "{new}");
        old = new;
    }
    assert!(may_log_in(&app, "ann", "vnqkzhwpolxeyrt"));
    assert_eq!(change_password(&client, &old, "  two spaces around 9  ").status, 302);
    assert!(!may_log_in(&app, "ann", "two spaces around 9"));
}

#[test]
fn asking_by_address_changes_nothing() {
    let app = site().start();
    let client = app.logged_in("ann");
    let path = format!("{CHANGE}?old_password=correct%20horse%2042&new_password1={NEW}&new_password2={NEW}");
    assert_eq!(client.get(&path.replace(' ', "%20")).status, 200);
    assert!(may_log_in(&app, "ann", PASSWORD));
}

#[test]
fn of_two_changes_at_once_one_wins() {
    let app = site().start();
    let mut clients = [app.logged_in("ann"), app.logged_in("ann")];
    let (news, barrier) = ([format!("{NEW} 1"), format!("{NEW} 2")], Barrier::new(2));
    let won: Vec<bool> = thread::scope(|scope| {
        let turns: Vec<_> = clients
            .iter_mut()
            .zip(&news)
            .map(|(client, new)| {
                let (token, barrier) = (client.get(CHANGE).csrf_token(), &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    let fields = [("old_password", PASSWORD), ("new_password1", new), ("new_password2", new)];
                    let fields = [&[("csrfmiddlewaretoken", &*token)], &fields[..]].concat();
                    client.post(CHANGE, &fields).location() == DONE
                })
            })
            .collect();
        turns.into_iter().map(|turn| turn.join().expect("no panic")).collect()
    });
    assert_eq!(won.iter().filter(|won| **won).count(), 1, "{won:?}");
    for ((client, new), won) in clients.iter().zip(&news).zip(won) {
        assert_eq!((client.is_logged_in(), may_log_in(&app, "ann", new)), (won, won));
    }
    assert_eq!(happened(&app, "password_changed"), 1);
}

#[test]
fn who_showed_a_password_that_was_changed_since_is_too_late() {
    let app = site().start();
    let ann = app.user("ann");
    let change = |encoded: &str| {
        let caller = Caller::default();
        app.accounts.change_password(&mut app.db(), &caller, &ann, encoded, Some("")).expect("an answer").is_some()
    };
    let encoded = |password: &str| app.auth.hashers.make_password(password);
    assert!(change(&encoded(NEW)));
    let letters = app.mails().len();
    assert!(!change(&encoded("too late 123")));
    assert!(may_log_in(&app, "ann", NEW));
    assert_eq!((happened(&app, "password_changed"), app.mails().len()), (1, letters), "and nothing tells of it");
}

#[test]
fn somebody_whom_another_program_gave_no_password_is_offered_no_change() {
    let app = site().start();
    let client = app.logged_in("ann");
    let links = |page: &Response| page.texts("main a[href='/account/password_change/']").len();
    assert_eq!(links(&client.get("/account/")), 1);
    app.database.execute("UPDATE auth_user SET password = '!none' WHERE username = 'bob'");
    let page = djangos(&app, "bob").get("/account/");
    assert_eq!((page.status, links(&page)), (200, 0));
}
