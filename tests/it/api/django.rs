//! One process of `tests/django/api_oracle.py`, for as long as a test asks.

use std::{
    cell::RefCell,
    fs,
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    thread,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use super::{Answer, Request, Side};
use crate::support::{SECRET_KEY, TestApp, TestDatabase, prepared};

pub struct Django {
    child: Child,
    pipes: RefCell<(ChildStdin, BufReader<ChildStdout>)>,
    log: NamedTempFile,
}

impl Django {
    /// On the same database and key, by the settings that ours has by default.
    pub fn beside(app: &TestApp) -> Self {
        Self::with(&app.database, &json!({}))
    }

    /// By other settings of simplejwt.
    pub fn with(database: &TestDatabase, simple_jwt: &Value) -> Self {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let python = prepared("PYTHON").map_or_else(|| root.join("target/tests/venv/bin/python"), PathBuf::from);
        let log = NamedTempFile::new().expect("a file for the log");
        let mut child = Command::new(&python)
            .arg(root.join("tests/django/api_oracle.py"))
            .env("VESTIBULE_TEST_DATABASE_URL", database.url())
            .env("VESTIBULE_TEST_SECRET_KEY", SECRET_KEY)
            .env("VESTIBULE_TEST_SIMPLE_JWT", simple_jwt.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log.reopen().expect("the file for the log"))
            .spawn()
            .unwrap_or_else(|error| panic!("no Django in {}: {error}; `tests/run` installs it", python.display()));
        let pipes = (child.stdin.take().expect("a pipe"), BufReader::new(child.stdout.take().expect("a pipe")));
        Self { child, pipes: RefCell::new(pipes), log }
    }

    /// Asks, and expects an answer.
    pub fn ask(&self, command: &Value) -> Value {
        let (input, output) = &mut *self.pipes.borrow_mut();
        writeln!(input, "{command}").expect("a Django that listens");
        let mut line = String::new();
        output.read_line(&mut line).expect("a Django that answers");
        let answer: Value = serde_json::from_str(&line).unwrap_or_default();
        answer.get("answer").cloned().unwrap_or_else(|| panic!("Django, asked {command}: {line}{}", answer["error"]))
    }
}

impl Side for Django {
    /// Through the whole of Django, middleware included.
    fn answer(&self, request: &Request) -> Answer {
        let headers: Vec<[String; 2]> = request
            .headers
            .iter()
            // Python keeps headers as text in which each byte is a character.
            .map(|(name, value)| [name.clone(), value.bytes().map(char::from).collect()])
            .collect();
        let body = BASE64_STANDARD.encode(&request.body);
        let answer = self.ask(&json!(["request", request.method, request.path, headers, body]));
        let pairs: Vec<(String, String)> = serde_json::from_value(answer["headers"].clone()).expect("headers");
        let status = answer["status"].as_u64().and_then(|status| u16::try_from(status).ok()).expect("a status");
        Answer::new(request, status, &pairs, answer["body"].as_str().expect("a body"))
    }
}

impl Drop for Django {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            let log = fs::read_to_string(self.log.path()).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            eprintln!("Django's log ends:\n{}", lines[lines.len().saturating_sub(40)..].join("\n"));
        }
    }
}
