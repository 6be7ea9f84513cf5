//! What an operator may choose.

use serde_json::json;
use time::Duration;
use vestibule::{settings::Settings, tasks};

use super::{
    LOGIN, PROFILE, Pair, REFRESH, mint, profile, refresh,
    request::{Request, Side},
    site, take_back,
};
use crate::{
    commands::{folder, run},
    support::{PASSWORD, SECRET_KEY},
};

#[test]
fn what_an_older_secret_key_signed_is_taken_as_long_as_it_is_named() {
    let before = site().start();
    let pair = Pair::obtain(&before.client(), "ann");
    let new = "another key of more than fifty characters, for those who count them";
    let with =
        |fallbacks| before.beside().setting("SECRET_KEY", new).setting("SECRET_KEY_FALLBACKS", fallbacks).start();
    let (after, without) = (with(SECRET_KEY), with(""));
    assert_eq!(profile(&after.client(), &pair.access).status, 200);
    assert_eq!(profile(&without.client(), &pair.access).status, 401);
    let next = pair.renew(&after.client());
    assert_eq!(profile(&without.client(), &next.access).status, 200, "the new key signs");
    assert_eq!(profile(&before.client(), &next.access).status, 401);
}

#[test]
fn a_key_that_does_not_fit_stops_the_start_and_is_not_shown() {
    for (algorithm, key) in
        [("RS256", "no PEM at all"), ("ES256", "-----BEGIN PRIVATE KEY-----\nAAAA\n"), ("EdDSA", "")]
    {
        let variables = [
            ("VESTIBULE_SECRET_KEY", SECRET_KEY),
            ("VESTIBULE_SIMPLE_JWT__ALGORITHM", algorithm),
            ("VESTIBULE_SIMPLE_JWT__SIGNING_KEY", key),
        ];
        let folder = folder();
        assert_eq!(run(&folder, &["migrate"], &variables).0, 0);
        let (code, _, stderr) = run(&folder, &["flushexpiredtokens"], &variables);
        assert_eq!(code, 1, "{stderr}");
        assert!(stderr.contains(&format!("SIMPLE_JWT.SIGNING_KEY does not fit {algorithm}: expected a private key")));
        assert!(key.is_empty() || !stderr.contains(key), "{stderr}");
    }
    for claim in ["exp", "email", "username", ""] {
        let (code, _, stderr) = run(&folder(), &["check"], &[("VESTIBULE_SIMPLE_JWT__USER_ID_CLAIM", claim)]);
        assert_eq!(code, 1, "{claim}");
        assert!(stderr.contains("SIMPLE_JWT.USER_ID_CLAIM") && stderr.contains("no other claim"), "{stderr}");
    }
    let variables = [("VESTIBULE_SIMPLE_JWT__ALGORITHM", "none")];
    let (code, _, stderr) = run(&folder(), &["check"], &variables);
    assert_eq!(code, 1);
    assert!(stderr.contains("bad value for SIMPLE_JWT.ALGORITHM") && stderr.contains("expected HS256"), "{stderr}");
}

#[test]
fn other_words_may_stand_before_a_token_and_other_clocks_may_be_a_little_wrong() {
    let app = site().setting("SIMPLE_JWT__AUTH_HEADER_TYPES", "JWT,Token").setting("SIMPLE_JWT__LEEWAY", "10").start();
    let (client, pair) = (app.client(), Pair::obtain(&app.client(), "ann"));
    let with =
        |word: &str| client.answer(&Request::get(PROFILE).header("Authorization", &format!("{word} {}", pair.access)));
    assert_eq!((with("JWT").status, with("Token").status), (200, 200));
    let refused = with("Bearer");
    assert_eq!((refused.status, refused.www_authenticate.as_str()), (401, "JWT realm=\"api\""));
    let mint = mint::Mint::of(&app);
    let status = |claim: &str, offset: i64| {
        let token = mint.access(&[(claim, &(mint.now + offset).to_string())]);
        client.answer(&Request::get(PROFILE).header("Authorization", &format!("JWT {token}"))).status
    };
    assert_eq!((status("exp", -5), status("exp", -15)), (200, 401));
    assert_eq!((status("iat", 5), status("iat", 60)), (200, 401));
}

#[test]
fn without_rotation_a_refresh_token_is_good_until_it_expires() {
    let app = site().setting("SIMPLE_JWT__ROTATE_REFRESH_TOKENS", "false").start();
    let (client, pair) = (app.client(), Pair::obtain(&app.client(), "ann"));
    for _ in 0..2 {
        let answer = refresh(&client, &pair.refresh);
        assert_eq!(answer.status, 200);
        let names: Vec<String> = answer.json().as_object().expect("an object").keys().cloned().collect();
        assert_eq!(names, ["access"]);
    }
    app.clock.advance(Duration::days(7));
    assert_eq!(
        refresh(&client, &pair.refresh).json(),
        json!({"detail": "Token is expired", "code": "token_not_valid"})
    );
}

#[test]
fn whoever_logs_out_with_what_was_just_renewed_ends_what_came_of_it() {
    let app = site().start();
    let (client, pair) = (app.client(), Pair::obtain(&app.client(), "ann"));
    let next = pair.renew(&client);
    assert_eq!(take_back(&client, &pair.refresh).status, 401);
    assert_eq!(refresh(&client, &next.refresh).status, 401);
}

#[test]
fn whoever_has_another_name_now_can_still_log_out() {
    let app = site().setting("SIMPLE_JWT__USER_ID_FIELD", "username").start();
    let (client, pair) = (app.client(), Pair::obtain(&app.client(), "ann"));
    app.database.execute("UPDATE auth_user SET username = 'anna' WHERE username = 'ann'");
    assert_eq!(take_back(&client, &pair.refresh).status, 200);
    app.database.execute("UPDATE auth_user SET username = 'ann' WHERE username = 'anna'");
    assert_eq!(refresh(&client, &pair.refresh).status, 401);
}

#[test]
fn expired_tokens_are_deleted_by_the_command_and_by_the_site_itself() {
    let app = site().start();
    let old = Pair::obtain(&app.client(), "ann").renew(&app.client());
    let variables = [("VESTIBULE_DATABASE_URL", app.database.url()), ("VESTIBULE_SECRET_KEY", SECRET_KEY)];
    let silent = (0, String::new(), String::new());
    let rows = || {
        let count = |table: &str| app.database.number(&format!("SELECT count(*) FROM {table}"));
        let tables = ["token_blacklist_outstandingtoken", "token_blacklist_blacklistedtoken", "vestibule_token"];
        tables.map(count)
    };
    assert_eq!(run(&folder(), &["flushexpiredtokens"], &variables), silent);
    assert_eq!(rows(), [2, 1, 2], "what is good is kept");
    app.database.execute("UPDATE token_blacklist_outstandingtoken SET expires_at = '2001-01-01 00:00:00'");
    app.database.execute("UPDATE vestibule_token SET expires_at = '2001-01-01 00:00:00'");
    assert_eq!(run(&folder(), &["flushexpiredtokens"], &variables), silent);
    assert_eq!(rows(), [0, 0, 0]);
    let new = Pair::obtain(&app.client(), "ann");
    app.clock.advance(Duration::days(6));
    tasks::run_due(&app.accounts, &Settings::default());
    assert_eq!(rows(), [1, 0, 1]);
    app.clock.advance(Duration::days(1));
    tasks::run_due(&app.accounts, &Settings::default());
    assert_eq!(rows(), [0, 0, 0]);
    assert_eq!((refresh(&app.client(), &old.refresh).status, refresh(&app.client(), &new.refresh).status), (401, 401));
}

#[test]
fn pages_of_the_origins_that_are_named_may_call_with_a_token_and_never_with_a_cookie() {
    let origin = "https://app.example.org";
    let app = site().setting("CORS_ALLOWED_ORIGINS", origin).start();
    let client = app.client();
    let ask = |method: &str, path: &str, origin: &str| {
        client.set_header("Origin", origin);
        client.set_header("Access-Control-Request-Method", "POST");
        client.request(method, path)
    };
    let before = ask("OPTIONS", LOGIN, origin);
    assert_eq!((before.status, before.header("access-control-allow-origin")), (200, Some(origin)));
    assert!(before.header("access-control-allow-headers").is_some_and(|names| names.contains("authorization")));
    assert!(before.header("access-control-allow-methods").is_some_and(|names| names.contains("POST")));
    let refused = ask("GET", PROFILE, origin);
    assert_eq!((refused.status, refused.header("access-control-allow-origin")), (401, Some(origin)), "it can be read");
    for other in ["https://app.example.org.evil.example", "http://app.example.org", "null", "https://evil.example"] {
        assert_eq!(ask("OPTIONS", REFRESH, other).header("access-control-allow-origin"), None, "{other}");
    }
    assert_eq!(ask("GET", "/login/", origin).header("access-control-allow-origin"), None, "pages are not the API");
    for answer in [&before, &refused] {
        assert_eq!(answer.header("access-control-allow-credentials"), None);
        assert!(answer.all("vary").contains(&"origin"));
    }
    let unnamed = site().start();
    let closed = unnamed.client();
    closed.set_header("Origin", origin);
    assert_eq!(closed.request("OPTIONS", LOGIN).header("access-control-allow-origin"), None);
}

#[test]
fn while_another_holds_the_writer_a_refresh_is_put_off_and_nothing_is_lost() {
    let app = site().setting("DATABASE_TIMEOUT", "1").setting("DATABASE_POOL_TIMEOUT", "1").start();
    let (client, pair) = (app.client(), Pair::obtain(&app.client(), "ann"));
    let held = app.db().write(|_| Ok::<_, diesel::result::Error>(refresh(&client, &pair.refresh)));
    let put_off = held.expect("nothing to write");
    if crate::support::is_postgres() {
        assert_eq!(put_off.status, 200, "there nobody waits for a writer");
        return;
    }
    assert_eq!(put_off.status, 503, "{put_off:?}");
    assert_eq!(refresh(&client, &pair.refresh).status, 200, "it was not used up");
    assert_eq!(app.database.number("SELECT count(*) FROM token_blacklist_blacklistedtoken"), 1);
    let body = json!({"username": "ann", "password": PASSWORD}).to_string();
    assert_eq!(client.answer(&Request::post(LOGIN, body)).status, 200);
}
