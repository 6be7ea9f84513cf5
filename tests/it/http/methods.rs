use actix_web::http::Method;
use vestibule::web::{
    api::{is_below, schema::Security},
    urls::{Url, urls},
};

use super::assert_error_page;
use crate::support::TestApp;

fn concrete(url: &Url) -> String {
    url.path.replace("{token}", "0123456789")
}

#[test]
fn a_method_that_a_path_does_not_know_is_answered_with_those_it_does() {
    let app = TestApp::init().start();
    let client = app.client();
    for url in urls() {
        let path = concrete(&url);
        let known = url.methods();
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "FOO", "CONNECT", "get"] {
            if known.iter().any(|known| known.as_str() == method) {
                continue;
            }
            let response = client.ask(&format!("{method} {path}"), b"");
            if is_below(url.path) {
                // Where nobody may ask without a name, that is said first.
                let is_open = url.operations().all(|(_, operation)| operation.security != Security::Required);
                assert_eq!(response.status, if is_open { 405 } else { 401 }, "{method} {path}");
                assert_eq!(response.header("content-type"), Some("application/json"), "{method} {path}");
            } else {
                assert_error_page(&response, 405);
            }
            let allow: Vec<&str> = response.header("allow").expect("methods").split(", ").collect();
            assert_eq!(allow, known.iter().map(Method::as_str).collect::<Vec<_>>(), "{method} {path}");
            assert!(allow.contains(&"OPTIONS") && !allow.contains(&"TRACE"));
        }
    }
    assert_eq!(client.request("POST", "/static/css/site.css").header("allow"), Some("GET, HEAD"));
}

#[test]
fn options_answers_the_methods_and_does_nothing_else() {
    let app = TestApp::init().start();
    for url in urls() {
        let response = app.client().request("OPTIONS", &concrete(&url));
        let methods: Vec<String> = url.methods().iter().map(ToString::to_string).collect();
        assert_eq!((response.status, response.body.as_str()), (200, ""), "{}", url.path);
        assert_eq!(response.header("allow"), Some(methods.join(", ").as_str()), "{}", url.path);
        assert!(response.all("set-cookie").is_empty());
    }
}

#[test]
fn head_answers_what_get_answers_without_the_body() {
    let app = TestApp::init().start();
    let client = app.client();
    let page = client.get("/login/");
    let stylesheet = page.attribute("link[rel=stylesheet]", "href").expect("a stylesheet");
    for path in ["/login/", "/login", "/", "/dashboard/", "/logout/", "/setup/0123456789/", "/nothing/", &stylesheet] {
        let get = client.get(path);
        let request = format!("HEAD {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", app.address);
        let answer = client.raw(request.as_bytes());
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        assert_eq!(body, "", "{path}");
        assert!(head.starts_with(&format!("HTTP/1.1 {} ", get.status)), "{path}: {head}");
        let ours = |name: &str| !["date", "x-request-id", "set-cookie", "connection"].contains(&name);
        for (name, value) in get.headers.iter().filter(|(name, _)| ours(name)) {
            assert!(head.contains(&format!("{name}: {value}")), "{path}: {name} is missing in {head}");
        }
    }
}

#[test]
fn reading_changes_nothing() {
    let app = TestApp::init().with_user("ann").start();
    let client = app.logged_in("ann");
    let before = app.database.snapshot();
    for url in urls() {
        for method in ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"] {
            client.request(method, &concrete(&url));
            client.request(method, &format!("{}?next=/&_method=POST", concrete(&url)));
        }
    }
    assert_eq!(app.database.snapshot(), before);
    assert!(client.is_logged_in());
}

#[test]
fn nothing_but_the_request_line_says_what_is_asked() {
    let app = TestApp::init().with_user("ann").start();
    let client = app.logged_in("ann");
    for header in ["x-http-method-override", "x-http-method", "x-method-override"] {
        client.set_header(header, "POST");
    }
    for header in ["x-original-url", "x-rewrite-url", "x-forwarded-uri", "x-forwarded-path"] {
        client.set_header(header, "/dashboard/");
    }
    assert_eq!(client.get("/logout/?_method=POST").text("h1"), "Log out of Vestibule?");
    assert_eq!(client.get("/nothing/").status, 404);
    assert!(client.is_logged_in());
}
