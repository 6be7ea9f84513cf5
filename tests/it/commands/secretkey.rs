use serde_json::Value;

use super::{folder, folder_with, run};
use crate::support::{Client, PASSWORD, Place, Program, SECRET_KEY, TestDatabase, until};

const NEW: &str = "the-new-key-which-is-to-take-the-place-of-that-for-a-while";

fn output(place: &Place, arguments: &[&str]) -> String {
    let output = place.run_command(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// Without the fingerprints and times, which differ each time.
fn without_times(text: &str) -> String {
    let words = text.split(' ').map(|word| {
        let is_time = word.len() >= 8 && word.starts_with("20") && word.contains('-');
        let is_clock = word.len() == 8 && word.matches(':').count() == 2;
        if is_time {
            "DATE"
        } else if is_clock {
            "TIME"
        } else {
            word
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn generate_prints_a_key_and_nothing_else_wherever_it_is_called() {
    let empty = folder();
    std::fs::write(empty.path().join("vestibule.toml"), "NO_SETTING = 1\n").expect("a file");
    let keys: Vec<String> = (0..2)
        .map(|_| {
            let (code, stdout, stderr) = run(&empty, &["secretkey", "generate"], &[]);
            assert_eq!((code, stderr.as_str()), (0, ""));
            stdout.strip_suffix('\n').expect("a line").to_owned()
        })
        .collect();
    assert!(keys.iter().all(|key| key.len() >= 50 && key.bytes().all(|byte| byte.is_ascii_alphanumeric())), "{keys:?}");
    assert_ne!(keys[0], keys[1]);
    assert_eq!(std::fs::read_dir(empty.path()).expect("a folder").count(), 1);
}

#[test]
fn a_person_follows_the_rotation_of_a_running_site() {
    let database = TestDatabase::new();
    let url = database.url().to_owned();
    let on = || TestDatabase::elsewhere(url.clone());
    let site = Program::on(on()).with_superuser("root").start();
    let client = site.client();
    assert_eq!(client.log_in("root", PASSWORD).status, 302);
    let session = client.cookie("sessionid").expect("a session");
    let alone = output(&site.place, &["secretkey", "status"]);
    insta::assert_snapshot!(without_times(&alone), @"
    Key         Fingerprint  Sessions  Refresh tokens  Reset links  Confirmations  Can be dropped
    SECRET_KEY  fc41967b            1               0            0              0  no, it signs

    Sessions unknown to these keys: dead, unless another program has their key: 0
    Refresh tokens unknown to these keys: dead, unless another program has their key: 0
    1 entry of the audit log can be verified only with SECRET_KEY.
    ");
    let noted = || database.number("SELECT count(*) FROM vestibule_secret_key");
    until(|| noted() == 1);
    drop(site);

    let place = Program::on(on()).setting("SECRET_KEY", NEW);
    let place = place.setting("SECRET_KEY_FALLBACKS", &serde_json::json!([SECRET_KEY]).to_string());
    let site = place.start();
    until(|| noted() == 2);
    let between = output(&site.place, &["secretkey", "status"]);
    insta::assert_snapshot!(without_times(&between), @"
    Key                      Fingerprint  Sessions  Refresh tokens  Reset links  Confirmations  Can be dropped
    SECRET_KEY               92d7366e            0               0            0              0  no, it signs
    SECRET_KEY_FALLBACKS[0]  fc41967b            1               0            0              0  from DATE TIME UTC on

    Sessions unknown to these keys: dead, unless another program has their key: 0
    Refresh tokens unknown to these keys: dead, unless another program has their key: 0
    SECRET_KEY_FALLBACKS[0] was SECRET_KEY of a site of Vestibule that ran at DATE TIME UTC: if that still runs with it, the date moves on.
    SECRET_KEY_FALLBACKS[0] last signed anything at DATE TIME UTC, as far as can be told.
    1 entry of the audit log can be verified only with SECRET_KEY_FALLBACKS[0].
    Not counted is what a Django beside this site signs and stores nowhere: once it has another SECRET_KEY, its reset links last 3 days more (PASSWORD_RESET_TIMEOUT), its refresh tokens 7 days (REFRESH_TOKEN_LIFETIME) if it lacks the app token_blacklist.
    ");
    assert!(!between.contains(SECRET_KEY) && !between.contains(NEW));

    let client: Client = site.client();
    client.set_cookie("sessionid", &session);
    assert!(client.is_logged_in());
    let status: Value = serde_json::from_str(&output(&site.place, &["secretkey", "status", "--json"])).expect("JSON");
    let of = |at: usize, what: &str| status["keys"][at][what].clone();
    assert_eq!((of(0, "name"), of(1, "name")), ("SECRET_KEY".into(), "SECRET_KEY_FALLBACKS[0]".into()));
    assert_eq!((of(0, "sessions")["number"].clone(), of(1, "sessions")["number"].clone()), (1.into(), 0.into()));
    assert!(of(0, "can_be_dropped_at").is_null() && of(1, "can_be_dropped_at").is_string(), "{status}");
    assert_eq!((of(1, "may_still_sign"), of(1, "can_be_dropped_now")), (true.into(), false.into()));
    assert_eq!((&status["sessions_on_no_key"], &status["refresh_tokens_on_no_key"]), (&0.into(), &0.into()));
}

#[test]
fn without_a_database_there_is_nothing_to_count() {
    let empty = folder();
    let (code, _, stderr) = run(&empty, &["secretkey", "status"], &[]);
    assert_eq!(code, 1);
    assert!(stderr.contains("there is no database"), "{stderr}");
    assert_eq!(std::fs::read_dir(empty.path()).expect("a folder").count(), 0);
}

#[test]
fn to_count_makes_neither_a_key_nor_a_folder_for_mail() {
    let folder = folder_with("root");
    // What was made with the database goes.
    let _ = std::fs::remove_file(folder.path().join("vestibule.key"));
    let names = || {
        let names = std::fs::read_dir(folder.path()).expect("a folder").map(|entry| entry.expect("a file").file_name());
        names
            .map(|name| name.into_string().expect("text"))
            .filter(|name| !name.contains("-wal") && !name.contains("-shm"))
    };
    let names = || names().collect::<std::collections::BTreeSet<_>>();
    let before = names();
    let mail = folder.path().join("mail");
    let mail = mail.to_str().expect("text");
    let mail = [("VESTIBULE_EMAIL_BACKEND", "filebased"), ("VESTIBULE_EMAIL_FILE_PATH", mail)];
    let (code, stdout, stderr) = run(&folder, &["secretkey", "status"], &mail);
    assert_eq!((code, stdout.as_str()), (1, ""));
    assert!(stderr.contains("SECRET_KEY is empty") && stderr.contains("SECRET_KEY_PATH"), "{stderr}");
    assert_eq!(names(), before);
    let key = ("VESTIBULE_SECRET_KEY", NEW);
    let (code, stdout, stderr) = run(&folder, &["secretkey", "status"], &[mail[0], mail[1], key]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(stdout.contains("no, it signs"), "{stdout}");
    assert_eq!(names(), before);
}

#[test]
fn what_the_table_cannot_say_stands_below_it() {
    let database = TestDatabase::new();
    let url = database.url().to_owned();
    let on = |key: &str, fallbacks: &[&str]| {
        let place = Program::on(TestDatabase::elsewhere(url.clone())).setting("SECRET_KEY", key);
        place.setting("SECRET_KEY_FALLBACKS", &serde_json::json!(fallbacks).to_string())
    };
    let site = on(SECRET_KEY, &[]).with_superuser("root").start();
    assert_eq!(site.client().log_in("root", PASSWORD).status, 302);
    until(|| database.number("SELECT count(*) FROM vestibule_secret_key") == 1);
    drop(site);
    let other = "the-key-of-some-other-project-which-has-nothing-to-do-here";
    let site = on(other, &[other, NEW]).start();
    let said = output(&site.place, &["secretkey", "status"]);
    assert!(said.contains("is this the site's SECRET_KEY?"), "{said}");
    assert!(said.contains("the same as SECRET_KEY: drop it now"), "{said}");
    assert!(said.contains("now, it never signed anything"), "{said}");
    drop(site);

    // The switch was long ago, and Django was left out.
    let site = on(NEW, &[SECRET_KEY]).start();
    until(|| database.number("SELECT count(*) FROM vestibule_secret_key") == 3);
    let print = vestibule::crypto::fingerprint(&vestibule::settings::Secret::new(NEW));
    database.execute(&format!(
        "UPDATE vestibule_secret_key SET first_seen_at = '2020-01-02 03:04:05' WHERE fingerprint = '{print}'"
    ));
    database.execute("DELETE FROM django_session");
    let said = output(&site.place, &["secretkey", "status"]);
    assert!(said.contains("Something still signs with SECRET_KEY_FALLBACKS[0]"), "{said}");
    assert!(!said.contains("is this the site's") && said.lines().all(|line| !line.ends_with(" now")), "{said}");

    database.execute(
        "UPDATE __diesel_schema_migrations SET run_on = '2020-01-02 03:04:05' WHERE version < '00000000000110'",
    );
    let said = output(&site.place, &["secretkey", "status"]);
    assert!(said.contains("Links are known that were made since"), "{said}");
}
