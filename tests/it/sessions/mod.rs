//! Sessions as rows and as a cookie.

mod handlers;
mod own;
mod passwords;
mod races;

use std::sync::Mutex;

use actix_session::storage::SessionStore;
use time::{Duration, PrimitiveDateTime};
use vestibule::{
    auth::{
        Attempt, AuthError,
        backends::{AuthenticationBackend, Decision},
        models::User,
    },
    crypto::SecretKeys,
    db::Db,
    sessions::{
        codec,
        exchange::{CookieChange, Exchange, Fault},
        model,
        payload::Payload,
        store::Store,
    },
    settings::{Secret, SessionSettings},
};

use crate::support::{Client, PASSWORD, TestApp, connect};

const FORTNIGHT: Duration = Duration::days(14);
const OLD_KEY: &str = "an-older-key-that-still-counts-for-a-while-and-then-goes";

fn key(client: &Client) -> String {
    client.cookie("sessionid").expect("a session")
}

fn row(app: &TestApp, key: &str) -> Option<model::Row> {
    model::find(&mut app.db(), key).expect("a query")
}

fn payload(app: &TestApp, key: &str) -> Payload {
    codec::decode(&row(app, key).expect("a row").session_data, &app.auth.keys).expect("a session")
}

/// Makes a session with this content, and a browser that holds it.
fn planted(app: &TestApp, json: &str) -> (Client, String) {
    let key = vestibule::sessions::new_key();
    let payload = Payload::parse(json).expect("an object");
    let data = codec::encode(&payload, app.clock.unix(), &app.auth.keys);
    model::insert(&mut app.db(), &key, &data, app.clock.now() + FORTNIGHT).expect("a row");
    let client = app.client();
    client.set_cookie("sessionid", &key);
    (client, key)
}

/// The content of a session of `user`, changed by `edit`.
fn content_of(app: &TestApp, username: &str, edit: impl Fn(String) -> String) -> String {
    let user = app.user(username);
    let hash = vestibule::auth::session_hash::of(&user, app.auth.keys.current());
    edit(format!(
        r#"{{"_auth_user_id":"{}","_auth_user_backend":"django.contrib.auth.backends.ModelBackend","_auth_user_hash":"{hash}"}}"#,
        user.id
    ))
}

#[test]
fn a_key_that_a_stranger_chose_is_never_taken_up() {
    let app = TestApp::init().with_user("ann").start();
    let client = app.client();
    let chosen = "a".repeat(32);
    client.set_cookie("sessionid", &chosen);
    client.get("/login/");
    client.set_cookie("sessionid", &chosen);
    assert_eq!(client.log_in("ann", PASSWORD).status, 302);
    assert_ne!(key(&client), chosen);
    assert!(row(&app, &chosen).is_none());
}

#[test]
fn a_log_in_keeps_what_a_stranger_collected_under_a_new_key() {
    let app = TestApp::init().with_user("ann").start();
    let (client, before) = planted(&app, r#"{"cart":[1,NaN],"odd":"\ud800"}"#);
    assert_eq!(client.log_in("ann", PASSWORD).status, 302);
    assert_ne!(key(&client), before);
    assert!(row(&app, &before).is_none(), "the old row is gone");
    let after = payload(&app, &key(&client));
    assert_eq!((after.get("cart"), after.get("odd")), (Some("[1,NaN]"), Some(r#""\ud800""#)));

    let old = app.client();
    old.set_cookie("sessionid", &before);
    assert!(!old.is_logged_in());
}

#[test]
fn a_log_in_as_somebody_else_takes_nothing_over() {
    let app = TestApp::init().with_user("ann").with_user("ben").start();
    let (client, before) =
        planted(&app, &content_of(&app, "ann", |json| json.replacen('{', r#"{"cart":[1],"\ud800":2,"#, 1)));
    assert_eq!(client.log_in("ben", PASSWORD).status, 302);
    assert!(row(&app, &before).is_none());
    let after = payload(&app, &key(&client));
    assert_eq!(after.get("cart"), None);
    assert!(!after.to_json().contains("ud800"), "{}", after.to_json());
    assert_eq!(client.get("/dashboard/").text("h1"), "Welcome, ben");
}

#[test]
fn logging_in_again_changes_the_key_and_ends_the_old_one() {
    let app = TestApp::init().with_user("ann").start();
    let client = app.logged_in("ann");
    let before = key(&client);
    assert_eq!(client.log_in("ann", PASSWORD).status, 302);
    assert_ne!(key(&client), before);
    assert!(row(&app, &before).is_none());
    assert_eq!(app.database.number("SELECT count(*) FROM django_session"), 1);
}

#[test]
fn a_log_in_over_a_session_whose_password_has_changed_works_in_one_request() {
    // `purge`, which ends such a session, would make actix-session drop what the log-in writes after it.
    let app = TestApp::init().with_user("ann").start();
    let (client, _) = planted(&app, &content_of(&app, "ann", |json| json.replace(r#"_hash":""#, r#"_hash":"0"#)));
    let token = app.client().get("/login/");
    client.set_cookie(
        "csrftoken",
        token.set_cookie("csrftoken").expect("a secret").split(['=', ';']).nth(1).expect("it"),
    );
    let fields = [("csrfmiddlewaretoken", &*token.csrf_token()), ("username", "ann"), ("password", PASSWORD)];
    assert_eq!(client.post("/login/", &fields).status, 302);
    assert!(client.is_logged_in());
}

#[test]
fn a_session_ends_with_its_age_to_the_moment() {
    let app = TestApp::init().with_user("ann").start();
    let client = app.logged_in("ann");
    let session = key(&client);
    app.clock.advance(FORTNIGHT - Duration::seconds(60));
    assert!(client.is_logged_in());
    app.clock.advance(Duration::seconds(61));
    let response = client.get("/dashboard/");
    assert_eq!(response.status, 302);
    assert!(response.set_cookie("sessionid").expect("deleted").contains("Max-Age=0"));
    assert!(row(&app, &session).is_some(), "rows are cleared by clearsessions, not by visitors");
}

#[test]
fn sessions_end_when_idle_or_old_if_limits_are_set() {
    let limits = TestApp::init()
        .with_user("ann")
        .setting("SESSION_IDLE_TIMEOUT", "30m")
        .setting("SESSION_ABSOLUTE_TIMEOUT", "8h");
    let app = limits.start();
    let client = app.logged_in("ann");
    for _ in 0..16 {
        app.clock.advance(Duration::minutes(29));
        assert!(client.is_logged_in(), "busy");
    }
    app.clock.advance(Duration::minutes(29));
    assert!(!client.is_logged_in(), "busy, but older than eight hours");
    let client = app.logged_in("ann");
    app.clock.advance(Duration::minutes(30));
    assert!(!client.is_logged_in(), "idle");
    let left = app.database.number("SELECT count(*) FROM django_session");
    assert_eq!(left, 0, "Django knows no such limits: a row that stayed would go on counting there");
}

#[test]
fn a_session_may_end_with_the_browser_or_at_a_time_of_its_own() {
    let app = TestApp::init().with_user("ann").setting("SESSION_EXPIRE_AT_BROWSER_CLOSE", "true").start();
    let client = app.client();
    let response = client.submit("/login/", &[("username", "ann"), ("password", PASSWORD)]);
    let cookie = response.set_cookie("sessionid").expect("a session").to_lowercase();
    assert!(!cookie.contains("max-age") && !cookie.contains("expires"), "{cookie}");
    let cookie = app.client().log_in("ann", PASSWORD).set_cookie("sessionid").expect("a session").to_owned();
    assert!(cookie.contains("Max-Age=1209600"), "who wants to stay logged in does: {cookie}");

    let app = TestApp::init().with_user("ann").start();
    let (client, _) = planted(&app, r#"{"_session_expiry":600}"#);
    let cookie = client.log_in("ann", PASSWORD).set_cookie("sessionid").expect("a session").to_owned();
    assert!(cookie.contains("Max-Age=600"), "{cookie}");
    app.clock.advance(Duration::seconds(601));
    assert!(!client.is_logged_in());
}

#[test]
fn a_session_is_saved_on_every_request_only_if_asked() {
    for (setting, extended) in [("false", false), ("true", true)] {
        let app = TestApp::init().with_user("ann").setting("SESSION_SAVE_EVERY_REQUEST", setting).start();
        let client = app.logged_in("ann");
        let before = row(&app, &key(&client)).expect("a row").expire_date;
        app.clock.advance(Duration::minutes(1));
        let response = client.get("/dashboard/");
        assert_eq!(response.set_cookie("sessionid").is_some(), extended);
        assert_eq!(row(&app, &key(&client)).expect("a row").expire_date > before, extended);
    }
}

#[test]
fn strangers_and_failures_leave_no_rows() {
    let app = TestApp::init().with_user("ann").start();
    for _ in 0..50 {
        let client = app.client();
        for path in ["/", "/login/", "/logout/", "/dashboard/", "/nothing/"] {
            client.get(path);
        }
        client.log_in("ann", "wrong");
    }
    assert_eq!(app.database.number("SELECT count(*) FROM django_session"), 0);
}

#[test]
fn who_is_deactivated_or_deleted_or_replaced_is_a_stranger_at_once() {
    let app = TestApp::init().with_user("ann").start();
    let client = app.logged_in("ann");
    app.database.execute("UPDATE auth_user SET is_active = false");
    assert!(!client.is_logged_in());
    assert!(row(&app, &key(&client)).is_some(), "as in Django the row stays, and revives with the account");
    app.database.execute("UPDATE auth_user SET is_active = true");
    assert!(client.is_logged_in());

    app.database.execute("UPDATE auth_user SET password = 'md5$another$one'");
    assert!(!client.is_logged_in(), "the same id, but not the same person");
}

#[test]
fn rows_that_make_no_sense_are_nobodys() {
    let app = TestApp::init().with_user("ann").start();
    let keep = |json: String| json;
    let (client, _) = planted(&app, &content_of(&app, "ann", keep));
    assert!(client.is_logged_in(), "the forgery itself is good");
    let with_id =
        |id: &str| content_of(&app, "ann", |json| json.replacen(&format!("\"{}\"", app.user("ann").id), id, 1));
    for bad in ["\"abc\"", "[1]", "null", "1.5", "\"99999999999999\"", "\"-1\"", "\"\"", "{}", "true"] {
        assert!(!planted(&app, &with_id(bad)).0.is_logged_in(), "user id {bad}");
    }
    assert!(planted(&app, &with_id(&app.user("ann").id.to_string())).0.is_logged_in(), "older Djangos wrote a number");
    for (from, to) in [
        ("_auth_user_hash\":\"", "_auth_user_hash\":\"0"),
        ("_auth_user_hash", "_auth_user_hash_"),
        ("backends.ModelBackend", "backends.OtherBackend"),
        ("_auth_user_backend", "_auth_user_backend_"),
    ] {
        let (client, _) = planted(&app, &content_of(&app, "ann", |json| json.replace(from, to)));
        assert!(!client.is_logged_in(), "{from} -> {to}");
    }
}

#[test]
fn data_that_is_not_ours_or_too_much_is_nobodys() {
    let app = TestApp::init().with_user("ann").start();
    let good = content_of(&app, "ann", |json| json);
    let payload = Payload::parse(&good).expect("an object");
    let other = SecretKeys::new(Secret::new("another key"), Vec::new());
    let huge = format!("{},\"x\":\"{}\"}}", &good[..good.len() - 1], "x".repeat(2_000_000));
    let huge = codec::encode(&Payload::parse(&huge).expect("an object"), app.clock.unix(), &app.auth.keys);
    let signed = codec::encode(&payload, app.clock.unix(), &app.auth.keys);
    let salted = vestibule::crypto::sign_with_time("e30", "django.contrib.messages", 1, &app.auth.keys);
    let cases = [
        codec::encode(&payload, app.clock.unix(), &other),
        huge,
        salted,
        signed[..signed.len() - 1].to_owned(),
        String::new(),
        ":::".to_owned(),
        "é".to_owned(),
    ];
    for (at, data) in cases.iter().enumerate() {
        let key = vestibule::sessions::new_key();
        model::insert(&mut app.db(), &key, data, app.clock.now() + FORTNIGHT).expect("a row");
        let client = app.client();
        client.set_cookie("sessionid", &key);
        assert_eq!(client.get("/dashboard/").status, 302, "case {at}");
        // Such a session can still be logged in over.
        assert_eq!(client.log_in("ann", PASSWORD).status, 302, "case {at}");
        assert!(client.is_logged_in(), "case {at}");
    }
}

#[test]
fn a_date_that_cannot_be_read_is_the_past() {
    if crate::support::is_postgres() {
        // A column of that type takes no such text; the nearest it knows:
        let app = TestApp::init().with_user("ann").start();
        let client = app.logged_in("ann");
        app.database.execute("UPDATE django_session SET expire_date = '-infinity'");
        assert!(!client.is_logged_in());
        return;
    }
    let app = TestApp::init().with_user("ann").start();
    let client = app.logged_in("ann");
    let session = key(&client);
    for bad in ["garbage", "", "0001-01-01 00:00:00", "9999"] {
        client.set_cookie("sessionid", &session);
        app.database.execute(&format!("UPDATE django_session SET expire_date = '{bad}'"));
        assert!(!client.is_logged_in(), "{bad:?}");
    }
}

#[test]
fn the_device_list_knows_browser_address_and_last_visit() {
    let app = TestApp::init().with_user("ann").start();
    let client = app.client();
    client.set_header("user-agent", "Lynx/2.9");
    client.log_in("ann", PASSWORD);
    let noted = |column: &str| app.database.text(&format!("SELECT {column} FROM vestibule_session"));
    assert_eq!(noted("user_agent").as_deref(), Some("Lynx/2.9"));
    assert_eq!(noted("ip_address").as_deref(), Some("127.0.0.1"));
    let public_id = noted("public_id").expect("an id");
    assert!(public_id.len() == 32 && !key(&client).contains(&public_id));

    let seen = || row(&app, &key(&client)).expect("a row").noted.expect("noted");
    let first = seen();
    app.clock.advance(Duration::minutes(4));
    assert!(client.is_logged_in());
    assert_eq!(seen(), first, "not written at every visit");
    app.clock.advance(Duration::minutes(2));
    assert!(client.is_logged_in());
    assert!(seen().last_seen_at > first.last_seen_at);
    assert_eq!(seen().created_at, first.created_at);
}

#[test]
fn what_was_noted_follows_a_session_to_its_new_key() {
    let app = TestApp::init().with_user("ann").start();
    let client = app.logged_in("ann");
    let (made, noted) = (key(&client), row(&app, &key(&client)).expect("a row").noted.expect("noted"));
    app.clock.advance(Duration::HOUR);
    let new = "another password of ann's";
    let passwords = [("old_password", PASSWORD), ("new_password1", new), ("new_password2", new)];
    assert_eq!(client.submit("/account/password_change/", &passwords).status, 302);
    assert_ne!(key(&client), made);
    assert_eq!(app.database.number("SELECT count(*) FROM vestibule_session"), 1);
    let after = row(&app, &key(&client)).expect("a row").noted.expect("noted");
    assert_eq!((after.user_id, after.created_at), (noted.user_id, noted.created_at));
}

/// A backend during whose work somebody else ends the session.
struct Interrupting(Mutex<Db>);

impl AuthenticationBackend for Interrupting {
    fn authenticate(&self, _: &mut Attempt<'_>) -> Result<Decision, AuthError> {
        Ok(Decision::Abstain)
    }

    fn user_can_authenticate(&self, user: &User) -> bool {
        // What a log-out in another tab does at this very moment.
        let mut db = self.0.lock().expect("no panic");
        let sessions = model::possibly_of(&mut db, user.id, time::macros::datetime!(2000-01-01 00:00), "", 10);
        let ended = sessions.expect("a query").iter().try_for_each(|(key, _)| model::delete(&mut db, key).map(drop));
        ended.is_ok()
    }
}

/// A site on which every session ends while a request of it runs.
fn interrupting(settings: &[(&str, &str)]) -> TestApp {
    let mut app = TestApp::init().with_user("ann").setting("AUTHENTICATION_BACKENDS", "test.Interrupting");
    for (name, value) in settings {
        app = app.setting(name, value);
    }
    let url = app.database_url();
    app.customize(move |site| site.backend("Interrupting", move || Interrupting(Mutex::new(connect(&url))))).start()
}

/// The content of a session that the interrupting backend made, signed with `key`.
fn made_by_interrupting(app: &TestApp, key: &Secret) -> String {
    let user = app.user("ann");
    let hash = vestibule::auth::session_hash::of(&user, key);
    format!(r#"{{"_auth_user_id":"{}","_auth_user_backend":"test.Interrupting","_auth_user_hash":"{hash}"}}"#, user.id)
}

#[test]
fn a_session_that_ends_while_a_request_runs_does_not_come_back() {
    let app = interrupting(&[("SESSION_SAVE_EVERY_REQUEST", "true")]);
    let (client, session) = planted(&app, &made_by_interrupting(&app, app.auth.keys.current()));
    let response = client.get("/dashboard/");
    assert_eq!(response.status, 400);
    assert!(response.text("main").contains("Your session ended"), "{}", response.text("main"));
    assert!(row(&app, &session).is_none());
    assert_eq!(app.database.number("SELECT count(*) FROM django_session"), 0);
}

#[test]
fn of_requests_at_once_after_a_change_of_the_key_all_are_answered_and_none_makes_a_second_session() {
    // To a request that comes second, the session that the first has moved looks like one that has ended.
    let app = interrupting(&[("SECRET_KEY_FALLBACKS", OLD_KEY)]);
    let (client, session) = planted(&app, &made_by_interrupting(&app, &Secret::new(OLD_KEY)));
    let response = client.get("/dashboard/");
    assert_eq!((response.status, response.set_cookie("sessionid")), (200, None));
    assert!(row(&app, &session).is_none());
    assert_eq!(app.database.number("SELECT count(*) FROM django_session"), 0);
}

#[test]
fn a_log_out_of_a_session_that_may_have_got_its_new_key_meanwhile_is_not_acknowledged() {
    let app = interrupting(&[("SECRET_KEY_FALLBACKS", OLD_KEY)]);
    let (client, _) = planted(&app, &made_by_interrupting(&app, &Secret::new(OLD_KEY)));
    let token = "a".repeat(32);
    client.set_cookie("csrftoken", &token);
    let response = client.post("/logout/", &[("csrfmiddlewaretoken", &token)]);
    assert_eq!((response.status, response.set_cookie("sessionid")), (400, None));
    assert_eq!(app.database.number("SELECT count(*) FROM vestibule_event WHERE kind = 'logged_out'"), 0);
}

fn store(app: &TestApp) -> Store {
    Store::new(app.auth.database.clone(), app.clock.clone(), app.auth.keys.clone(), SessionSettings::default())
}

fn session_key(key: &str) -> actix_session::storage::SessionKey {
    key.to_owned().try_into().expect("a key")
}

#[test]
fn a_change_is_written_into_what_django_wrote_meanwhile() {
    let app = TestApp::init().start();
    let (_, session) = planted(&app, r#"{"ours":1,"theirs":1}"#);
    let (store, exchange) = (store(&app), Exchange::default());
    actix_web::rt::System::new().block_on(exchange.clone().scope(async {
        let mut state = store.load(&session_key(&session)).await.expect("loaded").expect("a session");
        let row = row(&app, &session).expect("a row");
        let meanwhile = Payload::parse(r#"{"ours":1,"theirs":2,"new":3}"#).expect("an object");
        let data = codec::encode(&meanwhile, app.clock.unix(), &app.auth.keys);
        assert!(model::replace(&mut app.db(), &session, &row.session_data, &data, row.expire_date).expect("a query"));
        state.insert("ours".to_owned(), "10".to_owned());
        store.update(session_key(&session), state, &FORTNIGHT).await.expect("updated");
    }));
    assert_eq!(payload(&app, &session).to_json(), r#"{"ours":10,"theirs":2,"new":3}"#);
    assert!(matches!(&exchange.get().cookie, CookieChange::Set { key, .. } if *key == session));
}

#[test]
fn a_change_to_a_row_that_is_gone_is_a_fault_and_makes_no_row() {
    let app = TestApp::init().start();
    let (_, session) = planted(&app, r#"{"a":1}"#);
    let (store, exchange) = (store(&app), Exchange::default());
    actix_web::rt::System::new().block_on(exchange.clone().scope(async {
        let state = store.load(&session_key(&session)).await.expect("loaded").expect("a session");
        assert!(model::delete(&mut app.db(), &session).expect("a query"));
        store.update(session_key(&session), state, &FORTNIGHT).await.expect("told through the exchange");
    }));
    assert_eq!(exchange.get().fault, Some(Fault::Interrupted));
    assert!(row(&app, &session).is_none());
}

#[test]
fn nothing_is_kept_when_the_database_fails_and_it_heals_by_itself() {
    let app = TestApp::init().with_user("ann").start();
    let client = app.logged_in("ann");
    app.database.execute("ALTER TABLE django_session RENAME TO django_session_away");
    let response = client.get("/dashboard/");
    assert_eq!((response.status, response.header("retry-after")), (503, Some("5")));
    assert!(client.cookie("sessionid").is_some(), "the cookie is kept for when it is back");
    let stranger = app.client();
    assert_eq!(stranger.log_in("ann", PASSWORD).status, 503);
    assert_eq!(stranger.cookie("sessionid"), None);
    app.database.execute("ALTER TABLE django_session_away RENAME TO django_session");
    assert!(client.is_logged_in());
}

#[test]
fn ten_thousand_keys_are_well_formed_and_all_different() {
    let keys: std::collections::BTreeSet<String> = (0..10_000).map(|_| vestibule::sessions::new_key()).collect();
    assert_eq!(keys.len(), 10_000);
    assert!(keys.iter().all(|key| key.len() == 32 && vestibule::sessions::is_key(key)));
}

#[test]
fn the_calendar_holds_the_longest_sessions() {
    let app = TestApp::init().with_user("ann").setting("SESSION_COOKIE_AGE", "36500d").start();
    let client = app.logged_in("ann");
    let until: PrimitiveDateTime = row(&app, &key(&client)).expect("a row").expire_date;
    assert!(until.year() > 2100);
}
