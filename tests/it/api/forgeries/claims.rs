//! What may not stand in a token (J6, J8, J9, J15, J17, T2).

use super::{Attack, assert_invalid};
use crate::{
    api::{
        PROFILE,
        mint::{HEAD, jti, signed},
        request::{Request, Side},
    },
    support::SECRET_KEY,
};

const NO_TIMES: &[&str] = &[
    "null",
    "true",
    "false",
    "\"\"",
    "\"x\"",
    "\"4000000000\"",
    "[]",
    "[4000000000]",
    "{}",
    "{\"a\":1}",
    "-1",
    "-0.5",
    "99999999999999999999",
    "1e20",
    "1e400",
    "-1e400",
    "NaN",
    "Infinity",
    "-Infinity",
    "253402300800",
];

#[test]
fn the_end_of_a_token_is_its_end() {
    let attack = Attack::start();
    for late in [0, 1, 30, 59, 60, 61, 3_600, 1_000_000_000] {
        let end = (attack.app.clock.unix() - late).to_string();
        attack
            .assert_refused(&format!("{late} s late"), |kind| signed(HEAD, attack.mint.claims(kind, &[("exp", &end)])));
    }
    attack.assert_refused("no end", |kind| signed(HEAD, attack.mint.claims(kind, &[("exp", "")])));
    attack.assert_refused("0", |kind| signed(HEAD, attack.mint.claims(kind, &[("exp", "0")])));
    attack.assert_refused("half a second", |kind| signed(HEAD, attack.mint.claims(kind, &[("exp", "0.5")])));
}

#[test]
fn a_token_that_begins_later_is_none_yet() {
    let attack = Attack::start();
    for claim in ["nbf", "iat"] {
        for early in [30, 59, 61, 3_600] {
            let begin = (attack.app.clock.unix() + early).to_string();
            let what = format!("{claim} in {early} s");
            attack.assert_refused(&what, |kind| signed(HEAD, attack.mint.claims(kind, &[(claim, &begin)])));
        }
        for past in [0, 1, 1_000_000_000] {
            let begin = (attack.mint.now - past).to_string();
            let what = format!("{claim} {past} s ago");
            attack.assert_taken(&what, |kind| signed(HEAD, attack.mint.claims(kind, &[(claim, &begin)])));
        }
    }
}

#[test]
fn a_time_is_a_number_that_a_calendar_has() {
    let attack = Attack::start();
    for claim in ["exp", "nbf", "iat"] {
        for json in NO_TIMES {
            let what = format!("{claim} {json}");
            attack.assert_refused(&what, |kind| signed(HEAD, attack.mint.claims(kind, &[(claim, json)])));
        }
    }
}

#[test]
fn a_token_is_taken_only_for_what_it_is() {
    let attack = Attack::start();
    attack.assert_shut_as_access("refresh", &attack.mint.refresh(&[]));
    let types = [
        "",
        "null",
        "1",
        "true",
        "\"\"",
        "\"Access\"",
        "\"ACCESS\"",
        "\"access \"",
        "[\"access\"]",
        "{}",
        "\"sliding\"",
    ];
    for json in types {
        attack.assert_shut_as_access(json, &attack.mint.access(&[("token_type", json)]));
    }
    let types = ["", "null", "1", "\"Refresh\"", "\"refresh\\u0000\"", "[\"refresh\"]", "\"access\"", "\"sliding\""];
    for json in types {
        let token = attack.mint.refresh(&[("token_type", json)]);
        let before = attack.rows();
        for path in [crate::api::REFRESH, crate::api::LOGOUT] {
            assert_invalid(json, &attack.client.answer(&Request::field(path, "refresh", &token)));
        }
        assert_eq!(attack.rows(), before);
    }
}

#[test]
fn what_else_the_key_signs_is_no_token() {
    let attack = Attack::start();
    let client = attack.app.logged_in("ann");
    let session = client.cookie("sessionid").expect("a session");
    let data = attack.app.database.text("SELECT session_data FROM django_session LIMIT 1").expect("a session");
    let keys = [session, data, SECRET_KEY.to_owned(), client.cookie("csrftoken").unwrap_or_default()];
    for text in keys.iter().filter(|text| !text.is_empty()) {
        attack.assert_shut("other secrets", text);
        attack.assert_useless("other secrets", text);
    }
}

#[test]
fn the_id_of_a_token_is_a_text_that_both_databases_can_keep() {
    let attack = Attack::start();
    let long = format!("\"{}\"", "j".repeat(256));
    let longer = format!("\"{}\"", "j".repeat(50_000));
    for json in [
        "",
        "null",
        "1",
        "1.5",
        "true",
        "[]",
        "{}",
        "[\"x\"]",
        "\"\"",
        "\"\\u0000\"",
        "\"a\\u0000b\"",
        "\"\\ud800\"",
        &long,
    ] {
        attack.assert_refused(json, |kind| signed(HEAD, attack.mint.claims(kind, &[("jti", json)])));
    }
    attack.assert_useless_in_body("long", &attack.mint.refresh(&[("jti", &longer)]));
    for json in ["\"x\"", "\"é\"", "\"' OR 1=1 --\"", &format!("\"{}\"", "j".repeat(255))] {
        attack.assert_taken(json, |kind| signed(HEAD, attack.mint.claims(kind, &[("jti", json)])));
    }
}

#[test]
fn the_id_of_anothers_token_is_of_no_use() {
    let attack = Attack::start();
    let bob = crate::api::Pair::obtain(&attack.client, "bob");
    let id = crate::api::claims_of(&bob.refresh)["jti"].to_string();
    let stolen = attack.mint.refresh(&[("jti", &id)]);
    for path in [crate::api::REFRESH, crate::api::LOGOUT] {
        assert_invalid(path, &attack.client.answer(&Request::field(path, "refresh", &stolen)));
    }
    assert!(crate::api::is_good(&attack.client, &bob.refresh), "bob does not suffer from what ann signed");
}

#[test]
fn claims_that_say_a_thing_twice_or_are_none_are_refused() {
    let attack = Attack::start();
    let twice = |kind: &str, name: &str, json: &str| {
        let claims = attack.mint.claims(kind, &[]);
        format!("{},\"{name}\":{json}}}", claims.trim_end_matches('}'))
    };
    let id = format!("\"{}\"", jti());
    for (name, json) in [
        ("exp", "4000000000"),
        ("\\u0065xp", "4000000000"),
        ("user_id", "\"1\""),
        ("jti", id.as_str()),
        ("token_type", "\"access\""),
        ("is_staff", "true"),
    ] {
        attack.assert_refused(name, |kind| signed(HEAD, twice(kind, name, json)));
    }
    for claims in ["", "[]", "null", "\"x\"", "1", "{", "{}{}"] {
        attack.assert_refused(claims, |_| signed(HEAD, claims));
    }
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    attack.assert_useless_in_body("deep", &signed(HEAD, deep));
}

impl Attack {
    /// It is no access token.
    #[track_caller]
    fn assert_shut_as_access(&self, what: &str, token: &str) {
        assert_invalid(what, &self.client.answer(&Request::get(PROFILE).bearer(token)));
    }

    /// As [`Self::assert_useless`], of one that is too long for a header.
    #[track_caller]
    fn assert_useless_in_body(&self, what: &str, refresh: &str) {
        let before = self.rows();
        for (path, field) in
            [(crate::api::REFRESH, "refresh"), (crate::api::VERIFY, "token"), (crate::api::LOGOUT, "refresh")]
        {
            assert_invalid(what, &self.client.answer(&Request::field(path, field, refresh)));
        }
        assert_eq!(self.rows(), before, "{what}");
    }
}
