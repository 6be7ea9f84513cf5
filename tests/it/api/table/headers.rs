//! Who may see the profile: the `Authorization` header, and cookies.

use super::{Case, both, compare};
use crate::{
    api::{Answer, Django, Mint, PROFILE, REFRESH, Request, Side, VERIFY},
    support::TestApp,
};

fn profile(authorization: &str) -> Request {
    Request::get(PROFILE).header("Authorization", authorization)
}

#[test]
fn an_authorization_header_of_any_kind_is_answered_as_by_django() {
    let (app, django) = both();
    compare(&app, &django, |mint| {
        let token = mint.access(&[]);
        let headers = [
            "",
            "Bearer",
            "bearer",
            "Bearer x",
            "bearer x",
            "BEARER x",
            "Bearer x y",
            "Bearer x y z",
            "Bearer,x",
            "Bearer:x",
            "Bearer=x",
            "Token x",
            "JWT x",
            "Basic YW5uOng=",
            "Digest username=ann",
            "x",
            "é",
            "Bearer é",
            "Bearer \"\"",
            "Bearer ,",
        ];
        let mut cases: Vec<Case> =
            headers.iter().map(|header| (format!("header {header:?}"), profile(header))).collect();
        let with_token = [
            ("good", format!("Bearer {token}")),
            ("lower case", format!("bearer {token}")),
            ("upper case", format!("BEARER {token}")),
            ("two spaces", format!("Bearer  {token}")),
            ("a tab", format!("Bearer\t{token}")),
            ("space around", format!("  Bearer {token}  ")),
            ("a third word", format!("Bearer {token} x")),
            ("a comma", format!("Bearer {token},")),
            ("quotes", format!("Bearer \"{token}\"")),
            ("alone", token.clone()),
            ("Token", format!("Token {token}")),
            ("JWT", format!("JWT {token}")),
            ("no-break space", format!("Bearer\u{a0}{token}")),
            ("twice in one", format!("Bearer {token}, Bearer {token}")),
        ];
        cases.extend(with_token.iter().map(|(name, header)| (format!("token: {name}"), profile(header))));
        cases.push(("no header".to_owned(), Request::get(PROFILE)));
        cases.push(("in the query".to_owned(), Request::get(&format!("{PROFILE}?token={token}&access_token={token}"))));
        cases.push(("in a cookie".to_owned(), Request::get(PROFILE).header("Cookie", &format!("access={token}"))));
        cases.push(("in X-".to_owned(), Request::get(PROFILE).header("X-Authorization", &format!("Bearer {token}"))));
        cases.push(("two headers".to_owned(), profile(&format!("Bearer {token}")).bearer(&token)));
        cases.push(("two headers, one bad".to_owned(), profile(&format!("Bearer {token}")).bearer("x")));
        cases
    });
}

#[test]
fn public_paths_do_not_look_at_the_header() {
    let (app, django) = both();
    compare(&app, &django, |mint| {
        let mut cases = Vec::new();
        for header in ["Bearer", "Bearer x", "Bearer x y", "Token x"] {
            let verify = Request::post(VERIFY, format!(r#"{{"token":"{}"}}"#, mint.access(&[])));
            let refresh = Request::post(REFRESH, format!(r#"{{"refresh":"{}"}}"#, mint.refresh(&[])));
            cases.push((format!("verify {header}"), verify.header("Authorization", header)));
            cases.push((format!("refresh {header}"), refresh.header("Authorization", header)));
        }
        cases
    });
}

/// The same to both.
fn same(app: &TestApp, django: &Django, request: &Request) -> Answer {
    let (there, here) = (django.answer(request), app.client().answer(request));
    assert_eq!(here, there);
    here
}

#[test]
fn a_session_opens_the_profile_and_a_token_goes_before_it() {
    let (app, django) = both();
    let session = app.logged_in("ann").cookie("sessionid").expect("a session");
    let with_cookie = Request::get(PROFILE).header("Cookie", &format!("sessionid={session}"));
    assert_eq!(same(&app, &django, &with_cookie).json()["username"], "ann");

    let other = Mint::for_user(&app, "zoë").access(&[]);
    assert_eq!(same(&app, &django, &with_cookie.clone().bearer(&other)).json()["username"], "zoë");
    assert_eq!(same(&app, &django, &with_cookie.clone().bearer("x")).status, 401, "a bad token is not forgiven");
    assert_eq!(same(&app, &django, &with_cookie.clone().header("Authorization", "Token x")).json()["username"], "ann");
    assert_eq!(same(&app, &django, &Request::get(PROFILE).header("Cookie", "sessionid=x")).status, 401);
}
