use std::fs;

use super::{folder, run};

#[test]
fn settings_are_shown_with_their_sources_and_without_secrets() {
    let folder = folder();
    fs::write(folder.path().join("vestibule.toml"), "\nSESSION_COOKIE_AGE = \"1h\"\n").expect("a file");
    let secrets = [
        ("VESTIBULE_SECRET_KEY", "not-to-be-shown"),
        ("VESTIBULE_DATABASE_URL", "postgres://app:not-to-be-shown@localhost/site"),
    ];
    let (code, stdout, _) = run(&folder, &["settings"], &secrets);
    assert_eq!(code, 0);
    assert!(
        stdout.contains("SESSION_COOKIE_AGE = 3600\n    from: vestibule.toml, line 2\n    default: 1209600\n"),
        "{stdout}"
    );
    assert!(
        stdout.contains("SECRET_KEY = (set, not shown)\n    from: environment variable VESTIBULE_SECRET_KEY\n"),
        "{stdout}"
    );
    assert!(!stdout.contains("not-to-be-shown"), "{stdout}");
}

#[test]
fn diffsettings_prints_what_differs_as_django_does() {
    let folder = folder();
    assert_eq!(run(&folder, &["diffsettings"], &[]), (0, String::new(), String::new()));
    let changed = [
        ("VESTIBULE_SITE_NAME", "Shop"),
        ("VESTIBULE_SESSION_COOKIE_PATH", "/"),
        ("VESTIBULE_ALLOWED_HOSTS", "a.org,b.org"),
    ];
    let (code, stdout, _) = run(&folder, &["diffsettings"], &changed);
    assert_eq!((code, stdout.as_str()), (0, "ALLOWED_HOSTS = [\"a.org\", \"b.org\"]\nSITE_NAME = \"Shop\"\n"));
    let (_, stdout, _) = run(&folder, &["diffsettings", "--output", "unified"], &changed[..1]);
    assert_eq!(stdout, "- SITE_NAME = \"Vestibule\"\n+ SITE_NAME = \"Shop\"\n");
    let (_, all, _) = run(&folder, &["diffsettings", "--all"], &changed);
    let lines: Vec<&str> = all.lines().collect();
    assert!(lines.contains(&"SITE_NAME = \"Shop\"") && lines.contains(&"### SESSION_COOKIE_PATH = \"/\""), "{all}");
    let names: Vec<&str> = lines.iter().filter_map(|line| line.trim_start_matches("### ").split(' ').next()).collect();
    assert!(names.is_sorted() && names.len() > 30, "{all}");
    let (_, all, _) = run(&folder, &["diffsettings", "--all", "--output", "unified"], &changed);
    assert!(all.lines().any(|line| line == "  SESSION_COOKIE_PATH = \"/\""), "{all}");
    assert_eq!(run(&folder, &["diffsettings", "--output", "yaml"], &[]).0, 2);
}

#[test]
fn no_command_that_shows_settings_shows_a_secret() {
    let folder = folder();
    let secret = "n0t-to-be-shown-anywhere";
    let secrets = [
        ("VESTIBULE_SECRET_KEY", secret.to_owned()),
        ("VESTIBULE_SECRET_KEY_FALLBACKS", format!("{secret}1,{secret}2")),
        ("VESTIBULE_DATABASE_URL", format!("postgres://app:{secret}@db.example/site?sslpassword={secret}")),
    ];
    let secrets: Vec<(&str, &str)> = secrets.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let (_, stdout, _) = run(&folder, &["diffsettings"], &secrets);
    assert_eq!(
        stdout,
        "DATABASE_URL = \"postgres://app:***@db.example/site?sslpassword=***\"\nSECRET_KEY = (set, not shown)\n\
         SECRET_KEY_FALLBACKS = (2 set, not shown)\n"
    );
    for arguments in [
        &["settings"][..],
        &["diffsettings", "--all"],
        &["diffsettings", "--all", "--output", "unified"],
        &["check", "--deploy"],
    ] {
        let (_, stdout, stderr) = run(&folder, arguments, &secrets);
        assert!(!stdout.contains(secret) && !stderr.contains(secret), "{arguments:?}: {stdout}{stderr}");
    }
}
