//! `vestibule sendtestemail`.

use super::server::{Behaviour, MailServer};
use crate::commands::{folder, run};

#[test]
fn a_test_message_is_printed_by_default() {
    let (code, stdout, stderr) = run(&folder(), &["sendtestemail", "ann@example.org", "bob@example.org"], &[]);
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("\nTo: ann@example.org\n") && stdout.contains("\nTo: bob@example.org\n"), "{stdout}");
    assert!(stdout.contains("From: webmaster@localhost\n"), "{stdout}");
    assert_eq!(stdout.matches("\nSubject: Test email from ").count(), 2, "{stdout}");
    assert_eq!(stdout.matches(&format!("\n{}\n", "-".repeat(79))).count(), 2, "{stdout}");
}

#[test]
fn a_test_message_goes_by_the_mail_server_and_a_failure_is_said() {
    let server = MailServer::start(Behaviour::default());
    let port = server.port.to_string();
    let variables = [
        ("VESTIBULE_EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend"),
        ("VESTIBULE_EMAIL_HOST", server.host),
        ("VESTIBULE_EMAIL_PORT", &port),
        ("VESTIBULE_EMAIL_USE_TLS", "false"),
    ];
    let (code, stdout, stderr) = run(&folder(), &["sendtestemail", "ann@example.org"], &variables);
    assert_eq!((code, stdout.as_str()), (0, ""), "{stderr}");
    assert_eq!(server.recipients(), ["ann@example.org"]);
    server.behave(Behaviour { answer: Some(("RCPT", "550 5.1.1 no")), ..Behaviour::default() });
    let (code, _, stderr) = run(&folder(), &["sendtestemail", "ann@example.org"], &variables);
    assert_eq!(code, 1);
    assert!(stderr.contains("Error: no mail to ann@example.org: ") && stderr.contains("550 5.1.1"), "{stderr}");
    let (code, _, stderr) = run(&folder(), &["sendtestemail", "ann@example.org"], &variables[..3]);
    assert_eq!(code, 1, "TLS is asked for by default");
    assert!(stderr.contains("STARTTLS"), "{stderr}");
}

#[test]
fn whom_to_write_to_must_be_said() {
    assert_eq!(run(&folder(), &["sendtestemail"], &[]).0, 2);
    let (code, _, stderr) =
        run(&folder(), &["sendtestemail", "ann"], &[("VESTIBULE_EMAIL_BACKEND", "no.such.Backend")]);
    assert_eq!(code, 1);
    assert!(stderr.contains("EMAIL_BACKEND"), "{stderr}");
    assert_eq!(run(&folder(), &["sendtestemail", "ann"], &[]).0, 1);
}
