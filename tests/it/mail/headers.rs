use std::{fs, path::Path, process::Command};

use serde_json::{Value, json};
use time::Duration;
use vestibule::{
    clock::Clock,
    mail::{MailError, Mailer, Message},
    settings::EmailSettings,
};

use super::{message, settings};
use crate::support::python;

/// Reads a message as Python's `email` does.
const READ: &str = r#"
import email, email.policy, json, sys
with open(sys.argv[1], "rb") as file:
    message = email.message_from_binary_file(file, policy=email.policy.default)
part = lambda kind: (lambda found: found.get_content() if found else None)(message.get_body((kind,)))
print(json.dumps({
    "headers": [name for name, _ in message.items()], "to": message["To"], "from": message["From"],
    "subject": message["Subject"], "auto": message["Auto-Submitted"], "id": message["Message-ID"],
    "date": message["Date"].datetime.timestamp(), "type": message.get_content_type(),
    "text": part("plain"), "html": part("html"), "defects": [str(defect) for defect in message.defects],
}))
"#;

/// What `filebased` writes of a message, as Python reads it.
fn read(message: &Message, clock: &Clock) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = EmailSettings { file_path: folder.path().to_owned(), ..settings("filebased") };
    Mailer::new(&settings, clock).expect("a mailer").send(message).expect("a message");
    let file = fs::read_dir(folder.path()).expect("a folder").next().expect("a file").expect("a file").path();
    python_reads(&file)
}

fn python_reads(file: &Path) -> Value {
    let mut python: Command = python();
    let output = python.arg("-c").arg(READ).arg(file).output().expect("Python");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// A message's date has whole seconds.
fn since_1970(clock: &Clock) -> Duration {
    Duration::seconds(clock.unix())
}

#[test]
fn umlauts_and_both_forms_of_a_message_arrive_as_they_were() {
    let text = "Grüße aus Köln, Zoë!\nhttps://example.org/reset/MQ/c0ffee-0123456789abcdef0123456789abcdef/?a=b\n.\n";
    let html = "<p>Grüße aus <b>Köln</b>, Zoë! ☺</p>\n";
    let sent = Message {
        to: "zoe@example.org".to_owned(),
        subject: "Schöne Grüße an dich, liebe Zoë, und an alle anderen, die in Köln am Rhein wohnen und dies lesen ☺"
            .to_owned(),
        text: text.to_owned(),
        html: Some(html.to_owned()),
    };
    let clock = Clock::movable();
    clock.advance(Duration::days(400));
    let before = since_1970(&clock);
    let read = read(&sent, &clock);
    assert_eq!(read["defects"], json!([]));
    assert_eq!(read["subject"], sent.subject);
    assert_eq!(read["to"], "zoe@example.org");
    assert_eq!(read["from"], "Example <accounts@example.org>");
    assert_eq!(read["type"], "multipart/alternative");
    assert_eq!(read["text"], text);
    // The line of dashes follows the last part.
    assert_eq!(read["html"], html);
    assert_eq!(read["auto"], "auto-generated");
    let date = read["date"].as_f64().expect("a date");
    let (before, after) = (before.as_seconds_f64(), since_1970(&clock).as_seconds_f64());
    assert!(before - 1.0 <= date && date <= after, "{before} {date} {after}");
    let id = read["id"].as_str().expect("an id");
    assert!(id.starts_with('<') && id.ends_with("@example.org>") && id.len() > 40, "{id}");
}

#[test]
fn a_message_without_a_page_has_one_part() {
    let read = read(&message("ann@example.org"), &Clock::system());
    assert_eq!((&read["type"], &read["html"]), (&json!("text/plain"), &json!(null)));
    assert!(read["text"].as_str().expect("text").starts_with("Good morning.\n"));
}

#[test]
fn long_lines_survive() {
    let text = format!("{}\n", "ä".repeat(3_000));
    let read = read(
        &Message { html: Some("x".repeat(3_000)), text: text.clone(), ..message("ann@example.org") },
        &Clock::system(),
    );
    assert_eq!(read["text"].as_str().map(|read| read.replace("\r\n", "\n")), Some(text));
    assert_eq!(read["html"].as_str().map(str::trim_end), Some("x".repeat(3_000).as_str()));
}

#[test]
fn a_subject_makes_no_header_of_its_own() {
    let clock = Clock::system();
    let usual = read(&message("ann@example.org"), &clock)["headers"].clone();
    for evil in ["\r\n", "\n", "\r", "\r\n\r\n", "\u{85}", "\u{2028}", "\0", "\u{b}", "\u{c}", "\r\n "] {
        let subject = format!("Hello{evil}Bcc: eve@example.org");
        let read = read(&Message { subject: subject.clone(), ..message("ann@example.org") }, &clock);
        assert_eq!(read["headers"], usual, "{subject:?}");
        let read_subject = read["subject"].as_str().expect("a subject");
        assert!(read_subject.contains("Bcc: eve@example.org"), "{subject:?}");
        assert!(!read_subject.contains(char::is_control), "{subject:?}");
        assert_eq!(read["to"], "ann@example.org", "{subject:?}");
    }
}

#[test]
fn what_is_no_single_address_is_refused_and_not_repeated() {
    let mailer = Mailer::new(&settings("locmem"), &Clock::system()).expect("a mailer");
    for to in [
        "ann@example.org\r\nBcc: eve@example.org",
        "ann@example.org\nBcc:eve@example.org",
        "ann\r\n@example.org",
        "\"ann\r\nBcc: eve\"@example.org",
        "ann@example.org\r\n",
        "ann@example.org\0",
        "ann@example.org, eve@example.org",
        "ann@example.org;eve@example.org",
        "Ann <ann@example.org>",
        "ann@example.org> SIZE=1",
        "ann",
        "",
    ] {
        match mailer.send(&message(to)) {
            Err(MailError::Refused(cause)) => assert!(!cause.contains("ann"), "{cause}"),
            other => panic!("{to:?}: {other:?}"),
        }
    }
    assert_eq!(mailer.sent(), []);
    assert!(mailer.send(&message("ann+tag@mail.example.org")).is_ok());
    assert!(mailer.send(&message("o'neil@example.org")).is_ok());
}
