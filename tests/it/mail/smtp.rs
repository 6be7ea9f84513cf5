//! Mail servers as they should be, and what is said to one that can't be trusted.

use vestibule::{
    clock::Clock,
    mail::{MailError, Mailer, Message},
    settings::{EmailSettings, Secret},
};

use super::{
    certificates::Certificates,
    message,
    server::{Behaviour, MailServer},
    settings,
};

/// Settings for a server, with a name and password for it; TLS as by default.
fn settings_for(server: &MailServer) -> EmailSettings {
    EmailSettings {
        host: server.host.to_owned(),
        port: server.port.into(),
        host_user: "accounts".to_owned(),
        host_password: Secret::new("open sesame"),
        ..settings("smtp")
    }
}

fn send(settings: &EmailSettings) -> Result<(), MailError> {
    Mailer::new(settings, &Clock::system()).expect("a mailer").send(&message("ann@example.org"))
}

/// That nothing was said but who is there.
fn assert_kept_secret(server: &MailServer) {
    let heard = server.heard_in_the_clear();
    assert!(heard.iter().all(|line| ["EHLO", "STAR", "QUIT"].contains(&&line[..4])), "{heard:?}");
    assert_eq!(server.heard_by_tls(), [] as [&str; 0]);
    assert!(server.accepted().is_empty());
}

#[test]
fn a_message_arrives_with_its_envelope_and_both_forms() {
    let server = MailServer::start(Behaviour::default());
    let settings = EmailSettings { use_tls: false, host_user: String::new(), ..settings_for(&server) };
    let sent = Message {
        subject: "Grüße".to_owned(),
        text: "Good morning, this is a line that is long enough.\n.hidden\n.\nGrüße\n".to_owned(),
        html: Some("<p>Gr&uuml;&szlig;e</p>\n".to_owned()),
        ..message("ann@example.org")
    };
    Mailer::new(&settings, &Clock::system()).expect("a mailer").send(&sent).expect("sent");
    let accepted = server.accepted();
    assert_eq!(accepted.len(), 1);
    assert_eq!((accepted[0].from.as_str(), accepted[0].to.as_str()), ("accounts@example.org", "ann@example.org"));
    let message = &accepted[0].message;
    assert!(message.is_ascii(), "any server takes it: {message}");
    for part in [
        "enough.\r\n.hidden\r\n.\r\nGr=C3=BC=C3=9Fe\r\n",
        "<p>Gr&uuml;&szlig;e</p>",
        "Auto-Submitted: auto-generated\r\n",
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
    let heard = server.heard_in_the_clear();
    assert!(!heard.iter().any(|line| line.starts_with("AUTH")), "without a name nobody logs in: {heard:?}");
    assert_eq!(heard.last().map(String::as_str), Some("QUIT"));
}

#[test]
fn no_line_of_a_text_ends_the_message_however_it_is_ended() {
    let server = MailServer::start(Behaviour::default());
    let settings = EmailSettings { use_tls: false, ..settings_for(&server) };
    let text = "one\n.\ntwo\r.\rthree\r\n.\r\nQUIT\n";
    let sent = Message { text: text.to_owned(), ..message("ann@example.org") };
    Mailer::new(&settings, &Clock::system()).expect("a mailer").send(&sent).expect("sent");
    let message = server.accepted().remove(0).message;
    assert!(message.contains("\r\n\r\none\r\n.\r\ntwo\r\n.\r\nthree\r\n.\r\nQUIT\r\n"), "{message:?}");
    assert_eq!(message.matches(['\r', '\n']).count(), message.matches("\r\n").count() * 2, "{message:?}");
}

#[test]
fn without_tls_the_password_is_said_if_that_was_asked_for() {
    let server = MailServer::start(Behaviour::default());
    send(&EmailSettings { use_tls: false, ..settings_for(&server) }).expect("sent");
    assert!(server.heard_in_the_clear().iter().any(|line| line.starts_with("AUTH PLAIN ")));
}

#[test]
fn starttls_with_a_certificate_that_is_trusted_carries_everything() {
    let certificates = Certificates::of("127.0.0.1");
    let server = MailServer::start(Behaviour { starttls: Some(certificates.server()), ..Behaviour::default() });
    send(&EmailSettings { ssl_cafile: certificates.authority(), ..settings_for(&server) }).expect("sent");
    assert_eq!(server.recipients(), ["ann@example.org"]);
    assert!(server.accepted()[0].encrypted);
    let heard = server.heard_in_the_clear();
    assert!(heard.len() == 2 && heard[0].starts_with("EHLO ") && heard[1] == "STARTTLS", "{heard:?}");
    assert!(server.heard_by_tls().iter().any(|line| line.starts_with("AUTH PLAIN ")));
}

#[test]
fn tls_from_the_first_byte_carries_everything_and_wins_over_starttls() {
    let certificates = Certificates::of("127.0.0.1");
    let server = MailServer::start(Behaviour { tls: Some(certificates.server()), ..Behaviour::default() });
    let settings = EmailSettings { ssl_cafile: certificates.authority(), use_ssl: true, ..settings_for(&server) };
    send(&settings).expect("sent");
    send(&EmailSettings { use_tls: false, ..settings }).expect("sent");
    assert_eq!(server.accepted().len(), 2);
    assert_eq!(server.heard_in_the_clear(), [] as [&str; 0]);
}

#[test]
fn a_server_without_starttls_gets_no_password_and_no_mail() {
    let server = MailServer::start(Behaviour::default());
    let error = send(&settings_for(&server)).expect_err("refused");
    assert!(matches!(&error, MailError::Unavailable(cause) if cause.contains("STARTTLS")), "{error}");
    assert_kept_secret(&server);
}

#[test]
fn a_server_that_offers_starttls_and_then_refuses_it_gets_no_password_and_no_mail() {
    let certificates = Certificates::of("127.0.0.1");
    let answer = Some(("STARTTLS", "454 4.7.0 TLS not available"));
    let server = MailServer::start(Behaviour { starttls: Some(certificates.server()), answer, ..Behaviour::default() });
    let settings = EmailSettings { ssl_cafile: certificates.authority(), ..settings_for(&server) };
    assert!(matches!(send(&settings), Err(MailError::Unavailable(_))));
    assert_kept_secret(&server);
}

#[test]
fn a_certificate_that_nobody_trusts_or_that_is_anothers_gets_no_password_and_no_mail() {
    let own = Certificates::of("127.0.0.1");
    let others = Certificates::of("127.0.0.3");
    for (certificates, trusted) in [(&own, None), (&own, Some(&others)), (&others, Some(&others))] {
        let cafile = trusted.map(Certificates::authority).unwrap_or_default();
        let config = Some(certificates.server());
        for use_ssl in [false, true] {
            let behaviour = if use_ssl {
                Behaviour { tls: config.clone(), ..Behaviour::default() }
            } else {
                Behaviour { starttls: config.clone(), ..Behaviour::default() }
            };
            let server = MailServer::start(behaviour);
            let error = send(&EmailSettings { ssl_cafile: cafile.clone(), use_ssl, ..settings_for(&server) });
            assert!(matches!(&error, Err(MailError::Unavailable(cause)) if cause.contains("certificate")), "{error:?}");
            assert_kept_secret(&server);
        }
    }
}

#[test]
fn a_server_that_knows_no_tls_where_tls_is_spoken_from_the_first_byte_gets_nothing() {
    let server = MailServer::start(Behaviour::default());
    let error = send(&EmailSettings { use_ssl: true, ..settings_for(&server) });
    assert!(matches!(error, Err(MailError::Unavailable(_))), "{error:?}");
    assert_eq!(server.heard_in_the_clear().iter().filter(|line| line.contains("EHLO")).count(), 0);
    assert!(server.accepted().is_empty());
}
