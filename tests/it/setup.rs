//! The first superuser, made in the browser.

use std::sync::{Arc, Barrier};

use time::Duration;
use vestibule::auth::{models::NewUser, superuser};

use crate::support::{PASSWORD, Response, TestApp, keep_log, logged};

fn link(app: &TestApp) -> String {
    let token = superuser::new_setup_token(&app.auth).expect("an answer").expect("a token");
    format!("/setup/{token}/")
}

fn fields<'a>(username: &'a str, password: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![("username", username), ("email", "root@EXAMPLE.org"), ("password1", password), ("password2", password)]
}

fn is_closed(response: &Response) -> bool {
    response.status == 410 && response.text("h1") == "This link no longer works"
}

#[test]
fn the_link_makes_one_superuser_who_is_then_logged_in() {
    let app = TestApp::init().start();
    let (link, client) = (link(&app), app.client());
    let response = client.submit(&link, &fields("root", PASSWORD));
    assert_eq!((response.status, response.location()), (302, "/dashboard/"));
    assert_eq!(client.get("/dashboard/").text("h1"), "Welcome, root");
    let root = app.user("root");
    assert!(root.is_superuser && root.is_staff && root.is_active);
    assert_eq!(root.email, "root@example.org");
    let made = "SELECT count(*) FROM vestibule_event WHERE kind = 'superuser_created' AND username = 'root'";
    assert_eq!(app.database.number(made), 1);
    assert!(is_closed(&app.client().get(&link)), "used up");
    assert_eq!(superuser::new_setup_token(&app.auth).expect("an answer"), None, "no more links");
}

#[test]
fn what_is_wrong_is_said_at_its_field_and_only_passwords_are_lost() {
    let app = TestApp::init().with_user("ann").start();
    let (link, client) = (link(&app), app.client());
    let response = client
        .submit(&link, &[("username", "a b"), ("email", "nonsense"), ("password1", "12345"), ("password2", "1234")]);
    assert_eq!(response.status, 200);
    assert!(response.text("#id_username_error").contains("Enter a valid username."));
    assert!(response.text("#id_email_error").contains("Enter a valid email address."));
    let password = response.text("#id_password2_error");
    for part in ["didn’t match", "too short", "entirely numeric"] {
        assert!(password.contains(part), "{part}: {password}");
    }
    assert_eq!(response.attribute("#id_username", "value").as_deref(), Some("a b"));
    assert_eq!(response.attribute("#id_email", "value").as_deref(), Some("nonsense"));
    assert_eq!(response.attribute("#id_password1", "value"), None);
    assert!(client.submit(&link, &fields("ANN", PASSWORD)).text("#id_username_error").contains("already exists"));
    assert_eq!(client.submit(&link, &fields("", "")).texts("main .field-errors").len(), 2);
    assert_eq!(client.submit(&link, &fields("root", PASSWORD)).status, 302, "the link still works after errors");
}

#[test]
fn a_password_may_not_be_like_what_was_typed_beside_it_nor_like_the_sites_name() {
    let app = TestApp::init().setting("SITE_NAME", "Acme Rockets").start();
    let (link, client) = (link(&app), app.client());
    let problem = |username, password| client.submit(&link, &fields(username, password)).text("#id_password2_error");
    assert!(problem("cassiopeia.k", "k.cassiopeia").contains("too similar to the username."));
    assert!(problem("cassiopeia.k", "root@example.org").contains("too similar to the email address."));
    assert!(problem("cassiopeia.k", "acme-rockets-8251-77").contains("mostly “Acme Rockets”"));
    assert!(problem("cassiopeia.k", "Password123!").contains("too easy to guess"));
    assert!(problem("cassiopeia.k", "iloveyou").contains("too common"));
    let help = client.get(&link).text("main");
    assert!(help.contains("can’t be too similar to your other personal information") && help.contains("hard to guess"));
    assert_eq!(client.submit(&link, &fields("cassiopeia.k", PASSWORD)).status, 302);
}

#[test]
fn a_link_opens_for_an_hour_only_while_nobody_administers_the_site() {
    let app = TestApp::init().start();
    let expired = link(&app);
    assert_eq!(app.client().get(&expired).status, 200);
    app.clock.advance(superuser::SETUP_LINK_AGE);
    assert!(is_closed(&app.client().get(&expired)));
    for wrong in ["/setup/0123456789/", "/setup/%00/", "/setup/é/", "/setup/'/"] {
        assert!(is_closed(&app.client().get(wrong)), "{wrong}");
    }
    let app = TestApp::init().start();
    let unused = link(&app);
    let root = NewUser { username: "root".into(), password: "!".into(), is_superuser: true, ..NewUser::default() };
    vestibule::auth::models::user::create(&mut app.db(), &root, app.clock.now() + Duration::ZERO).expect("a user");
    assert!(is_closed(&app.client().get(&unused)));
}

#[test]
fn of_many_who_come_at_once_one_is_made_superuser() {
    let app = TestApp::init().start();
    let link = link(&app);
    let barrier = Arc::new(Barrier::new(8));
    let threads: Vec<_> = (0..8)
        .map(|at| {
            let (client, link, barrier) = (app.client(), link.clone(), Arc::clone(&barrier));
            let token = client.get(&link).csrf_token();
            std::thread::spawn(move || {
                let name = format!("root{at}");
                let mut fields = fields(&name, PASSWORD);
                fields.push(("csrfmiddlewaretoken", &token));
                barrier.wait();
                client.post(&link, &fields).status
            })
        })
        .collect();
    let mut answers: Vec<u16> = threads.into_iter().map(|thread| thread.join().expect("an answer")).collect();
    answers.sort_unstable();
    assert_eq!(answers, [302, 410, 410, 410, 410, 410, 410, 410]);
    assert_eq!(app.database.number("SELECT count(*) FROM auth_user WHERE is_superuser"), 1);
}

#[test]
fn the_link_stands_in_no_log_line_and_no_row() {
    keep_log();
    let app = TestApp::init().start();
    let (link, client) = (link(&app), app.client());
    let token = link.trim_start_matches("/setup/").trim_end_matches('/').to_owned();
    for response in
        [client.get(&link), client.submit(&link, &fields("root", PASSWORD)), client.get(&link[..link.len() - 1])]
    {
        let log = logged(response.header("x-request-id").expect("an id"));
        assert!(log.contains("/setup/") && !log.contains(&token), "{log}");
    }
    for (table, rows) in app.database.snapshot() {
        assert!(!rows.contains(&token), "{table}");
    }
}
