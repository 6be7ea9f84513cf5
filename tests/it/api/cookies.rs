//! A session opens the API too, but changes something only with a CSRF token (X8, X9).

use serde_json::json;

use super::{Answer, Mint, POSTS, PROFILE, Request, Side, site};
use crate::support::{Client, TestApp};

/// A page in `ann`'s browser.
struct Browser {
    app: TestApp,
    client: Client,
}

impl Browser {
    fn start() -> Self {
        let app = site().with_user("bob").start();
        let client = app.logged_in("ann");
        Self { app, client }
    }

    fn cookies(&self) -> String {
        let value = |name: &str| self.client.cookie(name).expect("a cookie");
        format!("sessionid={}; csrftoken={}", value("sessionid"), value("csrftoken"))
    }

    /// What `ann`'s browser adds by itself.
    fn with_cookies(&self, request: Request) -> Request {
        request.header("Cookie", &self.cookies())
    }

    fn token(&self) -> String {
        self.client.cookie("csrftoken").expect("a cookie")
    }

    fn answer(&self, request: &Request) -> Answer {
        self.app.client().answer(request)
    }

    fn posts(&self) -> i64 {
        self.app.database.number("SELECT count(*) FROM vestibule_post")
    }
}

fn post() -> Request {
    Request::post(POSTS, json!({"title": "Title", "body": "Body"}).to_string())
}

#[track_caller]
fn assert_csrf(answer: &Answer) {
    assert_eq!(answer.status, 403, "{answer:?}");
    assert!(answer.json()["detail"].as_str().is_some_and(|text| text.starts_with("CSRF Failed: ")), "{answer:?}");
}

#[test]
fn with_a_cookie_alone_nothing_is_changed() {
    let browser = Browser::start();
    let plain = browser.with_cookies(post());
    for request in [
        plain.clone(),
        plain.clone().header("X-Requested-With", "XMLHttpRequest"),
        plain.clone().header("X-CSRFToken", "x"),
        plain.clone().header("X-CSRFToken", &"x".repeat(32)),
        plain.clone().header("X-CSRFToken", &browser.token()).header("Origin", "https://evil.example"),
        plain.clone().header("X-CSRFToken", &browser.token()).header("Origin", "null"),
        plain.clone().header("Authorization", "Token x"),
        plain.clone().header("X-HTTP-Method-Override", "GET"),
        post()
            .header("Cookie", &browser.cookies().replace("csrftoken", "other"))
            .header("X-CSRFToken", &browser.token()),
    ] {
        assert_csrf(&browser.answer(&request));
    }
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
        let request = browser.with_cookies(Request::new("POST", POSTS)).header("Content-Type", content_type);
        let answer = browser.answer(&request.body(post().body));
        assert!([403, 415].contains(&answer.status), "{content_type}: {answer:?}");
    }
    assert_eq!(browser.posts(), 0);
}

#[test]
fn with_a_cookie_and_its_token_it_is() {
    let browser = Browser::start();
    let answer = browser.answer(&browser.with_cookies(post()).header("X-CSRFToken", &browser.token()));
    assert_eq!((answer.status, answer.json()["owner"].as_i64()), (201, Some(browser.app.user("ann").id.into())));
    assert_eq!(browser.posts(), 1);
    let answer = browser.answer(&browser.with_cookies(Request::get(PROFILE)));
    assert_eq!((answer.status, &answer.json()["username"]), (200, &json!("ann")), "to read needs no token");
}

#[test]
fn a_token_of_the_api_needs_no_cookie_and_goes_before_one() {
    let browser = Browser::start();
    let bob = Mint::for_user(&browser.app, "bob");
    let answer = browser.answer(&post().bearer(&bob.access(&[])));
    assert_eq!(answer.status, 201, "{answer:?}");
    let answer = browser.answer(&browser.with_cookies(post()).bearer(&bob.access(&[])));
    assert_eq!((answer.status, answer.json()["owner"].as_i64()), (201, Some(bob.user_id.into())));
    let answer = browser.answer(&browser.with_cookies(post()).bearer("x").header("X-CSRFToken", &browser.token()));
    assert_eq!(answer.status, 401, "a bad token is not forgiven");
    assert_eq!(browser.posts(), 2);
}

#[test]
fn nothing_of_the_api_sets_a_cookie_or_may_be_kept() {
    let browser = Browser::start();
    let token = Mint::of(&browser.app).access(&[]);
    let pair = super::Request::post(
        super::LOGIN,
        json!({"username": "ann", "password": crate::support::PASSWORD}).to_string(),
    );
    for request in
        [pair, Request::get(PROFILE).bearer(&token), Request::get(PROFILE), Request::get(POSTS).bearer(&token)]
    {
        let response = browser.app.client().exchange(&request.bytes(browser.app.address));
        assert!(response.all("set-cookie").is_empty(), "{response:?}");
        assert!(response.header("cache-control").is_some_and(|value| value.contains("no-store")), "{response:?}");
        assert_eq!(response.header("x-content-type-options"), Some("nosniff"));
    }
}

#[test]
fn a_session_that_ended_opens_nothing() {
    let browser = Browser::start();
    let request = browser.with_cookies(Request::get(PROFILE));
    assert_eq!(browser.answer(&request).status, 200);
    browser.client.log_out();
    super::assert_unauthenticated(&browser.answer(&request));
}
