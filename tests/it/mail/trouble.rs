//! Mail servers that fail: no letter is lost, and all arrive when the server is well again.

use std::time::Instant;

use time::Duration;
use vestibule::{
    mail::Mailer,
    settings::{EmailSettings, Secret},
};

use super::{
    Post, delivered, postman,
    server::{Behaviour, MailServer},
    settings,
};
use crate::support::{keep_log, logged};

const LETTERS: [&str; 3] = ["ann@example.org", "bob@example.org", "eve@example.org"];

fn mailer(server: &MailServer, post: &Post, timeout: Duration) -> Mailer {
    let settings = EmailSettings {
        host: server.host.to_owned(),
        port: server.port.into(),
        use_tls: false,
        host_user: "accounts".to_owned(),
        host_password: Secret::new("open sesame"),
        timeout,
        ..settings("smtp")
    };
    Mailer::new(&settings, &post.clock).expect("a mailer")
}

/// Nothing here waits for it.
const AMPLE: Duration = Duration::seconds(30);

/// That a server which behaves so costs no letter. `tried`: how many of the letters a round tries.
fn assert_survives(behaviour: Behaviour, tried: u32, timeout: Duration) {
    let what = format!("{:?} {:?}", behaviour.answer, behaviour.hangs_up_at);
    let post = Post::of(&LETTERS);
    let server = MailServer::start(behaviour);
    let postman = postman(mailer(&server, &post, timeout));
    assert_eq!(post.round(&postman), delivered(0, tried), "{what}");
    assert_eq!((post.waiting(), post.tried()), (3, i64::from(tried)), "{what}");
    server.behave(Behaviour::default());
    assert_eq!(post.round(&postman), delivered(3 - tried, 0), "those that were not tried need not wait: {what}");
    post.clock.advance(Duration::seconds(30));
    assert_eq!(post.round(&postman), delivered(tried, 0), "{what}");
    assert_eq!(server.recipients(), LETTERS, "{what}");
    assert_eq!(post.waiting(), 0, "{what}");
}

#[test]
fn what_a_server_answers_to_one_message_stops_no_other() {
    for (after, answer) in [
        ("MAIL", "451 4.3.0 later"),
        ("RCPT", "450 4.2.1 later"),
        ("RCPT", "550 5.1.1 <ann@example.org>: nobody of that name"),
        ("DATA", "451 4.3.0 later"),
        ("DATA", "554 5.5.1 no"),
        ("END", "451 4.3.0 later"),
        ("END", "550-5.7.1 this looks like spam\r\n550 5.7.1 go away"),
        ("END", "552 too much"),
    ] {
        assert_survives(Behaviour { answer: Some((after, answer)), ..Behaviour::default() }, 3, AMPLE);
    }
}

#[test]
fn a_server_that_serves_nobody_is_left_alone_after_one_message() {
    for (after, answer) in [
        ("CONNECT", "421 4.3.2 closing"),
        ("CONNECT", "554 5.3.2 no mail here"),
        ("CONNECT", "HTTP/1.1 400 Bad Request"),
        ("CONNECT", "\u{1}\u{2}\u{3}"),
        ("EHLO", "nonsense"),
        ("EHLO", "250 mail.test"),
        ("AUTH", "535 5.7.8 wrong password"),
        ("AUTH", "454 4.7.0 later"),
        ("MAIL", "530 5.7.0 log in first"),
        ("MAIL", "421 4.7.0 too many"),
        ("RCPT", "gibberish"),
        ("END", "gibberish"),
        ("END", "421 4.3.0 closing"),
    ] {
        assert_survives(Behaviour { answer: Some((after, answer)), ..Behaviour::default() }, 1, AMPLE);
    }
}

#[test]
fn a_server_that_hangs_up_in_the_middle_costs_no_letter() {
    for at in ["CONNECT", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "END"] {
        assert_survives(Behaviour { hangs_up_at: Some(at), ..Behaviour::default() }, 1, AMPLE);
    }
}

#[test]
fn a_server_that_hangs_up_after_it_has_taken_a_message_has_taken_it() {
    let post = Post::of(&LETTERS);
    let server = MailServer::start(Behaviour { hangs_up_at: Some("QUIT"), ..Behaviour::default() });
    assert_eq!(post.round(&postman(mailer(&server, &post, AMPLE))), delivered(3, 0));
    assert_eq!(server.recipients(), LETTERS);
}

#[test]
fn a_server_that_never_answers_is_waited_for_no_longer_than_the_timeout_says() {
    let begun = Instant::now();
    assert_survives(Behaviour { silent: true, ..Behaviour::default() }, 1, Duration::SECOND);
    assert!(begun.elapsed() >= std::time::Duration::from_secs(1));
}

#[test]
fn a_server_that_is_down_costs_no_letter() {
    let post = Post::of(&LETTERS);
    let server = MailServer::closed();
    let postman = postman(mailer(&server, &post, AMPLE));
    assert_eq!(post.round(&postman), delivered(0, 1));
    assert_eq!((post.waiting(), post.tried()), (3, 1));
    server.open();
    post.clock.advance(Duration::seconds(30));
    assert_eq!(post.round(&postman), delivered(3, 0));
    assert_eq!(server.recipients(), LETTERS);
}

#[test]
fn a_recipient_that_only_a_newer_server_could_take_is_refused_alone() {
    let post = Post::of(&["ann@example.org", "jürgen@example.org", "bob@example.org"]);
    let server = MailServer::start(Behaviour::default());
    assert_eq!(post.round(&postman(mailer(&server, &post, AMPLE))), delivered(2, 1));
    assert_eq!(server.recipients(), ["ann@example.org", "bob@example.org"]);
}

#[test]
fn what_a_server_says_of_a_person_is_not_logged() {
    keep_log();
    let post = Post::of(&["zoe.5c1e@example.org"]);
    let words = "550 5.1.1 <zoe.5c1e@example.org>: zoe.5c1e is unknown, see https://mail.test/zoe.5c1e";
    let server = MailServer::start(Behaviour { answer: Some(("RCPT", words)), ..Behaviour::default() });
    assert_eq!(post.round(&postman(mailer(&server, &post, AMPLE))), delivered(0, 1));
    assert_eq!(logged("zoe.5c1e"), "");
    assert!(logged("could not be sent").contains("the mail server answered 550 5.1.1\""));
}
