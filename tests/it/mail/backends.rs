use std::{
    fs,
    os::unix::fs::PermissionsExt,
    sync::{Arc, Mutex},
};

use vestibule::{
    clock::Clock,
    mail::{EmailBackend, MailError, Mailer, Message},
    settings::EmailSettings,
};

use super::{message, settings};

#[test]
fn locmem_keeps_what_was_sent_and_dummy_nothing() {
    let clock = Clock::system();
    let (kept, lost) =
        (Mailer::new(&settings("locmem"), &clock).expect("one"), Mailer::new(&settings("dummy"), &clock).expect("one"));
    for mailer in [&kept, &lost] {
        mailer.send(&message("ann@example.org")).expect("sent");
        mailer.send(&message("bob@example.org")).expect("sent");
    }
    assert_eq!(kept.sent(), [message("ann@example.org"), message("bob@example.org")]);
    assert_eq!(lost.sent(), []);
}

#[test]
fn filebased_writes_a_private_file_for_each_message_into_a_folder_that_it_makes() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("var/mail");
    let settings = EmailSettings { file_path: path.clone(), ..settings("filebased") };
    let mailer = Mailer::new(&settings, &Clock::system()).expect("a mailer");
    assert_eq!(fs::read_dir(&path).expect("a folder").count(), 0, "nothing is left of trying it out");
    mailer.send(&message("ann@example.org")).expect("sent");
    mailer.send(&message("bob@example.org")).expect("sent");
    let files: Vec<_> = fs::read_dir(&path).expect("a folder").map(|file| file.expect("a file").path()).collect();
    assert_eq!(files.len(), 2);
    for file in files {
        let name = file.file_name().expect("a name").to_string_lossy().into_owned();
        let shape: String = name.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).take(16).collect();
        let kind = file.extension().and_then(|kind| kind.to_str());
        assert_eq!((shape.as_str(), kind), ("00000000-000000-", Some("log")), "{name}");
        assert_eq!(fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o600);
        let content = fs::read_to_string(&file).expect("text");
        assert!(content.ends_with(&format!("\n{}\n", "-".repeat(79))) && !content.contains('\r'), "{content}");
    }
}

/// The error at start with these settings.
fn refused(settings: &EmailSettings) -> String {
    match Mailer::new(settings, &Clock::system()) {
        Err(MailError::Config(text)) => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn settings_that_cannot_work_are_named_at_start() {
    for backend in ["no.such.Backend", "console", "", "django.core.mail.backends.smtp"] {
        let text = refused(&EmailSettings { backend: backend.to_owned(), ..settings("smtp") });
        assert!(
            ["EMAIL_BACKEND", &format!("{backend:?}"), "filebased"].iter().all(|part| text.contains(part)),
            "{text}"
        );
    }
    for from in
        ["", "nobody", "a@b@c", "Ann <ann@example.org", "a@example.org\r\nBcc: b@example.org", "A\n<a@example.org>"]
    {
        for kind in ["smtp", "console"] {
            let text = refused(&EmailSettings { default_from: from.to_owned(), ..settings(kind) });
            assert!(text.contains("DEFAULT_FROM_EMAIL") && text.contains("expected"), "{text}");
        }
    }
    assert!(refused(&settings("filebased")).contains("EMAIL_FILE_PATH"));
    let text = refused(&EmailSettings { file_path: "/dev/null/mail".into(), ..settings("filebased") });
    assert!(text.contains("EMAIL_FILE_PATH") && text.contains("/dev/null/mail"), "{text}");
    let smtp = || settings("smtp");
    assert!(refused(&EmailSettings { host: String::new(), ..smtp() }).contains("EMAIL_HOST"));
    assert!(refused(&EmailSettings { port: 65_536, ..smtp() }).contains("EMAIL_PORT"));
    assert!(refused(&EmailSettings { timeout: time::Duration::ZERO, ..smtp() }).contains("EMAIL_TIMEOUT"));
    for file in ["/nowhere/ca.pem", "/dev/null"] {
        let text = refused(&EmailSettings { ssl_cafile: file.into(), ..smtp() });
        assert!(text.contains("EMAIL_SSL_CAFILE") && text.contains(file), "{text}");
    }
}

#[test]
fn the_default_sender_is_one() {
    for from in
        ["webmaster@localhost", "accounts@example.org", "Example <accounts@example.org>", "Zoë <zoe@example.org>"]
    {
        let settings = EmailSettings { default_from: from.to_owned(), ..settings("console") };
        assert!(Mailer::new(&settings, &Clock::system()).is_ok(), "{from}");
    }
}

#[test]
fn a_backend_of_ones_own_is_handed_the_messages() {
    #[derive(Clone, Default)]
    struct Mine(Arc<Mutex<Vec<Message>>>);
    impl EmailBackend for Mine {
        fn send(&self, message: &Message) -> Result<(), MailError> {
            self.0.lock().expect("messages").push(message.clone());
            Ok(())
        }
    }
    let mine = Mine::default();
    Mailer::with(Box::new(mine.clone())).send(&message("ann@example.org")).expect("sent");
    assert_eq!(*mine.0.lock().expect("messages"), [message("ann@example.org")]);
}
