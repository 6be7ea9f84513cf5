//! `vestibule serve`, started as a person starts it.

use std::{
    env,
    fs::{self, File},
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

use tempfile::TempDir;

use super::{CHEAP_HASHERS, Client, PASSWORD, SECRET_KEY, TestDatabase};

/// A program that has said nothing for so long hangs.
const PATIENCE: Duration = Duration::from_mins(1);
/// How much of the log a failed test shows.
const LOG_LINES: usize = 200;

/// A running program. It is killed, and its folder and database go, when dropped.
pub struct Program {
    /// `http://127.0.0.1:<port>`.
    pub origin: String,
    pub running: Running,
    pub place: Place,
}

/// A process and the lines that it prints.
pub struct Running {
    child: Child,
    lines: Receiver<String>,
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
        Self::on(TestDatabase::new())
    }

    /// A site on a database that is there already.
    pub fn on(database: TestDatabase) -> Place {
        let folder = tempfile::tempdir().expect("a folder");
        let place = Place { folder, database, settings: Vec::new() };
        place.setting("PASSWORD_HASHERS", CHEAP_HASHERS).setting("SECRET_KEY", SECRET_KEY)
    }

    pub fn database(&self) -> &TestDatabase {
        &self.place.database
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.running.id()
    }

    /// SIGKILL: it finishes nothing.
    pub fn kill(&mut self) {
        self.running.end();
    }

    /// Starts again what was killed, on another port.
    pub fn start_again(&mut self) {
        (self.origin, self.running) = self.place.run();
    }

    /// A browser without cookies.
    pub fn client(&self) -> Client {
        client_of(&self.origin)
    }

    /// Another process of the same site, and a browser without cookies that calls it.
    pub fn beside(&self) -> (Client, Running) {
        let (origin, running) = self.place.run();
        (client_of(&origin), running)
    }
}

fn client_of(origin: &str) -> Client {
    Client::new(origin.trim_start_matches("http://").parse().expect("an address"))
}

impl Running {
    /// The next line that the program prints.
    pub fn line(&self, place: &Place) -> String {
        let line = self.lines.recv_timeout(PATIENCE);
        line.unwrap_or_else(|_| panic!("the program ended or says nothing:\n{}", place.log()))
    }

    /// The number of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What a program with `METRICS_BIND` says it counts; asked once its address was read.
    pub fn numbers(&self, place: &Place) -> Client {
        client_of(self.line(place).rsplit_once("http://").expect("an address").1.trim_end_matches("/metrics"))
    }

    /// SIGKILL: it finishes nothing.
    pub fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
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

    /// With the settings of a file, and none but those.
    pub fn settings_file(mut self, path: &Path) -> Self {
        fs::copy(path, self.folder.path().join("vestibule.toml")).expect("a file of settings");
        self.settings.clear();
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

    /// Runs another command to its end.
    pub fn run_command(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the program")
    }

    /// Serves on a port that the system chooses.
    pub fn start(self) -> Program {
        let (origin, running) = self.run();
        Program { origin, running, place: self }
    }

    /// Serves; `http://127.0.0.1:<port>` and the process.
    fn run(&self) -> (String, Running) {
        let mut command = self.command(&["serve", "--bind", "127.0.0.1:0"]);
        let log = File::options().create(true).append(true).open(self.log_path()).expect("a file for the log");
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().expect("the program");
        let stdout = BufReader::new(child.stdout.take().expect("its output"));
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        let running = Running { child, lines };
        let line = running.line(self);
        let url = line.split_whitespace().find(|word| word.starts_with("http://")).expect("an address");
        (url.trim_end_matches('/').to_owned(), running)
    }

    /// The program with this site's settings and no other.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program(self.folder.path(), arguments);
        command.env("VESTIBULE_DATABASE_URL", self.database.url());
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command
    }

    pub fn log_path(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// The end of what was logged.
    fn log(&self) -> String {
        let log = fs::read_to_string(self.log_path()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(LOG_LINES)..].join("\n")
    }
}

/// The program, run in `folder`.
pub fn program(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vestibule"));
    without_settings(&mut command);
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    command
}

/// Keeps what the tests were started with from the program.
pub fn without_settings(command: &mut Command) {
    let ours = ["VESTIBULE_", "DJANGO_SUPERUSER_", "RUST_LOG"];
    for (name, _) in env::vars_os() {
        if ours.iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
            command.env_remove(name);
        }
    }
}
