//! How a token may travel (J20).

use super::Attack;
use crate::api::{
    PROFILE, assert_unauthenticated, profile,
    request::{Request, Side},
};

#[test]
fn only_one_header_of_the_configured_type_carries_a_token() {
    let attack = Attack::start();
    let token = attack.mint.access(&[]);
    assert_eq!(profile(&attack.client, &token).status, 200);
    for words in ["bearer", "BEARER", "Token", "JWT", "Basic", "Bearer,", "\"Bearer\""] {
        let request = Request::get(PROFILE).header("Authorization", &format!("{words} {token}"));
        assert_unauthenticated(&attack.client.answer(&request));
    }
    for request in [
        Request::get(&format!("{PROFILE}?token={token}")),
        Request::get(&format!("{PROFILE}?access_token={token}&jwt={token}")),
        Request::get(PROFILE).header(
            "Cookie",
            &format!("access={token}; access_token={token}; jwt={token}; Authorization=Bearer {token}"),
        ),
        Request::get(PROFILE).header("X-Authorization", &format!("Bearer {token}")),
        Request::get(PROFILE).header("X-Access-Token", &token),
        Request::get(PROFILE).header("Proxy-Authorization", &format!("Bearer {token}")),
        Request::get(PROFILE).header("Content-Type", "application/json").body(format!(r#"{{"token":"{token}"}}"#)),
        Request::get(PROFILE)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(format!("access_token={token}")),
    ] {
        assert_unauthenticated(&attack.client.answer(&request));
    }
}

#[test]
fn two_headers_are_one_too_many() {
    let attack = Attack::start();
    let token = attack.mint.access(&[]);
    let bearer = format!("Bearer {token}");
    for (one, other) in [
        (bearer.as_str(), bearer.as_str()),
        (&bearer, "Bearer x"),
        ("Bearer x", &bearer),
        (&bearer, "Token x"),
        ("Token x", &bearer),
        (&bearer, ""),
    ] {
        let request = Request::get(PROFILE).header("Authorization", one).header("authorization", other);
        let answer = attack.client.answer(&request);
        assert!([400, 401].contains(&answer.status), "{one} and {other}: {answer:?}");
    }
}

#[test]
fn names_of_headers_and_spaces_are_read_as_by_everybody() {
    let attack = Attack::start();
    let token = attack.mint.access(&[]);
    for (name, value) in [
        ("authorization", format!("Bearer {token}")),
        ("AUTHORIZATION", format!("Bearer {token}")),
        ("Authorization", format!("Bearer   {token}")),
        ("Authorization", format!("Bearer\t{token}")),
    ] {
        assert_eq!(attack.client.answer(&Request::get(PROFILE).header(name, &value)).status, 200, "{name}: {value}");
    }
}
