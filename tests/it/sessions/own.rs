//! Somebody's sessions, as they see and end them, and what is known of when they gave their password.

use std::{sync::Arc, thread};

use diesel::connection::SimpleConnection;
use time::Duration;
use vestibule::{
    auth::own_sessions::{self, OwnSessions},
    db::Db,
    sessions::{
        expiry,
        model::{self, Device},
    },
    settings::SessionSettings,
    users::User,
};

use super::{OLD_KEY, content_of, handlers::Handlers, key, payload, planted, row};
use crate::support::{Client, PASSWORD, TestApp, is_postgres, until};

fn list_within(app: &TestApp, settings: &SessionSettings, username: &str, own: Option<&Client>) -> OwnSessions {
    let own_key = own.map(key);
    own_sessions::list(&mut app.db(), &app.auth, settings, &app.user(username), own_key.as_deref()).expect("a list")
}

fn list(app: &TestApp, username: &str) -> OwnSessions {
    list_within(app, &SessionSettings::default(), username, None)
}

fn end(app: &TestApp, username: &str, public_id: &str) -> bool {
    own_sessions::end(&mut app.db(), &app.auth, &app.user(username), public_id).expect("an answer")
}

/// How many were ended.
fn end_all_but(app: &TestApp, user: &User, own: Option<&str>) -> usize {
    let found = own_sessions::keys(&mut app.db(), &app.auth, user).expect("keys");
    app.db().write(|db| own_sessions::end_all_but(db, &app.auth, user, &found, own)).expect("ended")
}

fn browser(app: &TestApp, name: &str) -> Client {
    let client = app.client();
    client.set_header("user-agent", name);
    assert_eq!(client.log_in("ann", PASSWORD).status, 302);
    client
}

fn public_id(app: &TestApp, client: &Client) -> String {
    let sql = format!("SELECT public_id FROM vestibule_session WHERE session_key = '{}'", key(client));
    app.database.text(&sql).expect("a noted session")
}

fn password_at(app: &TestApp, key: &str) -> Option<time::PrimitiveDateTime> {
    row(app, key).expect("a row").noted.expect("a note").password_at
}

#[test]
fn sessions_are_listed_by_their_last_use_and_the_own_one_is_marked() {
    let app = TestApp::init().with_user("ann").with_user("ben").start();
    let begun = app.clock.now();
    let first = browser(&app, "First/1");
    app.clock.advance(Duration::minutes(10));
    let second = browser(&app, "Second/1");
    app.logged_in("ben");
    app.clock.advance(Duration::minutes(10));
    assert!(first.is_logged_in());

    let OwnSessions { sessions, total } = list_within(&app, &SessionSettings::default(), "ann", Some(&second));
    let seen: Vec<_> = sessions
        .iter()
        .map(|session| {
            let minutes = |at: time::PrimitiveDateTime| (at - begun).whole_minutes();
            (&*session.user_agent, minutes(session.created_at), minutes(session.last_seen_at), session.is_current)
        })
        .collect();
    assert_eq!((seen, total), (vec![("First/1", 0, 20, false), ("Second/1", 10, 10, true)], 2));
    assert_eq!(sessions[0].public_id, public_id(&app, &first));
    assert_eq!(sessions[0].ip_address.as_deref(), Some("127.0.0.1"));
    assert_eq!(sessions[0].expire_date, row(&app, &key(&first)).expect("a row").expire_date);
    let shown = format!("{sessions:?}");
    assert!(!shown.contains(&key(&first)) && !shown.contains(&key(&second)), "{shown}");
}

#[test]
fn what_opens_nothing_any_more_is_not_listed() {
    let app = TestApp::init().with_user("ann").with_user("ben").start();
    for content in [
        content_of(&app, "ann", |json| json.replace(r#"_hash":""#, r#"_hash":"0"#)),
        content_of(&app, "ben", |json| json),
        "{}".to_owned(),
    ] {
        let (_, session) = planted(&app, &content);
        let note = model::note(&mut app.db(), &session, app.user("ann").id, &Device::default(), app.clock.now());
        note.expect("noted as ann's");
    }
    assert_eq!((list(&app, "ann").total, list(&app, "ben").total), (0, 0));

    app.logged_in("ann");
    app.clock.advance(Duration::hours(2));
    let settings = SessionSettings::default;
    let within = |settings: SessionSettings| list_within(&app, &settings, "ann", None).total;
    assert_eq!(within(settings()), 1);
    assert_eq!(within(SessionSettings { idle_timeout: Duration::HOUR, ..settings() }), 0);
    assert_eq!(within(SessionSettings { absolute_timeout: Duration::HOUR, ..settings() }), 0);
    app.clock.advance(Duration::days(14));
    assert_eq!(within(settings()), 0, "it has expired");
}

#[test]
fn of_very_many_the_latest_are_listed_and_all_are_counted() {
    let app = TestApp::init().with_user("ann").start();
    let (content, ann) = (content_of(&app, "ann", |json| json), app.user("ann").id);
    let begun = app.clock.now();
    for number in 0..103 {
        let (_, session) = planted(&app, &content);
        let (device, at) = (Device::default(), begun + Duration::seconds(number));
        model::note(&mut app.db(), &session, ann, &device, at).expect("a note");
    }
    let OwnSessions { sessions, total } = list(&app, "ann");
    assert_eq!((sessions.len(), total), (100, 103));
    assert_eq!((sessions[99].last_seen_at - begun).whole_seconds(), 3);
}

#[test]
fn one_session_can_be_ended_by_its_owner_and_by_nobody_else() {
    let app = TestApp::init().with_user("ann").with_user("ben").start();
    let (kept, ended) = (app.logged_in("ann"), app.logged_in("ann"));
    let id = public_id(&app, &ended);
    assert!(!end(&app, "ben", &id));
    for nonsense in ["", "\0", "nonsense", &key(&ended)] {
        assert!(!end(&app, "ann", nonsense));
    }
    assert!(ended.is_logged_in());
    assert!(end(&app, "ann", &id));
    assert!(!ended.is_logged_in() && kept.is_logged_in());
    assert!(!end(&app, "ann", &id), "once");
}

#[test]
fn a_session_that_says_it_is_anothers_is_not_ended_by_whoever_is_noted() {
    let app = TestApp::init().with_user("ann").with_user("ben").start();
    let (bens, session) = planted(&app, &content_of(&app, "ben", |json| json));
    let ann = app.user("ann");
    model::note(&mut app.db(), &session, ann.id, &Device::default(), app.clock.now()).expect("noted as ann's");
    assert!(!end(&app, "ann", &public_id(&app, &bens)));
    assert_eq!(end_all_but(&app, &ann, None), 0);
    assert!(bens.is_logged_in());
}

#[test]
fn all_others_can_be_ended_those_too_that_nobody_has_used_here() {
    let app = TestApp::init().with_user("ann").with_user("ben").start();
    let (own, other, bens) = (app.logged_in("ann"), app.logged_in("ann"), app.logged_in("ben"));
    let djangos = app.client();
    djangos.set_cookie("sessionid", app.oracle().ask(&["make-session", "ann"]).as_str().expect("a key"));
    planted(&app, &content_of(&app, "ann", |json| json.replace(r#"_hash":""#, r#"_hash":"0"#)));
    let (stranger, cart) = planted(&app, r#"{"cart":1}"#);

    let ann = app.user("ann");
    assert_eq!(end_all_but(&app, &ann, Some(&key(&own))), 3);
    assert!(own.is_logged_in() && bens.is_logged_in());
    assert!(!other.is_logged_in() && !djangos.is_logged_in());
    assert!(row(&app, &cart).is_some(), "{:?}", stranger.address);

    assert_eq!(end_all_but(&app, &ann, None), 1);
    assert!(!own.is_logged_in() && bens.is_logged_in());
}

#[test]
fn a_session_that_is_given_a_new_key_at_that_moment_ends_all_the_same() {
    if !is_postgres() {
        // There one writes after the other.
        return;
    }
    for everything in [false, true] {
        let app = Arc::new(TestApp::init().with_user("ann").start());
        let client = app.logged_in("ann");
        let (id, old, new) = (public_id(&app, &client), key(&client), vestibule::sessions::new_key());
        let ending = app.db().write(|db| -> Result<_, diesel::result::Error> {
            let session = row(&app, &old).expect("a row");
            model::insert(db, &new, &session.session_data, session.expire_date)?;
            model::move_note(db, &old, &new)?;
            model::delete(db, &old)?;
            let (other, old_key) = (Arc::clone(&app), old.clone());
            let ending = thread::spawn(move || {
                let ann = other.user("ann");
                let one = |db: &mut Db| own_sessions::end(db, &other.auth, &ann, &id).map(usize::from);
                let found = [old_key];
                let all = |db: &mut Db| own_sessions::end_all_but(db, &other.auth, &ann, &found, None);
                other.db().write(|db| if everything { all(db) } else { one(db) })
            });
            let waiting = "SELECT count(*) FROM pg_stat_activity \
                           WHERE wait_event_type = 'Lock' AND datname = current_database()";
            until(|| app.database.number(waiting) == 1);
            Ok(ending)
        });
        let ended = ending.expect("a new key").join().expect("no panic").expect("ended");
        assert_eq!((ended, row(&app, &new).is_none()), (1, true));
    }
}

#[test]
fn a_log_in_is_when_the_password_was_given_and_a_visit_is_not() {
    let app = TestApp::init().with_user("ann").setting("SECRET_KEY_FALLBACKS", OLD_KEY).start();
    let begun = app.clock.now();
    let client = app.logged_in("ann");
    let given = password_at(&app, &key(&client)).expect("given");
    assert!(given >= begun);
    app.clock.advance(Duration::HOUR);
    assert!(client.is_logged_in());
    assert_eq!(password_at(&app, &key(&client)), Some(given));
    assert_eq!(client.log_in("ann", PASSWORD).status, 302);
    assert!(password_at(&app, &key(&client)).expect("given") >= given + Duration::HOUR, "a second log-in");

    let oracle = app.oracle().with("VESTIBULE_TEST_SECRET_KEY", OLD_KEY);
    let made = oracle.ask(&["make-session", "ann"]).as_str().expect("a key").to_owned();
    client.set_cookie("sessionid", &made);
    assert!(client.is_logged_in());
    assert_eq!(key(&client), made);
    assert_eq!(password_at(&app, &key(&client)), None, "nobody here knows");
}

#[test]
fn it_is_kept_under_a_new_key_and_can_be_set_and_is_not_anothers() {
    let app = TestApp::init().with_user("ann").with_user("ben").start();
    let (_, session) = planted(&app, &content_of(&app, "ann", |json| json));
    let (ann, ben, now) = (app.user("ann").id, app.user("ben").id, app.clock.now());
    let note = |user_id| model::note(&mut app.db(), &session, user_id, &Device::default(), now).expect("a note");
    note(ann);
    model::set_password_at(&mut app.db(), &session, now).expect("set");
    note(ann);
    assert_eq!(password_at(&app, &session), Some(now));
    note(ben);
    assert_eq!(password_at(&app, &session), None);

    model::set_password_at(&mut app.db(), &session, now).expect("set");
    let stored = row(&app, &session).expect("a row");
    model::insert(&mut app.db(), "anotherkey", &stored.session_data, stored.expire_date).expect("a row");
    model::move_note(&mut app.db(), &session, "anotherkey").expect("moved");
    assert_eq!(password_at(&app, "anotherkey"), Some(now));
}

#[test]
fn a_request_can_ask_when_the_password_was_given() {
    let app = TestApp::init().with_user("ann").start();
    let handlers = Handlers::of(&app);
    let client = app.logged_in("ann");
    let given = password_at(&app, &key(&client)).expect("given");
    assert_eq!(handlers.client_of(&client).get("/password-given").body, given.to_string());
    assert_eq!(handlers.client().get("/password-given").body, "never");
    let (client, session) = planted(&app, &content_of(&app, "ann", |json| json));
    assert_eq!(handlers.client_of(&client).get("/password-given").body, "never");
    // What is noted of another owner is not this one's.
    let content = content_of(&app, "ann", |json| json.replace(r#"_id":""#, r#"_id":"9"#));
    app.db().batch_execute("DELETE FROM vestibule_session").expect("deleted");
    let (stranger, strangers) = planted(&app, &content);
    for session in [&session, &strangers] {
        model::note(&mut app.db(), session, app.user("ann").id, &Device::default(), app.clock.now()).expect("a note");
        model::set_password_at(&mut app.db(), session, given).expect("set");
    }
    assert_eq!(handlers.client_of(&client).get("/password-given").body, given.to_string());
    assert_eq!(handlers.client_of(&stranger).get("/password-given").body, "never");
}

#[test]
fn a_change_of_the_password_keeps_the_session_under_a_new_key() {
    let app = TestApp::init().with_user("ann").start();
    let (client, other) = (app.logged_in("ann"), app.logged_in("ann"));
    let (old, id) = (key(&client), public_id(&app, &client));
    let created =
        list(&app, "ann").sessions.into_iter().find(|session| session.public_id == id).expect("it").created_at;
    app.clock.advance(Duration::HOUR);
    let changed_after = app.clock.now();
    let handlers = Handlers::of(&app);
    let changing = handlers.client_of(&client);
    let response = changing.get("/change-password/ann");
    assert_eq!((response.status, &*response.body), (200, "ann"), "the same request knows who it is from");
    assert!(response.set_cookie("csrftoken").is_some(), "a secret of before is worth nothing after");
    client.set_cookie("sessionid", &key(&changing));
    assert_ne!(key(&client), old);
    assert!(row(&app, &old).is_none());
    assert!(client.is_logged_in() && !other.is_logged_in());
    let sessions = list(&app, "ann").sessions;
    assert_eq!((sessions.len(), &sessions[0].public_id, sessions[0].created_at), (1, &id, created));
    assert!(password_at(&app, &key(&client)).expect("given") >= changed_after);
    let read = app.oracle().ask(&["read-session", &key(&client)]);
    assert_eq!(read["user"], "ann", "Django goes along: {read}");
}

#[test]
fn a_request_under_the_old_key_neither_ends_nor_brings_back_what_a_change_of_the_password_renewed() {
    let app = TestApp::init().with_user("ann").start();
    // The old key is used after the password was changed and before the session got its new key.
    let (client, address) = (app.logged_in("ann"), app.address);
    let old = key(&client);
    let session = old.clone();
    let handlers = Handlers::with_hook(&app, move || {
        let tab = Client::new(address);
        tab.set_cookie("sessionid", &session);
        assert!(!tab.is_logged_in());
    });
    let changing = handlers.client_of(&client);
    assert_eq!(changing.get("/change-password-late/ann").status, 200);
    client.set_cookie("sessionid", &key(&changing));
    assert!(client.is_logged_in() && key(&client) != old && row(&app, &old).is_none());

    // A request has read the session, and writes when that has its new key.
    let (session, plain) = (key(&client), Handlers::of(&app));
    let old = session.clone();
    let plain_address = plain.client().address;
    let handlers = Handlers::with_hook(&app, move || {
        let tab = Client::new(plain_address);
        tab.set_cookie("sessionid", &session);
        assert_eq!(tab.get("/change-password/ann").status, 200);
    });
    assert_eq!(handlers.client_of(&client).get("/put-late/a/1").status, 400);
    assert!(row(&app, &old).is_none());
    assert_eq!(app.database.number("SELECT count(*) FROM django_session"), 1);
}

#[test]
fn a_session_ends_with_the_browser_if_it_is_not_to_be_remembered() {
    let app = TestApp::init().with_user("ann").start();
    let handlers = Handlers::of(&app);
    let client = handlers.client();
    let log_in = |with_browser: bool| {
        let response = client.get(&format!("/login-with-browser/ann/{with_browser}"));
        assert_eq!(response.status, 200);
        response.set_cookie("sessionid").expect("a session").to_lowercase()
    };
    let cookie = log_in(true);
    assert!(!cookie.contains("max-age") && !cookie.contains("expires"), "{cookie}");
    assert_eq!(payload(&app, &key(&client)).get(expiry::KEY), Some("0"));
    let read = app.oracle().ask(&["read-session", &key(&client)]);
    assert_eq!(read["data"][expiry::KEY], serde_json::json!(0), "as Django's set_expiry(0) has it");

    assert!(log_in(false).contains("max-age=1209600"), "a later log-in may say otherwise");
    assert_eq!(payload(&app, &key(&client)).get(expiry::KEY), None);
    let (other, _) = planted(&app, r#"{"_session_expiry":600}"#);
    client.set_cookie("sessionid", &key(&other));
    assert!(log_in(false).contains("max-age=600"), "what somebody else set stays");
}
