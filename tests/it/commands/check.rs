use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
};

use diesel::RunQueryDsl;
use tempfile::TempDir;

use super::{folder, run};
use crate::support::connect;

/// Settings with which nothing is left to say.
const SAFE: &[(&str, &str)] = &[
    ("VESTIBULE_SECRET_KEY", "Zo4Zah1eiGh5aiB8ooph3Aedaig5ohXae2eiSh0Oow7ahn3aeC"),
    ("VESTIBULE_ALLOWED_HOSTS", "example.org"),
    ("VESTIBULE_TRUSTED_PROXIES", "10.0.0.1"),
    ("VESTIBULE_SECURE_SSL_REDIRECT", "true"),
    ("VESTIBULE_SECURE_HSTS_INCLUDE_SUBDOMAINS", "true"),
    ("VESTIBULE_SECURE_HSTS_PRELOAD", "true"),
    ("VESTIBULE_SESSION_COOKIE_SECURE", "true"),
    ("VESTIBULE_CSRF_COOKIE_SECURE", "true"),
    ("VESTIBULE_EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend"),
    ("VESTIBULE_EMAIL_HOST", "mail.example.org"),
    ("VESTIBULE_DEFAULT_FROM_EMAIL", "accounts@example.org"),
];
const CLEAN: &str = "System check identified no issues (0 silenced).\n";

fn migrated() -> TempDir {
    let folder = folder();
    assert_eq!(run(&folder, &["migrate"], &[]).0, 0);
    folder
}

/// The ids that `check --deploy` finds with one more setting than the safe ones.
fn ids(folder: &TempDir, name: &str, value: &str) -> Vec<String> {
    let name = format!("VESTIBULE_{name}");
    let mut settings: Vec<(&str, &str)> = SAFE.iter().copied().filter(|(known, _)| *known != name).collect();
    settings.push((&name, value));
    let (_, stdout, stderr) = run(folder, &["check", "--deploy"], &settings);
    let mut ids: Vec<String> =
        stderr.lines().filter_map(|line| Some(line.strip_prefix("?: (")?.split_once(')')?.0.to_owned())).collect();
    ids.sort();
    assert_eq!(ids.is_empty(), stdout == CLEAN, "{stdout}{stderr}");
    assert_eq!(stderr.matches("\n\tHINT: ").count(), ids.len(), "{stderr}");
    ids
}

#[test]
fn a_site_as_it_should_be_has_no_issues() {
    let folder = migrated();
    assert_eq!(run(&folder, &["check"], &[]), (0, CLEAN.to_owned(), String::new()));
    assert_eq!(run(&folder, &["check", "--deploy", "--fail-level", "WARNING"], SAFE).1, CLEAN);
    assert!(!folder.path().join("vestibule.key").exists(), "a check makes nothing");
}

#[test]
fn the_defaults_are_for_ones_own_machine_and_deploy_says_so_as_django_does() {
    let folder = migrated();
    let (code, stdout, stderr) = run(&folder, &["check", "--deploy"], &[]);
    assert_eq!((code, stdout.as_str()), (0, ""), "warnings alone do not fail");
    assert!(stderr.starts_with("System check identified some issues:\n\nWARNINGS:\n?: (security.W005) "), "{stderr}");
    assert!(stderr.ends_with(".\n\nSystem check identified 7 issues (0 silenced).\n"), "{stderr}");
    for (level, code) in [("CRITICAL", 0), ("ERROR", 0), ("WARNING", 1), ("INFO", 1), ("DEBUG", 1)] {
        assert_eq!(run(&folder, &["check", "--deploy", "--fail-level", level], &[]).0, code, "{level}");
    }
    let (_, _, stderr) = run(&folder, &["check", "--deploy", "--fail-level", "WARNING"], &[]);
    assert!(stderr.ends_with("Error: the system check failed by 7 issues\n"), "{stderr}");
    assert_eq!(run(&folder, &["check", "--fail-level", "LOUD"], &[]).0, 2);
}

#[test]
fn each_unsafe_setting_is_named_under_its_id() {
    let folder = migrated();
    for (name, value, id) in [
        ("AUTHENTICATION_BACKENDS", "django.contrib.auth.backends.ModelBackend", "axes.W003"),
        ("AUTHENTICATION_BACKENDS", "a.ModelBackend,axes.backends.AxesStandaloneBackend", "vestibule.W011"),
        ("AXES_ENABLED", "false", "vestibule.W013"),
        ("AXES_LOCK_OUT_AT_FAILURE", "false", "vestibule.W013"),
        ("SIMPLE_JWT__SIGNING_KEY", "no-32-bytes", "vestibule.W014"),
        ("CORS_ALLOWED_ORIGINS", "https://app.example.org,http://app.example.org", "vestibule.W015"),
        ("SECURE_HSTS_SECONDS", "0", "security.W004"),
        ("SECURE_HSTS_INCLUDE_SUBDOMAINS", "false", "security.W005"),
        ("SECURE_HSTS_PRELOAD", "false", "security.W021"),
        ("SECURE_SSL_REDIRECT", "false", "security.W008"),
        ("TRUSTED_PROXIES", "", "vestibule.E005"),
        ("SECRET_KEY", "short", "security.W009"),
        ("SECRET_KEY", "abcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcd", "security.W009"),
        ("SECRET_KEY", "django-insecure-Zo4Zah1eiGh5aiB8ooph3Aedaig5ohXae2eiSh0Oow", "security.W009"),
        ("SECRET_KEY_FALLBACKS", "short", "security.W025"),
        ("SESSION_COOKIE_SECURE", "false", "security.W012"),
        ("SESSION_COOKIE_HTTPONLY", "false", "security.W015"),
        ("SESSION_COOKIE_SAMESITE", "None", "vestibule.W009"),
        ("CSRF_COOKIE_SECURE", "false", "security.W016"),
        ("X_FRAME_OPTIONS", "SAMEORIGIN", "security.W019"),
        ("ALLOWED_HOSTS", "", "security.W020"),
        ("ALLOWED_HOSTS", "example.org,*", "vestibule.W001"),
        ("SECURE_REFERRER_POLICY", "", "security.W022"),
        ("SECURE_REFERRER_POLICY", "same-origin, nonsense", "security.E023"),
        ("SECURE_CROSS_ORIGIN_OPENER_POLICY", "nonsense", "security.E024"),
        ("TRUSTED_PROXIES", "10.0.0.1,::/0", "vestibule.W002"),
        ("TRUSTED_PROXIES", "0.0.0.0/1,128.0.0.0/1", "vestibule.W002"),
        ("METRICS_BIND", "0.0.0.0:9100", "vestibule.W010"),
        ("CSRF_TRUSTED_ORIGINS", "https://a.org,http://b.org", "vestibule.W004"),
        ("AUTH_PASSWORD_VALIDATORS", "", "vestibule.W008"),
        ("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend", "vestibule.W016"),
        ("EMAIL_BACKEND", "django.core.mail.backends.locmem.EmailBackend", "vestibule.W016"),
        ("EMAIL_BACKEND", "django.core.mail.backends.dummy.EmailBackend", "vestibule.W016"),
        ("EMAIL_USE_TLS", "false", "vestibule.W017"),
        ("DEFAULT_FROM_EMAIL", "webmaster@localhost", "vestibule.W018"),
        ("PASSWORD_HASHERS", "django.contrib.auth.hashers.MD5PasswordHasher", "vestibule.W003"),
        ("PASSWORD_HASHERS", "[{ NAME = \"x.PBKDF2PasswordHasher\", OPTIONS = { iterations = 9 } }]", "vestibule.W003"),
        ("AUTHENTICATION_BACKENDS", "axes.backends.AxesStandaloneBackend,no.such.Backend", "vestibule.E004"),
        ("PASSWORD_HASHERS", "no.such.Hasher", "vestibule.E004"),
        ("AUTH_PASSWORD_VALIDATORS", "no.such.Validator", "vestibule.E004"),
        ("EMAIL_BACKEND", "no.such.EmailBackend", "vestibule.E004"),
    ] {
        assert_eq!(ids(&folder, name, value), [id], "{name} = {value}");
    }
    let fine = [
        ("SECRET_KEY_FALLBACKS", ""),
        ("SECURE_REFERRER_POLICY", "no-referrer, same-origin"),
        ("EMAIL_USE_SSL", "true"),
    ];
    for (name, value) in fine {
        assert_eq!(ids(&folder, name, value), [] as [&str; 0], "{name} = {value}");
    }
}

#[test]
fn a_database_that_cannot_be_used_is_an_error_that_says_what_to_do() {
    let folder = folder();
    let (code, _, stderr) = run(&folder, &["check"], &[]);
    assert_eq!(code, 1);
    assert!(stderr.contains("\n\nERRORS:\n?: (vestibule.E001) "), "{stderr}");
    assert!(stderr.contains("there is no database vestibule.sqlite3"), "{stderr}");
    assert_eq!(folder.path().read_dir().expect("a folder").count(), 0, "a check makes nothing");
    fs::write(folder.path().join("vestibule.sqlite3"), "").expect("a file");
    let (code, _, stderr) = run(&folder, &["check"], &[]);
    assert_eq!(code, 1);
    assert!(stderr.contains("?: (vestibule.E002) ") && stderr.contains("`vestibule migrate`"), "{stderr}");
    assert!(stderr.contains("System check identified 1 issue (0 silenced).\nError: "), "{stderr}");
    assert_eq!(run(&folder, &["check", "--fail-level", "CRITICAL"], &[]).0, 0);
    fs::write(folder.path().join("vestibule.sqlite3"), "this is no database at all").expect("a file");
    let (code, _, stderr) = run(&folder, &["check"], &[("VESTIBULE_PASSWORD_HASHERS", "no.such.Hasher")]);
    assert_eq!(code, 1);
    assert!(stderr.contains("?: (vestibule.E001) ") && stderr.contains("?: (vestibule.E004) "), "{stderr}");
    let remote = ids(&migrated(), "DATABASE_URL", "postgres://app:pw@192.0.2.1:1/site?connect_timeout=1");
    assert_eq!(remote, ["vestibule.E001", "vestibule.W007"]);
}

#[test]
fn files_that_others_may_read_are_named_and_the_key_in_one_counts() {
    let folder = migrated();
    let (database, key) = (folder.path().join("vestibule.sqlite3"), folder.path().join("vestibule.key"));
    fs::set_permissions(&database, Permissions::from_mode(0o640)).expect("a file");
    assert_eq!(ids(&folder, "SITE_NAME", "x"), ["vestibule.W005"]);
    fs::set_permissions(&database, Permissions::from_mode(0o600)).expect("a file");
    assert_eq!(ids(&folder, "SECRET_KEY", ""), [] as [&str; 0], "the first start makes a good one");
    assert!(!key.exists());
    fs::write(&key, "0123456789012345678901234567890123456789").expect("a file");
    fs::set_permissions(&key, Permissions::from_mode(0o604)).expect("a file");
    assert_eq!(ids(&folder, "SECRET_KEY", ""), ["security.W009", "vestibule.W006"]);
    assert_eq!(ids(&folder, "SITE_NAME", "x"), [] as [&str; 0], "the file is not in use");
    fs::set_permissions(&key, Permissions::from_mode(0o600)).expect("a file");
    fs::write(&key, "short").expect("a file");
    assert_eq!(ids(&folder, "SECRET_KEY", ""), ["vestibule.E003"]);
}

#[test]
fn a_proxy_that_is_not_named_is_seen_by_its_address() {
    let folder = migrated();
    let url = format!("sqlite://{}", folder.path().join("vestibule.sqlite3").display());
    let recorded = |ip: &str| {
        diesel::sql_query(format!(
            "INSERT INTO vestibule_event (created_at, kind, username, ip_address, user_agent, path, detail) \
             VALUES ('2026-11-24 12:00:00', 'login_failed', 'ann', '{ip}', '', '/login/', '')"
        ))
        .execute(&mut connect(&url))
        .expect("an event");
    };
    recorded("10.9.8.7");
    assert_eq!(ids(&folder, "SITE_NAME", "x"), ["vestibule.W012"]);
    assert_eq!(ids(&folder, "TRUSTED_PROXIES", "10.9.8.7"), ["vestibule.W012"], "named, but says not for whom");
    recorded("198.51.100.1");
    assert_eq!(ids(&folder, "TRUSTED_PROXIES", "10.9.8.7"), [] as [&str; 0]);
}

#[test]
fn what_is_silenced_is_counted_and_not_said() {
    let folder = migrated();
    let mut settings: Vec<(&str, &str)> =
        SAFE.iter().copied().filter(|(name, _)| !name.contains("HSTS_PRELOAD")).collect();
    settings.push(("VESTIBULE_SILENCED_SYSTEM_CHECKS", "security.W021"));
    let found = run(&folder, &["check", "--deploy", "--fail-level", "WARNING"], &settings);
    assert_eq!(found, (0, "System check identified no issues (1 silenced).\n".to_owned(), String::new()));
}
