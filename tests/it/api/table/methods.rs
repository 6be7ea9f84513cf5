//! Which methods and which content types are taken.

use super::{Case, both, compare};
use crate::{
    api::{LOGIN, LOGOUT, Mint, PROFILE, REFRESH, Request, Side, VERIFY},
    support::{PASSWORD, encode},
};

const METHODS: &[&str] = &["GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE", "FOO"];

const JSON_TYPES: &[&str] = &[
    "application/json",
    "Application/JSON",
    "application/json;charset=utf-8",
    "application/json; charset=UTF-8",
    "application/json; charset=\"utf-8\"",
    "application/json; charset=latin-1",
    "application/json; charset=nonsense",
    "application/json; charset=",
    "application/json;",
    "application/json; indent=4",
    " application/json ",
    "application/json ; x=y",
    "*/*",
    "application/*",
    "application/vnd.api+json",
    "application/json-patch+json",
    "application/jsonp",
    "text/json",
    "text/plain",
    "text/plain; charset=utf-8",
    "application/xml",
    "application/octet-stream",
    "application",
    "json",
    "nonsense \"quoted\"",
    "application/json, text/plain",
    "",
];

const FORM: &str = "application/x-www-form-urlencoded";
const PARTS: &str = "multipart/form-data; boundary=x";

fn of(content_type: &str, path: &str, body: &str) -> Request {
    Request::new("POST", path).header("Content-Type", content_type).body(body)
}

fn form(body: &str) -> Request {
    of(FORM, LOGIN, body)
}

#[test]
fn a_method_that_a_path_does_not_know_is_refused_as_by_django() {
    let (app, django) = both();
    compare(&app, &django, |mint| {
        let mut cases = Vec::new();
        for method in METHODS {
            for path in [LOGIN, REFRESH, VERIFY, LOGOUT] {
                cases.push((format!("{method} {path}"), Request::new(method, path)));
                cases.push((format!("{method} {path} with a bad token"), Request::new(method, path).bearer("x")));
            }
        }
        for method in METHODS.iter().chain(&["POST"]) {
            let plain = Request::new(method, PROFILE);
            cases.push((format!("{method} {PROFILE}"), plain.clone()));
            cases.push((format!("{method} {PROFILE} with a token"), plain.clone().bearer(&mint.access(&[]))));
            cases.push((format!("{method} {PROFILE} with a bad token"), plain.bearer("x")));
        }
        cases
    });
}

#[test]
fn options_tells_the_methods_that_django_tells() {
    let (app, django) = both();
    let token = Mint::of(&app).access(&[]);
    for path in [LOGIN, REFRESH, VERIFY, LOGOUT, PROFILE] {
        let request = Request::new("OPTIONS", path);
        let there = django.answer(&request.clone().bearer(&token));
        // Also to browsers, which ask without a token before they send one.
        let here = app.client().answer(&request);
        assert_eq!((here.status, here.allow), (there.status, there.allow), "{path}");
    }
}

#[test]
fn a_body_of_another_content_type_is_refused_as_by_django() {
    let (app, django) = both();
    let body = format!(r#"{{"username":"ann","password":"{PASSWORD}"}}"#);
    compare(&app, &django, |_| {
        let mut cases: Vec<Case> = Vec::new();
        for content_type in JSON_TYPES {
            let request = Request::new("POST", LOGIN).header("Content-Type", content_type);
            cases.push((format!("as {content_type:?}"), request.clone().body(&body)));
            cases.push((format!("nothing as {content_type:?}"), request));
        }
        cases.push(("as nothing".to_owned(), Request::new("POST", LOGIN).body(&body)));
        cases.push(("nothing as nothing".to_owned(), Request::new("POST", LOGIN)));
        cases
    });
}

#[test]
fn a_body_in_another_encoding_is_answered_as_by_django() {
    let (app, django) = both();
    let utf16: Vec<u8> = r#"{"username":"x","password":"y"}"#.encode_utf16().flat_map(u16::to_le_bytes).collect();
    compare(&app, &django, |_| {
        vec![
            ("utf-16".to_owned(), Request::post(LOGIN, &utf16)),
            ("not utf-8 in a value".to_owned(), Request::post(LOGIN, b"{\"username\":\"\xff\",\"password\":\"x\"}")),
            ("not utf-8 in a name".to_owned(), Request::post(LOGIN, b"{\"\xff\":\"\",\"password\":\"x\"}")),
            ("overlong utf-8".to_owned(), Request::post(LOGIN, b"{\"username\":\"\xc0\x80\",\"password\":\"x\"}")),
            (
                "a surrogate in utf-8".to_owned(),
                Request::post(LOGIN, b"{\"username\":\"\xed\xa0\x80\",\"password\":\"x\"}"),
            ),
        ]
    });
}

#[test]
fn a_form_is_taken_as_django_takes_it() {
    let (app, django) = both();
    let good = encode(&[("username", "ann"), ("password", PASSWORD)]);
    let part =
        |name: &str, value: &str| format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    let file = |name: &str| {
        format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"f.txt\"\r\n\r\nann\r\n")
    };
    let parts = |body: &str| of(PARTS, LOGIN, &format!("{body}--x--\r\n"));
    compare(&app, &django, |mint| {
        let refresh = || encode(&[("refresh", &mint.refresh(&[]))]);
        let named: Vec<(&str, Request)> = vec![
            ("both", form(&good)),
            ("nothing", form("")),
            ("no password", form("username=ann")),
            ("blank", form("username=&password=")),
            ("spaces", form("username=+&password=+")),
            ("names alone", form("username&password")),
            ("the last counts", form(&format!("username=x&{good}"))),
            ("NUL", form("username=%00&password=x")),
            ("not utf-8", form("username=%ff&password=x")),
            ("a broken escape", form("username=%zz&password=%")),
            ("semicolons", form("username=ann;password=x")),
            ("brackets", form("username[]=ann&password[]=x")),
            ("JSON", form(r#"{"username":"ann","password":"x"}"#)),
            ("with charset", of("application/x-www-form-urlencoded; charset=utf-8", LOGIN, &good)),
            ("refresh", of(FORM, REFRESH, &refresh())),
            ("logout", of(FORM, LOGOUT, &refresh())),
            ("parts", parts(&[part("username", "ann"), part("password", PASSWORD)].concat())),
            ("parts, no password", parts(&part("username", "ann"))),
            ("parts, a file", parts(&[file("username"), part("password", PASSWORD)].concat())),
            ("parts, none", parts("")),
            ("parts, no boundary", of("multipart/form-data", LOGIN, &part("username", "ann"))),
            ("parts, an odd boundary", of("multipart/form-data; boundary=é", LOGIN, &part("username", "ann"))),
            ("parts, garbage", of(PARTS, LOGIN, "garbage")),
            ("parts, nothing", of(PARTS, LOGIN, "")),
        ];
        named.into_iter().map(|(name, request)| (format!("form: {name}"), request)).collect()
    });
}
