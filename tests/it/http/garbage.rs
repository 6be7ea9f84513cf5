use std::io::Write;

use proptest::prelude::*;

use crate::support::TestApp;

#[test]
fn nonsense_is_refused_and_the_next_request_answered() {
    let app = TestApp::init().start();
    let client = app.client();
    let host = format!("Host: {}\r\n", app.address);
    let requests: Vec<Vec<u8>> = vec![
        b"\r\n\r\n\r\n".to_vec(),
        b"\0\0\0\0".to_vec(),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
        b"GET /login/\r\n".to_vec(),
        b"GET".to_vec(),
        b"GET  /login/  HTTP/1.1\r\n\r\n".to_vec(),
        b"GET /login/ HTTP/9.9\r\n\r\n".to_vec(),
        format!("GET /\u{ff}/ HTTP/1.1\r\n{host}\r\n").into_bytes(),
        [b"GET /\xff/ HTTP/1.1\r\n", host.as_bytes(), b"\r\n"].concat(),
        [b"GET /login/?\xff HTTP/1.1\r\n", host.as_bytes(), b"\r\n"].concat(),
        [b"GET /login/ HTTP/1.1\r\n", host.as_bytes(), b"Cookie: \xff\xfe\r\nUser-Agent: \xff\r\n\r\n"].concat(),
        [b"GET /login/ HTTP/1.1\r\n", host.as_bytes(), b"A\0B: x\r\n\r\n"].concat(),
        format!("GET /login/?%ff=%ff&next=%ff%00 HTTP/1.1\r\n{host}\r\n").into_bytes(),
        format!("GET /{} HTTP/1.1\r\n{host}\r\n", "a/".repeat(30_000)).into_bytes(),
        format!("GET /{} HTTP/1.1\r\n{host}\r\n", "%2e%2e/".repeat(5_000)).into_bytes(),
        format!("GET /login/?{} HTTP/1.1\r\n{host}\r\n", "a=b&".repeat(15_000)).into_bytes(),
        format!("GET /login/ HTTP/1.1\r\n{host}{}\r\n", "X: y\r\n".repeat(90)).into_bytes(),
        format!("GET /login/ HTTP/1.1\r\n{host}{}\r\n", "X: y\r\n".repeat(5_000)).into_bytes(),
        format!("GET /login/ HTTP/1.1\r\n{host}X: {}\r\n\r\n", "y".repeat(1_000_000)).into_bytes(),
        format!("OPTIONS * HTTP/1.1\r\n{host}\r\n").into_bytes(),
        format!("CONNECT evil.com:443 HTTP/1.1\r\n{host}\r\n").into_bytes(),
        format!("GET evil.com:80 HTTP/1.1\r\n{host}\r\n").into_bytes(),
        format!("GET /login/ HTTP/1.1\r\n{host}Upgrade: h2c\r\nConnection: Upgrade\r\n\r\n").into_bytes(),
        format!("GET /login/ HTTP/1.1\r\n{host}Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n").into_bytes(),
        format!("GET /login/ HTTP/1.1\r\n{host}Expect: 100-continue\r\nExpect: x\r\n\r\n").into_bytes(),
        format!("GET /login/ HTTP/1.1\r\n{host}Range: bytes=0-0,-1,99-\r\nIf-Match: x\r\n\r\n").into_bytes(),
        format!("GET /login/ HTTP/1.1\r\n{host}Content-Length: 5\r\n\r\nGET / ").into_bytes(),
    ];
    for request in requests {
        let shown = String::from_utf8_lossy(&request[..request.len().min(60)]).into_owned();
        let answer = client.raw(&request);
        assert!(!answer.starts_with("HTTP/1.1 5") && !answer.starts_with("HTTP/1.0 5"), "{shown:?}: {answer}");
        assert_eq!(client.get("/login/").status, 200, "after {shown:?}");
    }
}

#[test]
fn random_bytes_change_nothing() {
    let app = TestApp::init().with_user("ann").start();
    let before = app.database.snapshot();
    let client = app.client();
    let lines = "(GET|POST|HEAD|X) [ -~]{0,20} HTTP/1.[01]\r\n(Host: localhost\r\n)?([ -~]{0,20}\r\n){0,3}\r\n";
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..200),
        proptest::string::string_regex(lines).expect("a pattern").prop_map(String::into_bytes),
    ];
    let outcome = runner.run(&strategy, |request| {
        let answer = client.raw(&request);
        prop_assert!(!answer.contains("HTTP/1.1 5") && !answer.contains("HTTP/1.0 5"), "{}", answer);
        Ok(())
    });
    outcome.expect("no fault");
    assert_eq!(client.get("/login/").status, 200);
    assert_eq!(app.database.snapshot(), before);
}

#[test]
fn a_client_that_leaves_in_the_middle_disturbs_nobody() {
    let app = TestApp::init().start();
    for sent in ["", "GET /lo", "POST /login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nabc"] {
        let mut stream = std::net::TcpStream::connect(app.address).expect("a connection");
        stream.write_all(sent.as_bytes()).expect("written");
    }
    assert_eq!(app.client().get("/login/").status, 200);
}
