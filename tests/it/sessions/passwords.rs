//! What a changed password ends, and what a changed hash of the same password does not.

use base64::{Engine, engine::general_purpose::STANDARD};
use vestibule::{
    auth::{
        Attempt, AuthError, Credentials, Outcome, authenticate,
        backends::{AuthenticationBackend, Decision},
        models::user,
        session_hash,
    },
    client::Client as Caller,
    settings::Secret,
};

use super::{OLD_KEY, content_of, key, payload, planted, row};
use crate::support::{PASSWORD, TestApp};

/// [`PASSWORD`] by a scheme that is not the first.
fn pbkdf2() -> String {
    let mut hash = [0; 32];
    pbkdf2::pbkdf2_hmac::<sha2::Sha256>(PASSWORD.as_bytes(), b"0123456789abcdefghijkl", 10, &mut hash);
    format!("pbkdf2_sha256$10$0123456789abcdefghijkl${}", STANDARD.encode(hash))
}

fn set_password(app: &TestApp, encoded: &str) {
    app.database.execute(&format!("UPDATE auth_user SET password = '{encoded}' WHERE username = 'ann'"));
}

#[test]
fn a_password_changed_in_the_database_ends_every_session_of_that_person() {
    let app = TestApp::init().with_user("ann").with_user("ben").start();
    let (one, other, ben) = (app.logged_in("ann"), app.logged_in("ann"), app.logged_in("ben"));
    set_password(&app, &pbkdf2());
    for client in [one, other] {
        let session = key(&client);
        let response = client.get("/dashboard/");
        assert!(response.set_cookie("sessionid").expect("deleted").contains("Max-Age=0"));
        assert_eq!((response.status, row(&app, &session).is_none()), (302, true));
    }
    assert!(ben.is_logged_in());
}

#[test]
fn a_hash_upgrade_spares_sessions_that_nobody_has_used_here() {
    let app = TestApp::init().with_user("ann").with_user("ben").setting("SECRET_KEY_FALLBACKS", OLD_KEY).start();
    set_password(&app, &pbkdf2());
    let (djangos, _) = planted(&app, &content_of(&app, "ann", |json| json.replacen('{', r#"{"n":NaN,"#, 1)));
    let under_old_key = |json: String| {
        let (ann, current) = (app.user("ann"), app.auth.keys.current());
        json.replace(&session_hash::of(&ann, current), &session_hash::of(&ann, &Secret::new(OLD_KEY)))
    };
    let (older, _) = planted(&app, &content_of(&app, "ann", under_old_key));
    let (stale, _) = planted(&app, &content_of(&app, "ann", |json| json.replace(r#"_hash":""#, r#"_hash":"0"#)));
    let (_, bens) = planted(&app, &content_of(&app, "ben", |json| json));
    let bens_before = row(&app, &bens).expect("a row").session_data;
    let end = row(&app, &key(&djangos)).expect("a row").expire_date;

    app.logged_in("ann");
    assert!(app.user("ann").password.starts_with("argon2$"));
    assert!(djangos.is_logged_in() && older.is_logged_in());
    assert_eq!(payload(&app, &key(&djangos)).get("n"), Some("NaN"));
    assert_eq!(row(&app, &key(&djangos)).expect("a row").expire_date, end);
    assert!(!stale.is_logged_in(), "what was not tied to the old hash is not tied to the new one");
    assert_eq!(row(&app, &bens).expect("a row").session_data, bens_before);
}

/// Lets the first user in by their password, and sees it changed before anything more happens.
struct Changing;

const CHANGED: &str =
    "argon2$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

impl AuthenticationBackend for Changing {
    fn authenticate(&self, attempt: &mut Attempt<'_>) -> Result<Decision, AuthError> {
        let known = user::find(&mut *attempt.db()?, 1)?.expect("the first user");
        if !attempt.check_password(&known) {
            return Ok(Decision::Abstain);
        }
        user::replace_password(&mut *attempt.db()?, 1, &known.password, CHANGED)?;
        Ok(Decision::User(known))
    }
}

#[test]
fn a_log_in_does_not_undo_a_change_of_the_password_nor_survive_it() {
    let app = TestApp::init()
        .with_user("ann")
        .setting("AUTHENTICATION_BACKENDS", "test.Changing")
        .customize(|site| site.backend("Changing", || Changing))
        .start();
    set_password(&app, &pbkdf2());
    let outcome = authenticate(&app.auth, &Caller::default(), &Credentials::password("ann", PASSWORD));
    assert!(matches!(outcome, Ok(Outcome::User(_))));
    assert_eq!(app.user("ann").password, CHANGED);

    set_password(&app, &pbkdf2());
    let client = app.client();
    assert_eq!(client.log_in("ann", PASSWORD).status, 302);
    assert!(!client.is_logged_in());
}
