//! Links to choose a new password: Django opens ours, and we open Django's.

use proptest::prelude::*;
use time::{Duration, PrimitiveDateTime, macros::datetime};
use vestibule::{
    auth::{
        models::{User, user},
        reset_token::{ResetTokens, read_uid, uid},
    },
    crypto::SecretKeys,
    settings::{AccountSettings, Raw, Secret, Settings, Value},
};

use crate::support::{Oracle, SECRET_KEY, TestApp};

const NOW: PrimitiveDateTime = datetime!(2026-06-01 12:00:00.5);
const THREE_DAYS: Duration = Duration::days(3);

fn tokens(zone: &str) -> ResetTokens {
    let time_zone = Value::read(&Raw::Text(zone.to_owned())).expect("a zone");
    ResetTokens::new(&AccountSettings { time_zone, ..AccountSettings::default() })
}

fn keys(current: &str, fallbacks: &[&str]) -> SecretKeys {
    SecretKeys::new(Secret::new(current), fallbacks.iter().map(|key| Secret::new(*key)).collect())
}

fn ann() -> User {
    User {
        id: 7,
        password: "argon2$x".to_owned(),
        last_login: Some(datetime!(2026-05-31 08:09:10.123456)),
        is_superuser: false,
        username: "ann".to_owned(),
        first_name: String::new(),
        last_name: String::new(),
        email: "ann@example.org".to_owned(),
        is_staff: false,
        is_active: true,
        date_joined: NOW,
    }
}

fn is_taken_by(oracle: &Oracle, username: &str, token: &str) -> bool {
    oracle.ask(&["check-reset-token", username, token])[0].as_bool().expect("yes or no")
}

#[test]
fn django_opens_our_links_and_we_open_djangos_in_every_time_zone() {
    for zone in ["UTC", "Asia/Kolkata", "America/New_York"] {
        let app = TestApp::init().with_user("ann").with_user("bob").setting("TIME_ZONE", zone).start();
        let oracle = app.oracle().with("VESTIBULE_TEST_TIME_ZONE", zone);
        let auth = &app.auth;
        let ours = auth.reset_tokens.make(&app.user("ann"), &auth.keys, auth.clock.now());
        assert!(is_taken_by(&oracle, "ann", &ours), "{zone}");
        assert!(!is_taken_by(&oracle, "bob", &ours), "{zone}");

        // Ann has logged in meanwhile, in a second of which Django keeps parts.
        user::set_last_login(&mut app.db(), app.user("ann").id, auth.clock.now()).expect("a row");
        let theirs = oracle.ask(&["make-reset-token", "ann"]);
        let theirs = theirs.as_str().expect("a token");
        let opens = |name: &str| auth.reset_tokens.check(&app.user(name), theirs, &auth.keys, auth.clock.now());
        assert!(opens("ann") && !opens("bob"), "{zone}");
        assert!(!is_taken_by(&oracle, "ann", &ours), "{zone}");
        // A program that reads another clock would end it hours too early or too late.
        app.clock.advance(THREE_DAYS - Duration::minutes(5));
        assert!(opens("ann"), "{zone}");
        app.clock.advance(Duration::minutes(6));
        assert!(!opens("ann"), "{zone}");
    }
}

/// Also when the clocks are changed: on 2026-03-08 at 07:00 and on 2026-11-01 at 06:00, in UTC.
#[test]
fn at_every_moment_our_token_is_djangos_to_the_letter() {
    let app = TestApp::init().with_user("ann").start();
    let ann = app.user("ann");
    let moments = [
        datetime!(2001-01-02 00:00:00),
        datetime!(2026-03-08 06:59:59),
        datetime!(2026-03-08 07:00:00),
        datetime!(2026-06-01 12:00:00),
        datetime!(2026-11-01 05:30:00),
        datetime!(2026-11-01 06:30:00),
        datetime!(2026-12-31 23:59:59),
        datetime!(2069-10-10 00:00:00),
        datetime!(2100-01-01 00:00:00),
    ];
    let seconds = moments.map(|moment| moment.assume_utc().unix_timestamp().to_string());
    let arguments: Vec<&str> =
        ["make-reset-tokens", "ann"].into_iter().chain(seconds.iter().map(String::as_str)).collect();
    for zone in ["America/New_York", "Asia/Kolkata"] {
        let theirs = app.oracle().with("VESTIBULE_TEST_TIME_ZONE", zone).ask(&arguments);
        let ours = moments.map(|moment| tokens(zone).make(&ann, &app.auth.keys, moment));
        assert_eq!(theirs, serde_json::json!(ours), "{zone}");
    }
}

#[test]
fn a_link_opens_with_a_key_that_was_replaced() {
    let app = TestApp::init()
        .with_user("ann")
        .setting("SECRET_KEY", "another-key-for-tests-that-is-longer-than-fifty-characters")
        .setting("SECRET_KEY_FALLBACKS", &format!("an-unknown-key,{SECRET_KEY}"))
        .start();
    let theirs = app.oracle().ask(&["make-reset-token", "ann"]);
    let (tokens, ann, now) = (&app.auth.reset_tokens, app.user("ann"), app.clock.now());
    assert!(tokens.check(&ann, theirs.as_str().expect("a token"), &app.auth.keys, now));

    let old = keys(SECRET_KEY, &[]);
    let ours = tokens.make(&ann, &old, now);
    assert!(tokens.check(&ann, &ours, &app.auth.keys, now));
    let renewed = Oracle::new(app.database.url(), "a-third-key");
    assert!(is_taken_by(&renewed.with("VESTIBULE_TEST_SECRET_KEY_FALLBACKS", SECRET_KEY), "ann", &ours));
    let renewed = tokens.make(&ann, &app.auth.keys, now);
    assert!(!tokens.check(&ann, &renewed, &old, now), "a new key is not an old one");
}

#[test]
fn a_link_ends_with_another_password_address_or_log_in_and_is_one_persons() {
    let (tokens, keys) = (tokens("UTC"), keys("k", &[]));
    let token = tokens.make(&ann(), &keys, NOW);
    let opens = |user: User| tokens.check(&user, &token, &keys, NOW);
    assert!(opens(ann()));
    assert!(opens(User { first_name: "Ann".to_owned(), username: "anne".to_owned(), ..ann() }));
    assert!(opens(User { last_login: Some(datetime!(2026-05-31 08:09:10.9)), ..ann() }), "the same second");
    assert!(!opens(User { password: "argon2$y".to_owned(), ..ann() }));
    assert!(!opens(User { email: "ann@example.com".to_owned(), ..ann() }));
    assert!(!opens(User { last_login: Some(datetime!(2026-05-31 08:09:11)), ..ann() }));
    assert!(!opens(User { last_login: None, ..ann() }));
    assert!(!opens(User { id: 8, ..ann() }));
}

#[test]
fn a_link_lives_to_the_second() {
    for zone in ["UTC", "Asia/Kolkata", "America/New_York"] {
        let (tokens, keys) = (tokens(zone), keys("k", &[]));
        let token = tokens.make(&ann(), &keys, NOW);
        let opens = |now| tokens.check(&ann(), &token, &keys, now);
        assert!(opens(NOW) && opens(NOW + THREE_DAYS), "{zone}");
        assert!(!opens(NOW + THREE_DAYS + Duration::SECOND), "{zone}");
    }
    let environment = vec![("VESTIBULE_PASSWORD_RESET_TIMEOUT".to_owned(), "1m".to_owned())];
    let (tokens, keys) =
        (ResetTokens::new(&Settings::load(None, &environment).expect("settings").account), keys("k", &[]));
    let token = tokens.make(&ann(), &keys, NOW);
    assert!(tokens.check(&ann(), &token, &keys, NOW + Duration::MINUTE));
    assert!(!tokens.check(&ann(), &token, &keys, NOW + Duration::seconds(61)));
}

#[test]
fn no_change_of_the_clocks_ends_a_link_before_its_time() {
    let (tokens, keys) = (tokens("America/New_York"), keys("k", &[]));
    for changed in [datetime!(2026-03-08 07:00:00), datetime!(2026-11-01 06:00:00)] {
        for minutes in (-150..=150).step_by(15) {
            let made = changed + Duration::minutes(minutes);
            let token = tokens.make(&ann(), &keys, made);
            for age in [Duration::ZERO, Duration::minutes(10), Duration::minutes(70), THREE_DAYS] {
                assert!(tokens.check(&ann(), &token, &keys, made + age), "made {made}, {age} old");
            }
            // What was made in the hour that came twice counts from its second time.
            assert!(!tokens.check(&ann(), &token, &keys, made + THREE_DAYS + Duration::seconds(3_601)), "made {made}");
        }
    }
}

#[test]
fn garbage_opens_nothing() {
    let (tokens, keys) = (tokens("America/New_York"), keys("k", &[]));
    let token = tokens.make(&ann(), &keys, NOW);
    let (stamp, hash) = token.split_once('-').expect("two parts");
    let huge = "z".repeat(1_000_000);
    let garbage = [
        String::new(),
        "-".to_owned(),
        "a-b".to_owned(),
        "zzzzzzzzzzzzzz-b".to_owned(),
        "zzzzzzzzzzzzz-b".to_owned(),
        "3w5e11264sgsf-b".to_owned(),
        huge.clone(),
        format!("{stamp}-{huge}"),
        format!("{huge}-{hash}"),
        "\0".to_owned(),
        format!("{token}\0"),
        format!("é-{hash}"),
        format!("{stamp}-é"),
        format!("{stamp}{hash}"),
        format!("{stamp}-"),
        format!("-{hash}"),
        format!("{token}-"),
        format!("+{token}"),
        format!(" {token}"),
        format!("0{token}"),
        token.to_uppercase(),
        format!("{}_{}", &token[..1], &token[1..]),
        format!("{stamp}--{hash}"),
    ];
    assert!(tokens.check(&ann(), &token, &keys, NOW));
    for text in garbage {
        assert!(!tokens.check(&ann(), &text, &keys, NOW), "{text:.60}");
    }
    for at in 0..token.len() {
        let mut bytes = token.clone().into_bytes();
        bytes[at] ^= 1;
        let changed = String::from_utf8(bytes).expect("still ASCII");
        assert!(!tokens.check(&ann(), &changed, &keys, NOW), "byte {at}");
    }
}

#[test]
fn a_time_zone_that_nobody_knows_stops_the_start() {
    let environment = vec![("VESTIBULE_TIME_ZONE".to_owned(), "Europe/Atlantis".to_owned())];
    let error = Settings::load(None, &environment).expect_err("no such zone").to_string();
    let expected = "bad value for TIME_ZONE (environment variable VESTIBULE_TIME_ZONE); expected the name of a time zone, as \
                    in \"Europe/Berlin\"";
    assert_eq!(error, expected);
}

#[test]
fn a_moment_before_tokens_count_or_at_the_end_of_the_calendar_is_no_panic() {
    for zone in ["UTC", "Asia/Kolkata", "America/New_York"] {
        for now in [
            datetime!(1969-01-01 00:00:00),
            datetime!(2000-12-31 23:59:59),
            PrimitiveDateTime::MAX,
            PrimitiveDateTime::MIN,
        ] {
            let (tokens, keys) = (tokens(zone), keys("k", &[]));
            let token = tokens.make(&ann(), &keys, now);
            tokens.check(&ann(), &token, &keys, now);
        }
    }
}

#[test]
fn a_user_is_named_as_django_names_them() {
    assert_eq!((uid(1).as_str(), uid(123_456).as_str()), ("MQ", "MTIzNDU2"));
    for id in [1, 9, 10, 99, 100, 12_345, i32::MAX] {
        assert_eq!(read_uid(&uid(id)), Some(id));
    }
    assert_eq!(read_uid("MQ=="), Some(1), "Django reads padding");
    // "+1", " 1 ", "1_0", "01", full-width "１", "2147483648", "é", "1" in other bits and with strangers between.
    let strange = [
        "KzE",
        "IDEg",
        "MV8w",
        "MDE",
        "77yR",
        "MjE0NzQ4MzY0OA",
        "w6k",
        "MR",
        "M Q",
        "M",
        "MQ\0",
        "é",
        "=",
        "",
        "MQ=MQ",
    ];
    for text in strange.into_iter().chain(["M".repeat(1_000_000).as_str(), &"=".repeat(1_000_000)]) {
        assert_eq!(read_uid(text), None, "{text:.20}");
    }
}

proptest! {
    #[test]
    fn no_name_of_a_user_panics(text in "\\PC*|[A-Za-z0-9_=-]{0,20}") {
        if let Some(id) = read_uid(&text) {
            prop_assert_eq!(uid(id), text.trim_end_matches('='));
        }
    }
}
