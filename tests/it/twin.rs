//! Real Django on the same database, both ways.

use serde_json::{Value, json};
use vestibule::{
    auth::models::NewUser,
    sessions::{codec, model},
};

use crate::support::{PASSWORD, SECRET_KEY, TestApp, TestDatabase};

const MODEL_BACKEND: &str = "django.contrib.auth.backends.ModelBackend";

fn key(client: &crate::support::Client) -> String {
    client.cookie("sessionid").expect("a session")
}

/// A database that Django made, with `ann` in it, adopted.
fn adopted() -> TestApp {
    let database = TestDatabase::new();
    let oracle = crate::support::Oracle::new(database.url(), SECRET_KEY);
    oracle.ask(&["migrate"]);
    oracle.ask(&["create-user", "ann", "ann@example.org", PASSWORD]);
    TestApp::on(database).setting("PASSWORD_HASHERS", "").start()
}

#[test]
fn django_reads_the_session_that_a_log_in_here_made() {
    let app = TestApp::init().with_user("ann").start();
    let client = app.logged_in("ann");
    let session = app.oracle().ask(&["read-session", &key(&client)]);
    assert_eq!(session["user"], "ann");
    assert_eq!(session["data"]["_auth_user_id"], app.user("ann").id.to_string());
    assert_eq!(session["data"]["_auth_user_backend"], MODEL_BACKEND);
}

#[test]
fn a_view_of_django_knows_who_logged_in_here() {
    let app = TestApp::init().with_user("ann").start();
    let client = app.logged_in("ann");
    let answer = app.oracle().ask(&["get", "/whoami/", &format!("sessionid={}", key(&client))]);
    let body: Value = serde_json::from_str(answer["body"].as_str().expect("a body")).expect("JSON");
    assert_eq!(body["user"], "ann");
}

#[test]
fn somebody_found_by_e_mail_is_recorded_under_the_configured_path() {
    let app = TestApp::init().with_user("ann").start();
    let client = app.logged_in("ann@example.org");
    let session = app.oracle().ask(&["read-session", &key(&client)]);
    assert_eq!(session["data"]["_auth_user_backend"], "vestibule.backends.EmailBackend");
}

#[test]
fn the_dashboard_knows_who_logged_in_to_django() {
    let app = TestApp::init().with_user("ann").start();
    let session = app.oracle().ask(&["make-session", "ann"]);
    let client = app.client();
    client.set_cookie("sessionid", session.as_str().expect("a key"));
    assert_eq!(client.get("/dashboard/").text("h1"), "Welcome, ann");
    assert_eq!(app.database.number("SELECT count(*) FROM vestibule_session"), 1, "it appears once seen");
}

#[test]
fn a_log_out_on_either_side_is_a_log_out_on_both() {
    let app = TestApp::init().with_user("ann").start();
    let here = app.logged_in("ann");
    app.oracle().ask(&["delete-session", &key(&here)]);
    assert!(!here.is_logged_in());

    let session = app.oracle().ask(&["make-session", "ann"]);
    let there = app.client();
    there.set_cookie("sessionid", session.as_str().expect("a key"));
    assert_eq!(there.log_out().status, 302);
    assert_eq!(app.oracle().ask(&["read-session", session.as_str().expect("a key")]), Value::Null);
}

#[test]
fn what_django_keeps_in_a_session_survives_a_log_in_here() {
    let app = TestApp::init().with_user("ann").start();
    let client = app.logged_in("ann");
    let foreign = json!({"cart": [1, 2.5, null], "näme": "\u{1F600}", "long": "x".repeat(5_000)});
    app.oracle().ask(&["set-session", &key(&client), &foreign.to_string()]);
    let before = key(&client);
    // Logging in again gives the session a new key.
    assert_eq!(client.log_in("ann", PASSWORD).status, 302);
    assert_ne!(key(&client), before);
    let session = app.oracle().ask(&["read-session", &key(&client)]);
    for (name, value) in foreign.as_object().expect("an object") {
        assert_eq!(&session["data"][name], value, "{name}");
    }
}

#[test]
fn hashes_of_every_scheme_of_django_open_the_door_and_ours_pass_django() {
    let app = TestApp::init()
        .setting("PASSWORD_HASHERS", "a.Argon2PasswordHasher,a.PBKDF2PasswordHasher,a.PBKDF2SHA1PasswordHasher,a.BCryptSHA256PasswordHasher,a.BCryptPasswordHasher,a.ScryptPasswordHasher,a.MD5PasswordHasher")
        .start();
    let oracle = app.oracle();
    for scheme in ["argon2", "pbkdf2_sha256", "pbkdf2_sha1", "bcrypt_sha256", "bcrypt", "scrypt", "md5"] {
        let encoded = oracle.ask(&["make-password", PASSWORD, scheme]);
        let new = NewUser {
            username: scheme.to_owned(),
            password: encoded.as_str().expect("a hash").to_owned(),
            ..NewUser::default()
        };
        let now = app.clock.now();
        vestibule::auth::models::user::create(&mut app.db(), &new, now).expect("a user");
        assert_eq!(app.client().log_in(scheme, PASSWORD).status, 302, "{scheme}");
        let upgraded = app.user(scheme).password;
        assert!(upgraded.starts_with("argon2$argon2id$v=19$m=19456,t=2,p=1$"), "{scheme}: {upgraded}");
        let checked = oracle.ask(&["check-password", &upgraded, PASSWORD]);
        assert_eq!(checked["ok"], true, "{scheme}");
        assert_eq!(oracle.ask(&["check-password", &upgraded, "wrong"])["ok"], false, "{scheme}");
    }
}

#[test]
fn on_an_adopted_database_neither_program_rehashes_for_the_other() {
    let app = adopted();
    let before = app.user("ann").password;
    assert!(before.starts_with("pbkdf2_sha256$"), "{before}");
    let client = app.logged_in("ann");
    assert_eq!(app.user("ann").password, before);
    let ours = app.auth.hashers.make_password("another");
    let checked = app.oracle().ask(&["check-password", &ours, "another"]);
    assert_eq!(checked, json!({"ok": true, "must_update": false}));
    assert_eq!(app.oracle().ask(&["read-session", &key(&client)])["user"], "ann");
}

#[test]
fn new_hashes_follow_those_that_were_written_last() {
    let database = TestDatabase::new();
    let oracle = crate::support::Oracle::new(database.url(), SECRET_KEY);
    oracle.ask(&["migrate"]);
    oracle.ask(&["create-user", "ann", "ann@example.org", PASSWORD]);
    oracle.ask(&["create-user", "joined.last.but.never.came", "x@example.org", PASSWORD]);
    database.execute("UPDATE auth_user SET last_login = '2126-01-01 00:00:00' WHERE username = 'ann'");
    database.execute("UPDATE auth_user SET password = 'pbkdf2_sha256$870000$salt$aGFzaA==' WHERE username <> 'ann'");
    let app = TestApp::on(database).setting("PASSWORD_HASHERS", "").start();
    let before = app.user("ann").password;
    app.logged_in("ann");
    assert_eq!(app.user("ann").password, before);
}

#[test]
fn a_password_changed_in_django_ends_the_session_here() {
    let app = TestApp::init().with_user("ann").start();
    let client = app.logged_in("ann");
    let session = key(&client);
    let encoded = app.oracle().ask(&["make-password", "another one", "pbkdf2_sha256"]);
    app.database.execute(&format!("UPDATE auth_user SET password = '{}'", encoded.as_str().expect("a hash")));
    assert!(!client.is_logged_in());
    assert_eq!(client.cookie("sessionid"), None);
    assert_eq!(app.oracle().ask(&["read-session", &session]), Value::Null);
}

#[test]
fn a_session_signed_with_an_older_key_is_signed_and_tied_anew_where_it_is() {
    let old = "an-older-key-that-still-counts-for-a-while-and-then-goes";
    let app = TestApp::init().with_user("ann").setting("SECRET_KEY_FALLBACKS", old).start();
    let made = app.oracle().with("VESTIBULE_TEST_SECRET_KEY", old).ask(&["make-session", "ann", r#"{"kept":1}"#]);
    let made = made.as_str().expect("a key");
    let client = app.client();
    client.set_cookie("sessionid", made);
    assert!(client.is_logged_in());
    assert_eq!(key(&client), made);
    // By a Django that has the new key alone.
    let session = app.oracle().ask(&["read-session", made]);
    assert_eq!((&session["user"], &session["data"]["kept"]), (&json!("ann"), &json!(1)));
    assert_eq!(app.database.number("SELECT count(*) FROM django_session"), 1);
}

#[test]
fn encoded_sessions_are_read_both_ways() {
    let app = TestApp::init().start();
    let oracle = app.oracle();
    let django = oracle.ask(&["session-encode", r#"{"a":"é","b":[1,{"c":null}]}"#]);
    let payload = codec::decode(django.as_str().expect("a text"), &app.auth.keys).expect("Django's signature");
    assert_eq!(payload.get("a"), Some(r#""\u00e9""#));
    let ours = codec::encode(&payload, app.clock.unix(), &app.auth.keys);
    assert_eq!(oracle.ask(&["session-decode", &ours]), json!({"a": "é", "b": [1, {"c": null}]}));
}

#[test]
fn numbers_that_only_python_writes_survive_here() {
    let app = TestApp::init().with_user("ann").start();
    let client = app.logged_in("ann");
    let (session, mut db) = (key(&client), app.db());
    let row = model::find(&mut db, &session).expect("a query").expect("a row");
    let payload = codec::decode(&row.session_data, &app.auth.keys).expect("a session");
    let json = payload.to_json().replacen('{', r#"{"nan":NaN,"big":1000000000000000000000000000000,"#, 1);
    let odd = vestibule::sessions::payload::Payload::parse(&json).expect("a session");
    let encoded = codec::encode(&odd, app.clock.unix(), &app.auth.keys);
    assert!(model::replace(&mut db, &session, &row.session_data, &encoded, row.expire_date).expect("a query"));
    assert_eq!(client.log_in("ann", PASSWORD).status, 302);
    let row = model::find(&mut db, &key(&client)).expect("a query").expect("a row");
    let after = codec::decode(&row.session_data, &app.auth.keys).expect("a session");
    assert_eq!((after.get("nan"), after.get("big")), (Some("NaN"), Some("1000000000000000000000000000000")));
}

#[test]
fn forms_of_both_share_the_cookie() {
    let app = TestApp::init().start();
    let client = app.client();
    let token = client.get("/login/").csrf_token();
    let secret = client.cookie("csrftoken").expect("a secret");
    assert_eq!(app.oracle().ask(&["csrf-match", &token, &secret]), json!(true));

    let theirs = app.oracle().ask(&["csrf-mask", &secret]);
    let fields = [("csrfmiddlewaretoken", theirs.as_str().expect("a token")), ("username", "x"), ("password", "y")];
    assert_eq!(client.post("/login/", &fields).status, 200);
}

#[test]
fn no_next_is_allowed_here_that_django_refuses() {
    let app = TestApp::init().start();
    let oracle = app.oracle();
    for url in [
        "/x",
        "x/",
        "?a=b",
        "//evil.com",
        "///evil.com",
        "/\\evil.com",
        "//h/x",
        "/\\h/x",
        "http://h/x",
        "https://h/x",
        "http://h@evil.com",
        "javascript:x",
        " /a",
        "/a:b",
        "x:y",
        "http:///evil.com",
    ] {
        for secure in [false, true] {
            let django = oracle.ask(&["safe-next", url, "h", if secure { "true" } else { "false" }]);
            let ours = vestibule::web::redirect::is_safe(url, "h", secure);
            assert!(!ours || django == json!(true), "{url} secure={secure}");
        }
    }
}
