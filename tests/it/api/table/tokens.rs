//! Tokens of every kind, wherever a token is taken.

use super::{Case, both, compare};
use crate::api::{
    LOGOUT, Mint, PROFILE, REFRESH, Request, Side, VERIFY,
    mint::{HEAD, encode, signed, signed_with},
};

const TIMES: &[&str] = &[
    "null",
    "true",
    "false",
    "0",
    "-1",
    "1.5",
    "4000000000",
    "4000000000.5",
    "\"4000000000\"",
    "\"x\"",
    "\"\"",
    "[]",
    "[4000000000]",
    "{}",
    "99999999999999999999",
    "1e400",
    "-1e400",
    "NaN",
    "Infinity",
    "253402300799",
    "253402300800",
    "1e10",
    "",
];

/// What stands in place of claims; without JSON it is left out.
fn claims(mint: &Mint) -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    for name in ["exp", "iat", "nbf"] {
        all.extend(TIMES.iter().map(|json| (name, (*json).to_owned())));
        let near = [-3_600, -59, -30, -1, 0].map(|shift| (name, (mint.now + shift).to_string()));
        all.extend(near);
    }
    let later = (mint.now + 3_600).to_string();
    all.extend([("iat", later.clone()), ("nbf", later)]);
    let jtis = ["", "null", "1", "\"\"", "[]", "{}", "true", "\"\\u0000\"", "\"\\ud800\""];
    all.extend(jtis.iter().map(|json| ("jti", (*json).to_owned())));
    let types = ["", "null", "1", "\"\"", "\"Access\"", "\"access \"", "\"sliding\"", "[\"access\"]", "[\"refresh\"]"];
    all.extend(types.iter().map(|json| ("token_type", (*json).to_owned())));
    let ids = [
        "",
        "null",
        "\"\"",
        "0",
        "-1",
        "99999",
        "\"99999\"",
        "\"abc\"",
        "\"1 or 1=1\"",
        "[1]",
        "{}",
        "true",
        "false",
        "99999999999999999999",
        "\"99999999999999999999\"",
        "\"\\u0000\"",
        "NaN",
        "1e400",
        "\"0x1\"",
        "\"1e0\"",
    ];
    all.extend(ids.iter().map(|json| ("user_id", (*json).to_owned())));
    let id = mint.user_id;
    let spelled =
        [format!("{id}"), format!("{id}.0"), format!("\" {id} \""), format!("\"0{id}\""), format!("\"+{id}\"")];
    all.extend(spelled.map(|json| ("user_id", json)));
    let others = ["null", "1", "\"x\"", "[\"x\"]", "[1]", "{}"];
    for name in ["aud", "iss", "sub", "email", "is_staff"] {
        all.extend(others.iter().map(|json| (name, (*json).to_owned())));
    }
    all
}

/// Heads, and with what it is signed if not HS256.
const HEADS: &[(&str, &str)] = &[
    (HEAD, "HS256"),
    (r#"{"typ":"JWT","alg":"HS256"}"#, "HS256"),
    (r#"{"alg":"HS256"}"#, "HS256"),
    (r#"{"alg":"HS256","typ":"JOSE"}"#, "HS256"),
    (r#"{"alg":"HS256","typ":"at+jwt"}"#, "HS256"),
    (r#"{"alg":"HS256","typ":1}"#, "HS256"),
    (r#"{"alg":"HS384","typ":"JWT"}"#, "HS384"),
    (r#"{"alg":"HS512","typ":"JWT"}"#, "HS512"),
    (r#"{"alg":"HS384","typ":"JWT"}"#, "HS256"),
    (r#"{"alg":"HS512","typ":"JWT"}"#, "HS256"),
    (r#"{"alg":"HS256","typ":"JWT"}"#, "HS384"),
    (r#"{"alg":"RS256","typ":"JWT"}"#, "HS256"),
    (r#"{"alg":"ES256","typ":"JWT"}"#, "HS256"),
    (r#"{"alg":"PS256","typ":"JWT"}"#, "HS256"),
    (r#"{"alg":"EdDSA","typ":"JWT"}"#, "HS256"),
    (r#"{"alg":"none","typ":"JWT"}"#, "HS256"),
    (r#"{"alg":"hs256","typ":"JWT"}"#, "HS256"),
    (r#"{"alg":"HS256 ","typ":"JWT"}"#, "HS256"),
    (r#"{"alg":"","typ":"JWT"}"#, "HS256"),
    (r#"{"alg":null,"typ":"JWT"}"#, "HS256"),
    (r#"{"alg":256,"typ":"JWT"}"#, "HS256"),
    (r#"{"alg":["HS256"],"typ":"JWT"}"#, "HS256"),
    (r#"{"typ":"JWT"}"#, "HS256"),
    ("{}", "HS256"),
    ("[]", "HS256"),
    ("null", "HS256"),
    ("\"HS256\"", "HS256"),
    ("", "HS256"),
    ("{", "HS256"),
    (r#"{"alg":"HS256","kid":"../../dev/null"}"#, "HS256"),
    (r#"{"alg":"HS256","kid":1}"#, "HS256"),
    (r#"{"alg":"HS256","kid":null}"#, "HS256"),
    (r#"{"alg":"HS256","crit":["x"]}"#, "HS256"),
    (r#"{"alg":"HS256","crit":[]}"#, "HS256"),
    (r#"{"alg":"HS256","crit":["exp"],"exp":1}"#, "HS256"),
    (r#"{"alg":"HS256","crit":["b64"],"b64":true}"#, "HS256"),
    (r#"{"alg":"HS256","b64":false}"#, "HS256"),
    (r#"{"alg":"HS256","b64":true}"#, "HS256"),
    (r#"{"alg":"HS256","jku":"http://127.0.0.1:1/","x5u":"http://127.0.0.1:1/","jwk":{}}"#, "HS256"),
    (r#"{"alg":"HS256","zip":"DEF"}"#, "HS256"),
    (r#"{"alg":"HS256","cty":"JWT"}"#, "HS256"),
];

/// Texts that are no token, or one that was changed after it was signed.
fn strings(good: &str) -> Vec<(String, String)> {
    let parts: Vec<&str> = good.split('.').collect();
    let (head, body, signature) = (parts[0], parts[1], parts[2]);
    let mut last = signature.to_owned();
    // Of the last of 43 characters two bits mean nothing.
    let change = |c: char| {
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let at = alphabet.find(c).expect("a letter");
        alphabet.chars().nth(at ^ 1).expect("a letter")
    };
    let tail = last.pop().expect("a letter");
    last.push(change(tail));
    let none = encode(r#"{"alg":"none","typ":"JWT"}"#);
    let named = [
        ("x", "x".to_owned()),
        ("one dot", "x.y".to_owned()),
        ("two dots", "..".to_owned()),
        ("no head", format!(".{body}.{signature}")),
        ("no claims", format!("{head}..{signature}")),
        ("no signature", format!("{head}.{body}.")),
        ("two parts", format!("{head}.{body}")),
        ("four parts", format!("{good}.x")),
        ("a dot more", format!("{good}.")),
        ("a dot before", format!(".{good}")),
        ("none", format!("{none}.{body}.")),
        ("none, two parts", format!("{none}.{body}")),
        ("none, signed", format!("{none}.{body}.{signature}")),
        ("another's signature", format!("{head}.{body}.{}", encode([0; 32]))),
        ("a short signature", format!("{head}.{body}.{}", &signature[..20])),
        ("an extended signature", format!("{good}AAAA")),
        ("the signature's padding", format!("{good}=")),
        ("the signature's padding, wrong", format!("{good}==")),
        ("the claims' padding", format!("{head}.{body}=.{signature}")),
        ("another last letter", format!("{head}.{body}.{last}")),
        ("junk in the claims", format!("{head}.{body}!!!.{signature}")),
        ("junk in the signature", format!("{head}.{body}.!{signature}")),
        ("a star within the signature", format!("{head}.{body}.{}*{}", &signature[..9], &signature[9..])),
        ("the other alphabet", format!("{head}.{body}.+/{}", &signature[2..])),
    ];
    named.map(|(name, text)| (name.to_owned(), text)).into()
}

/// Tokens of this type under the name of what is odd about them.
fn odd(mint: &Mint, token_type: &str) -> Vec<(String, String)> {
    let good = || signed(HEAD, mint.claims(token_type, &[]));
    let mut all = vec![
        ("good".to_owned(), good()),
        ("wrong key".to_owned(), signed_with(b"another key", "HS256", HEAD, mint.claims(token_type, &[]))),
        ("empty key".to_owned(), signed_with(b"", "HS256", HEAD, mint.claims(token_type, &[]))),
    ];
    for (name, json) in claims(mint) {
        all.push((format!("{name}={json}"), signed(HEAD, mint.claims(token_type, &[(name, &json)]))));
    }
    for (head, algorithm) in HEADS {
        let key = crate::support::SECRET_KEY.as_bytes();
        let token = signed_with(key, algorithm, head, mint.claims(token_type, &[]));
        all.push((format!("{head} {algorithm}"), token));
    }
    for (name, claims) in
        [("list", "[]"), ("text", "\"x\""), ("null", "null"), ("empty", ""), ("object", "{}"), ("bad JSON", "{")]
    {
        all.push((format!("claims: {name}"), signed(HEAD, claims)));
    }
    let mut latin = mint.claims(token_type, &[]).into_bytes();
    latin.splice(1..1, *b"\"x\":\"\xff\",");
    all.push(("claims: not utf-8".to_owned(), signed(HEAD, latin)));
    all.extend(strings(&good()));
    all
}

#[test]
fn an_access_token_of_any_kind_opens_the_profile_or_not_as_in_django() {
    let (app, django) = both();
    compare(&app, &django, |mint| {
        let request =
            |(name, token): (String, String)| (format!("profile {name}"), Request::get(PROFILE).bearer(&token));
        let mut cases: Vec<Case> = odd(mint, "access").into_iter().map(request).collect();
        cases.extend(odd_people(&app, "access").map(request));
        cases.push(request(("refresh".to_owned(), mint.refresh(&[]))));
        cases
    });
}

#[test]
fn a_token_of_any_kind_is_verified_as_in_django() {
    let (app, django) = both();
    compare(&app, &django, |mint| posts("verify", VERIFY, "token", mint, &app));
}

#[test]
fn a_refresh_token_of_any_kind_is_answered_as_in_django() {
    let (app, django) = both();
    compare(&app, &django, |mint| posts("refresh", REFRESH, "refresh", mint, &app));
}

#[test]
fn a_refresh_token_of_any_kind_is_taken_back_as_in_django() {
    let (app, django) = both();
    compare(&app, &django, |mint| posts("logout", LOGOUT, "refresh", mint, &app));
}

fn posts(name: &str, path: &str, field: &str, mint: &Mint, app: &crate::support::TestApp) -> Vec<Case> {
    let mut tokens = odd(mint, "refresh");
    tokens.extend(odd_people(app, "refresh"));
    tokens.push(("access".to_owned(), mint.access(&[])));
    let request = |(odd, token): (String, String)| (format!("{name} {odd}"), Request::field(path, field, &token));
    tokens.into_iter().map(request).collect()
}

/// Good tokens of people who are not there, or not any more.
fn odd_people(
    app: &crate::support::TestApp,
    token_type: &'static str,
) -> impl Iterator<Item = (String, String)> + use<> {
    let off = Mint::for_user(app, "off");
    let token = signed(HEAD, off.claims(token_type, &[]));
    let gone = signed(HEAD, off.claims(token_type, &[("user_id", "\"777777\"")]));
    [("of somebody inactive".to_owned(), token), ("of somebody deleted".to_owned(), gone)].into_iter()
}

#[test]
fn what_was_taken_back_is_refused_everywhere_as_in_django() {
    let (app, django) = both();
    let mint = Mint::of(&app);
    let token = mint.refresh(&[]);
    let expired = mint.refresh(&[("exp", &(mint.now - 5).to_string())]);
    assert_eq!(django.answer(&Request::field(LOGOUT, "refresh", &token)).status, 200);
    compare(&app, &django, |_| {
        vec![
            ("blacklisted: refresh".to_owned(), Request::field(REFRESH, "refresh", &token)),
            ("blacklisted: verify".to_owned(), Request::field(VERIFY, "token", &token)),
            ("blacklisted: logout".to_owned(), Request::field(LOGOUT, "refresh", &token)),
            ("blacklisted: profile".to_owned(), Request::get(PROFILE).bearer(&token)),
            ("expired: logout".to_owned(), Request::field(LOGOUT, "refresh", &expired)),
        ]
    });
}
