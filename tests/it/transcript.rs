//! The golden transcript (`tests/transcript`): what Django was asked and answered, asked again of a site of ours.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};

use crate::support::{Program, TestDatabase, is_postgres, python};

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/transcript").join(name)
}

/// One of the commands in `tests/transcript`.
fn command(name: &str) -> Command {
    let mut command = python();
    command.arg(file(name));
    command
}

fn run(command: &mut Command) -> Output {
    let output = command.output().expect("a Python with Django; `tests/run` installs it");
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}:\n{stdout}{stderr}");
    output
}

#[test]
fn every_answer_is_djangos_but_for_the_differences_on_the_list() {
    let database = TestDatabase::new();
    run(command("seed").arg(database.url()));
    let mail = tempfile::tempdir().expect("a folder");
    let folder = mail.path().to_str().expect("a path of letters");
    let site = Program::on(database).settings_file(&file("vestibule.toml")).setting("EMAIL_FILE_PATH", folder);
    let migrated = site.run_command(&["migrate"]);
    assert!(migrated.status.success(), "{}", String::from_utf8_lossy(&migrated.stderr));
    let site = site.start();
    let replayed = run(command("replay").args(["--against", &site.origin, "--mail", folder]));
    let counts = String::from_utf8(replayed.stdout).expect("a text");
    print!("{counts}");
    assert!(include_str!("../../README.md").contains(&counts), "README.md has other counts");
}

#[test]
fn the_transcript_is_what_the_pinned_django_answers() {
    // Django answers alike on both, so it is asked once.
    if is_postgres() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let recorded = folder.path().join("django.jsonl");
    run(command("record").arg(&recorded));
    let read = |path: PathBuf| fs::read_to_string(path).expect("a transcript");
    let (expected, found) = (read(file("django.jsonl")), read(recorded));
    let unlike = expected.lines().zip(found.lines()).find(|(expected, found)| expected != found);
    assert_eq!(unlike, None, "tests/transcript/record writes it anew");
    assert_eq!(expected.lines().count(), found.lines().count(), "tests/transcript/record writes it anew");
}
