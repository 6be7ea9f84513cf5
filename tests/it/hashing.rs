//! The hashing pool, as those who log in meet it.

use std::{
    io::{BufReader, Write},
    net::TcpStream,
    time::Duration,
};

use crate::support::{Client, Gate, PASSWORD, Response, TestApp, cores, encode, until};

fn gated() -> (TestApp, Gate) {
    let backends = "test.Gate, django.contrib.auth.backends.ModelBackend";
    Gate::before(TestApp::init().with_user("ann").setting("AUTHENTICATION_BACKENDS", backends))
}

/// Sends a log-in and does not wait for the answer.
fn sent(client: &Client, token: &str) -> TcpStream {
    let body = encode(&[("csrfmiddlewaretoken", token), ("username", "ann"), ("password", PASSWORD)]);
    let mut stream = TcpStream::connect(client.address).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
    write!(
        stream,
        "POST /login/ HTTP/1.1\r\nHost: {}\r\nCookie: csrftoken={}\r\nContent-Type: \
         application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        client.address,
        client.cookie("csrftoken").expect("a secret"),
        body.len()
    )
    .expect("sent");
    stream
}

fn answer(stream: TcpStream) -> Response {
    Response::read(&mut BufReader::new(stream))
}

#[test]
fn when_the_queue_is_full_people_are_asked_at_once_to_come_back_and_pages_are_served() {
    let (app, gate) = gated();
    let client = app.client();
    let token = client.get("/login/").csrf_token();
    let places = cores() + cores() * 64;
    let waiting: Vec<_> = (0..places).map(|_| sent(&client, &token)).collect();
    until(|| gate.passed() == cores() && app.waiting() == places - cores());

    let refused = answer(sent(&client, &token));
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("5")));
    assert!(refused.text("main").contains("try again") || refused.text("main").contains("too busy"));
    assert_eq!(client.get("/login/").status, 200);

    gate.open();
    for stream in waiting {
        assert_eq!(answer(stream).status, 302);
    }
    assert_eq!(gate.passed(), places);
}

#[test]
fn nobody_hashes_for_those_who_left() {
    let (app, gate) = gated();
    let client = app.client();
    let token = client.get("/login/").csrf_token();
    let running: Vec<_> = (0..cores()).map(|_| sent(&client, &token)).collect();
    until(|| gate.passed() == cores());
    let leaving: Vec<_> = (0..5).map(|_| sent(&client, &token)).collect();
    until(|| app.waiting() == 5);
    drop(leaving);
    until(|| app.waiting() == 0);
    gate.open();
    for stream in running {
        assert_eq!(answer(stream).status, 302);
    }
    assert_eq!(gate.passed(), cores());
    assert_eq!(client.log_in("ann", PASSWORD).status, 302);
}

#[test]
fn a_row_that_asks_for_too_much_memory_opens_nothing_and_stops_nobody() {
    let app = TestApp::init().with_user("ann").with_user("bob").start();
    let hostile = "argon2$argon2id$v=19$m=4000000,t=4,p=1$c29tZXNhbHQ$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNo";
    app.database.execute(&format!("UPDATE auth_user SET password = '{hostile}' WHERE username = 'ann'"));
    let response = app.client().log_in("ann", PASSWORD);
    assert_eq!(response.status, 200);
    assert!(response.text("main").contains("correct username and password"));
    assert_eq!(app.client().log_in("bob", PASSWORD).status, 302);
}
