//! A script that was written for Django's admin drives both: each step must come out the same, but for what is meant to be
//! another.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::Arc,
};

use serde_json::Value;

use crate::support::{SECRET_KEY, TestApp, TestDatabase, python};

/// Of `tests/django/admin_rows.py`.
const PASSWORD: &str = "Meadow-27-lantern";
/// The same for both, so that neither hashes anew; the first makes the drive quick.
const HASHERS: &str = "django.contrib.auth.hashers.MD5PasswordHasher,django.contrib.auth.hashers.PBKDF2PasswordHasher";

/// Where Vestibule means to be another: the step, what of it, and why.
const DIFFERENCES: &[(&str, &str, &str)] = &[
    ("log-in page for who is in", "location", "leads where `next` says, as Django 6.1 does"),
    ("index", "models", "more tables are shown"),
    ("one app", "models", "permissions are shown too"),
    ("users: ?o=0", "order", "the number of no column is left out, here also of the links"),
    ("users: ?o=99", "order", "the number of no column leaves the heads what they are, here with their links"),
    ("users: those added", "rows", "Django's message of what was added just now links to it, ours does not"),
    ("change user, unopened: too little", "errors", "a name that was there before may stay what it is"),
    ("groups: descending", "rows", "groups can be sorted by name, Django's show no field but a text"),
    (
        "change password: the old one is refused",
        "status",
        "a wrong old password counts as a failed log-in, here the third",
    ),
    ("log out", "status", "leads to the log-in page, see LOGOUT_REDIRECT_URL"),
    ("log out", "location", "leads to the log-in page, see LOGOUT_REDIRECT_URL"),
];
/// Of what both leave in the database.
const LEFT: [&str; 5] = ["users", "groups", "outstanding", "blacklisted", "log"];

/// Real Django, serving.
struct Django {
    process: Child,
    port: u16,
}

impl Django {
    fn start(database: &TestDatabase) -> Self {
        let mut process = script("serve.py", database)
            .stdout(Stdio::piped())
            .spawn()
            .expect("a Python with Django; `tests/run` installs it");
        let mut line = String::new();
        let output = process.stdout.take().expect("an output");
        BufReader::new(output).read_line(&mut line).expect("a line");
        Self { process, port: line.trim().parse().expect("a port") }
    }
}

impl Drop for Django {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A script of `tests/django`, on a database.
fn script(name: &str, database: &TestDatabase) -> Command {
    let mut command = python();
    command
        .arg(format!("{}/tests/django/{name}", env!("CARGO_MANIFEST_DIR")))
        .env("VESTIBULE_TEST_DATABASE_URL", database.url())
        .env("VESTIBULE_TEST_SECRET_KEY", SECRET_KEY)
        .env("VESTIBULE_TEST_HASHERS", HASHERS);
    command
}

fn seeded() -> Arc<TestDatabase> {
    let database = TestDatabase::new();
    crate::support::Oracle::new(database.url(), SECRET_KEY).with("VESTIBULE_TEST_HASHERS", HASHERS).ask(&["migrate"]);
    let seeded = script("admin_rows.py", &database).arg("seed").output().expect("a Python");
    assert!(seeded.status.success(), "{}", String::from_utf8_lossy(&seeded.stderr));
    Arc::new(database)
}

/// What a drive leaves in the database.
fn dump(database: &TestDatabase) -> Value {
    let output = script("admin_rows.py", database).arg("dump").output().expect("a Python");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// What came of each step.
fn drive(base: &str) -> Vec<(String, BTreeMap<String, Value>)> {
    let mut command = python();
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/django/drive_admin.py")).args([base, "root", PASSWORD]);
    let output = command.output().expect("a Python");
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    let steps: Vec<_> = lines.lines().map(step).collect();
    assert!(steps.len() > 250, "{lines}\n{}", String::from_utf8_lossy(&output.stderr));
    steps
}

fn step(line: &str) -> (String, BTreeMap<String, Value>) {
    let mut step: BTreeMap<String, Value> = serde_json::from_str(line).expect("JSON");
    let name = step.remove("step").and_then(|name| Some(name.as_str()?.to_owned())).expect("a name");
    if let Some(Value::Object(facts)) = step.remove("facts") {
        step.extend(facts);
    }
    (name, step)
}

#[test]
fn a_script_that_drives_djangos_admin_drives_ours() {
    let (theirs, ours) = (seeded(), seeded());
    let django = Django::start(&theirs);
    let app = TestApp::on(Arc::clone(&ours))
        .setting("PASSWORD_HASHERS", HASHERS)
        .setting("AUTH_PASSWORD_VALIDATORS", "")
        // As axes has them.
        .setting("AXES_FAILURE_LIMIT", "3")
        .setting("AXES_COOLOFF_TIME", "None")
        .start();
    let (expected, found) = std::thread::scope(|scope| {
        let django = scope.spawn(|| drive(&format!("http://127.0.0.1:{}", django.port)));
        let ours = drive(&format!("http://{}", app.address));
        (django.join().expect("Django's steps"), ours)
    });
    let (mut odd, mut used) = (Vec::new(), BTreeSet::new());
    for ((name, expected), (other, found)) in expected.iter().zip(&found) {
        assert_eq!(name, other);
        let names: BTreeSet<&String> = expected.keys().chain(found.keys()).collect();
        for fact in names.into_iter().filter(|fact| expected.get(*fact) != found.get(*fact)) {
            match DIFFERENCES.iter().position(|(step, what, _)| step == name && what == fact) {
                Some(known) => drop(used.insert(known)),
                None => odd.push(format!(
                    "{name}: {fact}\n  Django {}\n  ours   {}",
                    expected.get(fact).unwrap_or(&Value::Null),
                    found.get(fact).unwrap_or(&Value::Null)
                )),
            }
        }
    }
    assert!(odd.is_empty(), "{} of {} differ:\n{}", odd.len(), expected.len(), odd.join("\n"));
    let (theirs, ours) = (dump(&theirs), dump(&ours));
    for what in LEFT {
        // Django notes a date as changed that is what it was, if the script leaves out `initial-date_joined_0`.
        let expected = theirs[what].to_string().replace(r#"Email address\", \"Date joined"#, "Email address");
        assert_eq!(ours[what].to_string(), expected, "{what}");
    }
    let idle: Vec<_> = DIFFERENCES.iter().enumerate().filter(|(place, _)| !used.contains(place)).collect();
    assert!(idle.is_empty(), "no differences any more: {idle:?}");
}
