use super::{folder, run};
use crate::support::TestApp;

#[test]
fn expired_sessions_are_deleted_silently_and_live_ones_kept() {
    let app = TestApp::init().with_user("ann").start();
    let (live, expired) = (app.logged_in("ann"), app.logged_in("ann"));
    let key = expired.cookie("sessionid").expect("a session");
    app.database.execute(&format!("UPDATE django_session SET expire_date = '2001-01-01' WHERE session_key = '{key}'"));
    let variables =
        [("VESTIBULE_DATABASE_URL", app.database.url()), ("VESTIBULE_SECRET_KEY", crate::support::SECRET_KEY)];
    assert_eq!(run(&folder(), &["clearsessions"], &variables), (0, String::new(), String::new()));
    assert_eq!(app.database.number("SELECT count(*) FROM django_session"), 1);
    assert_eq!(app.database.number("SELECT count(*) FROM vestibule_session"), 1);
    assert!(live.is_logged_in());

    assert_eq!(run(&folder(), &["clearsessions", "--all"], &variables), (0, String::new(), String::new()));
    assert!(!live.is_logged_in());
}

#[test]
fn without_a_database_none_is_made() {
    let empty = folder();
    let (code, _, stderr) = run(&empty, &["clearsessions"], &[]);
    assert_eq!(code, 1);
    assert!(stderr.contains("there is no database"), "{stderr}");
    assert_eq!(std::fs::read_dir(empty.path()).expect("a folder").count(), 0);
}
