//! What docs/events.md tells people to write works.

use std::fs;

use crate::support::{TestApp, python};

/// What stands behind `name = ` in the documents.
fn documented(name: &str) -> String {
    let text = include_str!("../../../docs/events.md");
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name} = ")));
    line.unwrap_or_else(|| panic!("no {name} in docs/events.md")).to_owned()
}

#[test]
fn fail2ban_finds_the_address_and_nothing_that_somebody_typed() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("events.log");
    let app = TestApp::init()
        .with_user("ann")
        .setting("EVENT_LOG", &path.display().to_string())
        .setting("TRUSTED_PROXIES", "127.0.0.1")
        .start();
    for (address, typed) in [
        ("192.0.2.7", "ann"),
        ("2001:db8::7", "x\",\"data\":{\"ip_address\":\"198.51.100.1\""),
        ("192.0.2.8", "\",\"timestamp\":\"2000-01-01T00:00:00Z\",\"ip_address\":\"198.51.100.1\""),
    ] {
        let client = app.client();
        client.set_header("x-forwarded-for", address);
        client.log_in(typed, "wrong");
    }
    app.logged_in("ann");
    app.tell_events();
    let text = fs::read_to_string(&path).expect("lines");
    let found = python_matches(&documented("failregex"), &documented("datepattern"), &text);
    assert_eq!(found, "192.0.2.7\n2001:db8::7\n192.0.2.8\n", "{text}");
}

/// The addresses that fail2ban would find: it takes the time out of a line, and looks for the pattern in the rest.
fn python_matches(failregex: &str, datepattern: &str, text: &str) -> String {
    let script = r#"
import re, sys
failregex, datepattern, text = sys.argv[1:]
date = datepattern.replace("%%", "%")
for code, digits in [("%Y", r"\d{4}"), ("%m", r"\d\d"), ("%d", r"\d\d"), ("%H", r"\d\d"), ("%M", r"\d\d"), ("%S", r"\d\d"), ("%z", "Z")]:
    date = date.replace(code, digits)
host = r"(?P<host>[0-9a-fA-F:.]+)"
for line in text.splitlines():
    at = re.search(date, line)
    assert at, line
    rest = line[:at.start()] + line[at.end():]
    found = re.search(failregex.replace("<HOST>", host), rest)
    if found:
        print(found.group("host"))
"#;
    let output = python().args(["-c", script, failregex, datepattern, text]).output().expect("Python");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}
