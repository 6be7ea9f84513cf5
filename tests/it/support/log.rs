//! What the site logs, for tests that ask.

use std::{
    io::{self, Write},
    sync::{Mutex, Once},
};

static START: Once = Once::new();
static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Keeps from now on what is logged, by whatever test.
pub fn keep_log() {
    START.call_once(|| {
        let log = tracing_subscriber::fmt().json().flatten_event(true).with_writer(|| Sink);
        log.init();
    });
}

/// The lines logged while the request with this id was served.
pub fn logged(request_id: &str) -> String {
    let lines = LINES.lock().expect("the log");
    lines.iter().filter(|line| line.contains(request_id)).map(String::as_str).collect()
}

struct Sink;

impl Write for Sink {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        LINES.lock().expect("the log").push(String::from_utf8_lossy(line).into_owned());
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
