//! Everybody logs in at once, at what a hash really costs. Longer: `tests/soak storm`.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufReader, Write},
    net::TcpStream,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use crate::support::{Client, PASSWORD, Program, Response, encode, prepared};

/// The most memory that the program may take, in KiB.
const MOST_MEMORY: u64 = 512 * 1024;

#[test]
fn when_everybody_logs_in_at_once_memory_is_bounded_and_pages_are_served() {
    let people: usize = prepared("PEOPLE").map_or(300, |text| text.parse().expect("a number"));
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let program = Program::init().setting("PASSWORD_HASHERS", "[]").with_superuser("ann").start();
    let (client, inside) = (program.client(), program.client());
    assert_eq!(inside.log_in("ann", PASSWORD).status, 302);

    let stop = AtomicBool::new(false);
    let (answers, mut times) = thread::scope(|scope| {
        let stop = &stop;
        let pages = scope.spawn(move || look(&inside, stop));
        let answers = all_at_once(&client, people);
        stop.store(true, Ordering::SeqCst);
        (answers, pages.join().expect("every page was served"))
    });

    times.sort();
    let p99 = times[times.len() * 99 / 100];
    let memory = most_memory(program.id());
    println!("{people} log-ins: {answers:?}; {} pages meanwhile, p99 {p99:?}; {} MiB", times.len(), memory / 1024);
    assert!(answers.keys().all(|status| [302, 503].contains(status)), "{answers:?}");
    assert!(answers[&302] > 0);
    assert!(memory < MOST_MEMORY, "{memory} KiB");
    assert_eq!(program.client().log_in("ann", PASSWORD).status, 302);
}

/// Looks at a page again and again; how long each time took.
fn look(client: &Client, stop: &AtomicBool) -> Vec<Duration> {
    let mut times = Vec::new();
    while !stop.load(Ordering::SeqCst) {
        let started = Instant::now();
        assert_eq!(client.get("/dashboard/").status, 200);
        times.push(started.elapsed());
        thread::sleep(Duration::from_millis(10));
    }
    times
}

/// How many of `people` who log in at the same moment hear what.
fn all_at_once(client: &Client, people: usize) -> BTreeMap<u16, usize> {
    let token = client.get("/login/").csrf_token();
    let body = encode(&[("csrfmiddlewaretoken", &token), ("username", "ann"), ("password", PASSWORD)]);
    let head = format!(
        "POST /login/ HTTP/1.1\r\nHost: {}\r\nCookie: csrftoken={}\r\nContent-Type: \
         application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
        client.address,
        client.cookie("csrftoken").expect("a secret"),
        body.len()
    );
    let mut streams: Vec<TcpStream> = (0..people)
        .map(|_| {
            let mut stream = TcpStream::connect(client.address).expect("a connection");
            stream.write_all(head.as_bytes()).expect("sent");
            stream
        })
        .collect();
    for stream in &mut streams {
        stream.write_all(body.as_bytes()).expect("sent");
    }
    let mut answers = BTreeMap::new();
    for stream in streams {
        stream.set_read_timeout(Some(Duration::from_mins(1))).expect("a timeout");
        let answer = Response::read(&mut BufReader::new(stream));
        assert_eq!(answer.status == 503, answer.header("retry-after").is_some());
        *answers.entry(answer.status).or_default() += 1;
    }
    answers
}

/// The most memory that a process ever had, in KiB.
fn most_memory(id: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a line");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}
