//! Who is logged in to one is logged in to the other, and forms of both share the cookie.

use std::collections::BTreeSet;

use serde_json::json;

use super::{Django, Here, Pair, Side, There, assert_known, assert_out, beside_each_django, read};
use crate::support::{Client, PASSWORD};

beside_each_django!(people_are_known_and_forgotten_on_both);

fn people_are_known_and_forgotten_on_both(django: &Django) {
    let pair = Pair::start(django, &["ann", "bob"]);
    for (one, other) in Side::WAYS {
        log_ins_and_log_outs(&pair, one, other);
        forms_take_the_token_of_the_other(&pair, one, other);
        somebody_else_logs_in(&pair, one, other);
    }
    a_session_goes_to_and_fro(&pair);
    a_browser_keeps_one_cookie_of_each_name(&pair);
}

fn sessions(pair: &Pair) -> i64 {
    pair.database().number("SELECT count(*) FROM django_session")
}

fn log_ins_and_log_outs(pair: &Pair, one: Side, other: Side) {
    let stays = pair.logged_in(other, "bob");
    for ender in [one, other] {
        let client = pair.logged_in(one, "ann");
        assert_known(&client, "ann");
        let before = client.tab();
        ender.log_out(&client);
        assert_eq!(client.cookie("sessionid"), None, "{ender:?} takes the cookie of {one:?} away");
        // Who kept it is not let in by it.
        assert_out(&before, (one, other));
    }
    assert_known(&stays, "bob");
    other.log_out(&stays);
    assert_eq!(sessions(pair), 0);
}

/// As a browser sends them: with the origin, and one cookie for both.
fn forms_take_the_token_of_the_other(pair: &Pair, one: Side, other: Side) {
    let client = pair.browser();
    let origin = client.origin();
    client.set_header("origin", &origin);
    let token = client.get(one.login()).csrf_token();
    let secret = client.cookie("csrftoken").expect("a secret");
    assert_eq!(secret.len(), 32);
    client.get(other.login());
    assert_eq!(client.cookie("csrftoken"), Some(secret), "{other:?} takes the secret over");

    let send = |client: &Client, token: &str| {
        let fields = [("csrfmiddlewaretoken", token), ("username", "ann"), ("password", PASSWORD)];
        client.post(other.login(), &fields).status
    };
    assert_eq!(send(&client.tab(), &"x".repeat(64)), 403);
    let stranger = client.tab();
    stranger.set_header("origin", "http://elsewhere.example");
    assert_eq!(send(&stranger, &token), 403);
    assert_eq!(send(&client, &token), 302);
    // The log-in gave the browser another secret, which counts on both, and the old one is worth nothing.
    assert_eq!(send(&client.tab(), &token), 403);
    one.log_out(&client);
}

/// What was the first one's does not become the second one's.
fn somebody_else_logs_in(pair: &Pair, one: Side, other: Side) {
    let client = pair.logged_in(one, "ann");
    put(&client, "lamp", r#"{"of":"ann"}"#);
    let before = client.tab();
    other.log_in(&client, "bob");
    assert_known(&client, "bob");
    assert_eq!(read(&client.get("/whoami/"))["session"], json!({}));
    assert_out(&before, (one, other));
    other.log_out(&client);
}

/// An anonymous basket, and what each of them does to it.
fn a_session_goes_to_and_fro(pair: &Pair) {
    let client = pair.browser();
    put(&client, "lamp", r#"{"näme":"\ud83d\ude00","price":[1,2.5,null]}"#);
    for (turn, side) in [Here, There, Here, Here, There].into_iter().enumerate() {
        side.log_in(&client, "ann");
        assert_known(&client, "ann");
        put(&client, &format!("chair {turn}"), "[]");
    }
    let basket = read(&client.get("/whoami/"))["session"]["basket"].clone();
    assert_eq!(basket.as_object().map(serde_json::Map::len), Some(6), "{basket}");
    assert_eq!(basket["lamp"], json!({"näme": "\u{1F600}", "price": [1, 2.5, null]}));
    assert_eq!(sessions(pair), 1);
}

/// Names, domains and paths tell cookies apart, and of two of one name a browser would send both.
fn a_browser_keeps_one_cookie_of_each_name(pair: &Pair) {
    let [theirs, ours] = [There, Here].map(|side| {
        let client = pair.browser();
        let page = client.get(side.login());
        let token = page.csrf_token();
        let fields =
            [("csrfmiddlewaretoken", &*token), ("username", "ann"), ("password", PASSWORD), ("remember", "on")];
        let entered = client.post(side.login(), &fields);
        let token = client.get(side.password_change()).csrf_token();
        let left = client.post(side.logout(), &[("csrfmiddlewaretoken", &token)]);
        [(&page, "csrftoken"), (&entered, "csrftoken"), (&entered, "sessionid"), (&left, "sessionid")]
            .map(|(answer, name)| attributes(answer.set_cookie(name).unwrap_or_else(|| panic!("{side:?}: no {name}"))))
    });
    assert_eq!(theirs, ours);
    assert!(theirs.iter().all(|attributes| attributes.contains("path=/")), "{theirs:?}");
}

/// What decides which cookie it is, and who sees it.
fn attributes(cookie: &str) -> BTreeSet<String> {
    let cookie = cookie.to_ascii_lowercase();
    // Django takes a cookie away without saying that scripts could not read it.
    let unsaid = if cookie.contains("max-age=0;") { "httponly" } else { "" };
    let parts = cookie.split(';').skip(1).map(str::trim);
    parts.filter(|part| !part.starts_with("expires=") && *part != unsaid).map(str::to_owned).collect()
}

/// A view of Django's writes to the session, with the token of a page of Vestibule's.
#[track_caller]
pub fn put(client: &Client, name: &str, entry: &str) {
    let token = client.get(Here.login()).csrf_token();
    let answer = client.post("/basket/", &[("csrfmiddlewaretoken", &token), ("name", name), ("entry", entry)]);
    assert_eq!(answer.status, 200, "{answer:?}");
}
