use std::{
    io::{BufReader, ErrorKind, Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use crate::support::{Response, TestApp};

/// Much longer than any connection of these tests may last.
const LONG: Duration = Duration::from_secs(20);

fn impatient() -> TestApp {
    TestApp::init().setting("CONNECTION_TIMEOUT", "1").start()
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

/// Sends `bytes` one by one until the server cuts the connection.
#[track_caller]
fn assert_cut(mut stream: TcpStream, bytes: &mut dyn Iterator<Item = u8>) {
    stream.set_read_timeout(Some(Duration::from_millis(50))).expect("a timeout");
    let started = Instant::now();
    while started.elapsed() < LONG {
        if let Some(byte) = bytes.next() {
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

#[test]
fn a_second_request_that_never_ends_is_cut() {
    let app = impatient();
    assert_cut(answered(&app, ""), &mut b"GET /lo".iter().copied());
    assert_cut(answered(&app, ""), &mut std::iter::repeat(b'x'));
}

#[test]
fn a_body_that_nobody_reads_and_that_never_ends_is_cut() {
    let app = impatient();
    for start in ["", "ff\r\n", "f;"] {
        let stream = answered(&app, "Transfer-Encoding: chunked\r\n");
        assert_cut(stream, &mut start.bytes().chain(std::iter::repeat(b'x')));
    }
}

#[test]
fn a_connection_that_is_used_is_kept() {
    let app = impatient();
    let mut stream = answered(&app, "");
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(2) {
        ask(&app, &mut stream, "");
    }
}
