//! The program as people start it.

mod backup;
mod changepassword;
mod check;
mod clearsessions;
mod completions;
mod person;
mod secretkey;
mod seedusers;
mod serve;
mod settings;

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use tempfile::TempDir;

use crate::support::{self, Client, migrations};

fn program(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = support::program(folder, arguments);
    command.envs(variables.iter().copied());
    command
}

/// As [`run`], with something to read on standard input.
pub fn run_with_input(folder: &TempDir, arguments: &[&str], input: &[u8]) -> (i32, String, String) {
    let mut command = program(folder.path(), arguments, &[]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program");
    // It may refuse without reading.
    let _ = child.stdin.take().expect("its input").write_all(input);
    finished(child.wait_with_output().expect("its output"))
}

/// Runs to the end: exit code, standard output, standard error.
pub fn run(folder: &TempDir, arguments: &[&str], variables: &[(&str, &str)]) -> (i32, String, String) {
    finished(program(folder.path(), arguments, variables).output().expect("the program"))
}

fn finished(Output { status, stdout, stderr }: Output) -> (i32, String, String) {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (status.code().expect("an exit code"), text(stdout), text(stderr))
}

pub fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

/// A folder with a migrated database in it and a superuser of that name with the password `a good password`.
fn folder_with(username: &str) -> TempDir {
    let folder = folder();
    let password = [("DJANGO_SUPERUSER_PASSWORD", "a good password")];
    assert_eq!(run(&folder, &["createsuperuser", "--noinput", "--username", username], &password).0, 0);
    folder
}

/// A server that is killed when dropped.
struct Server(Child, Vec<String>);

impl Server {
    fn start(folder: &TempDir, lines: usize) -> Self {
        Self::start_with(folder, lines, &[], Stdio::null())
    }

    fn start_with(folder: &TempDir, lines: usize, variables: &[(&str, &str)], log: Stdio) -> Self {
        let mut command = program(folder.path(), &["serve", "--bind", "127.0.0.1:0"], variables);
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().expect("the program");
        let stdout = BufReader::new(child.stdout.take().expect("its output"));
        let printed = stdout.lines().take(lines).map(|line| line.expect("text")).collect();
        Self(child, printed)
    }

    fn client(&self) -> Client {
        let url = self.1[0].split_whitespace().find(|word| word.starts_with("http://")).expect("an address");
        Client::new(url.trim_start_matches("http://").trim_end_matches('/').parse().expect("an address"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_first_start_makes_everything_and_the_next_one_goes_on() {
    let folder = folder();
    let server = Server::start(&folder, 3);
    let link = server.1[2].trim().to_owned();
    let path = format!("/setup/{}", link.split_once("/setup/").expect("a set-up link").1);
    let client = server.client();
    let fields = [("username", "root"), ("password1", "a good password"), ("password2", "a good password")];
    assert_eq!(client.submit(&path, &fields).status, 302);
    let session = client.cookie("sessionid").expect("a session");
    for file in ["vestibule.key", "vestibule.sqlite3"] {
        let mode = fs::metadata(folder.path().join(file)).expect(file).permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    drop(server);

    let server = Server::start(&folder, 1);
    let client = server.client();
    client.set_cookie("sessionid", &session);
    assert!(client.is_logged_in(), "the same key and data");
}

#[test]
fn a_superuser_is_made_without_questions_as_in_django() {
    let folder = folder();
    let make = |arguments: &[&str], variables: &[(&str, &str)]| {
        run(&folder, &[&["createsuperuser", "--noinput"], arguments].concat(), variables)
    };
    let (code, stdout, _) =
        make(&["--username", "root", "--email", "r@example.org"], &[("DJANGO_SUPERUSER_PASSWORD", "x")]);
    assert_eq!((code, stdout.as_str()), (0, "Superuser created successfully.\n"));
    let (code, _, stderr) = make(&["--username", "root"], &[]);
    assert_eq!(code, 1);
    assert!(stderr.contains("Error: That username is already taken."), "{stderr}");
    let (code, _, stderr) = make(&[], &[]);
    assert_eq!(code, 1);
    assert!(stderr.contains("You must use --username with --noinput."), "{stderr}");
    let (code, _, _) = make(&[], &[("DJANGO_SUPERUSER_USERNAME", "other")]);
    assert_eq!(code, 0);
    let (code, _, stderr) = run(&folder, &["createsuperuser"], &[]);
    assert_eq!(code, 1);
    assert!(stderr.contains("not running in a TTY"), "{stderr}");
}

#[test]
fn migrate_says_what_it_did_and_what_it_would_do() {
    let folder = folder();
    let (code, stdout, _) = run(&folder, &["migrate", "--check"], &[]);
    assert_eq!((code, stdout.lines().count()), (1, migrations()), "{stdout}");
    let (code, stdout, _) = run(&folder, &["migrate", "--plan"], &[]);
    assert_eq!((code, stdout.lines().count()), (0, migrations()), "{stdout}");
    let (code, stdout, _) = run(&folder, &["migrate"], &[]);
    assert_eq!((code, stdout.matches("Applied").count()), (0, migrations()), "{stdout}");
    assert_eq!(run(&folder, &["migrate"], &[]).1, "No migrations to apply.\n");
    assert_eq!(run(&folder, &["migrate", "--check"], &[]).0, 0);
}

#[test]
fn what_is_wrong_is_named_with_its_place_and_exit_code() {
    let folder = folder();
    let refused = |arguments: &[&str], variables: &[(&str, &str)], parts: &[&str]| {
        let (code, _, stderr) = run(&folder, arguments, variables);
        assert_eq!(code, 1, "{arguments:?}: {stderr}");
        assert!(parts.iter().all(|part| stderr.contains(part)), "{arguments:?}: {stderr}");
    };
    refused(&["serve", "--bind", "nowhere"], &[], &["cannot listen on nowhere"]);
    refused(&["serve", "--bind", "0.0.0.0:0"], &[], &["SECRET_KEY", "50"]);
    refused(&["serve", "--bind", "0.0.0.0:0"], &[("VESTIBULE_SECRET_KEY", &"k".repeat(50))], &["ALLOWED_HOSTS"]);
    refused(
        &["migrate"],
        &[("VESTIBULE_DATABASE_URL", "mysql://x")],
        &["DATABASE_URL", "VESTIBULE_DATABASE_URL", "sqlite://"],
    );
    refused(&["migrate"], &[("VESTIBULE_DATABASE_URL", "sqlite:///nowhere/x.sqlite3")], &["/nowhere/x.sqlite3"]);
    refused(&["--settings", "missing.toml", "migrate"], &[], &["missing.toml"]);
    fs::write(folder.path().join("vestibule.toml"), "# site\nSESION_COOKIE_AGE = 5\n").expect("a file");
    refused(&["migrate"], &[], &["SESION_COOKIE_AGE", "vestibule.toml, line 2", "did you mean SESSION_COOKIE_AGE?"]);
    assert_eq!(run(&folder, &["--no-such-option"], &[]).0, 2);
    assert_eq!(run(&folder, &["nosuchcommand"], &[]).0, 2);
}
