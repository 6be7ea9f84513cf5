//! An account goes, with what Django would delete.

use vestibule::{
    auth::{AuthError, own_sessions},
    deletion::{self, DeletionError},
    events::{self, Event, Kind},
    users::User,
};

use crate::support::{TestApp, is_postgres};

fn delete(app: &TestApp, user: &User) -> Result<bool, DeletionError> {
    let mut db = app.auth.db().expect("a connection");
    let sessions = own_sessions::keys(&mut db, &app.auth, user)?;
    db.write(|db| -> Result<_, DeletionError> {
        let there = deletion::delete(db, &app.auth, user, &sessions)?;
        let event = Event::new(Kind::AccountDeleted, &vestibule::client::Client::default()).typed(&user.username);
        events::record(db, &event, app.clock.now())?;
        Ok(there)
    })
}

/// Gives `ann` a row in each table of Django's that can hold one.
fn equip(app: &TestApp) {
    let ann = app.user("ann").id;
    let end = if is_postgres() { "now() + interval '1 day'" } else { "datetime('now', '+10 years')" };
    for sql in [
        "INSERT INTO auth_group (name) VALUES ('editors')".to_owned(),
        format!("INSERT INTO auth_user_groups (user_id, group_id) SELECT {ann}, id FROM auth_group"),
        format!(
            "INSERT INTO auth_user_user_permissions (user_id, permission_id) SELECT {ann}, min(id) FROM auth_permission"
        ),
        format!(
            "INSERT INTO django_admin_log (object_repr, action_flag, change_message, user_id, action_time) \
             VALUES ('x', 1, '', {ann}, CURRENT_TIMESTAMP)"
        ),
        format!(
            "INSERT INTO token_blacklist_outstandingtoken (token, expires_at, user_id, jti) \
             VALUES ('text', {end}, {ann}, 'djangos')"
        ),
        "INSERT INTO axes_accesslog (user_agent, username, http_accept, path_info, attempt_time, session_hash) \
         VALUES ('', 'ann', '', '/', CURRENT_TIMESTAMP, '')"
            .to_owned(),
    ] {
        app.database.execute(&sql);
    }
}

#[test]
fn with_an_account_go_its_rows_and_sessions_and_nobody_elses() {
    let app = TestApp::init().with_user("ann").with_user("ben").start();
    equip(&app);
    let (anns, bens) = (app.logged_in("ann"), app.logged_in("ben"));
    app.oracle().ask(&["make-session", "ann"]);
    let ann = app.user("ann");
    let count = |sql: &str| app.database.number(&format!("SELECT count(*) FROM {sql}"));
    let logged_before = count("axes_accesslog WHERE username = 'ann'");
    assert!(delete(&app, &ann).expect("deleted"));

    assert_eq!(count("auth_user WHERE username = 'ann'"), 0);
    assert_eq!(count("auth_user_groups") + count("auth_user_user_permissions") + count("django_admin_log"), 0);
    assert_eq!((count("django_session"), count("vestibule_session"), count("vestibule_device")), (1, 1, 1));
    assert_eq!(count("token_blacklist_outstandingtoken WHERE user_id IS NULL"), 1);
    assert_eq!(count("token_blacklist_blacklistedtoken"), 1);
    let logged = count("axes_accesslog WHERE username = 'ann'");
    assert_eq!(logged, logged_before, "axes' record of log-ins stays");
    assert_eq!(count("vestibule_event WHERE username = 'ann' AND user_id IS NULL"), 2);
    assert!(bens.is_logged_in() && !anns.is_logged_in());
    assert_eq!(app.oracle().ask(&["users"]).as_array().map(Vec::len), Some(1), "Django sees one too");
    assert!(!delete(&app, &ann).expect("nothing to delete"));
}

#[test]
fn an_account_to_which_something_of_another_application_belongs_stays_as_it_was() {
    let app = TestApp::init().with_user("ann").start();
    equip(&app);
    let deferred = "REFERENCES auth_user (id) DEFERRABLE INITIALLY DEFERRED";
    for (table, reference) in [("shop_order", deferred), ("shop_note", "REFERENCES auth_user (id)")] {
        app.database.execute(&format!("CREATE TABLE {table} (id integer PRIMARY KEY, user_id integer {reference})"));
        app.database.execute(&format!("INSERT INTO {table} SELECT 1, id FROM auth_user"));
        let client = app.logged_in("ann");
        let before = app.database.snapshot();
        let refusal = delete(&app, &app.user("ann"));
        assert!(matches!(refusal, Err(DeletionError::InUse)), "{table}: {refusal:?}");
        assert_eq!(app.database.snapshot(), before, "{table}");
        assert!(client.is_logged_in());
        app.database.execute(&format!("DELETE FROM {table}"));
    }
    assert!(delete(&app, &app.user("ann")).expect("deleted"));
}

#[test]
fn another_fault_is_not_taken_for_that() {
    let app = TestApp::init().with_user("ann").start();
    let ann = app.user("ann");
    app.database.execute("ALTER TABLE django_admin_log RENAME TO away");
    let fault = delete(&app, &ann);
    assert!(matches!(fault, Err(DeletionError::Auth(AuthError::Db(_)))), "{fault:?}");
    let mut db = app.db();
    assert_eq!(own_sessions::end_all_but(&mut db, &app.auth, &ann, &[], None).expect("the connection is good"), 0);
    assert_eq!(app.user("ann"), ann);
}
