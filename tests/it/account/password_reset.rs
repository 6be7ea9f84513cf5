//! Asking for a link to reset a password: what is said and done does not tell whether somebody has the address.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use diesel::connection::{Connection, InstrumentationEvent};
use time::Duration;
use vestibule::{auth::models::NewUser, client::Client as Caller, db::Db};

use super::{MailServer, RESET, ask_for_reset, errors, happened, letters_to, link, link_to, site};
use crate::support::{Client, TestApp, TestAppBuilder};

const DONE: &str = "/account/password_reset/done/";

/// As [`site`], with somebody who may not log in and somebody without a password.
fn motley() -> TestAppBuilder {
    let email = |name: &str| format!("{name}@example.org");
    let nopw = NewUser {
        username: "nopw".to_owned(),
        email: email("nopw"),
        password: "!none".to_owned(),
        ..NewUser::default()
    };
    site().with_user("idle").with(nopw)
}

fn start(app: TestAppBuilder) -> TestApp {
    let app = app.start();
    app.database.execute("UPDATE auth_user SET is_active = false WHERE username = 'idle'");
    app
}

const ADDRESSES: [&str; 8] = [
    "ann@example.org",
    "ANN@example.ORG",
    "idle@example.org",
    "nopw@example.org",
    "nobody@example.org",
    "ünïcode@exämple.org",
    "o'hara+%00_%@example.org",
    "a@localhost",
];

/// How many rows each table has.
fn shape(app: &TestApp) -> Vec<(String, usize)> {
    app.database.snapshot().into_iter().map(|(table, rows)| (table, rows.lines().count())).collect()
}

#[test]
fn the_same_is_said_written_and_hashed_whoever_has_the_address() {
    let app = start(motley().setting("ACCOUNT_LIMITS_PER_IP", "1000/m"));
    let seen: Vec<_> = ADDRESSES
        .iter()
        .map(|address| {
            // What counts this network, and this address, begins anew.
            app.database.execute("DELETE FROM vestibule_throttle");
            app.database.execute("DELETE FROM vestibule_outbox");
            app.database.execute("DELETE FROM vestibule_event");
            let hashes = app.auth.hashers.runs();
            let answer = ask_for_reset(&app.client(), address);
            let letter = app.database.text("SELECT letter FROM vestibule_outbox").expect("a letter");
            let letter = letter.replace(address, "<address>");
            let said = (answer.status, answer.location().to_owned(), answer.body, letter);
            (said, shape(&app), app.auth.hashers.runs() - hashes)
        })
        .collect();
    assert_eq!((seen[0].0.0, &*seen[0].0.1, seen[0].2), (302, DONE, 0));
    for (address, other) in ADDRESSES.iter().zip(&seen) {
        assert_eq!(other, &seen[0], "{address}");
    }
    assert_eq!(app.client().get(DONE).status, 200);
}

/// How many statements `work` makes.
fn statements(app: &TestApp, work: impl FnOnce(&mut Db)) -> u64 {
    let (count, mut db) = (Arc::new(AtomicU64::new(0)), app.db());
    let counter = Arc::clone(&count);
    let watch = move |event: InstrumentationEvent<'_>| {
        if matches!(event, InstrumentationEvent::StartQuery { .. }) {
            counter.fetch_add(1, Ordering::SeqCst);
        }
    };
    match &mut db {
        Db::Sqlite(db) => db.set_instrumentation(watch),
        #[cfg(feature = "postgres")]
        Db::Postgres(db) => db.set_instrumentation(watch),
    }
    work(&mut db);
    count.load(Ordering::SeqCst)
}

#[test]
fn the_database_is_asked_as_often_whoever_has_the_address() {
    let app = start(motley());
    let counts: Vec<u64> = ADDRESSES
        .iter()
        .map(|address| {
            statements(&app, |db| {
                app.accounts.request_password_reset(db, &Caller::default(), address).expect("an answer");
            })
        })
        .collect();
    // The event, the limit, the letter.
    assert!(counts[0] >= 3, "{counts:?}");
    assert!(counts.iter().all(|count| *count == counts[0]), "{counts:?}");
}

#[test]
fn what_is_no_address_is_said_at_its_field_and_comes_back() {
    let app = site().start();
    for typed in ["nonsense", "a@b", "ann@example.org\r\nBcc: eve@example.org", "<script>@example.org"] {
        let answer = ask_for_reset(&app.client(), typed);
        assert_eq!((answer.status, errors(&answer, "email")), (200, vec!["Enter a valid email address.".to_owned()]));
        assert!(!answer.body.contains("<script>"));
    }
    let long = format!("{}@example.org", "x".repeat(100_000));
    let answer = ask_for_reset(&app.client(), &long);
    assert_eq!((answer.status, answer.body.len() < 20_000), (200, true));
    assert_eq!(ask_for_reset(&app.client(), "").status, 200);
    assert_eq!(happened(&app, "password_reset_requested"), 0);
    assert_eq!(app.mails(), []);
}

#[test]
fn everybody_with_the_address_who_may_log_in_gets_a_letter_of_their_own() {
    let twin = |username: &str, email: &str, password: &str| NewUser {
        username: username.to_owned(),
        email: email.to_owned(),
        password: password.to_owned(),
        ..NewUser::default()
    };
    let app = motley()
        .with(twin("anna", "Ann@example.org", ""))
        .with(twin("annopw", "ann@example.org", "!none"))
        .with(twin("annidle", "ann@example.org", ""))
        .start();
    app.database.execute("UPDATE auth_user SET is_active = false WHERE username = 'annidle'");
    ask_for_reset(&app.client(), "ann@example.org");
    let letters = app.mails();
    let to: Vec<&str> = letters.iter().map(|letter| &*letter.to).collect();
    assert_eq!(to, ["ann@example.org", "Ann@example.org"]);
    let subjects: Vec<&str> = letters.iter().map(|letter| &*letter.subject).collect();
    assert_eq!(subjects, ["Password reset on Vestibule"; 2]);
    for (letter, username) in letters.iter().zip(["ann", "anna"]) {
        let client = app.client();
        let at = client.get(&link(letter)).location().to_owned();
        let uid = vestibule::auth::reset_token::uid(app.user(username).id);
        assert_eq!(at, format!("/account/reset/{uid}/set-password/"));
        let page = client.get(&at);
        assert_eq!(page.attribute("main input[autocomplete=username]", "value").as_deref(), Some(username));
    }
}

#[test]
fn mail_goes_to_the_stored_address_and_never_to_a_look_alike() {
    let mike = NewUser { username: "mike".to_owned(), email: "mike@ask.example".to_owned(), ..NewUser::default() };
    let app = site().with(mike).setting("ACCOUNT_LIMITS_PER_EMAIL", "100/h").start();
    let stored = ["ann@example.org", "mike@ask.example"];
    assert_eq!(ask_for_reset(&app.client(), "ANN@EXAMPLE.ORG").status, 302);
    assert_eq!(app.mails().iter().map(|letter| &*letter.to).collect::<Vec<_>>(), ["ann@example.org"]);
    for twin in [
        "ann@exampłe.org",
        "ªnn@example.org",
        "ann@example.org",
        "ann@example.org",
        "m\u{131}ke@ask.example",
        "mi\u{212a}e@ask.example",
        "mike@a\u{17f}k.example",
        "MİKE@ask.example",
    ] {
        assert_eq!(ask_for_reset(&app.client(), twin).status, 302, "{twin}");
        let letters = app.mails();
        assert!(letters.iter().all(|letter| stored.contains(&&*letter.to)), "{twin}: {letters:?}");
    }
}

#[test]
fn the_host_of_a_link_cannot_be_chosen_by_whoever_asks() {
    let app = site().start();
    for (header, value) in
        [("host", "evil.example"), ("host", "127.0.0.1.evil.example"), ("host", "127.0.0.1@evil.example")]
    {
        let client = app.client();
        let token = client.get(RESET).csrf_token();
        client.set_header(header, value);
        let answer = client.post(RESET, &[("csrfmiddlewaretoken", &token), ("email", "ann@example.org")]);
        assert_eq!(answer.status, 400, "{value}");
    }
    assert_eq!(app.mails(), []);
    let client = app.client();
    client.set_header("x-forwarded-host", "evil.example");
    ask_for_reset(&client, "ann@example.org");
    let letters = app.mails();
    assert!(letters[0].text.contains(&format!("{}/account/reset/", app.client().origin())), "{}", letters[0].text);
    assert!(!format!("{letters:?}").contains("evil"));
}

#[test]
fn the_site_url_setting_says_where_links_lead() {
    let app = site().setting("SITE_URL", "https://accounts.example/auth/").start();
    ask_for_reset(&app.client(), "ann@example.org");
    let letter = &letters_to(&app, "ann@example.org")[0];
    assert!(letter.text.contains("\nhttps://accounts.example/auth/account/reset/"), "{}", letter.text);
    assert!(!letter.text.contains("127.0.0.1"), "{}", letter.text);
}

#[test]
fn the_outbox_holds_nothing_that_opens_anything() {
    let server = MailServer::default();
    let backend = server.clone();
    let app = site().customize(|site| site.email_backend(backend)).start();
    ask_for_reset(&app.client(), "ann@example.org");
    let mut kept = app.database.snapshot()["vestibule_outbox"].clone();
    // The server is down, and the letter that everybody with the address shares was dealt out.
    app.mails();
    app.clock.advance(Duration::MINUTE);
    app.mails();
    kept += &app.database.snapshot()["vestibule_outbox"];
    assert!(kept.contains("password_reset_of"), "{kept}");
    server.comes_up();
    app.clock.advance(Duration::HOUR);
    let path = link_to(&app, "ann@example.org");
    let token = path.trim_end_matches('/').rsplit('/').next().expect("a token");
    let hash = token.rsplit('-').next().expect("a hash");
    assert!(!kept.contains(hash) && !kept.contains("/reset/"), "{kept}");
}

#[test]
fn a_mail_server_that_is_down_changes_no_answer_and_the_letter_comes_later() {
    let server = MailServer::default();
    let backend = server.clone();
    let app = site().customize(|site| site.email_backend(backend)).start();
    let client: Client = app.client();
    let answer = ask_for_reset(&client, "ann@example.org");
    assert_eq!((answer.status, answer.location()), (302, DONE));
    assert_eq!(app.mails(), []);
    app.clock.advance(Duration::minutes(2));
    assert_eq!(app.mails(), []);
    server.comes_up();
    app.clock.advance(Duration::HOUR);
    assert_eq!(letters_to(&app, "ann@example.org").len(), 1);
    assert_eq!(client.get(&link_to(&app, "ann@example.org")).status, 302, "and its link is as long good as any");
}
