use std::{
    io::{BufReader, ErrorKind, Read, Write},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use crate::support::{Response, TestApp};

/// Much longer than any connection of these tests lasts.
const LONG: Duration = Duration::from_secs(20);

/// A site that cuts connections after three seconds.
fn impatient() -> TestApp {
    TestApp::init().setting("CONNECTION_TIMEOUT", "3").start()
}

/// A connection on which a page was asked for, with these headers, and sent.
fn answered(app: &TestApp, headers: &str) -> TcpStream {
    let mut stream = TcpStream::connect(app.address).expect("a connection");
    stream.set_read_timeout(Some(LONG)).expect("a timeout");
    ask(app, &mut stream, headers);
    stream
}

fn ask(app: &TestApp, stream: &mut TcpStream, headers: &str) {
    write!(stream, "GET /login/ HTTP/1.1\r\nHost: {}\r\n{headers}\r\n", app.address).expect("written");
    assert_eq!(Response::read(&mut BufReader::new(stream)).status, 200);
}

/// Sends `start`, and then `more` as slowly as it likes, until the server cuts the connection.
#[track_caller]
fn assert_cut(mut stream: TcpStream, start: &str, more: Option<u8>) {
    stream.write_all(start.as_bytes()).expect("written");
    stream.set_read_timeout(Some(Duration::from_millis(50))).expect("a timeout");
    let started = Instant::now();
    while started.elapsed() < LONG {
        if let Some(byte) = more {
            let _ = stream.write(&[byte]);
        }
        match stream.read(&mut [0; 100]) {
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Ok(0) | Err(_) => return,
            Ok(_) => panic!("an answer to nothing"),
        }
    }
    panic!("the connection is kept");
}

/// After an answer to a request with `headers`, sends each of these on a connection of its own.
fn assert_all_cut(headers: &str, sent: &[(&str, Option<u8>)]) {
    let app = &impatient();
    thread::scope(|scope| {
        for (start, more) in sent {
            scope.spawn(move || assert_cut(answered(app, headers), start, *more));
        }
    });
}

#[test]
fn a_second_request_that_never_ends_is_cut() {
    assert_all_cut("", &[("GET /lo", None), ("GET /", Some(b'x'))]);
}

#[test]
fn a_body_that_nobody_reads_and_that_never_ends_is_cut() {
    assert_all_cut("Transfer-Encoding: chunked\r\n", &[("", None), ("ff\r\n", Some(b'x')), ("f;", Some(b'x'))]);
}

#[test]
fn a_connection_that_is_used_is_kept() {
    let app = impatient();
    let started = Instant::now();
    let mut stream = answered(&app, "");
    while started.elapsed() < Duration::from_secs(4) {
        ask(&app, &mut stream, "");
    }
}
