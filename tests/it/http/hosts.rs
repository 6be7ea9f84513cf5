use super::assert_error_page;
use crate::support::{Client, Response, TestApp};

fn with_host(client: &Client, host: &str) -> Response {
    client.exchange(format!("GET /login/ HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes())
}

#[test]
fn a_host_that_is_not_ours_gets_a_page_that_says_so() {
    let app = TestApp::init().start();
    let client = app.client();
    for host in [
        "evil.com",
        "evil.com:80",
        "",
        "localhost:99999",
        "localhost:-1",
        "localhost:",
        "localhost:8o",
        "localhost:80:80",
        "a@localhost",
        "localhost/..",
        "localhost/login",
        "localhost?x",
        "local host",
        "localhost, evil.com",
        "localhost.evil.com",
        "localhost..",
        "::1",
        "[::2]",
        "[::1]evil.com",
        "[::1",
        "127.0.0.1.evil.com",
        "127.1",
        &"a".repeat(10_000),
    ] {
        let response = with_host(&client, host);
        assert_error_page(&response, 400);
        assert!(host.is_empty() || !response.body.contains(host), "{host} is repeated");
        assert!(response.all("set-cookie").is_empty());
    }
    assert_eq!(app.database.number("SELECT count(*) FROM vestibule_event"), 0);
}

#[test]
fn our_own_hosts_may_be_written_in_several_ways() {
    let app = TestApp::init().setting("ALLOWED_HOSTS", ".Example.org,[::1]").start();
    for host in
        ["example.org", "EXAMPLE.ORG", "example.org.", "example.org:8000", "a.b.example.org", "[::1]", "[::1]:80"]
    {
        assert_eq!(with_host(&app.client(), host).status, 200, "{host}");
    }
    for host in ["localhost", "127.0.0.1", "badexample.org", "example.org.evil.com", "example.com"] {
        assert_eq!(with_host(&app.client(), host).status, 400, "{host}");
    }
}

#[test]
fn a_request_without_one_host_is_refused() {
    let app = TestApp::init().start();
    let client = app.client();
    let one = format!("Host: {}\r\n", app.address);
    for head in [
        "GET /login/ HTTP/1.1\r\n\r\n".to_owned(),
        "GET /login/ HTTP/1.0\r\n\r\n".to_owned(),
        format!("GET /login/ HTTP/1.1\r\n{one}{one}\r\n"),
        format!("GET /login/ HTTP/1.1\r\n{one}Host: evil.com\r\n\r\n"),
        format!("GET /login/ HTTP/1.0\r\nHost: evil.com\r\n{one}\r\n"),
        format!("GET /login/ HTTP/1.1\r\nHost : evil.com\r\n{one}\r\n"),
        format!("GET /login/ HTTP/1.1\r\n Host: evil.com\r\n{one}\r\n"),
    ] {
        assert_eq!(client.exchange(head.as_bytes()).status, 400, "{head}");
    }
    assert_error_page(&client.exchange(b"GET /login/ HTTP/1.0\r\n\r\n"), 400);
    assert_eq!(client.exchange(format!("GET /login/ HTTP/1.0\r\n{one}\r\n").as_bytes()).status, 200);
}

#[test]
fn an_absolute_address_does_not_choose_the_host() {
    let app = TestApp::init().start();
    let client = app.client();
    let response = client.ask("GET http://evil.com/dashboard/?a=b", b"");
    assert_eq!((response.status, response.location()), (302, "/login/?next=/dashboard/%3Fa%3Db"));
    let ours = format!("GET http://{}/login/ HTTP/1.1\r\nHost: evil.com\r\n\r\n", app.address);
    assert_eq!(client.exchange(ours.as_bytes()).status, 400);
}
