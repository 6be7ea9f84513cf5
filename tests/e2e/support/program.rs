//! `vestibule serve`, started as a person starts it.

use std::{
    env,
    ffi::OsString,
    fs::{self, File},
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, ChildStdout, Command, Stdio},
    thread,
};

use tempfile::TempDir;

use super::it::{CHEAP_HASHERS, PASSWORD, TestDatabase};

/// A running program. It is killed, and its folder and database go, when dropped.
pub struct Program {
    /// `http://127.0.0.1:<port>`.
    pub origin: String,
    child: Child,
    stdout: BufReader<ChildStdout>,
    place: Place,
}

/// Where a program runs, and with which settings.
pub struct Place {
    folder: TempDir,
    database: TestDatabase,
    settings: Vec<(String, String)>,
}

impl Program {
    /// A new site, to be started.
    pub fn init() -> Place {
        let folder = tempfile::tempdir().expect("a folder");
        let place = Place { folder, database: TestDatabase::new(), settings: Vec::new() };
        place.setting("PASSWORD_HASHERS", CHEAP_HASHERS)
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// The set-up link; printed, two lines below the address, only while nobody administers the site.
    pub fn setup_link(&mut self) -> String {
        self.line();
        self.line().trim().to_owned()
    }

    /// The next line that the program prints.
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("text");
        assert!(!line.is_empty(), "the program ended:\n{}", self.place.log());
        line
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            eprintln!("The program's log:\n{}", self.place.log());
        }
    }
}

impl Place {
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.push((format!("VESTIBULE_{name}"), value.to_owned()));
        self
    }

    /// A superuser with [`PASSWORD`] and the address `<username>@example.org`.
    pub fn with_superuser(self, username: &str) -> Self {
        let email = format!("{username}@example.org");
        let mut command = self.command(&["createsuperuser", "--noinput", "--username", username, "--email", &email]);
        let output = command.env("DJANGO_SUPERUSER_PASSWORD", PASSWORD).output().expect("the program");
        assert!(output.status.success(), "no superuser: {}", String::from_utf8_lossy(&output.stderr));
        self
    }

    /// Serves on a port that the system chooses.
    pub fn start(self) -> Program {
        let mut command = self.command(&["serve", "--bind", "127.0.0.1:0"]);
        let log = File::create(self.log_path()).expect("a file for the log");
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().expect("the program");
        let stdout = BufReader::new(child.stdout.take().expect("its output"));
        let mut program = Program { origin: String::new(), child, stdout, place: self };
        let line = program.line();
        let url = line.split_whitespace().find(|word| word.starts_with("http://"));
        url.expect("an address").trim_end_matches('/').clone_into(&mut program.origin);
        program
    }

    /// The program with this site's settings and no other.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vestibule"));
        command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null());
        for name in foreign_variables() {
            command.env_remove(name);
        }
        command.env("VESTIBULE_DATABASE_URL", self.database.url());
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }
}

/// What the caller's environment would tell the program.
fn foreign_variables() -> impl Iterator<Item = OsString> {
    let ours = ["VESTIBULE_", "DJANGO_SUPERUSER_", "RUST_LOG"];
    let names = env::vars_os().map(|(name, _)| name);
    names.filter(move |name| ours.iter().any(|prefix| name.to_string_lossy().starts_with(prefix)))
}
