use super::assert_error_page;
use crate::support::{Client, PASSWORD, Response, TestApp};

const FORM: &str = "Content-Type: application/x-www-form-urlencoded";

/// A form that has nothing but a good token yet.
fn form_with_token(client: &Client) -> String {
    format!("csrfmiddlewaretoken={}", client.get("/login/").csrf_token())
}

fn send(client: &Client, headers: &str, body: &[u8]) -> Response {
    let cookie = format!("Cookie: csrftoken={}", client.cookie("csrftoken").unwrap_or_default());
    client.ask(&format!("POST /login/\n{cookie}\n{headers}\nContent-Length: {}", body.len()), body)
}

#[test]
fn what_is_no_text_is_refused() {
    let app = TestApp::init().with_user("ann").start();
    let client = app.client();
    let token = form_with_token(&client);
    let before = app.database.snapshot();
    for bad in ["&username=%ff", "&username=\u{0}", "&%ff=1", "&username=ann%00", "&a%00b=1", "&username=%ed%a0%80"] {
        let response = send(&client, FORM, format!("{token}{bad}&password={PASSWORD}").as_bytes());
        assert_error_page(&response, 400);
    }
    let raw = [token.as_bytes(), b"&username=\xff\xfe"].concat();
    assert_error_page(&send(&client, FORM, &raw), 400);
    assert_eq!(app.database.snapshot(), before);
}

#[test]
fn only_so_many_fields_are_taken() {
    let app = TestApp::init().setting("DATA_UPLOAD_MAX_NUMBER_FIELDS", "5").start();
    let client = app.client();
    let token = form_with_token(&client);
    assert_eq!(send(&client, FORM, format!("{token}&a&b&c&&&&&d").as_bytes()).status, 200);
    assert_error_page(&send(&client, FORM, format!("{token}&a&b&c&d&e").as_bytes()), 400);
}

#[test]
fn only_plain_forms_are_taken() {
    let app = TestApp::init().with_user("ann").start();
    let client = app.client();
    let form = format!("{}&username=ann&password={}", form_with_token(&client), PASSWORD.replace(' ', "+"));
    let json = format!(r#"{{"username":"ann","password":"{PASSWORD}"}}"#);
    let before = app.database.snapshot();
    for (headers, status) in [
        ("Content-Type: application/json", 415),
        ("Content-Type: text/plain", 415),
        ("Content-Type: multipart/form-data; boundary=x", 415),
        ("Content-Type: multipart/form-data", 415),
        ("Content-Type: application/x-www-form-urlencoded-not", 415),
        ("Content-Type: nonsense", 415),
        ("Content-Type:", 415),
        ("X-No-Type: at all", 415),
        ("Content-Type: application/x-www-form-urlencoded; charset=utf-7", 400),
        ("Content-Type: application/x-www-form-urlencoded; charset=utf-16", 400),
        ("Content-Type: application/x-www-form-urlencoded; charset=latin1", 400),
        ("Content-Type: application/x-www-form-urlencoded\nContent-Encoding: gzip", 415),
        ("Content-Type: application/x-www-form-urlencoded\nContent-Encoding: deflate, br", 415),
    ] {
        for body in [&form, &json] {
            assert_error_page(&send(&client, headers, body.as_bytes()), status);
        }
    }
    assert_eq!(app.database.snapshot(), before);
    for good in ["; charset=UTF-8", ";charset=\"utf-8\"", "\nContent-Encoding: identity"] {
        assert_eq!(send(&client, &format!("{FORM}{good}"), form.as_bytes()).status, 302, "{good}");
    }
}

#[test]
fn a_body_over_the_limit_is_refused_without_being_read() {
    let app = TestApp::init().setting("DATA_UPLOAD_MAX_MEMORY_SIZE", "1000").start();
    let client = app.client();
    let head = format!("POST /login/\n{FORM}");
    for declared in ["1001", "10000000000", "18446744073709551615"] {
        assert_error_page(&client.ask(&format!("{head}\nContent-Length: {declared}"), b"a="), 413);
    }
    let chunks = format!("3e9\r\n{}", "x".repeat(1_001));
    assert_error_page(&client.ask(&format!("{head}\nTransfer-Encoding: chunked"), chunks.as_bytes()), 413);

    let token = form_with_token(&client);
    let longest = format!("{token}&username={}", "x".repeat(1_000 - token.len() - "&username=".len()));
    assert_eq!(send(&client, FORM, longest.as_bytes()).status, 200);
    assert_error_page(&send(&client, FORM, format!("{longest}x").as_bytes()), 413);
}

#[test]
fn a_body_that_ends_too_early_or_makes_no_sense_is_refused() {
    let app = TestApp::init().start();
    let client = app.client();
    for (length, body) in [
        ("Transfer-Encoding: chunked", "zz\r\n"),
        ("Transfer-Encoding: chunked", "fffffffffffffffff\r\n"),
        ("Transfer-Encoding: chunked", "-1\r\n"),
        ("Transfer-Encoding: gzip, chunked", "0\r\n\r\n"),
        ("Transfer-Encoding: chunked\nContent-Length: 5", "0\r\n\r\n"),
        ("Content-Length: 5\nContent-Length: 6", "a=bcd"),
        ("Content-Length: -1", ""),
        ("Content-Length: +1", "a"),
        ("Content-Length: 1e1", "a"),
        ("Content-Length: 18446744073709551616", "a"),
    ] {
        assert_eq!(client.ask(&format!("POST /login/\n{FORM}\n{length}"), body.as_bytes()).status, 400, "{length}");
    }
    let head = format!("POST /login/ HTTP/1.1\r\nHost: {}\r\n{FORM}\r\nContent-Length: 9\r\n\r\na=b", app.address);
    let answer = client.raw(head.as_bytes());
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400 "), "{answer}");
}

#[test]
fn a_slow_body_is_not_waited_for_for_ever() {
    let app = TestApp::init().setting("DATA_UPLOAD_TIMEOUT", "1").start();
    let response = app.client().ask(&format!("POST /login/\n{FORM}\nContent-Length: 10"), b"a=");
    assert_error_page(&response, 408);
    assert_eq!(response.header("connection"), Some("close"));
}

#[test]
fn the_rest_of_a_refused_body_is_not_taken_for_a_request() {
    let app = TestApp::init().start();
    let client = app.client();
    let hidden = format!("GET /nothing/ HTTP/1.1\r\nHost: {}\r\n\r\n", app.address);
    for head in ["POST /login/", "POST /nothing/", "POST /dashboard/", "GET /login/", "DELETE /login/"] {
        let head = format!("{head} HTTP/1.1\r\nHost: {}\r\nContent-Type: text/plain\r\n", app.address);
        let request = format!("{head}Content-Length: {}\r\n\r\n{hidden}", hidden.len());
        let answers = client.raw(request.as_bytes());
        assert_eq!(answers.matches("HTTP/1.1 ").count(), 1, "{answers}");
    }
}

#[test]
fn what_is_too_long_is_not_sent_back_whole() {
    let app = TestApp::init().start();
    let page = app.client().submit("/login/", &[("username", &"<".repeat(500_000)), ("password", "x")]);
    assert_eq!(page.attribute("#id_username", "value").map(|value| value.len()), Some(255));
    assert!(page.text(".field-errors").contains("at most 254 characters") && page.body.len() < 10_000);
}
