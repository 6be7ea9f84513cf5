//! Guesses by way of the API count like any others (T6, T7).

use serde_json::{Value, json};

use super::{Answer, LOGIN, Pair, REFRESH, Request, Sent, Side};
use crate::support::{Client, PASSWORD, TestApp};

fn app() -> TestApp {
    TestApp::init().with_user("ann").with_user("bob").start()
}

fn guess(client: &Client, username: &str, password: &str) -> Answer {
    client.answer(&Request::post(LOGIN, json!({"username": username, "password": password}).to_string()))
}

#[track_caller]
fn assert_locked(client: &Client, username: &str, password: &str) {
    let request = Request::post(LOGIN, json!({"username": username, "password": password}).to_string());
    let response = client.exchange(&request.bytes(client.address));
    assert_eq!((response.status, response.header("content-type")), (429, Some("application/json")), "{response:?}");
    let seconds: u32 = response.header("retry-after").and_then(|text| text.parse().ok()).expect("seconds");
    assert!((3_500..=3_600).contains(&seconds), "{seconds}");
    let json: Value = serde_json::from_str(&response.body).expect("JSON");
    assert!(json["detail"].is_string(), "{json}");
    let expected = json!([5, username, "PT1H", "P0DT01H00M00S"]);
    assert_eq!(
        json!([json["failure_limit"], json["username"], json["cooloff_time"], json["cooloff_timedelta"]]),
        expected
    );
    assert_eq!(response.header("www-authenticate"), None);
}

#[test]
fn the_fifth_failure_answers_429_and_then_the_right_password_does_too() {
    let app = app();
    let client = app.client();
    for _ in 0..4 {
        let answer = guess(&client, "ann", "wrong");
        assert_eq!(answer.status, 401);
        assert_eq!(answer.json(), json!({"detail": "No active account found with the given credentials"}));
    }
    assert_locked(&client, "ann", "wrong");
    assert_locked(&client, "ann", PASSWORD);
    assert_eq!(app.client().log_in("ann", PASSWORD).status, 429, "the form is shut too");
    Pair::obtain(&client, "bob");
}

#[test]
fn failures_at_the_form_and_at_the_api_are_added_up() {
    let app = app();
    let client = app.client();
    for _ in 0..2 {
        assert_eq!(client.log_in("ann", "wrong").status, 200);
        assert_eq!(guess(&client, "ANN@example.org", "wrong").status, 401);
    }
    assert_eq!(client.log_in("ann", "wrong").status, 429);
    assert_locked(&client, "ann", PASSWORD);
}

#[test]
fn a_name_that_nobody_has_locks_like_any_other() {
    let app = app();
    let client = app.client();
    let heard = |username: &str| -> Vec<(u16, String)> {
        let answers = (0..6).map(|_| guess(&client, username, "wrong"));
        answers.map(|answer| (answer.status, answer.body.replace(username, "<name>"))).collect()
    };
    let strip = |heard: Vec<(u16, String)>| -> Vec<(u16, Value)> {
        let bare = |(status, body): (u16, String)| {
            let mut json: Value = serde_json::from_str(&body).expect("JSON");
            for time in ["locked_until", "retry_after"] {
                json.as_object_mut().expect("an object").remove(time);
            }
            (status, json)
        };
        heard.into_iter().map(bare).collect()
    };
    assert_eq!(strip(heard("ann")), strip(heard("nobody")));
}

#[test]
fn of_many_guesses_at_once_no_more_are_looked_at_than_may_fail() {
    let app = app();
    let before = app.auth.hashers.runs();
    let request = Request::post(LOGIN, json!({"username": "ann", "password": "wrong"}).to_string());
    let answers = Sent::request(&[app.address], request).answers();
    assert!(app.auth.hashers.runs() - before <= 5, "{}", app.auth.hashers.runs() - before);
    assert!(answers.iter().all(|answer| [401, 429, 503].contains(&answer.status)), "{answers:?}");
    assert!(answers.iter().filter(|answer| answer.status == 401).count() <= 4, "{answers:?}");
}

#[test]
fn empty_fields_and_tokens_are_no_guesses() {
    let app = app();
    let client = app.client();
    for _ in 0..10 {
        assert_eq!(client.answer(&Request::post(LOGIN, r#"{"username":"ann","password":""}"#)).status, 400);
        assert_eq!(client.answer(&Request::post(LOGIN, r#"{"username":"ann"}"#)).status, 400);
        assert_eq!(client.answer(&Request::post(LOGIN, "[]")).status, 400);
        assert_eq!(client.answer(&Request::field(REFRESH, "refresh", "x")).status, 401);
    }
    Pair::obtain(&client, "ann");
}

#[test]
fn who_has_tokens_already_goes_on_during_a_lock() {
    let app = app();
    let client = app.client();
    let pair = Pair::obtain(&client, "ann");
    for _ in 0..6 {
        guess(&client, "ann", "wrong");
    }
    assert_locked(&client, "ann", PASSWORD);
    let next = pair.renew(&client);
    assert_eq!(super::profile(&client, &next.access).status, 200);
}

#[test]
fn a_success_forgets_the_failures_before_it_as_at_the_form() {
    let app = app();
    let by_form = app.client();
    let mut statuses = [Vec::new(), Vec::new()];
    for _ in 0..3 {
        by_form.log_in("bob", "wrong");
        guess(&app.client(), "ann", "wrong");
    }
    assert_eq!(by_form.log_in("bob", PASSWORD).status, 302);
    Pair::obtain(&app.client(), "ann");
    for _ in 0..5 {
        statuses[0].push(app.client().log_in("bob", "wrong").status == 429);
        statuses[1].push(guess(&app.client(), "ann", "wrong").status == 429);
    }
    assert_eq!(statuses[0], statuses[1]);
}
