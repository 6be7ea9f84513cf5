//! The database: equal to one that Django made, adopted from one, or refused by name.

use std::process::{Child, Command, Stdio};

use diesel::RunQueryDsl;
use serde_json::Value;
use vestibule::{
    auth::models::user,
    clock::Clock,
    db::{self, MigrateError, Migrated},
    settings::DatabaseUrl,
};

use crate::support::{Oracle, SECRET_KEY, TestApp, TestDatabase, migrations};

/// What a project does that changes its user model when it has users already; the old table stays.
const CUSTOM_USER_MODEL: &str = "CREATE TABLE accounts_user (id integer NOT NULL PRIMARY KEY);
    DROP TABLE django_admin_log;
    CREATE TABLE django_admin_log (id integer NOT NULL, user_id integer NOT NULL REFERENCES accounts_user (id))";
const APPS: [&str; 6] = ["contenttypes", "auth", "admin", "sessions", "token_blacklist", "axes"];

fn migrate(database: &TestDatabase, adopt: bool) -> Result<Migrated, MigrateError> {
    db::migrate(&DatabaseUrl::new(database.url()), &Clock::system(), adopt)
}

fn oracle(database: &TestDatabase) -> Oracle {
    Oracle::new(database.url(), SECRET_KEY)
}

/// A database that Django made.
fn by_django() -> TestDatabase {
    let database = TestDatabase::new();
    oracle(&database).ask(&["migrate"]);
    database
}

/// What Django says of a database: its schema, its migrations still to run, its permissions.
fn described(database: &TestDatabase) -> [Value; 3] {
    let oracle = oracle(database);
    ["schema", "plan", "permissions"].map(|question| oracle.ask(&[question]))
}

#[test]
fn a_database_made_here_is_the_one_that_django_makes() {
    let (ours, theirs) = (TestDatabase::new(), by_django());
    migrate(&ours, false).expect("migrated");
    assert_eq!(described(&ours), described(&theirs));
    assert_eq!(oracle(&ours).ask(&["plan"]), Value::Array(Vec::new()), "no migrations to apply");
    assert_eq!(oracle(&ours).ask(&["makemigrations-check"]), Value::Bool(true));
    let content_types = "SELECT count(*) FROM django_content_type";
    assert_eq!(ours.number(content_types), theirs.number(content_types));
    let first = "SELECT model FROM django_content_type WHERE id = 1";
    assert_eq!(ours.text(first), theirs.text(first));
}

#[test]
fn a_database_that_django_made_is_adopted_and_not_changed() {
    let database = by_django();
    oracle(&database).ask(&["create-user", "ann", "ann@example.org", "a password"]);
    let (before, users) = (described(&database), oracle(&database).ask(&["users"]));

    assert!(matches!(migrate(&database, false), Err(MigrateError::NotAdopted)));
    let migrated = migrate(&database, true).expect("adopted");
    assert_eq!(migrated.adopted, APPS);
    assert_eq!(migrated.applied.len(), migrations() - APPS.len(), "{:?}", migrated.applied);
    assert_eq!((described(&database), oracle(&database).ask(&["users"])), (before, users));
    assert_eq!(migrate(&database, true).expect("nothing to do"), Migrated::default());
    assert_eq!(migrate(&database, false).expect("ours now"), Migrated::default());
}

#[test]
fn looking_at_what_is_pending_leaves_nothing_behind() {
    let database = by_django();
    let before = database.snapshot();
    let pending = db::pending(&DatabaseUrl::new(database.url())).expect("a look");
    assert_eq!(pending.len(), migrations(), "{pending:?}");
    assert_eq!(database.snapshot(), before);
    migrate(&database, true).expect("adopted after the look");
}

/// How SQLite writes a file, asked without one of our connections, which would change it.
fn journal_mode(database: &TestDatabase) -> String {
    let header = std::fs::read(database.url().trim_start_matches("sqlite://")).expect("a file");
    // https://www.sqlite.org/fileformat.html: the write version at offset 18.
    if header[18] == 2 { "wal".to_owned() } else { "delete".to_owned() }
}

#[test]
fn only_an_adoption_changes_the_journal_mode_of_djangos_file() {
    let database = TestDatabase::in_folder();
    oracle(&database).ask(&["migrate"]);
    assert_eq!(journal_mode(&database), "delete");
    db::pending(&DatabaseUrl::new(database.url())).expect("a look");
    assert!(matches!(migrate(&database, false), Err(MigrateError::NotAdopted)));
    assert_eq!(journal_mode(&database), "delete");
    migrate(&database, true).expect("adopted");
    assert_eq!(journal_mode(&database), "wal");
}

#[test]
fn apps_that_the_project_does_not_have_are_added() {
    let database = by_django();
    for table in ["accessattemptexpiration", "accessattempt", "accesslog", "accessfailurelog"] {
        database.execute(&format!("DROP TABLE axes_{table}"));
    }
    // As after `manage.py migrate axes zero`: content types and permissions stay.
    database.execute("DELETE FROM django_migrations WHERE app = 'axes'");

    let migrated = migrate(&database, true).expect("adopted");
    assert_eq!(migrated.adopted, APPS[..5]);
    assert_eq!(described(&database), described(&by_django()));
}

#[test]
fn what_is_not_ours_to_use_is_refused_by_name_and_left_alone() {
    let cases: [(&str, &[&str], &str); 6] = [
        (
            "a newer Django app",
            &[
                "INSERT INTO django_migrations (app, name, applied) VALUES ('auth', '0099_future', '2030-01-01 00:00:00')",
            ],
            "0099_future",
        ),
        (
            "an app that stopped in the middle",
            &["DELETE FROM django_migrations WHERE app = 'axes' AND name = '0010_accessattemptexpiration'"],
            "run `manage.py migrate axes` first",
        ),
        ("a custom user model", &["ALTER TABLE auth_user RENAME TO accounts_user"], "accounts_user"),
        ("a custom user model beside the old table", &[CUSTOM_USER_MODEL], "accounts_user"),
        ("another session engine", &["DROP TABLE django_session"], "SESSION_ENGINE"),
        (
            "no tables of Django's but their list",
            &["DROP TABLE django_session", "DELETE FROM django_migrations WHERE app = 'sessions'"],
            "SESSION_ENGINE",
        ),
    ];
    for (name, changes, said) in cases {
        let database = by_django();
        for change in changes {
            database.execute(change);
        }
        let before = database.snapshot();
        let error = migrate(&database, true).expect_err(name).to_string();
        assert!(error.contains(said), "{name}: {error}");
        assert_eq!(database.snapshot(), before, "{name}");
    }
}

#[test]
fn a_database_of_a_newer_version_is_refused_by_name() {
    let database = TestDatabase::new();
    migrate(&database, false).expect("migrated");
    database.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('00000000009999')");
    let error = migrate(&database, false).expect_err("newer").to_string();
    assert!(error.contains("newer than this program") && error.contains("00000000009999"), "{error}");
}

fn migrating(database: &TestDatabase) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vestibule"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("VESTIBULE_")) {
        command.env_remove(name);
    }
    command.arg("migrate").env("VESTIBULE_DATABASE_URL", database.url()).current_dir(std::env::temp_dir());
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program")
}

#[test]
fn processes_that_migrate_at_once_apply_each_step_once() {
    let database = TestDatabase::new();
    let mut processes: Vec<Child> = (0..6).map(|_| migrating(&database)).collect();
    assert!(processes.iter_mut().all(|process| process.wait().expect("an end").success()));
    assert_eq!(
        database.number("SELECT count(*) FROM __diesel_schema_migrations"),
        i64::try_from(migrations()).expect("few")
    );
    assert_eq!(database.number("SELECT count(*) FROM django_migrations"), 40);
    assert_eq!(database.number("SELECT count(*) FROM auth_permission"), 48);
    assert_eq!(database.number("SELECT count(*) FROM vestibule_installation"), 1);
}

#[test]
fn after_a_process_was_killed_midway_the_next_one_completes() {
    let expected = described(&by_django());
    for milliseconds in [1, 4, 8, 12, 16, 24, 32, 48] {
        let database = TestDatabase::new();
        let mut process = migrating(&database);
        // Where exactly it is hit does not matter, so no time is too short or too long.
        std::thread::sleep(std::time::Duration::from_millis(milliseconds));
        process.kill().expect("killed");
        process.wait().expect("an end");
        migrate(&database, false).unwrap_or_else(|error| panic!("after {milliseconds} ms: {error}"));
        assert_eq!(database.number("SELECT count(*) FROM django_migrations"), 40, "after {milliseconds} ms");
        if milliseconds == 16 {
            assert_eq!(described(&database), expected);
        }
    }
}

#[test]
fn django_can_still_delete_what_our_tables_refer_to() {
    let app = TestApp::init().with_user("ann").with_user("ben").start();
    let client = app.logged_in("ann");
    app.logged_in("ben");
    let key = client.cookie("sessionid").expect("a session");
    app.oracle().ask(&["delete-session", &key]);
    assert_eq!(app.database.number("SELECT count(*) FROM vestibule_session"), 1);
    app.database.execute("DELETE FROM auth_user WHERE username = 'ben'");
    assert_eq!(app.database.number("SELECT count(*) FROM vestibule_session"), 0);
    assert_eq!(
        app.database.number("SELECT count(*) FROM vestibule_event WHERE user_id IS NULL AND username = 'ben'"),
        1
    );
}

#[test]
fn a_new_database_file_is_read_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let database = TestDatabase::in_folder();
    migrate(&database, false).expect("migrated");
    let path = database.url().trim_start_matches("sqlite://");
    assert_eq!(std::fs::metadata(path).expect("a file").permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_transaction_that_fails_or_panics_leaves_nothing_and_spoils_no_connection() {
    let app = TestApp::init().with_user("ann").start();
    let ann = app.user("ann");
    let failed: Result<(), vestibule::db::DbError> = app.auth.db().expect("a connection").write(|db| {
        user::replace_password(db, ann.id, &ann.password, "changed")?;
        Err(vestibule::db::DbError::from(diesel::result::Error::NotFound))
    });
    assert!(failed.is_err());
    assert_eq!(app.user("ann").password, ann.password);

    let auth = std::sync::Arc::clone(&app.auth);
    let (id, before) = (ann.id, ann.password.clone());
    let panicked = std::thread::spawn(move || {
        let mut db = auth.db().expect("a connection");
        let _: Result<(), vestibule::db::DbError> = db.write(|db| {
            user::replace_password(db, id, &before, "changed")?;
            panic!("on purpose")
        });
    });
    assert!(panicked.join().is_err());
    assert_eq!(app.user("ann").password, ann.password);
    // Whichever connection comes next, it is fit for use.
    for round in 0..8 {
        let mut db = app.auth.db().expect("a connection");
        let written: Result<bool, vestibule::db::DbError> = db
            .write(|db| Ok(user::replace_password(db, ann.id, &app.user("ann").password, &format!("round {round}"))?));
        assert!(written.expect("written"), "round {round}");
    }
}

#[test]
fn what_need_not_wait_for_the_disk_leaves_a_connection_that_does() {
    #[derive(diesel::QueryableByName)]
    struct Level {
        #[diesel(sql_type = diesel::sql_types::Integer)]
        synchronous: i32,
    }
    let app = TestApp::on(TestDatabase::in_folder()).setting("DATABASE_POOL_SIZE", "1").start();
    let connection = || app.auth.database.get().expect("a connection");
    let level = || diesel::sql_query("PRAGMA synchronous").get_result::<Level>(&mut *connection()).expect("a level");
    let failed = connection().write_unsynced(|_| Err::<(), _>(diesel::result::Error::NotFound));
    assert!(failed.is_err());
    assert_eq!(level().synchronous, 2);
    let written = connection().write_unsynced(|_| Ok::<_, diesel::result::Error>(()));
    assert!(written.is_ok());
    assert_eq!(level().synchronous, 2);
}
