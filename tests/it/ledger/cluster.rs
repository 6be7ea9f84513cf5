//! A PostgreSQL of a test's own, to be shot at. Unlike the one of `tests/run`, it keeps what it has acknowledged.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    net::TcpListener,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
};

use tempfile::TempDir;

use crate::support::prepared;

/// `fsync`, `full_page_writes` and `synchronous_commit` stay on, as PostgreSQL has them.
const SETTINGS: &str = "listen_addresses = '127.0.0.1'\nunix_socket_directories = ''\n";

pub struct Cluster {
    programs: PathBuf,
    folder: TempDir,
    port: u16,
}

impl Cluster {
    pub fn start() -> Self {
        let programs = prepared("POSTGRES_BIN").expect("PostgreSQL's programs; `tests/run` finds them");
        let mut cluster = Self { programs: programs.into(), folder: tempfile::tempdir().expect("a folder"), port: 0 };
        cluster.give_to_postgres();
        let options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"];
        assert!(cluster.run("initdb", &options), "no cluster");
        let file = cluster.folder.path().join("data/postgresql.conf");
        let mut file = OpenOptions::new().append(true).open(file).expect("the settings");
        file.write_all(SETTINGS.as_bytes()).expect("new settings");
        // Another program may take the port between the question and the start.
        let started = (0..5).any(|_| {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
            cluster.port = listener.local_addr().expect("an address").port();
            drop(listener);
            cluster.control(&["start", &format!("--options=-p {}", cluster.port)])
        });
        assert!(started, "no PostgreSQL:\n{}", cluster.log());
        cluster
    }

    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// As a crash: nothing is finished, everybody's connection is cut, and the start replays the log.
    pub fn restart_at_once(&self) {
        assert!(self.control(&["restart", "--mode=immediate"]), "no restart:\n{}", self.log());
    }

    pub fn stop_at_once(&self) {
        assert!(self.control(&["stop", "--mode=immediate"]), "no end:\n{}", self.log());
    }

    pub fn start_again(&self) {
        let port = format!("--options=-p {}", self.port);
        assert!(self.control(&["start", &port]), "no start:\n{}", self.log());
    }

    fn control(&self, arguments: &[&str]) -> bool {
        let log = format!("--log={}", self.folder.path().join("log").display());
        self.run("pg_ctl", &[&["--wait", "--timeout=60", "--silent", &log], arguments].concat())
    }

    fn run(&self, program: &str, arguments: &[&str]) -> bool {
        let program = self.programs.join(program);
        let mut command = if is_root() {
            // The server refuses to run as root.
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        let folder = self.folder.path();
        command.arg(format!("--pgdata={}", folder.join("data").display())).args(arguments).current_dir(folder);
        command.stdin(Stdio::null()).stdout(Stdio::null()).status().expect("a program of PostgreSQL").success()
    }

    fn give_to_postgres(&self) {
        if is_root() {
            let given = Command::new("chown").arg("postgres:").arg(self.folder.path()).status().expect("chown");
            assert!(given.success(), "no user postgres");
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("PostgreSQL's log:\n{}", self.log());
        }
        self.control(&["stop", "--mode=immediate"]);
    }
}

fn is_root() -> bool {
    fs::metadata(Path::new("/proc/self")).expect("Linux").uid() == 0
}
