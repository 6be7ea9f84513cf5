use std::{
    fs::File,
    io::{BufReader, ErrorKind, Read, Write},
    net::TcpStream,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use super::{Server, folder, folder_with, fs, run};
use crate::support::{Response, encode};

/// Long enough for everything that should happen at once.
const LONG: Duration = Duration::from_secs(20);

fn terminate(server: &Server) {
    let killed = Command::new("kill").arg("-TERM").arg(server.0.id().to_string()).status();
    assert!(killed.expect("kill").success());
}

/// The exit code of a program that ends by itself.
#[track_caller]
fn exit_code(server: &mut Server) -> Option<i32> {
    let started = Instant::now();
    while started.elapsed() < LONG {
        if let Some(status) = server.0.try_wait().expect("a child") {
            return status.code();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("it does not end");
}

#[test]
fn who_is_asked_to_end_finishes_what_runs_refuses_what_is_new_and_exits_with_zero() {
    let folder = folder_with("root");
    let mut server = Server::start(&folder, 1);
    let client = server.client();
    let token = client.get("/login/").csrf_token();
    let body = encode(&[("csrfmiddlewaretoken", &token), ("username", "root"), ("password", "a good password")]);
    let mut stream = TcpStream::connect(client.address).expect("a connection");
    stream.set_read_timeout(Some(LONG)).expect("a timeout");
    let (first, rest) = body.split_at(10);
    write!(
        stream,
        "POST /login/ HTTP/1.1\r\nHost: {}\r\nCookie: csrftoken={}\r\nContent-Type: \
         application/x-www-form-urlencoded\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        client.address,
        client.cookie("csrftoken").expect("a secret"),
        body.len()
    )
    .expect("sent");
    // The server says so when it has begun to work on it.
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).expect("an interim answer");
    stream.write_all(first.as_bytes()).expect("sent");

    terminate(&server);
    let started = Instant::now();
    while TcpStream::connect(client.address).is_ok() {
        assert!(started.elapsed() < LONG, "it still takes connections");
        std::thread::sleep(Duration::from_millis(10));
    }
    stream.write_all(rest.as_bytes()).expect("sent");
    let response = Response::read(&mut BufReader::new(&stream));
    assert_eq!((response.status, response.location()), (302, "/dashboard/"));
    assert!(response.set_cookie("sessionid").is_some());
    assert_eq!(exit_code(&mut server), Some(0));
}

#[test]
fn idle_connections_do_not_keep_it_from_ending() {
    let folder = folder();
    let mut server = Server::start(&folder, 1);
    let client = server.client();
    let mut idle = TcpStream::connect(client.address).expect("a connection");
    write!(idle, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").expect("sent");
    assert_eq!(Response::read(&mut BufReader::new(&idle)).status, 200);
    let started = Instant::now();
    terminate(&server);
    assert_eq!(exit_code(&mut server), Some(0));
    assert!(started.elapsed() < LONG);
    assert!(matches!(idle.read(&mut [0; 10]), Ok(0) | Err(_)));
}

#[test]
fn a_damaged_database_is_refused_and_left_as_it_is() {
    let damage: [fn(&mut Vec<u8>); 3] = [
        // Something else than a database.
        |bytes| bytes.fill(b'x'),
        // Torn in the middle.
        |bytes| bytes.truncate(bytes.len() / 2),
        // Overwritten in the middle.
        |bytes| {
            let middle = bytes.len() / 2;
            bytes[middle..middle + 20_000].fill(0xff);
        },
    ];
    for damage in damage {
        let folder = folder_with("root");
        let path = folder.path().join("vestibule.sqlite3");
        let mut bytes = fs::read(&path).expect("a database");
        damage(&mut bytes);
        fs::write(&path, &bytes).expect("written");
        let (code, stdout, stderr) = run(&folder, &["serve", "--bind", "127.0.0.1:0"], &[]);
        assert_eq!((code, stdout.as_str()), (1, ""), "{stderr}");
        assert!(stderr.contains("vestibule.sqlite3"), "{stderr}");
        assert!(fs::read(&path).expect("still there") == bytes, "it was changed");
    }
}

#[test]
fn numbers_are_told_on_an_address_of_their_own() {
    let folder = folder_with("root");
    let server = Server::start_with(&folder, 2, &[("VESTIBULE_METRICS_BIND", "127.0.0.1:0")], Stdio::null());
    let address = server.1[1].rsplit_once("http://").expect("an address").1.trim_end_matches("/metrics").to_owned();
    let numbers = crate::support::Client::new(address.parse().expect("an address"));
    assert_eq!(server.client().get("/login/").status, 200);
    let response = numbers.get("/metrics");
    assert_eq!(response.status, 200);
    assert!(response.body.contains(r#"path="/login/",status="200"} 1"#), "{}", response.body);
    assert_eq!(numbers.get("/login/").status, 404);
    assert_eq!(server.client().get("/metrics").status, 404);
}

#[test]
fn each_request_is_one_line_of_json_without_query_and_secrets() {
    let folder = folder_with("root");
    let path = folder.path().join("log");
    let mut server = Server::start_with(&folder, 1, &[], File::create(&path).expect("a file").into());
    let client = server.client();
    client.get("/login/?next=/hidden-in-the-query/");
    client.get("/setup/0123456789abcdef0123456789abcdef01234567/");
    assert_eq!(client.log_in("root", "a good password").status, 302);
    let session = client.cookie("sessionid").expect("a session");
    let id = client.get("/dashboard/").header("x-request-id").expect("an id").to_owned();
    terminate(&server);
    assert_eq!(exit_code(&mut server), Some(0));

    let log = fs::read_to_string(&path).expect("a log");
    let lines: Vec<serde_json::Value> =
        log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect();
    let requests: Vec<_> = lines.iter().filter(|line| line["message"] == "request").collect();
    assert_eq!(requests.len(), 5, "{log}");
    let last = requests.last().expect("a line");
    assert_eq!((&last["path"], &last["status"], &last["method"]), (&"/dashboard/".into(), &200.into(), &"GET".into()));
    assert!(last.to_string().contains(&id) && last["ip"] == "127.0.0.1" && last["milliseconds"].is_u64(), "{last}");
    for secret in ["hidden-in-the-query", "0123456789abcdef", "a good password", &session] {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
}

#[test]
fn a_log_that_nobody_reads_stops_nobody() {
    let folder = folder();
    let server = Server::start_with(&folder, 1, &[("RUST_LOG", "trace")], Stdio::piped());
    let client = server.client();
    // Some hundred lines each: many times what fits into a pipe.
    for _ in 0..300 {
        assert_eq!(client.get("/login/").status, 200);
    }
}

#[test]
fn a_slow_head_and_a_head_without_end_are_cut() {
    let folder = folder();
    let server = Server::start(&folder, 1);
    let address = server.client().address;
    for start in ["GET /login/ HTTP/1.1\r\nHost: x\r\nX-Slow: ", "GET /"] {
        let mut stream = TcpStream::connect(address).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_millis(100))).expect("a timeout");
        stream.write_all(start.as_bytes()).expect("sent");
        let begun = Instant::now();
        loop {
            assert!(begun.elapsed() < LONG, "it is kept");
            let _ = stream.write(b"x");
            match stream.read(&mut [0; 500]) {
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Ok(0) | Err(_) => break,
                Ok(_) => {}
            }
        }
    }
}
