//! What operators ask of it: axes' commands, which open our locks too, and ours.

mod explain;
mod list_attempts;
mod reset;
mod reset_logs;
mod simulate;

use super::{ADDRESS_LIMITS, at, fail, is_let_in, site};
use crate::support::{self, SECRET_KEY, TestApp};

/// Runs a command on the site's database: exit code, standard output, standard error.
fn run_with(app: &TestApp, arguments: &[&str], settings: &[(&str, &str)]) -> (i32, String, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = support::program(folder.path(), arguments);
    command.env("VESTIBULE_DATABASE_URL", app.database.url()).env("VESTIBULE_SECRET_KEY", SECRET_KEY);
    command.env("VESTIBULE_LOCKOUT_ADDRESS_LIMITS", ADDRESS_LIMITS);
    command.envs(settings.iter().map(|(name, value)| (format!("VESTIBULE_{name}"), value)));
    let output = command.output().expect("the program");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (output.status.code().expect("an exit code"), text(output.stdout), text(output.stderr))
}

/// What a command prints that succeeds.
fn run(app: &TestApp, arguments: &[&str]) -> String {
    told(app, arguments, &[])
}

fn told(app: &TestApp, arguments: &[&str], settings: &[(&str, &str)]) -> String {
    let (code, stdout, stderr) = run_with(app, arguments, settings);
    // The head of the audit log goes to the log output.
    let errors: Vec<&str> = stderr.lines().filter(|line| !line.contains("the audit log has grown")).collect();
    assert_eq!((code, errors), (0, vec![]), "{arguments:?}: {stdout}");
    stdout
}

/// With what differs from run to run put aside: times, keys, rests of an hour.
fn steady(text: &str) -> String {
    let text = text.replace("(60 minutes)", "(<wait>)").replace("(59 minutes)", "(<wait>)");
    let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    for at in 0..words.len() {
        let digits = words[at].bytes().filter(u8::is_ascii_digit).count();
        if words[at].len() == 10 && digits == 8 {
            words[at] = String::from("<date>");
            words[at + 1] = String::from("<time>");
        }
        if words[at].ends_with('…') {
            words[at] = String::from("<key>…");
        }
    }
    words.join(" ")
}

fn count(app: &TestApp, table: &str) -> i64 {
    app.database.number(&format!("SELECT count(*) FROM {table}"))
}
