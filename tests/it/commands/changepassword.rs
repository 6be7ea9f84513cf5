use std::{
    io::{Read, Write},
    process::{Command, Stdio},
};

use tempfile::TempDir;

use super::{Server, folder_with, run, run_with_input};
use crate::support::without_settings;

/// Runs `vestibule changepassword ann` on a terminal that answers its questions: exit code and what stood on the terminal.
fn on_terminal(folder: &TempDir, answers: &[&str]) -> (i32, String) {
    let command = format!("exec '{}' changepassword ann", env!("CARGO_BIN_EXE_vestibule"));
    let mut script = Command::new("script");
    without_settings(&mut script);
    let mut child = script
        .args(["--quiet", "--return", "--command", &command, "/dev/null"])
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("util-linux's script");
    let (mut keys, mut screen) = (child.stdin.take().expect("its input"), child.stdout.take().expect("its output"));
    let (mut seen, mut answers) = (Vec::new(), answers.iter());
    let mut byte = [0];
    while screen.read(&mut byte).is_ok_and(|read| read == 1) {
        seen.push(byte[0]);
        if seen.ends_with(b"Password: ") || seen.ends_with(b"(again): ") {
            let answer = answers.next().expect("no more questions");
            keys.write_all(format!("{answer}\n").as_bytes()).expect("a terminal that listens");
        }
    }
    assert_eq!(answers.next(), None, "{}", String::from_utf8_lossy(&seen));
    let code = child.wait().expect("an end").code().expect("an exit code");
    (code, String::from_utf8(seen).expect("text").replace("\r\n", "\n"))
}

#[test]
fn a_changed_password_ends_the_sessions_and_is_the_one_that_counts() {
    let folder = folder_with("ann");
    let server = Server::start(&folder, 1);
    let old = server.client();
    assert_eq!(old.log_in("ann", "a good password").status, 302);
    assert!(old.is_logged_in());
    let new = "  Ünother päss ";
    let (code, stdout, stderr) =
        run_with_input(&folder, &["changepassword", "ann", "--password-stdin"], format!("{new}\r\nmore\n").as_bytes());
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(stdout, "Changing password for user 'ann'\nPassword changed successfully for user 'ann'\n");
    assert!(!old.is_logged_in(), "the session hangs on the password");
    for (password, status) in [("a good password", 200), (new.trim(), 200), (new, 302)] {
        assert_eq!(server.client().log_in("ann", password).status, status, "{password:?}");
    }
}

#[test]
fn a_password_from_standard_input_is_refused_with_all_objections() {
    let folder = folder_with("ann");
    let refused = |input: &[u8], part: &str| {
        let (code, _, stderr) = run_with_input(&folder, &["changepassword", "ann", "--password-stdin"], input);
        assert_eq!(code, 1, "{part}");
        assert!(stderr.contains(part), "{stderr}");
        stderr
    };
    let both = refused(b"1234567\n", "This password is too short. It must contain at least 8 characters.\n");
    assert!(both.contains("This password is entirely numeric.\n") && !both.contains("1234567"), "{both}");
    refused(b"ann\n", "The password is too similar to the username.\n");
    refused(b"", "there is no password on standard input");
    refused(b"\nsecond line\n", "there is no password on standard input");
    refused(b"\xff\xfe pass word\n", "no password can be read from standard input");
    let server = Server::start(&folder, 1);
    assert_eq!(server.client().log_in("ann", "a good password").status, 302, "nothing was changed");
}

#[test]
fn who_it_is_for_and_what_is_missing_is_said() {
    let refused = |folder: &TempDir, arguments: &[&str], variables: &[(&str, &str)], part: &str| {
        let (code, stdout, stderr) = run(folder, &[&["changepassword"], arguments].concat(), variables);
        assert_eq!((code, stdout.as_str()), (1, ""), "{part}");
        assert!(stderr.contains(part), "{stderr}");
    };
    let folder = folder_with("ann");
    refused(&folder, &["ann"], &[], "Error: Password change skipped due to not running in a TTY; use --password-stdin");
    refused(&folder, &["bob", "--password-stdin"], &[], "Error: user 'bob' does not exist");
    refused(&folder, &["--password-stdin"], &[("LOGNAME", "carl"), ("USER", "x")], "Error: user 'carl' does not exist");
    refused(&folder, &["--password-stdin"], &[("LOGNAME", ""), ("USER", "dora")], "Error: user 'dora' does not exist");
    let nobody = [("LOGNAME", ""), ("USER", ""), ("LNAME", ""), ("USERNAME", "")];
    refused(&folder, &["--password-stdin"], &nobody, "Error: nobody knows who you are");
    let empty = super::folder();
    refused(&empty, &["ann", "--password-stdin"], &[], "Error: there is no database vestibule.sqlite3");
    assert_eq!(empty.path().read_dir().expect("a folder").count(), 0, "nothing was made");
    std::fs::write(empty.path().join("vestibule.sqlite3"), "").expect("a file");
    refused(&empty, &["ann", "--password-stdin"], &[], "run `vestibule migrate` first");
}

#[test]
fn on_a_terminal_it_asks_twice_and_three_times_at_most() {
    let folder = folder_with("ann");
    let good = "another password";
    let (code, screen) = on_terminal(&folder, &[good, "other", "123", "123", good, good]);
    assert_eq!(code, 0, "{screen}");
    for line in [
        "Changing password for user 'ann'",
        "Passwords do not match. Please try again.",
        "This password is too short. It must contain at least 8 characters.",
        "This password is entirely numeric.",
        "Password changed successfully for user 'ann'",
    ] {
        assert!(screen.lines().any(|seen| seen.trim_end() == line), "{line}: {screen}");
    }
    let (code, screen) = on_terminal(&folder, &["1", "1", "a", "b", "c", "d"]);
    assert_eq!(code, 1, "{screen}");
    assert!(screen.contains("Error: Aborting password change for user 'ann' after 3 attempts"), "{screen}");
    let (code, screen) = on_terminal(&folder, &[""]);
    assert_eq!(code, 1, "{screen}");
    assert!(screen.contains("Error: aborted"), "{screen}");
    let server = Server::start(&folder, 1);
    assert_eq!(server.client().log_in("ann", good).status, 302);
}
