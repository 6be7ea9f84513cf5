//! Real Django, asked through `tests/django/oracle.py`.

use std::process::Command;

use serde_json::Value;

use super::database::prepared;

/// The Python of `tests/django/requirements.txt`.
pub fn python() -> Command {
    let installed = || concat!(env!("CARGO_MANIFEST_DIR"), "/target/tests/venv/bin/python").to_owned();
    Command::new(prepared("PYTHON").unwrap_or_else(installed))
}

pub struct Oracle {
    variables: Vec<(&'static str, String)>,
}

impl Oracle {
    pub fn new(database_url: &str, secret_key: &str) -> Self {
        Self {
            variables: vec![
                ("VESTIBULE_TEST_DATABASE_URL", database_url.to_owned()),
                ("VESTIBULE_TEST_SECRET_KEY", secret_key.to_owned()),
            ],
        }
    }

    /// Sets another of the oracle's variables, as `VESTIBULE_TEST_BACKENDS`.
    pub fn with(mut self, variable: &'static str, value: &str) -> Self {
        self.variables.retain(|(known, _)| *known != variable);
        self.variables.push((variable, value.to_owned()));
        self
    }

    /// Asks, and expects an answer.
    pub fn ask(&self, arguments: &[&str]) -> Value {
        let mut python = python();
        let output = python
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/django/oracle.py"))
            .args(arguments)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .output()
            .unwrap_or_else(|error| panic!("no Django: {error}: {python:?}; `tests/run` installs it"));
        let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "oracle {arguments:?} failed:\n{stdout}{stderr}");
        serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("oracle {arguments:?}: {error}:\n{stdout}{stderr}"))
    }
}
