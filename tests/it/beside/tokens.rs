//! Tokens of each are taken by the other, and one that was taken back on either is good on neither.

use serde_json::{Value, json};

use super::{Django, Pair, Side, beside_each_django, read};
use crate::support::{Client, PASSWORD, Response};

beside_each_django!(tokens_are_good_on_both_or_on_neither);

/// Asks for tokens.
pub fn ask(client: &Client, side: Side, username: &str, password: &str) -> Response {
    post(client, side, "login", &json!({"username": username, "password": password}))
}

fn post(client: &Client, side: Side, path: &str, body: &Value) -> Response {
    let path = format!("{}{path}/", side.pick("/api/auth/", "/auth/api/auth/"));
    client.post_body(&path, "application/json", body.to_string().into_bytes())
}

/// What a log-in or a renewal gave.
struct Tokens {
    access: String,
    refresh: String,
}

#[track_caller]
fn tokens(answer: &Response) -> Tokens {
    assert_eq!(answer.status, 200, "{answer:?}");
    let json = read(answer);
    let token = |name: &str| json[name].as_str().expect("a token").to_owned();
    Tokens { access: token("access"), refresh: token("refresh") }
}

fn refresh(client: &Client, side: Side, token: &str) -> Response {
    post(client, side, "refresh", &json!({"refresh": token}))
}

/// Whose the access token is.
pub fn profile(client: &Client, side: Side, access: &str) -> Response {
    let program = client.tab();
    program.set_header("authorization", &format!("Bearer {access}"));
    program.get(side.pick("/api/profile/", "/auth/api/profile/"))
}

fn tokens_are_good_on_both_or_on_neither(django: &Django) {
    let pair = Pair::start(django, &["ann"]);
    let program = pair.browser();
    for (one, other) in Side::WAYS {
        let first = tokens(&ask(&program, one, "ann", PASSWORD));
        let known = [one, other].map(|side| profile(&program, side, &first.access));
        assert_eq!(read(&known[0])["username"], "ann");
        assert_eq!(known[1].body, known[0].body);

        let second = tokens(&refresh(&program, other, &first.refresh));
        assert_eq!(profile(&program, one, &second.access).status, 200);
        let third = tokens(&refresh(&program, one, &second.refresh));
        let kept = tokens(&ask(&program, one, "ann", PASSWORD));
        let ended = post(&program, other, "logout", &json!({"refresh": third.refresh}));
        assert_eq!((ended.status, &*ended.body), (200, "{}"), "{other:?}");
        assert_eq!(profile(&program, other, &third.access).status, 200, "until it ends by itself");
        // One log-out ends one log-in.
        tokens(&refresh(&program, other, &kept.refresh));
        // Django first: here one that was used already is a thief's, for whom all of ann's end.
        for side in [Side::Django, Side::Vestibule] {
            for spent in [&first, &second, &third] {
                assert_taken_back(&refresh(&program, side, &spent.refresh));
            }
        }
    }
    let outstanding = "SELECT count(*) FROM token_blacklist_outstandingtoken";
    assert_eq!(pair.database().number(outstanding), 10, "both wrote down what they made");
}

#[track_caller]
fn assert_taken_back(answer: &Response) {
    assert_eq!((answer.status, &read(answer)["detail"]), (401, &json!("Token is blacklisted")), "{answer:?}");
}
