//! What may stand in a body.

use serde_json::json;

use super::{Case, both, compare};
use crate::{
    api::{LOGIN, LOGOUT, Mint, REFRESH, Request, VERIFY},
    support::PASSWORD,
};

/// JSON of a field, as texts that no string in Rust could hold.
const VALUES: &[&str] = &[
    r#""""#,
    r#"" ""#,
    r#""\t\n""#,
    r#""\u00a0""#,
    r#""\u3000""#,
    r#""\u200b""#,
    r#""x""#,
    r#"" x ""#,
    r#""\u0000""#,
    r#""a\u0000b""#,
    r#""\ud800""#,
    r#""a\udc00b""#,
    r#""\ud83d\ude00""#,
    "null",
    "0",
    "-0",
    "-1",
    "1.5",
    "1e2",
    "1E400",
    "-1e400",
    "123456789012345678901234567890",
    "0.1e-7",
    "true",
    "false",
    "[]",
    r#"["x"]"#,
    "{}",
    r#"{"a":1}"#,
];

/// Whole bodies.
const BODIES: &[&str] = &[
    "",
    " ",
    "\n",
    "[]",
    r#"["ann","x"]"#,
    r#"[{"username":"ann"}]"#,
    r#""""#,
    r#""x""#,
    "0",
    "1",
    "-1.5",
    "1e400",
    "true",
    "false",
    "null",
    "{}",
    " {} ",
    "\r\n{}\t",
    "\u{feff}{}",
    "\u{a0}{}",
    "{",
    "}",
    "{}{}",
    "{} x",
    "{},",
    r#"{"a"}"#,
    r#"{"a":}"#,
    r#"{"a":1,}"#,
    r#"{,"a":1}"#,
    r"{a:1}",
    r"{'a':1}",
    r#"{"a":'1'}"#,
    r#"{"a":01}"#,
    r#"{"a":+1}"#,
    r#"{"a":.5}"#,
    r#"{"a":1.}"#,
    r#"{"a":1e}"#,
    r#"{"a":0x1}"#,
    r#"{"a":NaN}"#,
    r#"{"a":Infinity}"#,
    r#"{"a":-Infinity}"#,
    r#"{"a":undefined}"#,
    r#"{"a":True}"#,
    r#"{"a":nul}"#,
    "{\"a\":\"\t\"}",
    "{\"a\":\"\n\"}",
    "{\"a\":\"\u{0}\"}",
    "{\"a\":\"\u{7f}\"}",
    r#"{"a":"\x"}"#,
    r#"{"a":"\u12"}"#,
    r#"{"a":"\ud800"}"#,
    r#"{"\ud800":1}"#,
    r#"{"a":1 /* x */}"#,
    "{\"a\":1} // x",
    r#"{"a":[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]}"#,
    r#"{"":""}"#,
    "nope",
    "username=ann&password=x",
    "<xml/>",
];

const FIELDS: &[(&str, &str)] =
    &[(LOGIN, "username"), (LOGIN, "password"), (REFRESH, "refresh"), (VERIFY, "token"), (LOGOUT, "refresh")];

fn case(path: &str, body: &str) -> Case {
    (format!("{path} {body}"), Request::post(path, body))
}

#[test]
fn a_field_of_any_kind_is_answered_as_by_django() {
    let (app, django) = both();
    compare(&app, &django, |_| {
        let mut cases = Vec::new();
        for (path, field) in FIELDS {
            let other = match *field {
                "username" => format!(r#""password":"{PASSWORD}","#),
                "password" => r#""username":"ann","#.to_owned(),
                _ => String::new(),
            };
            cases.extend(VALUES.iter().map(|value| case(path, &format!(r#"{{{other}"{field}":{value}}}"#))));
        }
        cases
    });
}

#[test]
fn a_body_of_any_kind_is_answered_as_by_django() {
    let (app, django) = both();
    compare(&app, &django, |_| {
        let paths = [LOGIN, REFRESH, VERIFY, LOGOUT];
        paths.iter().flat_map(|path| BODIES.iter().map(|body| case(path, body))).collect()
    });
}

#[test]
fn whoever_logs_in_is_answered_as_by_django() {
    let (app, django) = both();
    let people: Vec<String> = [
        ("ann", json!(PASSWORD)),
        ("zoë", json!(PASSWORD)),
        ("off", json!(PASSWORD)),
        ("ann", json!("wrong")),
        ("nobody", json!(PASSWORD)),
        ("ANN", json!(PASSWORD)),
        (" ann ", json!(PASSWORD)),
        ("ann\n", json!(PASSWORD)),
        ("has12345678", json!(12_345_678)),
        ("has12345678", json!("12345678")),
        ("has12345678", json!(-12_345_678)),
        ("has1.5", json!(1.5)),
    ]
    .iter()
    .map(|(username, password)| json!({"username": username, "password": password}).to_string())
    .chain([
        format!(r#"{{"password":"{PASSWORD}","username":"ann"}}"#),
        format!(r#"{{"username":"ann","password":"{PASSWORD}","is_staff":true,"role":"admin","user_id":7}}"#),
        format!(r#"{{"username":"\u0061nn","password":"{PASSWORD}"}}"#),
        format!(r#"{{"username":"ann","password":"{PASSWORD}","more":[{{"x":null}},1.5]}}"#),
        r#"{"username":"has1.5","password":1.50}"#.to_owned(),
        r#"{"username":"has1.5","password":15e-1}"#.to_owned(),
        r#"{"username":"has100.0","password":1e2}"#.to_owned(),
        r#"{"username":"has100.0","password":100}"#.to_owned(),
        r#"{"username":"has100.0","password":100.0}"#.to_owned(),
        r#"{"username":"hasinf","password":1e400}"#.to_owned(),
        r#"{"username":"hasedges","password":"edges"}"#.to_owned(),
        r#"{"username":"hasedges","password":" edges "}"#.to_owned(),
        format!(r#"{{"username":"ann","password":" {PASSWORD}"}}"#),
        format!(r#"{{"username":"ann","password":"{PASSWORD} "}}"#),
    ])
    .collect();
    compare(&app, &django, |_| people.iter().map(|body| case(LOGIN, body)).collect());
}

#[test]
fn a_name_that_comes_twice_and_what_would_exhaust_a_parser_are_refused() {
    let (app, django) = both();
    compare(&app, &django, |mint| {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        vec![
            (
                "twice: username".to_owned(),
                Request::post(LOGIN, format!(r#"{{"username":"x","username":"ann","password":"{PASSWORD}"}}"#)),
            ),
            (
                "twice: password".to_owned(),
                Request::post(
                    LOGIN,
                    format!(r#"{{"username":"ann","password":"{PASSWORD}","password":"{PASSWORD}"}}"#),
                ),
            ),
            (
                "twice: escaped".to_owned(),
                Request::post(LOGIN, format!(r#"{{"username":"ann","password":"{PASSWORD}","user\u006eame":"ann"}}"#)),
            ),
            (
                "twice: refresh".to_owned(),
                Request::post(REFRESH, format!(r#"{{"refresh":"x","refresh":"{}"}}"#, mint.refresh(&[]))),
            ),
            (
                "twice: token".to_owned(),
                Request::post(VERIFY, format!(r#"{{"token":"x","token":"{}"}}"#, mint.access(&[]))),
            ),
            (
                "twice: out".to_owned(),
                Request::post(LOGOUT, format!(r#"{{"refresh":"x","refresh":"{}"}}"#, mint.refresh(&[]))),
            ),
            ("twice: within".to_owned(), Request::post(VERIFY, r#"{"token":"x","more":{"a":1,"a":2}}"#)),
            ("deep: username".to_owned(), Request::post(LOGIN, format!(r#"{{"username":{deep},"password":"x"}}"#))),
            ("deep: body".to_owned(), Request::post(REFRESH, deep)),
        ]
    });
}

#[test]
fn a_token_with_space_around_it_is_taken_as_django_takes_it() {
    let (app, django) = both();
    let around: [(&str, &str, &str); 7] = [
        ("spaces", "  ", " "),
        ("newline", "", "\\n"),
        ("tab", "\\t", ""),
        ("no-break space", "\\u00a0", "\\u00a0"),
        ("ideographic space", "", "\\u3000"),
        ("unit separator", "\\u001f", "\\u001f"),
        ("byte order mark", "\\ufeff", ""),
    ];
    compare(&app, &django, |mint: &Mint| {
        let mut cases = Vec::new();
        for (name, before, after) in around {
            for (path, field) in [(REFRESH, "refresh"), (VERIFY, "token"), (LOGOUT, "refresh")] {
                let token = mint.refresh(&[]);
                let body = format!(r#"{{"{field}":"{before}{token}{after}"}}"#);
                cases.push((format!("{name} {path}"), Request::post(path, body)));
            }
        }
        cases
    });
}
