//! What somebody hears who is locked out.

use serde_json::{Value, json};

use super::{at, fail, site};
use crate::support::{Client, PASSWORD, Response, TestApp, encode, keep_log, logged};

#[test]
fn the_page_says_when_it_opens_again() {
    let app = site().start();
    let client = at(&app, "192.0.2.1");
    let page = fail(&client, "ann", 5);
    assert_eq!(page.text("h1"), "Too many attempts");
    assert_eq!(page.text("strong"), "in 60 minutes");
    assert!(page.attribute("time", "datetime").is_some_and(|time| time.ends_with('Z')));
    assert_eq!(page.text("p.small-print code").lines().next(), Some("192.0.2.1"));
    assert_eq!(client.get("/login/").status, 200, "the form is still shown");
}

fn as_json(answer: &Response) -> Value {
    assert_eq!(answer.header("content-type"), Some("application/json"), "{}", answer.body);
    serde_json::from_str(&answer.body).expect("JSON")
}

#[test]
fn a_program_is_answered_in_axes_words() {
    for (header, value) in [("x-requested-with", "XMLHttpRequest"), ("accept", "application/json")] {
        let app = site().start();
        let client = at(&app, "192.0.2.1");
        client.set_header(header, value);
        let locked = fail(&client, "ANN", 5);
        assert_eq!((locked.status, locked.header("retry-after")), (429, Some("3600")));
        let mut answer = as_json(&locked);
        let until = answer.as_object_mut().expect("an object").remove("locked_until");
        assert!(until.is_some_and(|until| until.as_str().is_some_and(|until| until.ends_with('Z'))));
        let expected = json!({
            "failure_limit": 5,
            "username": "ANN",
            "cooloff_time": "PT1H",
            "cooloff_timedelta": "P0DT01H00M00S",
            "retry_after": 3600,
        });
        assert_eq!(answer, expected);
    }
}

#[test]
fn of_a_lock_without_an_end_a_program_hears_no_time() {
    let app = site().setting("AXES_COOLOFF_TIME", "None").setting("AXES_FAILURE_LIMIT", "1").start();
    let client = at(&app, "192.0.2.1");
    client.set_header("x-requested-with", "XMLHttpRequest");
    assert_eq!(as_json(&fail(&client, "ann", 1)), json!({"failure_limit": 1, "username": "ann"}));
}

#[test]
fn every_other_length_is_told_as_axes_tells_it() {
    for (setting, iso, delta) in
        [("30m", "PT30M", "P0DT00H30M00S"), ("2", "PT2H", "P0DT02H00M00S"), ("36h", "P1DT12H", "P1DT12H00M00S")]
    {
        let app = site().setting("AXES_COOLOFF_TIME", setting).setting("AXES_FAILURE_LIMIT", "1").start();
        let client = at(&app, "192.0.2.1");
        client.set_header("x-requested-with", "XMLHttpRequest");
        let answer = as_json(&fail(&client, "ann", 1));
        assert_eq!((&answer["cooloff_time"], &answer["cooloff_timedelta"]), (&json!(iso), &json!(delta)));
    }
}

/// What can be seen of an answer, but for what differs each time.
fn seen(answer: &Response) -> (u16, Option<String>, String, Vec<String>) {
    let text = answer.texts("main h1, main p:not(.small-print), main li, main strong").join("|");
    let mut names: Vec<String> = answer.headers.iter().map(|(name, _)| name.clone()).collect();
    names.sort_unstable();
    // Minutes pass.
    let clock = answer.text("time");
    (answer.status, answer.header("retry-after").map(str::to_owned), text.replace(&clock, ""), names)
}

/// How many rows each table holds.
fn shape(app: &TestApp) -> Vec<(String, usize)> {
    app.database.snapshot().into_iter().map(|(table, rows)| (table, rows.lines().count())).collect()
}

#[test]
fn of_whether_a_name_is_known_neither_answers_nor_rows_tell() {
    let tries = |username: &str| {
        let app = site().start();
        app.database.execute("UPDATE auth_user SET is_active = false WHERE username = 'bob'");
        let client = at(&app, "192.0.2.1");
        let before = app.auth.hashers.runs();
        let answers: Vec<_> = (0..7).map(|_| seen(&client.log_in(username, "wrong"))).collect();
        (answers, shape(&app), app.auth.hashers.runs() - before)
    };
    let known = tries("ann");
    assert_eq!(known.0[4].0, 429);
    for other in ["zoe", "bob", "ann@example.org", "zoe@example.org"] {
        assert_eq!(tries(other), known, "{other}");
    }
}

/// Answers to a form sent as it is.
fn post(client: &Client, token: &str, username: &str) -> u16 {
    let body = format!("csrfmiddlewaretoken={token}&username={username}&password=wrong");
    client.post_body("/login/", "application/x-www-form-urlencoded", body.into_bytes()).status
}

#[test]
fn no_name_and_no_browser_is_a_fault_of_ours() {
    let app = site().setting("LOCKOUT_ADDRESS_LIMITS", "").setting("AXES_ENABLE_ACCESS_FAILURE_LOG", "true").start();
    let escape = |text: &str| encode(&[("", text)]).trim_start_matches('=').to_owned();
    let names = [
        escape("a\r\nSet-Cookie: x=y"),
        escape("a\0b"),
        escape("\u{1b}[31mred\u{1b}[0m"),
        "x".repeat(1_000_000),
        "x".repeat(254),
        "x".repeat(255),
        escape(&"é".repeat(254)),
        escape(&"\u{1f600}".repeat(254)),
        escape(&"\u{fdfa}".repeat(254)),
        escape(&"\u{300}".repeat(254)),
        // Lone surrogates and other bytes that are no UTF-8.
        "%ed%a0%80".to_owned(),
        "%ed%bf%bf".to_owned(),
        "%ff%fe".to_owned(),
        "%c0%80".to_owned(),
        escape("\u{202e}nna"),
        escape("\u{200b}"),
        escape("' OR 1=1 --"),
        escape("%"),
        escape("İIıi"),
    ];
    for name in names {
        let client = at(&app, "192.0.2.1");
        let token = client.get("/login/").csrf_token();
        for _ in 0..6 {
            let status = post(&client, &token, &name);
            assert!([200, 400, 413, 429].contains(&status), "{name:.40}: {status}");
        }
    }
    let client = at(&app, "192.0.2.3");
    let token = client.get("/login/").csrf_token();
    let body = format!("csrfmiddlewaretoken={token}&username=ann&password=wrong");
    for odd in [&b"\xff\xfe"[..], "é".repeat(300).as_bytes(), &b"x".repeat(8_000), b"", b"\x1b[31m", b"a\tb"] {
        let head = format!(
            "POST /login/ HTTP/1.1\r\nHost: {}\r\nX-Forwarded-For: 192.0.2.4\r\nCookie: csrftoken={}\r\nContent-Type: \
             application/x-www-form-urlencoded\r\nContent-Length: {}\r\n",
            client.address,
            client.cookie("csrftoken").expect("a secret"),
            body.len()
        );
        let request =
            [head.as_bytes(), b"User-Agent: ", odd, b"\r\nAccept: ", odd, b"\r\n\r\n", body.as_bytes()].concat();
        let status = client.exchange(&request).status;
        assert!([200, 400, 429].contains(&status), "{odd:?}: {status}");
    }
}

#[test]
fn passwords_reach_neither_rows_nor_log_whatever_is_locked() {
    keep_log();
    let app = site().setting("AXES_ENABLE_ACCESS_FAILURE_LOG", "true").start();
    let client = at(&app, "192.0.2.1");
    let wrong = |turn: usize| format!("a-wrong-password-to-look-for-{turn}");
    for turn in 0..7 {
        let password = if turn == 6 { PASSWORD.to_owned() } else { wrong(turn) };
        let answer = client.log_in("ann", &password);
        assert_eq!(answer.status, if turn < 4 { 200 } else { 429 });
        assert!(!answer.body.contains(&password));
        let log = logged(answer.header("x-request-id").expect("an id"));
        assert!(log.contains("/login/"), "there is a line to look at: {log}");
        assert!(!log.contains("a-wrong-password") && !log.contains(PASSWORD), "{log}");
    }
    for (table, rows) in app.database.snapshot() {
        assert!(!rows.contains("a-wrong-password") && !rows.contains(PASSWORD), "{table}");
    }
}
