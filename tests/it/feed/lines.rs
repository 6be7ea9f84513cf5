//! A line in a file.

use std::{fs, path::Path};

use serde_json::Value;

use super::receiver::{SECRET, is_signature};
use crate::support::TestApp;

fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).expect("a file");
    assert!(text.ends_with('\n'), "whole lines: {text:?}");
    text.split_terminator('\n').map(|line| serde_json::from_str(line).expect(line)).collect()
}

#[test]
fn each_event_is_one_line_whatever_people_type() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("events.log");
    let app = TestApp::init().setting("EVENT_LOG", &path.display().to_string()).start();
    let hostile = "ann\"}\r\n{\"type\":\"login_failed\"}\u{2028}\u{85}\u{1b}[2J";
    app.client().log_in(hostile, "wrong");
    app.client().log_in("ben", "wrong");
    assert_eq!(app.tell_events(), (2, 0));
    let lines = lines(&path);
    assert_eq!(lines.len(), 2, "{lines:?}");
    let name = lines[0]["data"]["username"].as_str().expect("a name");
    assert!(name.starts_with("ann\"}") && !name.contains(char::is_control) && !name.contains('\u{2028}'), "{name:?}");
    assert_eq!(lines[1]["data"]["username"], "ben");
    assert!(lines[0].get("signature").is_none(), "nothing signs without a secret");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&path).expect("a file").permissions().mode() & 0o027, 0, "not for others");
    }
}

#[test]
fn a_line_is_signed_and_its_file_may_be_moved_away_or_torn() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, old) = (folder.path().join("events.log"), folder.path().join("events.log.1"));
    let app = TestApp::init()
        .setting("EVENT_LOG", &path.display().to_string())
        .setting("EVENT_LOG_EVENTS", "login_failed")
        .setting("WEBHOOK_SECRET", SECRET)
        .with_user("ann")
        .start();
    app.logged_in("ann");
    let fail = || {
        app.client().log_in("nobody", "wrong");
        assert_eq!(app.tell_events(), (1, 0));
    };
    fail();
    let text = fs::read_to_string(&path).expect("a line");
    let (body, signature) = text.trim_end().rsplit_once(",\"signature\":").expect("a signature");
    let line: Value = serde_json::from_str(&text).expect("JSON");
    let part = |name: &str| line[name].as_str().expect(name).to_owned();
    assert!(is_signature(&part("signature"), &format!("{}.{}.{body}}}", part("id"), part("timestamp"))), "{signature}");
    fs::rename(&path, &old).expect("moved");
    fail();
    assert_eq!((lines(&path).len(), lines(&old).len()), (1, 1));
    fs::write(&path, "{\"half\":").expect("as a full disk leaves it");
    fail();
    let after = fs::read_to_string(&path).expect("lines");
    let last = after.lines().nth(1).expect("a line of its own");
    assert_eq!(serde_json::from_str::<Value>(last).expect("JSON")["type"], "login_failed");
}
