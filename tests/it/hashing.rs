//! The hashing pool, as those who log in meet it.

use std::{
    io::{BufReader, Write},
    net::TcpStream,
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use vestibule::auth::{
    Attempt, AuthError,
    backends::{AuthenticationBackend, Decision},
};

use crate::support::{Client, PASSWORD, Response, TestApp, encode};

/// Keeps whoever logs in waiting until it is opened, and counts them.
#[derive(Clone, Default)]
struct Gate(Arc<(Mutex<bool>, Condvar, AtomicUsize)>);

impl Gate {
    fn open(&self) {
        *self.0.0.lock().expect("no panic") = true;
        self.0.1.notify_all();
    }

    fn passed(&self) -> usize {
        self.0.2.load(Ordering::SeqCst)
    }
}

impl AuthenticationBackend for Gate {
    fn authenticate(&self, _: &mut Attempt<'_>) -> Result<Decision, AuthError> {
        self.0.2.fetch_add(1, Ordering::SeqCst);
        drop(self.0.1.wait_while(self.0.0.lock().expect("no panic"), |open| !*open).expect("no panic"));
        Ok(Decision::Abstain)
    }
}

fn gated() -> (TestApp, Gate) {
    let gate = Gate::default();
    let backend = gate.clone();
    let app = TestApp::init()
        .with_user("ann")
        .setting("AUTHENTICATION_BACKENDS", "test.Gate, django.contrib.auth.backends.ModelBackend")
        .customize(move |site| site.backend("Gate", move || backend.clone()))
        .start();
    (app, gate)
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
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

/// Waits until the site's queue is as long as it should be; not until nobody may wait any longer.
#[track_caller]
fn until(what: impl Fn() -> bool) {
    for _ in 0..1_600 {
        if what() {
            return;
        }
        thread::sleep(Duration::from_millis(5));
    }
    panic!("it did not happen");
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
