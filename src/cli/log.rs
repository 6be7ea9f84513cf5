//! The log: lines for people on a terminal, JSON for machines elsewhere.

use std::{
    io::{self, IsTerminal, Write, stderr},
    mem, panic,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

/// How many bytes of log may wait to be written; what comes then is lost, and counted.
const WAITING: usize = 1 << 20;
/// How long a line may wait for others to be written with.
const GATHER: Duration = Duration::from_millis(5);
/// How long the end waits for somebody who does not read.
const FAREWELL: Duration = Duration::from_secs(1);

/// Logs to standard error until the guard is dropped. `RUST_LOG` chooses what is logged.
pub(super) fn to_stderr() -> Guard {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("info,actix_server=warn,actix_session=error,actix_identity=error"));
    let log = Log(Arc::default());
    // The hook of the standard library writes to standard error itself, and would wait there for whoever does not read.
    panic::set_hook(Box::new(|panic| {
        let message = panic.payload_as_str().unwrap_or("of no text");
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(message, place, "a fault of ours: panic");
    }));
    let guard = Guard { log: log.clone(), writer: log.clone().write_to(stderr()) };
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(log).with_target(false);
    if stderr().is_terminal() {
        subscriber.init();
    } else {
        subscriber.json().flatten_event(true).with_span_list(false).init();
    }
    guard
}

/// Lines on their way to a thread that writes them, many at once when there are many. Whoever does not read them can't
/// stop the server, and a line costs a request no system call and no change of threads.
#[derive(Debug, Clone)]
struct Log(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: Vec<u8>,
    lost: u64,
    ended: bool,
}

/// Writes what is left when dropped.
#[derive(Debug)]
pub(super) struct Guard {
    log: Log,
    writer: JoinHandle<()>,
}

impl Log {
    fn write_to(self, mut sink: impl Write + Send + 'static) -> JoinHandle<()> {
        thread::spawn(move || {
            while let Some(lines) = self.next() {
                // Nobody is left to be told of a failure.
                let _ = sink.write_all(&lines).and_then(|()| sink.flush());
            }
        })
    }

    /// What has gathered; `None` at the end.
    fn next(&self) -> Option<Vec<u8>> {
        let idle = |state: &mut State| state.waiting.is_empty() && !state.ended;
        let state = self.0.changed.wait_while(self.state(), idle).unwrap_or_else(PoisonError::into_inner);
        let ended = state.ended;
        drop(state);
        if !ended {
            thread::sleep(GATHER);
        }
        let mut state = self.state();
        let mut lines = mem::take(&mut state.waiting);
        let lost = mem::take(&mut state.lost);
        drop(state);
        if lost > 0 {
            lines.extend_from_slice(
                format!("{{\"level\":\"WARN\",\"message\":\"{lost} log lines were lost\"}}\n").as_bytes(),
            );
        }
        (!lines.is_empty() || !ended).then_some(lines)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.log.state().ended = true;
        self.log.0.changed.notify_one();
        let patience = std::time::Instant::now() + FAREWELL;
        while !self.writer.is_finished() && std::time::Instant::now() < patience {
            thread::sleep(GATHER);
        }
    }
}

impl Write for &Log {
    /// One line at a time: whole or not at all.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut state = self.state();
        if state.waiting.len() + line.len() > WAITING {
            state.lost += 1;
            return Ok(line.len());
        }
        if state.waiting.is_empty() {
            self.0.changed.notify_one();
        }
        state.waiting.extend_from_slice(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = &'a Log;

    fn make_writer(&'a self) -> Self::Writer {
        self
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// A pipe that nobody reads until it is told to.
    struct Blocked(mpsc::Receiver<()>, mpsc::Sender<Vec<u8>>);

    impl Write for Blocked {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.0.recv();
            let _ = self.1.send(bytes.to_vec());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_log_that_nobody_reads_stops_nobody_and_says_what_was_lost() {
        let (read, blocked) = mpsc::channel();
        let (sink, written) = mpsc::channel();
        let log = Log(Arc::default());
        let guard = Guard { log: log.clone(), writer: log.clone().write_to(Blocked(blocked, sink)) };
        let line = [b'x'; 1_000];
        for _ in 0..3_000 {
            (&log).write_all(&line).expect("taken or lost");
        }
        assert!(log.state().waiting.len() <= WAITING && log.state().lost > 0);
        drop(read);
        drop(guard);
        let text = String::from_utf8(written.iter().flatten().collect()).expect("text");
        assert!(text.contains("log lines were lost") && text.starts_with("xxx"), "{}", text.len());
    }
}
