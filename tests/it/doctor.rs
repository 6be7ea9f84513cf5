//! `vestibule doctor` on a database that real Django made: all agrees, and then one fact alone is wrong.

use std::{collections::BTreeSet, fs, process::Output};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Oracle, PASSWORD, SECRET_KEY, TestDatabase, is_postgres, program};

const ANOTHER_KEY: &str = "another-secret-key-for-tests-that-is-longer-than-fifty-characters";
/// The admin log of a project with a user model of its own.
const CUSTOM_USER_MODEL: &str = "CREATE TABLE accounts_user (id integer NOT NULL PRIMARY KEY);
    DROP TABLE django_admin_log;
    CREATE TABLE django_admin_log (id integer NOT NULL PRIMARY KEY, object_id text, object_repr varchar(200) NOT NULL,
        action_flag smallint NOT NULL, change_message text NOT NULL, content_type_id integer,
        user_id integer NOT NULL REFERENCES accounts_user (id), action_time timestamp NOT NULL)";
const UNKNOWN_BACKEND: &str = "shop.backends.CardBackend";

/// A Django project with somebody logged in, and settings that agree with it.
struct Clinic {
    database: TestDatabase,
    folder: TempDir,
    oracle: Oracle,
    /// What `manage.py diffsettings --all` says; `None` where nobody asked.
    project: Option<String>,
    variables: Vec<(String, String)>,
    /// A hash that it has just made.
    hash: Option<String>,
}

impl Clinic {
    fn open() -> Self {
        let database = TestDatabase::new();
        let oracle = Oracle::new(database.url(), SECRET_KEY)
            .with("VESTIBULE_TEST_TIME_ZONE", "Europe/Berlin")
            .with(
                "VESTIBULE_TEST_BACKENDS",
                "axes.backends.AxesStandaloneBackend,django.contrib.auth.backends.ModelBackend",
            )
            .with("VESTIBULE_TEST_AXES", r#"{"AXES_FAILURE_LIMIT": 7, "AXES_COOLOFF_TIME": 2}"#);
        oracle.ask(&["migrate"]);
        oracle.ask(&["create-user", "ann", "ann@example.org", PASSWORD]);
        oracle.ask(&["make-session", "ann"]);
        let project = oracle.ask(&["diffsettings"]);
        let project = Some(project.as_str().expect("a text").to_owned());
        let folder = tempfile::tempdir().expect("a folder");
        let mut clinic = Self { database, folder, oracle, project, variables: Vec::new(), hash: None };
        let url = clinic.database.url().to_owned();
        clinic.set("DATABASE_URL", &url);
        clinic.set("SECRET_KEY", SECRET_KEY);
        clinic.paste();
        clinic
    }

    /// Takes the settings that it prints.
    fn paste(&self) {
        let output = self.run(&["--toml"]);
        assert!(output.status.success(), "{output:?}");
        fs::write(self.folder.path().join("vestibule.toml"), output.stdout).expect("a file");
    }

    fn set(&mut self, name: &str, value: &str) {
        self.variables.retain(|(known, _)| known.trim_start_matches("VESTIBULE_") != name);
        self.variables.push((format!("VESTIBULE_{name}"), value.to_owned()));
    }

    /// Has Django say something else.
    fn says(&mut self, from: &str, to: &str) {
        let project = self.project.as_mut().expect("a project");
        assert!(project.contains(from), "{from}");
        *project = project.replace(from, to);
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = program(self.folder.path(), &["doctor"]);
        command.args(arguments).envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.args(self.hash.iter().flat_map(|hash| ["--hash", hash]));
        if let Some(project) = &self.project {
            fs::write(self.folder.path().join("diffsettings"), project).expect("a file");
            command.args(["--diffsettings", "diffsettings"]);
        }
        command.output().expect("the program")
    }

    fn report(&self) -> (i32, Value) {
        let output = self.run(&["--json"]);
        let text = String::from_utf8_lossy(&output.stdout);
        let json = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{error}: {text}{}", String::from_utf8_lossy(&output.stderr)));
        (output.status.code().expect("a code"), json)
    }

    /// What does not agree: its number, and all that is said of it.
    fn findings(&self) -> Vec<(String, String)> {
        let (code, report) = self.report();
        let findings = report["findings"].as_array().expect("findings");
        let wrong: Vec<_> = findings
            .iter()
            .filter(|finding| finding["verdict"] != "agrees" && finding["silenced"] == false)
            .map(|finding| (finding["id"].as_str().expect("an id").to_owned(), finding.to_string()))
            .collect();
        assert_eq!(code, i32::from(!wrong.is_empty()), "{wrong:?}");
        wrong
    }

    /// That this fact alone is wrong, and that these words are said.
    fn diagnoses(&self, id: &str, words: &[&str]) {
        let findings = self.findings();
        let ids: Vec<&str> = findings.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(ids, [format!("vestibule.{id}")], "{findings:?}");
        for word in words {
            assert!(findings[0].1.contains(word), "{word}: {}", findings[0].1);
        }
    }
}

#[test]
fn a_django_as_it_comes_agrees_with_the_settings_that_are_printed() {
    let clinic = Clinic::open();
    let file =
        || (!is_postgres()).then(|| fs::read(clinic.database.url().trim_start_matches("sqlite://")).expect("a file"));
    let before = file();
    assert_eq!(clinic.findings(), []);
    assert!(file() == before, "nothing is written, not even the journal mode");
    let before = clinic.database.snapshot();
    assert_eq!(clinic.findings(), []);
    assert_eq!(clinic.database.snapshot(), before);
    let settings = fs::read_to_string(clinic.folder.path().join("vestibule.toml")).expect("settings");
    for line in ["TIME_ZONE = \"Europe/Berlin\"", "AXES_FAILURE_LIMIT = 7", "AXES_COOLOFF_TIME = 2"] {
        assert!(settings.lines().any(|found| found == line), "{line}: {settings}");
    }

    let told = clinic.run(&[]);
    let told = String::from_utf8_lossy(&told.stdout);
    assert!(told.contains("agrees     SECRET_KEY") && told.contains("The settings to use:"), "{told}");
    assert!(!told.contains(SECRET_KEY), "{told}");
}

#[test]
fn without_word_of_django_what_is_in_no_database_is_unknown() {
    let mut clinic = Clinic::open();
    clinic.project = None;
    let ids: BTreeSet<String> = clinic.findings().into_iter().map(|(id, _)| id).collect();
    let mut expected = vec!["vestibule.D004", "vestibule.D011", "vestibule.D013"];
    expected.extend((!is_postgres()).then_some("vestibule.D014"));
    assert_eq!(ids, expected.into_iter().map(str::to_owned).collect());
}

#[test]
fn what_is_no_word_of_django_is_refused() {
    let mut clinic = Clinic::open();
    clinic.project = Some("Traceback (most recent call last):".to_owned());
    let output = clinic.run(&[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("diffsettings is not what"), "{output:?}");
}

#[test]
fn another_database() {
    let mut clinic = Clinic::open();
    let name = clinic.database.url().rsplit('/').next().expect("a name").to_owned();
    fs::write(clinic.folder.path().join("other"), "").expect("a file");
    let other = clinic.folder.path().join("other").display().to_string();
    let theirs = if is_postgres() { name } else { clinic.database.url().trim_start_matches("sqlite://").to_owned() };
    clinic.says(&format!("{theirs}'"), &format!("{other}'"));
    clinic.diagnoses("D001", &["Django has", "DATABASE_URL"]);
}

#[test]
fn an_older_or_newer_django() {
    let clinic = Clinic::open();
    let applied = "(app, name, applied) VALUES ('auth', '0013_more', '2030-01-01 00:00:00')";
    clinic.database.execute(&format!("INSERT INTO django_migrations {applied}"));
    clinic.diagnoses("D002", &["newer than 6.1", "0013_more"]);
    clinic.database.execute("DELETE FROM django_migrations WHERE app = 'auth' AND name > '0012'");
    clinic.diagnoses("D002", &["older than 3.1", "0012_alter_user_first_name_max_length"]);
}

#[test]
fn a_custom_user_model() {
    let mut clinic = Clinic::open();
    clinic.says("AUTH_USER_MODEL = 'auth.User'", "AUTH_USER_MODEL = 'shop.Customer'");
    clinic.diagnoses("D003", &["shop.Customer"]);
    clinic.says("AUTH_USER_MODEL = 'shop.Customer'", "AUTH_USER_MODEL = 'auth.User'");
    clinic.database.execute(CUSTOM_USER_MODEL);
    clinic.diagnoses("D003", &["accounts_user"]);
}

#[test]
fn another_session_engine() {
    let mut clinic = Clinic::open();
    let engine = |name| format!("SESSION_ENGINE = 'django.contrib.sessions.backends.{name}'");
    clinic.says(&engine("db"), &engine("cache"));
    clinic.diagnoses("D004", &["backends.cache"]);
    clinic.says(&engine("cache"), &engine("db"));
    clinic.database.execute("DROP TABLE django_session");
    clinic.database.execute("DELETE FROM django_migrations WHERE app = 'sessions'");
    clinic.diagnoses("D004", &["no table django_session"]);
}

#[test]
fn columns_that_are_missing_or_one_more() {
    let clinic = Clinic::open();
    clinic.database.execute("ALTER TABLE auth_user ADD COLUMN phone varchar(20)");
    clinic.diagnoses("D005", &["auth_user.phone is one more"]);
    clinic.database.execute("ALTER TABLE auth_group ADD COLUMN place integer NOT NULL");
    clinic.diagnoses("D005", &["auth_group.place is one more, and without"]);
    clinic.database.execute("ALTER TABLE auth_user RENAME COLUMN first_name TO given_name");
    clinic.diagnoses("D005", &["auth_user.first_name is missing", "auth_user.given_name is one more, and without"]);
}

#[test]
fn tables_of_axes_and_of_tokens() {
    let clinic = Clinic::open();
    for (id, app, last, table, column) in [
        ("D006", "axes", "0010_accessattemptexpiration", "axes_accesslog", "session_hash"),
        (
            "D007",
            "token_blacklist",
            "0013_alter_blacklistedtoken_options_and_more",
            "token_blacklist_outstandingtoken",
            "jti",
        ),
    ] {
        let noted = format!("FROM django_migrations WHERE app = '{app}'");
        clinic.database.execute(&format!("ALTER TABLE {table} RENAME COLUMN {column} TO away"));
        clinic.diagnoses(id, &[&format!("{table}.{column} is missing")]);
        clinic.database.execute(&format!("ALTER TABLE {table} RENAME COLUMN away TO {column}"));
        clinic.database.execute(&format!("DELETE {noted} AND name = '{last}'"));
        clinic.diagnoses(id, &[last]);
        clinic.database.execute(&format!("DELETE {noted}"));
        clinic.diagnoses(id, &[&format!("no migration of {app} is noted")]);
        clinic.database.execute(&format!(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('{app}', 'x', '2030-01-01 00:00:00')"
        ));
        clinic.diagnoses(id, &["newer than known here"]);
        clinic.database.execute(&format!("DELETE {noted}"));
        // As if the app had never been there.
        let tables = match app {
            "axes" => {
                vec!["axes_accessattemptexpiration", "axes_accessattempt", "axes_accesslog", "axes_accessfailurelog"]
            }
            _ => vec!["token_blacklist_blacklistedtoken", "token_blacklist_outstandingtoken"],
        };
        for table in tables {
            clinic.database.execute(&format!("DROP TABLE {table}"));
        }
        assert_eq!(clinic.findings(), []);
    }
}

#[test]
fn another_secret_key() {
    let mut clinic = Clinic::open();
    clinic.set("SECRET_KEY", ANOTHER_KEY);
    clinic.diagnoses("D008", &["another than Django's", "1 with none of these keys"]);
    clinic.set("SECRET_KEY_FALLBACKS", SECRET_KEY);
    clinic.diagnoses("D008", &["another than Django's", "1 with SECRET_KEY_FALLBACKS[0]"]);
    clinic.set("SECRET_KEY", SECRET_KEY);
    clinic.diagnoses("D008", &["SECRET_KEY_FALLBACKS are others than Django's: 0 there, 1 here"]);
}

#[test]
fn sessions_alone_tell_of_another_secret_key() {
    let mut clinic = Clinic::open();
    clinic.project = None;
    for id in ["D004", "D011", "D013", "D014"] {
        let known = clinic.variables.iter().find(|(name, _)| name.ends_with("SILENCED_SYSTEM_CHECKS"));
        let known = known.map(|(_, value)| format!("{value},")).unwrap_or_default();
        clinic.set("SILENCED_SYSTEM_CHECKS", &format!("{known}vestibule.{id}"));
    }
    assert_eq!(clinic.findings(), []);
    clinic.set("SECRET_KEY", ANOTHER_KEY);
    clinic.diagnoses("D008", &["No live session is signed with it"]);
    clinic.set("SECRET_KEY", SECRET_KEY);
    // Another program signs with another key meanwhile.
    let stray = Oracle::new(clinic.database.url(), ANOTHER_KEY);
    stray.ask(&["make-session", "ann"]);
    clinic.diagnoses("D008", &["since then, with another key too", "1 with none of these keys"]);
    clinic.database.execute("DELETE FROM django_session");
    clinic.diagnoses("D008", &["no live session to try it on", "Log in to Django once"]);
    // Before a change of the key the older one signed, and whether Django still takes it only Django knows.
    stray.ask(&["make-session", "ann"]);
    clinic.diagnoses("D008", &["No live session is signed with it"]);
    clinic.database.execute("UPDATE django_session SET session_data = 'x:1:y'");
    clinic.oracle.ask(&["make-session", "ann"]);
    clinic.diagnoses("D008", &["Older ones are of a key that is not known here"]);
}

#[test]
fn sessions_that_name_an_unknown_backend() {
    let mut clinic = Clinic::open();
    clinic.oracle.ask(&["make-session", "ann", "{}", UNKNOWN_BACKEND]);
    clinic.diagnoses("D009", &["1 sessions name shop.backends.CardBackend"]);
    clinic.database.execute("DELETE FROM django_session");
    clinic.oracle.ask(&["make-session", "ann"]);
    let ours = "axes.backends.AxesStandaloneBackend,vestibule.backends.EmailBackend,\
                django.contrib.auth.backends.ModelBackend";
    clinic.set("AUTHENTICATION_BACKENDS", ours);
    clinic.diagnoses("D009", &["vestibule.backends.EmailBackend is not among Django's"]);
    let model = "'django.contrib.auth.backends.ModelBackend'";
    clinic.says(&format!("{model}]"), &format!("{model}, 'vestibule.backends.EmailBackend', '{UNKNOWN_BACKEND}']"));
    clinic.diagnoses("D009", &["shop.backends.CardBackend is Django's alone"]);
    assert!(
        !clinic.report().1["settings"].as_str().expect("a text").contains("CardBackend"),
        "what is unknown is left out"
    );
}

#[test]
fn hashes_that_would_be_made_anew_at_each_log_in() {
    let mut clinic = Clinic::open();
    clinic.set("PASSWORD_HASHERS", "django.contrib.auth.hashers.PBKDF2PasswordHasher");
    // Its number of iterations is that of another version of Django, unless it is named.
    let named = r#"[{ NAME = "django.contrib.auth.hashers.PBKDF2PasswordHasher", OPTIONS = { iterations = 870000 } }]"#;
    clinic.set("PASSWORD_HASHERS", named);
    clinic.diagnoses("D010", &["pbkdf2_sha256, 870000", "pbkdf2_sha256, 1000000", "1 people: pbkdf2_sha256, 1000000"]);
    clinic.set("PASSWORD_HASHERS", "");
    let argon2 = clinic.oracle.ask(&["make-password", PASSWORD, "argon2"]);
    let argon2 = argon2.as_str().expect("a hash");
    clinic.database.execute(&format!("UPDATE auth_user SET password = '{argon2}'"));
    clinic.diagnoses("D010", &["Django prefers pbkdf2_sha256", "1 people: argon2"]);
    clinic.database.execute("UPDATE auth_user SET password = 'rot13$salt$hash'");
    clinic.diagnoses("D010", &["1 passwords are stored in a way that is not known"]);
    for none in ["!x", ""] {
        clinic.database.execute(&format!("UPDATE auth_user SET password = '{none}'"));
        clinic.diagnoses("D010", &["Nobody has a password yet"]);
    }
}

#[test]
fn a_hash_that_django_makes_just_now_decides() {
    let mut clinic = Clinic::open();
    let made = |algorithm| clinic.oracle.ask(&["make-password", "x", algorithm]).as_str().expect("a hash").to_owned();
    let (now, other) = (made("pbkdf2_sha256"), made("argon2"));
    // Hashes of an older Django are still there.
    clinic.oracle.ask(&["create-user", "bob", "bob@example.org", PASSWORD]);
    let older = now.replace("$1000000$", "$600000$");
    clinic.database.execute(&format!("UPDATE auth_user SET password = '{older}' WHERE username = 'ann'"));
    clinic.diagnoses("D010", &["There are others, and no row tells which Django makes", "--hash"]);
    clinic.hash = Some(now.clone());
    assert_eq!(clinic.findings(), []);
    clinic.database.execute("UPDATE auth_user SET last_login = '2126-01-01 00:00:00' WHERE username = 'ann'");
    clinic.diagnoses("D010", &["are made here as pbkdf2_sha256, 600000, and by Django as pbkdf2_sha256, 1000000"]);
    clinic.paste();
    assert_eq!(clinic.findings(), []);
    // Asked without it, it does not lead back.
    clinic.hash = None;
    clinic.diagnoses("D010", &["\"verdict\":\"unknown\"", "--hash"]);
    // Django was told to prefer another scheme, and no row has it yet.
    clinic.hash = Some(other);
    let pbkdf2 = "'django.contrib.auth.hashers.PBKDF2PasswordHasher'";
    clinic.says(&format!("[{pbkdf2}"), &format!("['django.contrib.auth.hashers.Argon2PasswordHasher', {pbkdf2}"));
    clinic.diagnoses("D010", &["by Django as argon2"]);
    clinic.paste();
    assert_eq!(clinic.findings(), []);
}

#[test]
fn another_time_zone() {
    let mut clinic = Clinic::open();
    clinic.set("TIME_ZONE", "UTC");
    clinic.diagnoses("D011", &["Europe/Berlin", "Set TIME_ZONE"]);
}

#[test]
fn rows_of_other_apps_that_belong_to_people() {
    let mut clinic = Clinic::open();
    let reference = "REFERENCES auth_user (id) DEFERRABLE INITIALLY DEFERRED";
    clinic
        .database
        .execute(&format!("CREATE TABLE shop_order (id integer PRIMARY KEY, \"buyer id\" integer {reference})"));
    clinic.database.execute("CREATE TABLE shop_note (user_id integer REFERENCES auth_user (id) ON DELETE CASCADE)");
    clinic.diagnoses("D012", &["shop_order.buyer id", "shop_note.user_id (the database sees to it: CASCADE)"]);
    clinic.set("SILENCED_SYSTEM_CHECKS", "vestibule.D012.shop_order.buyer id");
    assert_eq!(clinic.findings(), []);
    clinic.database.execute(&format!("CREATE TABLE shop_gift (user_id integer {reference})"));
    clinic.diagnoses("D012", &["shop_gift.user_id", "shop_order.buyer id (silenced)"]);
    clinic.set("SILENCED_SYSTEM_CHECKS", "vestibule.D012");
    assert_eq!(clinic.findings(), []);
    assert!(String::from_utf8_lossy(&clinic.run(&[]).stdout).contains("silenced   foreign keys to auth_user"));
}

#[test]
fn settings_that_differ() {
    let mut clinic = Clinic::open();
    for (from, to, said) in [
        (
            "SESSION_COOKIE_NAME = 'sessionid'",
            "SESSION_COOKIE_NAME = 'sid'",
            "SESSION_COOKIE_NAME is \\\\\\\"sid\\\\\\\"",
        ),
        ("SESSION_COOKIE_SAMESITE = 'Lax'", "SESSION_COOKIE_SAMESITE = 'Odd'", "which can't be had here"),
        (
            "AXES_FAILURE_LIMIT = 7",
            "AXES_FAILURE_LIMIT = <function f at 0x7f>",
            "AXES_FAILURE_LIMIT: what Django has there",
        ),
        ("AXES_COOLOFF_TIME = 2", "AXES_COOLOFF_TIME = 'shop.cooloff'", "AXES_COOLOFF_TIME: what Django has there"),
        ("AXES_HANDLER = 'axes.handlers.database", "AXES_HANDLER = 'axes.handlers.cache", "AXES_HANDLER must be"),
        ("AXES_IP_BLACKLIST = None", "AXES_IP_BLACKLIST = ['192.0.2.1']", "192.0.2.1"),
        ("'TIME_ZONE': None", "'TIME_ZONE': 'America/New_York'", "TIME_ZONE must not stand in DATABASES"),
        ("CSRF_COOKIE_DOMAIN = None", "CSRF_COOKIE_DOMAIN = '.example.org'", "CSRF_COOKIE_DOMAIN"),
        ("CSRF_HEADER_NAME = 'HTTP_X_CSRFTOKEN'", "CSRF_HEADER_NAME = 'HTTP_X_TOKEN'", "CSRF_HEADER_NAME"),
        ("CSRF_USE_SESSIONS = False", "CSRF_USE_SESSIONS = True", "CSRF_USE_SESSIONS must be False"),
        ("USE_TZ = True", "USE_TZ = False", "USE_TZ must be True"),
        ("PASSWORD_RESET_TIMEOUT = 259200", "PASSWORD_RESET_TIMEOUT = 60", "PASSWORD_RESET_TIMEOUT is 60"),
        ("AXES_FAILURE_LIMIT = 7", "AXES_FAILURE_LIMIT = 3", "AXES_FAILURE_LIMIT is 3 in Django and 7 here"),
        ("AXES_COOLOFF_TIME = 2", "AXES_COOLOFF_TIME = datetime.timedelta(seconds=90)", "90s"),
        (
            "AXES_LOCKOUT_PARAMETERS = ['ip_address']",
            "AXES_LOCKOUT_PARAMETERS = [['username', 'ip_address']]",
            "username",
        ),
        (
            "SESSION_SERIALIZER = 'django.contrib.sessions.serializers.JSONSerializer'",
            "SESSION_SERIALIZER = 'shop.Pickle'",
            "SESSION_SERIALIZER must be",
        ),
        ("### USE_I18N = ", "SIMPLE_JWT = {'SIGNING_KEY': 'k'}  ###\n### USE_I18N = ", "SIGNING_KEY is another"),
        (
            "### USE_I18N = ",
            "SIMPLE_JWT = {'SIGNING_KEY': <K>, 'LEEWAY': 0}  ###\n### USE_I18N = ",
            "SIGNING_KEY: what Django has there",
        ),
        (
            "### USE_I18N = ",
            "SIMPLE_JWT = list[int]  ###\n### USE_I18N = ",
            "SIMPLE_JWT.ALGORITHM: what Django has there",
        ),
        ("### USE_I18N = ", "SIMPLE_JWT = {'JTI_CLAIM': 'jj'}  ###\n### USE_I18N = ", "JTI_CLAIM must be 'jti'"),
        ("### USE_I18N = ", "SIMPLE_JWT = {'ALGORITHM': 'HS512'}  ###\n### USE_I18N = ", "SIMPLE_JWT.ALGORITHM"),
    ] {
        let as_it_was = clinic.project.clone();
        clinic.says(from, to);
        clinic.diagnoses("D013", &[&said.replace("\\\\\\", "\\")]);
        clinic.project = as_it_was;
    }
    // What Django can say, and we can have, is printed to be pasted.
    clinic.says("SESSION_COOKIE_NAME = 'sessionid'", "SESSION_COOKIE_NAME = 'sid'");
    clinic.says("### USE_I18N = ", "SIMPLE_JWT = {'AUDIENCE': ['a', 'b'], 'ISSUER': None}  ###\n### USE_I18N = ");
    clinic.paste();
    assert_eq!(clinic.findings(), []);
}

#[test]
fn nobody_counts_failures_on_one_side() {
    let mut clinic = Clinic::open();
    clinic.set("AUTHENTICATION_BACKENDS", "django.contrib.auth.backends.ModelBackend");
    clinic.diagnoses("D009", &["axes counts failures in Django, and nobody does here"]);
    clinic.says("'axes.backends.AxesStandaloneBackend', ", "");
    clinic.diagnoses("D009", &["Django has axes and not its backend"]);
}

#[test]
fn a_row_that_is_no_session_hides_no_other() {
    let clinic = Clinic::open();
    let end = "'2126-01-01 00:00:00'";
    if !is_postgres() {
        clinic.database.execute(&format!("INSERT INTO django_session VALUES ('blob', x'ff', {end})"));
    }
    clinic.database.execute(&format!("INSERT INTO django_session VALUES ('late', 'x:zzzzzz:y', {end})"));
    clinic.oracle.ask(&["make-session", "ann", "{}", UNKNOWN_BACKEND]);
    clinic.diagnoses("D009", &[UNKNOWN_BACKEND]);
}

#[test]
fn where_no_django_was_nothing_more_is_said() {
    let mut clinic = Clinic::open();
    clinic.database = TestDatabase::new();
    if !is_postgres() {
        fs::write(clinic.database.url().trim_start_matches("sqlite://"), "").expect("a file");
    }
    let url = clinic.database.url().to_owned();
    clinic.set("DATABASE_URL", &url);
    clinic.diagnoses("D001", &["No Django has made"]);
    let output = clinic.run(&["--toml"]);
    assert!(output.stdout.is_empty() && output.status.code() == Some(1), "{output:?}");
}

/// A file of SQLite and whatever lies beside it.
fn files(clinic: &Clinic) -> std::collections::BTreeMap<String, Vec<u8>> {
    let path = clinic.database.url().trim_start_matches("sqlite://").to_owned();
    let folder = std::path::Path::new(&path).parent().expect("a folder");
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry"));
    entries
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path()).expect("a file")))
        .collect()
}

#[test]
fn nothing_is_written_to_a_file_in_any_state() {
    if is_postgres() {
        return;
    }
    let clinic = Clinic::open();
    let path = clinic.database.url().trim_start_matches("sqlite://").to_owned();
    // Makes it a file that is written ahead; nobody has it open, and nothing lies beside it.
    drop(clinic.database.connect());
    let before = files(&clinic);
    assert_eq!(before.len(), 1, "{:?}", before.keys());
    assert_eq!(clinic.findings(), []);
    assert!(files(&clinic) == before);
    // Somebody has it open, and what they wrote last is in the log.
    let open = clinic.database.connect();
    clinic
        .database
        .execute("INSERT INTO django_migrations (app, name, applied) VALUES ('auth', '0013_more', '2030-01-01')");
    clinic.diagnoses("D002", &["0013_more"]);
    clinic.database.execute("DELETE FROM django_migrations WHERE name = '0013_more'");
    assert_eq!(clinic.findings(), []);
    // A crash has left the log behind.
    let left = files(&clinic);
    drop(open);
    for (name, bytes) in &left {
        fs::write(std::path::Path::new(&path).with_file_name(name), bytes).expect("a file");
    }
    fs::remove_file(format!("{path}-shm")).expect("a file");
    let before = files(&clinic);
    let output = clinic.run(&[]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("start Django once"), "{output:?}");
    assert!(files(&clinic) == before);
}

#[test]
fn other_policies_are_told_and_keep_nobody_from_working_together() {
    let mut clinic = Clinic::open();
    clinic.says("SESSION_SAVE_EVERY_REQUEST = False", "SESSION_SAVE_EVERY_REQUEST = True");
    let rule = "django.contrib.auth.password_validation.MinimumLengthValidator";
    clinic.says(
        "AUTH_PASSWORD_VALIDATORS = []",
        &format!("AUTH_PASSWORD_VALIDATORS = [{{'NAME': '{rule}', 'OPTIONS': {{'min_length': 16}}}}]"),
    );
    assert_eq!(clinic.findings(), []);
    let told = clinic.run(&[]);
    let told = String::from_utf8_lossy(&told.stdout);
    for policy in [
        "SESSION_SAVE_EVERY_REQUEST is true in Django and false here",
        "SIMPLE_JWT.ROTATE_REFRESH_TOKENS is false in Django and true here",
        "SIMPLE_JWT.ACCESS_TOKEN_LIFETIME is 300 in Django and 1800 here",
        "min_length = 16",
        "# As in Django, if that is wanted: SESSION_SAVE_EVERY_REQUEST = true",
    ] {
        assert!(told.contains(policy), "{policy}: {told}");
    }
}

#[test]
fn transactions_that_fail_beside_another_writer() {
    let mut clinic = Clinic::open();
    if is_postgres() {
        assert_eq!(clinic.findings(), []);
        return;
    }
    clinic.says("{'transaction_mode': 'IMMEDIATE'}", "{}");
    clinic.diagnoses("D014", &["transaction_mode is not set", "IMMEDIATE"]);
    // Whoever wrote the file last left the version of their SQLite in it.
    let path = clinic.database.url().trim_start_matches("sqlite://").to_owned();
    let mut bytes = fs::read(&path).expect("the file");
    for (version, warned) in [(3_051_002_u32, true), (3_051_003, false)] {
        bytes[96..100].copy_from_slice(&version.to_be_bytes());
        fs::write(&path, &bytes).expect("the file");
        let said = clinic.report().1.to_string();
        assert_eq!(said.contains("WAL reset"), warned, "{version}");
    }
}

#[test]
fn an_adopted_database_is_looked_at_too() {
    let clinic = Clinic::open();
    let mut migrate = program(clinic.folder.path(), &["migrate"]);
    let migrated =
        migrate.envs(clinic.variables.iter().map(|(name, value)| (name, value))).output().expect("the program");
    assert!(migrated.status.success(), "{migrated:?}");
    assert_eq!(clinic.findings(), []);
}
