//! JSON that was made to do harm (H11): it is refused, quickly, and nobody gets in by it.

use super::{LOGIN, Mint, POSTS, REFRESH, Request, Side, VERIFY, site};
use crate::support::PASSWORD;

/// Bodies that no program would send.
fn bodies() -> Vec<(&'static str, String)> {
    let members = |count: usize| (0..count).map(|number| format!("\"k{number}\":1")).collect::<Vec<_>>().join(",");
    vec![
        ("deep lists", format!("{}{}", "[".repeat(100_000), "]".repeat(100_000))),
        ("deep objects", format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000))),
        ("a deep field", format!("{{\"username\":{}{},\"password\":\"x\"}}", "[".repeat(50_000), "]".repeat(50_000))),
        ("unclosed lists", "[".repeat(100_000)),
        ("many names", format!("{{{}}}", members(100_000))),
        ("a long number", format!("{{\"username\":{}}}", "9".repeat(1_000_000))),
        ("a long fraction", format!("{{\"username\":0.{}}}", "9".repeat(1_000_000))),
        ("a long exponent", format!("{{\"username\":1e{}}}", "9".repeat(100_000))),
        ("a long name", format!("{{\"{}\":1}}", "a".repeat(1_000_000))),
        ("a long text", format!("{{\"username\":\"{}\",\"password\":\"x\"}}", "a".repeat(1_000_000))),
        ("many escapes", format!("{{\"username\":\"{}\",\"password\":\"x\"}}", "\\u0061".repeat(100_000))),
        ("a mark before it", format!("\u{feff}{{\"username\":\"ann\",\"password\":\"{PASSWORD}\"}}")),
        ("junk behind it", format!("{{\"username\":\"ann\",\"password\":\"{PASSWORD}\"}}x")),
        ("two objects", format!("{{}}{{\"username\":\"ann\",\"password\":\"{PASSWORD}\"}}")),
        ("a list of fields", format!("[\"ann\",\"{PASSWORD}\"]")),
        ("a list of objects", format!("[{{\"username\":\"ann\",\"password\":\"{PASSWORD}\"}}]")),
        ("a text of JSON", format!("\"{{\\\"username\\\":\\\"ann\\\",\\\"password\\\":\\\"{PASSWORD}\\\"}}\"")),
        ("a name in a list", format!("{{\"username\":[\"ann\"],\"password\":\"{PASSWORD}\"}}")),
        ("a name in an object", format!("{{\"username\":{{\"$ne\":\"\"}},\"password\":\"{PASSWORD}\"}}")),
        ("another case", format!("{{\"Username\":\"ann\",\"Password\":\"{PASSWORD}\"}}")),
        ("a NUL", format!("{{\"username\":\"ann\\u0000\",\"password\":\"{PASSWORD}\"}}")),
        ("a surrogate", format!("{{\"username\":\"ann\\ud800\",\"password\":\"{PASSWORD}\"}}")),
        ("names twice", format!("{{\"username\":\"ann\",\"password\":\"x\",\"password\":\"{PASSWORD}\"}}")),
        ("NaN", format!("{{\"username\":\"ann\",\"password\":\"{PASSWORD}\",\"x\":NaN}}")),
    ]
}

#[test]
fn it_is_refused() {
    let app = site().start();
    let token = Mint::of(&app).access(&[]);
    for (what, body) in bodies() {
        for path in [LOGIN, REFRESH, VERIFY] {
            let answer = app.client().answer(&Request::post(path, &body));
            assert!([400, 401, 413].contains(&answer.status), "{what} {path}: {answer:?}");
            assert_eq!(answer.content_type, "application/json", "{what} {path}");
            assert!(answer.body.len() < 2_000, "{what} {path} is thrown back");
            assert!(!answer.body.contains("access"), "{what} {path}");
        }
        let answer = app.client().answer(&Request::post(POSTS, &body).bearer(&token));
        assert!([400, 413].contains(&answer.status), "{what}: {answer:?}");
    }
    assert_eq!(app.database.number("SELECT count(*) FROM token_blacklist_outstandingtoken"), 0);
}

#[test]
fn no_answer_tells_what_the_program_is_made_of() {
    let app = site().start();
    for body in ["{", "[1", "{\"username\":1,}", "nul", "\u{1}", "{\"username\":{}}"] {
        let answer = app.client().answer(&Request::post(LOGIN, body));
        for word in ["serde", "expected struct", "missing field", "src/", "panicked", "Error("] {
            assert!(!answer.body.contains(word), "{body}: {answer:?}");
        }
    }
}
