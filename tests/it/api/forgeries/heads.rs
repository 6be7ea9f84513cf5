//! What the head of a token may not bring about (J2, J5), and how its parts may not be written (J21).

use std::{io::ErrorKind, net::TcpListener};

use super::Attack;
use crate::{
    api::{
        VERIFY,
        mint::{HEAD, encode, signed, signed_with},
        request::{Request, Side},
    },
    support::SECRET_KEY,
};

const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

#[test]
fn no_algorithm_but_the_configured_one_is_taken() {
    let attack = Attack::start();
    let other =
        ["HS384", "HS512", "RS256", "PS256", "ES256", "EdDSA", "none", "None", "NONE", "nOnE", "hs256", "Hs256"];
    let odd = ["HS256 ", " HS256", "HS256\\u0000", "", "HS2560", "HS"];
    for name in other.iter().chain(&odd) {
        let head = format!(r#"{{"alg":"{name}","typ":"JWT"}}"#);
        attack.assert_refused(name, |kind| signed(&head, attack.mint.claims(kind, &[])));
    }
    for algorithm in ["HS384", "HS512"] {
        let head = format!(r#"{{"alg":"{algorithm}","typ":"JWT"}}"#);
        for head in [head.as_str(), HEAD] {
            attack.assert_refused(algorithm, |kind| {
                signed_with(SECRET_KEY.as_bytes(), algorithm, head, attack.mint.claims(kind, &[]))
            });
        }
    }
    for alg in ["null", "256", "true", "[\"HS256\"]", "{\"HS256\":1}"] {
        let head = format!(r#"{{"alg":{alg},"typ":"JWT"}}"#);
        attack.assert_refused(alg, |kind| signed(&head, attack.mint.claims(kind, &[])));
    }
    attack.assert_refused("no alg", |kind| signed(r#"{"typ":"JWT"}"#, attack.mint.claims(kind, &[])));
    for unsigned in [r#"{"alg":"none","typ":"JWT"}"#, HEAD] {
        for signature in ["", encode("x").as_str()] {
            attack.assert_refused("unsigned", |kind| {
                format!("{}.{}.{signature}", encode(unsigned), encode(attack.mint.claims(kind, &[])))
            });
        }
    }
}

#[test]
fn no_other_key_is_taken() {
    let attack = Attack::start();
    let longer = format!("{SECRET_KEY} ");
    let keys: [&[u8]; 7] =
        [b"", b"\0", b"secret", &SECRET_KEY.as_bytes()[1..], longer.as_bytes(), &[0; 32], b"django-insecure-change-me"];
    for key in keys {
        attack.assert_refused("key", |kind| signed_with(key, "HS256", HEAD, attack.mint.claims(kind, &[])));
    }
}

#[test]
fn a_head_names_no_key_and_fetches_nothing() {
    let attack = Attack::start();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("no waiting");
    let there = format!("http://{}/", listener.local_addr().expect("an address"));
    let jwk = r#"{"kty":"oct","k":"c2VjcmV0"}"#;
    let fields = [
        r#""kid":"../../../../dev/null""#.to_owned(),
        r#""kid":"/dev/null""#.to_owned(),
        r#""kid":"x' UNION SELECT 'secret' --""#.to_owned(),
        r#""kid":"|/bin/true""#.to_owned(),
        r#""kid":"""#.to_owned(),
        format!(r#""kid":"{there}""#),
        format!(r#""jku":"{there}""#),
        format!(r#""x5u":"{there}""#),
        format!(r#""jku":"{there}","kid":"x","x5u":"{there}""#),
        format!(r#""jwk":{jwk}"#),
        r#""x5c":["MIIB"]"#.to_owned(),
    ];
    for field in fields {
        let head = format!(r#"{{"alg":"HS256","typ":"JWT",{field}}}"#);
        for key in [b"secret".as_slice(), b"", b"\0", &[0; 32]] {
            attack.assert_refused(&field, |kind| signed_with(key, "HS256", &head, attack.mint.claims(kind, &[])));
        }
        // With the right key they are just words.
        attack.assert_taken(&field, |kind| signed(&head, attack.mint.claims(kind, &[])));
    }
    assert_eq!(listener.accept().map(drop).map_err(|error| error.kind()), Err(ErrorKind::WouldBlock));
}

#[test]
fn a_head_of_any_length_is_answered() {
    let attack = Attack::start();
    for length in [1_000, 64_000, 1_000_000] {
        let head = format!(r#"{{"alg":"HS256","typ":"JWT","kid":"{}"}}"#, "k".repeat(length));
        let token = signed_with(b"secret", "HS256", &head, attack.mint.claims("access", &[]));
        let answer = attack.client.answer(&Request::field(VERIFY, "token", &token));
        assert!([400, 401, 413].contains(&answer.status), "{length}: {answer:?}");
    }
}

#[test]
fn what_must_be_understood_and_is_not_is_refused() {
    let attack = Attack::start();
    let fields = [
        r#""crit":["x"],"x":1"#,
        r#""crit":["exp"],"exp":4000000000"#,
        r#""crit":["b64"],"b64":false"#,
        r#""crit":"x""#,
        r#""crit":[]"#,
        r#""crit":null"#,
        r#""b64":false"#,
    ];
    for field in fields {
        let head = format!(r#"{{"alg":"HS256","typ":"JWT",{field}}}"#);
        attack.assert_refused(field, |kind| signed(&head, attack.mint.claims(kind, &[])));
    }
}

#[test]
fn a_head_that_says_a_thing_twice_or_is_none_is_refused() {
    let attack = Attack::start();
    let heads = [
        r#"{"alg":"none","alg":"HS256","typ":"JWT"}"#,
        r#"{"alg":"HS256","alg":"none","typ":"JWT"}"#,
        r#"{"alg":"HS256","alg":"HS256","typ":"JWT"}"#,
        r#"{"alg":"HS256","\u0061lg":"HS256","typ":"JWT"}"#,
        r#"{"alg":"HS256","typ":"JWT"} x"#,
        r#"{"alg":"HS256","typ":"JWT"}{}"#,
        r#"[{"alg":"HS256","typ":"JWT"}]"#,
        r#""HS256""#,
        "null",
        "",
        "{",
        "\u{feff}{\"alg\":\"HS256\",\"typ\":\"JWT\"}",
    ];
    for head in heads {
        attack.assert_refused(head, |kind| signed(head, attack.mint.claims(kind, &[])));
    }
}

/// What becomes of a token on the way.
type Change = fn(&str) -> String;

#[test]
fn one_token_has_one_text() {
    let attack = Attack::start();
    let changes: [(&str, Change); 20] = [
        ("padding", |token| format!("{token}=")),
        ("two paddings", |token| format!("{token}==")),
        ("padded claims", |token| token.replacen('.', "=.", 2)),
        ("padded head", |token| token.replacen('.', "=.", 1)),
        ("another last letter, 1", |token| with_last(token, 1)),
        ("another last letter, 2", |token| with_last(token, 2)),
        ("another last letter, 3", |token| with_last(token, 3)),
        ("a letter more", |token| format!("{token}A")),
        ("four letters more", |token| format!("{token}AAAA")),
        ("a letter less", |token| token[..token.len() - 1].to_owned()),
        ("a line feed within", |token| token.replacen('.', "\n.", 1)),
        ("a line feed in the signature", |token| within(token, "\n")),
        ("a space in the signature", |token| within(token, " ")),
        ("junk in the signature", |token| within(token, "!!!")),
        ("a NUL in the signature", |token| within(token, "\0")),
        ("a letter that is none", |token| within(token, "é")),
        ("a percent escape", |token| token.replacen('.', "%2E", 1)),
        ("a dot more", |token| format!("{token}.")),
        ("a dot before", |token| format!(".{token}")),
        ("two dots", |token| token.replacen('.', "..", 1)),
    ];
    for (what, change) in changes {
        let token = change(&attack.mint.refresh(&[]));
        let before = attack.rows();
        for (path, field) in [(VERIFY, "token"), (crate::api::REFRESH, "refresh"), (crate::api::LOGOUT, "refresh")] {
            let answer = attack.client.answer(&Request::field(path, field, &token));
            // A NUL is no part of any text.
            assert!(
                answer.status == 401 || (what.contains("NUL") && answer.status == 400),
                "{what} {path}: {answer:?}"
            );
        }
        assert_eq!(attack.rows(), before, "{what}");
    }
    let standard = attack.mint.refresh(&[]).replace('-', "+").replace('_', "/");
    if standard.contains(['+', '/']) {
        attack.assert_useless("the other alphabet", &standard);
    }
}

/// Another last letter; of that of 43 characters two bits mean nothing.
fn with_last(token: &str, flip: usize) -> String {
    let (rest, last) = token.split_at(token.len() - 1);
    let at = LETTERS.find(last).expect("a letter") ^ flip;
    format!("{rest}{}", &LETTERS[at..=at])
}

/// Puts something into the signature.
fn within(token: &str, what: &str) -> String {
    let (before, after) = token.split_at(token.len() - 9);
    format!("{before}{what}{after}")
}
