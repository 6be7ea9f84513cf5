//! The end of an account, by its owner.

use super::{DELETE, REQUIRED, WRONG, djangos, errors, happened, letters_to, refresh_token, renews, site};
use crate::support::{PASSWORD, TestApp};

fn is_there(app: &TestApp, username: &str) -> bool {
    app.database.number(&format!("SELECT count(*) FROM auth_user WHERE username = '{username}'")) == 1
}

#[test]
fn with_the_password_an_account_goes_and_all_that_is_its_own() {
    let app = site().start();
    let (own, other, djangos, bobs) =
        (app.logged_in("ann"), app.logged_in("ann"), djangos(&app, "ann"), app.logged_in("bob"));
    let refresh = refresh_token(&app, "ann", "curl/8");
    assert!(own.get(DELETE).text("main").contains("ann"));
    let answer = own.submit(DELETE, &[("password", PASSWORD)]);
    assert_eq!((answer.status, answer.location()), (302, "/account/deleted/"));
    assert_eq!(own.get("/account/deleted/").text("h1"), "Your account was deleted");
    assert!(!is_there(&app, "ann") && is_there(&app, "bob"));
    assert!(!own.is_logged_in() && !other.is_logged_in() && !djangos.is_logged_in() && bobs.is_logged_in());
    assert!(!renews(&app, &refresh));
    assert_eq!(app.client().log_in("ann", PASSWORD).status, 200);
    let letters = letters_to(&app, "ann@example.org");
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].subject, "Your account on Vestibule was deleted");
    assert_eq!(happened(&app, "account_deleted"), 1);
}

#[test]
fn the_password_is_asked_for_however_lately_it_was_given() {
    let app = site().start();
    let own = app.logged_in("ann");
    let page = own.get(DELETE);
    assert_eq!(page.attribute("main input[name=password]", "autocomplete").as_deref(), Some("current-password"));
    let before = app.database.snapshot();
    let without = own.submit(DELETE, &[]);
    assert_eq!((without.status, errors(&without, "password")), (200, vec![REQUIRED.to_owned()]));
    assert_eq!(app.database.snapshot(), before);
    let wrong = own.submit(DELETE, &[("password", "wrong horse 42")]);
    assert_eq!((wrong.status, errors(&wrong, "password")), (200, vec![WRONG.to_owned()]));
    assert!(!wrong.body.contains("wrong horse 42"));
    assert_eq!(own.submit(DELETE, &[("password", &PASSWORD.to_uppercase())]).status, 200);
    assert_eq!(own.post(DELETE, &[("password", PASSWORD)]).status, 403, "without a token of a form");
    assert!(is_there(&app, "ann") && own.is_logged_in());
    assert_eq!((happened(&app, "login_failed"), happened(&app, "account_deleted"), app.mails().len()), (2, 0, 0));
}

#[test]
fn an_account_that_another_application_needs_stays_and_its_owner_is_told() {
    let app = site().start();
    app.database.execute("CREATE TABLE shop_order (id integer PRIMARY KEY, user_id integer REFERENCES auth_user (id))");
    app.database.execute("INSERT INTO shop_order SELECT 1, id FROM auth_user WHERE username = 'ann'");
    let (own, other) = (app.logged_in("ann"), app.logged_in("ann"));
    let refresh = refresh_token(&app, "ann", "curl/8");
    let users = app.database.snapshot()["auth_user"].clone();
    let answer = own.submit(DELETE, &[("password", PASSWORD)]);
    assert_eq!(answer.status, 200);
    assert!(answer.text("#error-summary").contains("still belongs to your account"), "{}", answer.body);
    assert_eq!(app.database.snapshot()["auth_user"], users);
    assert!(own.is_logged_in() && other.is_logged_in() && renews(&app, &refresh));
    assert_eq!((app.mails().len(), happened(&app, "account_deleted")), (0, 0));
}

#[test]
fn a_site_may_keep_its_accounts() {
    let app = site().setting("ACCOUNT_DELETION_OPEN", "false").start();
    let own = app.logged_in("ann");
    let page = own.get("/account/");
    assert!(!page.body.contains(DELETE));
    assert_eq!(own.get(DELETE).status, 404);
    let token = page.csrf_token();
    assert_eq!(own.post(DELETE, &[("csrfmiddlewaretoken", &token), ("password", PASSWORD)]).status, 404);
    assert!(is_there(&app, "ann"));
}

#[test]
fn the_last_superuser_stays_also_if_two_go_at_once() {
    let app = site().start();
    app.database.execute("UPDATE auth_user SET is_superuser = true WHERE username IN ('ann', 'bob')");
    let going = ["ann", "bob"].map(|username| {
        let client = app.logged_in(username);
        let token = client.get(DELETE).csrf_token();
        std::thread::spawn(move || {
            let answer = client.post(DELETE, &[("csrfmiddlewaretoken", &token), ("password", PASSWORD)]);
            (client, answer.status)
        })
    });
    let [(ann, anns), (bob, bobs)] = going.map(|going| going.join().expect("no panic"));
    assert!([anns, bobs] == [302, 200] || [anns, bobs] == [200, 302], "{anns} {bobs}");
    let left = if anns == 200 { ann } else { bob };
    let answer = left.submit(DELETE, &[("password", PASSWORD)]);
    assert!(answer.text("#error-summary").contains("Nobody else administers this site."), "{}", answer.body);
    assert_eq!(app.database.number("SELECT count(*) FROM auth_user WHERE is_superuser = true"), 1);
}
