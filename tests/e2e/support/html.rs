//! The Nu HTML checker: what it finds wrong with pages as they left the server.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;
use tempfile::TempDir;

use super::it::prepared;

/// A file of the packages in `tests/web/package.json`.
pub fn installed(file: &str) -> PathBuf {
    let folder = || concat!(env!("CARGO_MANIFEST_DIR"), "/target/tests/web/node_modules").to_owned();
    Path::new(&prepared("WEB").unwrap_or_else(folder)).join(file)
}

/// Pages that are checked together, as starting Java takes longer than checking them.
pub struct Pages {
    folder: TempDir,
}

impl Pages {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    pub fn add(&self, name: &str, html: &str) {
        let path = self.folder.path().join(format!("{name}.html"));
        assert!(!path.exists(), "two pages are called {name}");
        fs::write(path, html).expect("a file");
    }

    /// The errors and warnings in all of them, a line each, after the page's name.
    pub fn problems(&self) -> Vec<String> {
        let mut java = Command::new("java");
        // A run is short, so little is worth compiling; without -Xss the checker runs out of stack then.
        java.args(["-XX:TieredStopAtLevel=1", "-Xss8m", "-jar"]).arg(installed("vnu-jar/build/dist/vnu.jar"));
        // It guesses the language by statistics, and takes a page with more names and numbers than sentences for French.
        java.args(["--format", "json", "--stdout", "--exit-zero-always", "--skip-info-messages", "--no-langdetect"])
            .arg(self.folder.path());
        let output = java.output().expect("Java; `tests/run` installs it");
        let said = String::from_utf8_lossy(&output.stdout);
        let found: Value = serde_json::from_str(&said)
            .unwrap_or_else(|error| panic!("{java:?}: {error}:\n{said}{}", String::from_utf8_lossy(&output.stderr)));
        found["messages"].as_array().expect("messages").iter().map(line).collect()
    }
}

/// As `login: error in line 5: Stray end tag “div”.: </main></div>`.
fn line(message: &Value) -> String {
    let text = |name: &str| message[name].as_str().unwrap_or_default();
    let page = text("url").rsplit('/').next().unwrap_or_default().trim_end_matches(".html");
    let kind = if message["subType"].is_string() { text("subType") } else { text("type") };
    format!("{page}: {kind} in line {}: {}: {:?}", message["lastLine"], text("message"), text("extract"))
}
