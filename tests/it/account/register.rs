//! Sign-up.

use std::{sync::Barrier, thread, time::Instant};

use time::Duration;

use super::{NEW, REGISTER, errors, happened, letters_to, link, link_to, may_log_in, site};
use crate::support::{Client, Response, TestApp, TestAppBuilder};

const DONE: &str = "/account/register/done/";
const TAKEN: &str = "A user with that username already exists.";

fn open() -> TestAppBuilder {
    site().setting("REGISTRATION_OPEN", "true").setting("ACCOUNT_LIMITS_PER_IP", "1000/m")
}

fn register(client: &Client, username: &str, email: &str) -> Response {
    let fields = [("username", username), ("email", email), ("password1", NEW), ("password2", NEW)];
    client.submit(REGISTER, &fields)
}

fn users(app: &TestApp) -> i64 {
    app.database.number("SELECT count(*) FROM auth_user")
}

#[test]
fn a_site_that_is_closed_has_no_such_page_and_no_link_to_it() {
    let app = site().start();
    for path in [REGISTER, DONE] {
        assert_eq!(app.client().get(path).status, 404, "{path}");
    }
    let client = app.client();
    let login = client.get("/login/");
    assert!(!login.body.contains("register"));
    let token = login.csrf_token();
    let fields = [("csrfmiddlewaretoken", &*token), ("username", "zoe"), ("email", "zoe@example.org")];
    let fields = [&fields[..], &[("password1", NEW), ("password2", NEW)]].concat();
    assert_eq!(client.post(REGISTER, &fields).status, 404);
    assert_eq!(users(&app), 2);
}

#[test]
fn an_account_opens_with_the_link_that_its_address_was_sent() {
    let app = open().start();
    let client = app.client();
    assert!(client.get("/login/").body.contains(REGISTER));
    let answer = register(&client, "zoe", "zoe@EXAMPLE.org");
    assert_eq!((answer.status, answer.location()), (302, DONE));
    assert_eq!(client.get(DONE).text("h1"), "Look into your mail");
    let zoe = app.user("zoe");
    assert_eq!((zoe.is_active, zoe.is_staff, zoe.is_superuser, &*zoe.email), (false, false, false, "zoe@example.org"));

    let (refused, unknown) = (client.log_in("zoe", NEW), client.log_in("nobody", NEW));
    assert_eq!(refused.status, 200);
    assert_eq!(refused.text("#error-summary"), unknown.text("#error-summary"), "nothing more is said");
    assert_eq!(refused.text("title"), unknown.text("title"));

    let path = link_to(&app, "zoe@example.org");
    let other = app.client();
    for method in ["HEAD", "GET"] {
        assert_eq!(other.request(method, &path).status, 200);
    }
    assert!(!app.user("zoe").is_active, "looking opens nothing");
    let answer = other.submit(&path, &[]);
    assert_eq!((answer.status, answer.location()), (302, "/account/confirmed/"));
    assert!(app.user("zoe").is_active && !other.is_logged_in());
    assert!(may_log_in(&app, "zoe", NEW));
    assert_eq!(other.get(&path).status, 410, "once");
    assert_eq!((happened(&app, "registered"), happened(&app, "registration_confirmed")), (1, 1));
    assert_eq!(app.mails().len(), 1);
}

#[test]
fn a_known_address_is_answered_alike_and_its_owner_is_told() {
    let app = open().start();
    let seen = |username: &str, email: &str| {
        let client = app.client();
        let answer = register(&client, username, email);
        let login = client.log_in(username, NEW);
        let again = register(&app.client(), username, "somebody@else.example");
        (answer.status, answer.location().to_owned(), answer.body, login.status, errors(&again, "username"))
    };
    let known = seen("zoe", "ANN@example.org");
    assert_eq!(known, seen("zola", "new@example.org"));
    assert_eq!((known.0, &*known.1, known.3, known.4), (302, DONE, 200, vec![TAKEN.to_owned()]));
    let anns = letters_to(&app, "ann@example.org");
    assert_eq!(anns.len(), 1);
    assert_eq!((&*anns[0].subject, &*link(&anns[0])), ("You have an account on Vestibule", super::RESET));
    assert!(!anns[0].text.contains("zoe"), "{}", anns[0].text);
    assert_eq!(letters_to(&app, "ANN@example.org"), [], "only to the address as it is stored");
    assert_eq!((&*app.user("zoe").email, app.user("zoe").is_active), ("", false));
    assert!(letters_to(&app, "new@example.org").len() == 1);
}

#[test]
fn who_has_registered_is_sent_the_link_again_for_a_forgotten_password() {
    let app = open().start();
    register(&app.client(), "zoe", "zoe@example.org");
    super::ask_for_reset(&app.client(), "zoe@example.org");
    let links: Vec<String> = letters_to(&app, "zoe@example.org").iter().map(link).collect();
    assert_eq!(links.len(), 2);
    assert!(links.iter().all(|path| path.starts_with("/account/confirm/")), "{links:?}");
    assert_eq!(app.client().submit(&links[1], &[]).status, 302);
    assert!(may_log_in(&app, "zoe", NEW));
}

#[test]
fn of_two_who_register_with_one_address_the_first_to_confirm_has_it() {
    let app = open().start();
    for username in ["zoe", "zola"] {
        register(&app.client(), username, "both@example.org");
    }
    let links: Vec<String> = letters_to(&app, "both@example.org").iter().map(link).collect();
    assert_eq!(links.len(), 2, "who has only registered keeps nobody from it");
    assert_eq!(app.client().submit(&links[1], &[]).status, 302);
    assert_eq!(app.client().get(&links[0]).status, 410);
    assert!(may_log_in(&app, "zola", NEW) && !may_log_in(&app, "zoe", NEW));
}

#[test]
fn usernames_are_unique_as_people_read_them() {
    let app = open().start();
    let username = |name: &str| {
        let answer = register(&app.client(), name, "zoe@example.org");
        (answer.status, errors(&answer, "username").join(" "))
    };
    let good = || (302, String::new());
    let taken = || (200, TAKEN.to_owned());
    assert_eq!(username("ﬀ"), good());
    assert_eq!(app.user("ff").username, "ff");
    assert_eq!((username("ff"), username("FF")), (taken(), taken()));
    assert_eq!(username("Zoë"), good());
    for twin in ["zoë", "ZOË", "Zoe\u{308}", " Zoë ", "Zoë"] {
        assert_eq!(username(twin), taken(), "{twin}");
    }
    assert_eq!((username("ann"), username("ANN")), (taken(), taken()));
    // Letters of other alphabets that look alike are letters, as in Django.
    assert_eq!(username("\u{430}nn"), good());
    assert_eq!(username(&"x".repeat(150)), good());
}

#[test]
fn usernames_follow_djangos_rules() {
    let app = open().start();
    let invalid = "Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters.";
    for bad in ["a b", "a\nb", "a\rb", "a\u{2028}b", "a\u{202e}b", "a/b", "<b>", "a\u{ad}b"] {
        let answer = register(&app.client(), bad, "zoe@example.org");
        assert_eq!((answer.status, errors(&answer, "username")), (200, vec![invalid.to_owned()]), "{bad:?}");
    }
    let long = register(&app.client(), &"x".repeat(151), "zoe@example.org");
    assert_eq!(errors(&long, "username"), ["Ensure this value has at most 150 characters."]);
    let empty = register(&app.client(), " ", "zoe@example.org");
    assert_eq!(errors(&empty, "username"), [super::REQUIRED]);
    assert_eq!(register(&app.client(), "a\0b", "zoe@example.org").status, 400);
    assert_eq!(users(&app), 2);
}

#[test]
fn a_hundred_kilobytes_of_a_letter_that_grows_are_refused_fast() {
    let app = open().start();
    let client = app.client();
    let token = client.get(REGISTER).csrf_token();
    let name = "\u{fdfa}".repeat(34_000);
    let fields = [("csrfmiddlewaretoken", &*token), ("username", &name), ("email", "zoe@example.org")];
    let fields = [&fields[..], &[("password1", NEW), ("password2", NEW)]].concat();
    let begun = Instant::now();
    let answer = client.post(REGISTER, &fields);
    let took = begun.elapsed();
    assert_eq!(answer.status, 200);
    assert_eq!(errors(&answer, "username"), ["Ensure this value has at most 150 characters."]);
    assert!(answer.body.len() < 20_000 && took.as_secs() < 5, "{} {took:?}", answer.body.len());
}

#[test]
fn a_username_that_is_somebodys_address_is_refused() {
    let app = open().start();
    for name in ["bob@example.org", "BOB@example.org", "nobody@example.org"] {
        let answer = register(&app.client(), name, "zoe@example.org");
        assert_eq!(errors(&answer, "username"), ["A username that is an e-mail address must be your own address."]);
    }
    // The same is said of one's own, whether or not somebody has it: a letter tells which.
    assert_eq!(register(&app.client(), "zoe@example.org", "zoe@example.org").status, 302);
    assert_eq!(register(&app.client(), "bob@example.org", "bob@example.org").status, 302);
    assert!(may_log_in(&app, "bob@example.org", crate::support::PASSWORD), "the address is still bob's to log in with");
    assert!(!may_log_in(&app, "bob@example.org", NEW));
}

#[test]
fn passwords_follow_the_rules_and_may_not_be_like_what_was_typed_beside() {
    let app = open().start();
    let with = |one: &str, two: &str| {
        let fields =
            [("username", "zacharias"), ("email", "quentin@example.org"), ("password1", one), ("password2", two)];
        app.client().submit(REGISTER, &fields)
    };
    let wrong = |password: &str| errors(&with(password, password), "password2");
    assert_eq!(wrong("zacharias")[0], "The password is too similar to the username.");
    assert_eq!(wrong("quentin@example")[0], "The password is too similar to the email address.");
    let numbers = wrong("12345");
    assert!(numbers.len() >= 3 && numbers[0].starts_with("This password is too short."), "{numbers:?}");
    assert_eq!(errors(&with(NEW, "another 12345"), "password2"), ["The two password fields didn’t match."]);
    assert_eq!(errors(&with("", ""), "password1"), [super::REQUIRED]);
    assert_eq!(users(&app), 2);
}

#[test]
fn what_was_typed_comes_back_but_never_a_password() {
    let app = open().start();
    let fields = [("username", "a <b"), ("email", "no \"address"), ("password1", NEW), ("password2", "another 12345")];
    let answer = app.client().submit(REGISTER, &fields);
    let value = |field: &str| answer.attribute(&format!("main input[name={field}]"), "value");
    assert_eq!((value("username").as_deref(), value("email").as_deref()), (Some("a <b"), Some("no \"address")));
    assert_eq!((value("password1"), value("password2")), (None, None));
    assert!(!answer.body.contains(NEW) && !answer.body.contains("another 12345"));
    let autocomplete = |field: &str| answer.attribute(&format!("main input[name={field}]"), "autocomplete");
    let hints = ["username", "email", "password1", "password2"].map(|field| autocomplete(field).expect("a hint"));
    assert_eq!(hints, ["username", "email", "new-password", "new-password"]);
}

#[test]
fn an_address_with_line_breaks_is_no_address_and_no_mail_is_sent() {
    let app = open().start();
    for bad in
        ["zoe@example.org\r\nBcc: eve@example.org", "zoe@example.org\n", "zoe\r@example.org", "<zoe@example.org>"]
    {
        let answer = register(&app.client(), "zoe", bad);
        if answer.status == 302 {
            // What stands at the ends is not part of it.
            assert_eq!((bad, &*app.user("zoe").email), ("zoe@example.org\n", "zoe@example.org"));
            continue;
        }
        assert_eq!((answer.status, errors(&answer, "email")), (200, vec!["Enter a valid email address.".to_owned()]));
    }
    assert!(app.mails().iter().all(|letter| letter.to == "zoe@example.org"));
}

#[test]
fn of_fifty_who_register_one_name_at_once_one_gets_it() {
    let app = open().setting("TRUSTED_PROXIES", "127.0.0.1").start();
    let barrier = Barrier::new(50);
    let statuses: Vec<u16> = thread::scope(|scope| {
        let turns: Vec<_> = (0..50)
            .map(|number| {
                let (client, barrier) = (app.client(), &barrier);
                client.set_header("x-forwarded-for", &format!("192.0.{number}.1"));
                scope.spawn(move || {
                    let token = client.get(REGISTER).csrf_token();
                    let name = ["Zoë", "zoë", "ZOË"][number % 3];
                    let email = format!("zoe{number}@example.org");
                    let fields = [("csrfmiddlewaretoken", &*token), ("username", name), ("email", &email)];
                    let fields = [&fields[..], &[("password1", NEW), ("password2", NEW)]].concat();
                    barrier.wait();
                    client.post(REGISTER, &fields).status
                })
            })
            .collect();
        turns.into_iter().map(|turn| turn.join().expect("no panic")).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 302).count(), 1, "{statuses:?}");
    // Who would wait too long for a place to hash is asked to come again.
    assert!(statuses.iter().all(|status| [200, 302, 503].contains(status)), "{statuses:?}");
    assert_eq!((users(&app), app.mails().len()), (3, 1));
}

#[test]
fn who_never_confirms_is_forgotten_and_nobody_else() {
    let app = open().setting("CONFIRMATION_TIMEOUT", "1d").start();
    for username in ["zoe", "zola", "zara"] {
        register(&app.client(), username, &format!("{username}@example.org"));
    }
    let path = link_to(&app, "zoe@example.org");
    assert_eq!(app.client().submit(&path, &[]).status, 302);
    let late = link_to(&app, "zola@example.org");
    // Somebody else may have let them in meanwhile.
    app.database.execute("UPDATE auth_user SET is_active = true WHERE username = 'zara'");
    // Whoever was shut out in another way waits for nothing.
    app.database.execute("UPDATE auth_user SET is_active = false WHERE username = 'bob'");

    app.clock.advance(Duration::hours(23));
    app.accounts.sweep().expect("swept");
    assert_eq!(users(&app), 5);
    app.clock.advance(Duration::HOUR);
    assert_eq!(app.client().get(&late).status, 410, "too late");
    app.accounts.sweep().expect("swept");
    let left = "SELECT count(*) FROM auth_user WHERE username IN ('ann', 'bob', 'zoe', 'zara')";
    assert_eq!((users(&app), app.database.number(left)), (4, 4));
    assert_eq!(app.database.number("SELECT count(*) FROM vestibule_unconfirmed_email"), 0);
    assert!(may_log_in(&app, "zoe", NEW) && may_log_in(&app, "zara", NEW));
    assert_eq!(register(&app.client(), "zola", "zola@example.org").status, 302, "the name is free again");
}
