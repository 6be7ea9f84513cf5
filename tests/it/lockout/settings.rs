//! What each setting changes.

use time::Duration;

use super::{HOUR, at, fail, is_let_in, site};
use crate::support::{Client, PASSWORD, TestApp, TestAppBuilder};

/// A site without limits for addresses.
fn bare() -> TestAppBuilder {
    site().setting("LOCKOUT_ADDRESS_LIMITS", "")
}

fn browser(app: &TestApp, address: &str, user_agent: &str) -> Client {
    let client = at(app, address);
    client.set_header("user-agent", user_agent);
    client
}

#[test]
fn the_parameters_say_what_is_locked() {
    // The parameters, and whether five failures of ann at .1 with Lynx lock: ann at .1 with Lynx, ann at .1 with another,
    // ann at .2 with Lynx, bob at .1 with Lynx, bob at .2 with another.
    let table = [
        (r#"[["username", "ip_address"]]"#, [true, true, false, false, false]),
        (r#"["username"]"#, [true, true, true, false, false]),
        (r#"["ip_address"]"#, [true, true, false, true, false]),
        (r#"["user_agent"]"#, [true, false, true, true, false]),
        (r#"["username", "ip_address"]"#, [true, true, true, true, false]),
        (r#"[["username", "user_agent"]]"#, [true, false, true, false, false]),
        (r#"[["ip_address", "user_agent"]]"#, [true, false, false, true, false]),
        (r#"["username", ["ip_address", "user_agent"]]"#, [true, true, true, true, false]),
        (r#"[["username", "ip_address", "user_agent"]]"#, [true, false, false, false, false]),
        (r#"[["ip_address", "username"], ["username", "ip_address"]]"#, [true, true, false, false, false]),
        ("username,ip_address", [true, true, true, true, false]),
        ("[]", [false, false, false, false, false]),
    ];
    for (parameters, expected) in table {
        let app = bare().setting("AXES_LOCKOUT_PARAMETERS", parameters).start();
        fail(&browser(&app, "192.0.2.1", "Lynx"), "ann", 5);
        let locked = [
            ("ann", "192.0.2.1", "Lynx"),
            ("ann", "192.0.2.1", "Other"),
            ("ann", "192.0.2.2", "Lynx"),
            ("bob", "192.0.2.1", "Lynx"),
            ("bob", "192.0.2.2", "Other"),
        ]
        .map(|(username, address, user_agent)| !is_let_in(&browser(&app, address, user_agent), username));
        assert_eq!(locked, expected, "{parameters}");
    }
}

#[test]
fn each_entry_counts_by_itself() {
    let app = bare().setting("AXES_LOCKOUT_PARAMETERS", r#"["username", "ip_address"]"#).start();
    // Four of ann's and four of bob's, from eight addresses; then four more from one, of others.
    for number in 0..4 {
        fail(&at(&app, &format!("192.0.2.1{number}")), "ann", 1);
        fail(&at(&app, &format!("192.0.2.2{number}")), "bob", 1);
        fail(&at(&app, "192.0.2.30"), &format!("victim{number}"), 1);
    }
    assert!(is_let_in(&at(&app, "192.0.2.1"), "ann") && is_let_in(&at(&app, "192.0.2.30"), "bob"));
    assert_eq!(fail(&at(&app, "192.0.2.30"), "victim9", 1).status, 429, "the fifth from there");
    assert!(!is_let_in(&at(&app, "192.0.2.30"), "bob"));
    assert_eq!(fail(&at(&app, "192.0.2.99"), "ann", 1).status, 429, "the fifth of ann's");
    assert!(!is_let_in(&at(&app, "192.0.2.98"), "ann"));
}

#[test]
fn switched_off_nothing_is_counted_or_locked() {
    let app = site().setting("AXES_ENABLED", "false").start();
    let client = at(&app, "192.0.2.1");
    assert_eq!(fail(&client, "ann", 15).status, 200);
    assert!(is_let_in(&client, "ann"));
    for table in ["axes_accessattempt", "axes_accesslog", "vestibule_lockout"] {
        assert_eq!(app.database.number(&format!("SELECT count(*) FROM {table}")), 0, "{table}");
    }
}

#[test]
fn without_locks_failures_are_recorded_all_the_same() {
    let app = site().setting("AXES_LOCK_OUT_AT_FAILURE", "false").start();
    let client = at(&app, "192.0.2.1");
    assert_eq!(fail(&client, "ann", 15).status, 200);
    assert!(is_let_in(&client, "ann"));
    assert_eq!(app.database.number("SELECT failures_since_start FROM axes_accessattempt"), 15);
}

#[test]
fn if_only_the_admin_is_locked_other_log_ins_are_counted_and_go_on() {
    let app = site().setting("AXES_ONLY_ADMIN_SITE", "true").start();
    let client = at(&app, "192.0.2.1");
    fail(&client, "ann", 7);
    assert!(is_let_in(&client, "ann"));
    assert_eq!(app.database.number("SELECT failures_since_start FROM axes_accessattempt"), 7);
}

#[test]
fn the_form_is_shown_whatever_is_locked() {
    for get in ["true", "false"] {
        let app = site().setting("AXES_NEVER_LOCKOUT_GET", get).start();
        let client = at(&app, "192.0.2.1");
        assert_eq!(fail(&client, "ann", 5).status, 429);
        assert_eq!(client.get("/login/").status, 200);
    }
}

#[test]
fn a_listed_address_is_spared_and_its_failures_are_not_counted() {
    let app = site()
        .setting("AXES_NEVER_LOCKOUT_WHITELIST", "true")
        .setting("AXES_IP_WHITELIST", "10.0.0.0/8, 2001:db8:1::/48")
        .start();
    for address in ["10.1.2.3", "2001:db8:1:2::3"] {
        assert_eq!(fail(&at(&app, address), "ann", 12).status, 200);
        assert!(is_let_in(&at(&app, address), "ann"));
    }
    assert_eq!(app.database.number("SELECT count(*) FROM axes_accessattempt"), 0);
    for address in ["11.1.2.3", "2001:db8:2::3", "10.1.2.3, 192.0.2.1"] {
        assert_eq!(fail(&at(&app, address), "ann", 5).status, 429, "{address}");
    }
}

#[test]
fn a_list_without_the_setting_that_uses_it_spares_nobody() {
    let app = site().setting("AXES_IP_WHITELIST", "10.0.0.0/8").start();
    assert_eq!(fail(&at(&app, "10.1.2.3"), "ann", 5).status, 429);
}

#[test]
fn with_only_the_listed_addresses_others_are_refused_at_once_and_nobody_hashes() {
    let app = site().setting("AXES_ONLY_WHITELIST", "true").setting("AXES_IP_WHITELIST", "10.0.0.0/8").start();
    let before = app.auth.hashers.runs();
    let refused = at(&app, "192.0.2.1").log_in("ann", PASSWORD);
    assert_eq!((refused.status, refused.header("retry-after")), (429, None));
    assert_eq!(app.auth.hashers.runs(), before);
    assert!(is_let_in(&at(&app, "10.1.2.3"), "ann"));
}

#[test]
fn from_a_banned_network_nobody_logs_in() {
    let app = site().setting("AXES_IP_BLACKLIST", "192.0.2.0/25, 2001:db8::/64").start();
    for (address, opens) in
        [("192.0.2.127", false), ("192.0.2.128", true), ("2001:db8::1", false), ("2001:db8:0:1::1", true)]
    {
        assert_eq!(is_let_in(&at(&app, address), "ann"), opens, "{address}");
    }
    assert!(!is_let_in(&at(&app, "::ffff:192.0.2.1"), "ann"), "written otherwise");
}

#[test]
fn the_status_can_be_another() {
    let app = site().setting("AXES_HTTP_RESPONSE_CODE", "403").start();
    let locked = fail(&at(&app, "192.0.2.1"), "ann", 5);
    assert_eq!((locked.status, locked.header("retry-after")), (403, Some("3600")));
    assert_eq!(
        (locked.text("h1"), locked.text(".error-status")),
        ("Too many attempts".to_owned(), "Error 403".to_owned())
    );
}

#[test]
fn the_limit_can_be_another() {
    let app = site().setting("AXES_FAILURE_LIMIT", "2").start();
    let client = at(&app, "192.0.2.1");
    assert_eq!([fail(&client, "ann", 1).status, fail(&client, "ann", 1).status], [200, 429]);
}

#[test]
fn a_limit_that_is_lowered_locks_who_has_failed_so_often() {
    let app = site().start();
    fail(&at(&app, "192.0.2.1"), "ann", 4);
    let strict = app.beside().setting("TRUSTED_PROXIES", "127.0.0.1").setting("AXES_FAILURE_LIMIT", "3").start();
    let locked = at(&strict, "192.0.2.1").log_in("ann", PASSWORD);
    let wait: i64 = locked.header("retry-after").and_then(|wait| wait.parse().ok()).expect("a number");
    assert_eq!((locked.status, (3_500..=3_600).contains(&wait)), (429, true), "{wait}");
    strict.clock.advance(HOUR);
    assert!(is_let_in(&at(&strict, "192.0.2.1"), "ann"));
}

#[test]
fn without_a_cool_off_a_lock_stays_and_names_no_time() {
    let app = site().setting("AXES_COOLOFF_TIME", "None").start();
    let client = at(&app, "192.0.2.1");
    let locked = fail(&client, "ann", 5);
    assert_eq!((locked.status, locked.header("retry-after")), (429, None));
    assert!(locked.text("main").contains("until an administrator opens them again"));
    assert!(locked.texts("time").is_empty());
    app.clock.advance(Duration::days(3_650));
    assert!(!is_let_in(&client, "ann"));
}

#[test]
fn a_try_during_a_lock_prolongs_it_if_the_settings_say_so() {
    let app = site().setting("AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT", "true").start();
    let client = at(&app, "192.0.2.1");
    fail(&client, "ann", 5);
    app.clock.advance(Duration::minutes(30));
    assert_eq!(client.log_in("ann", "wrong").header("retry-after"), Some("3600"));
    app.clock.advance(Duration::minutes(59));
    assert!(!is_let_in(&client, "ann"), "which prolongs it too");
    app.clock.advance(Duration::minutes(61));
    assert!(is_let_in(&client, "ann"));
}

#[test]
fn failures_are_logged_if_the_settings_say_so_the_last_ones_of_each_name() {
    let rows = |app: &TestApp, username: &str| {
        let rows = format!("FROM axes_accessfailurelog WHERE username = '{username}'");
        let locked = format!("SELECT count(*) {rows} AND locked_out");
        (app.database.number(&format!("SELECT count(*) {rows}")), app.database.number(&locked))
    };
    let app = site().start();
    fail(&at(&app, "192.0.2.1"), "ann", 5);
    assert_eq!(rows(&app, "ann"), (0, 0));

    let app = site()
        .setting("AXES_ENABLE_ACCESS_FAILURE_LOG", "true")
        .setting("AXES_ACCESS_FAILURE_LOG_PER_USER_LIMIT", "3")
        .start();
    fail(&at(&app, "192.0.2.1"), "bob", 2);
    fail(&at(&app, "192.0.2.1"), "ann", 5);
    assert_eq!([rows(&app, "ann"), rows(&app, "bob")], [(3, 1), (2, 0)]);
}

#[test]
fn log_ins_are_not_logged_if_the_settings_say_so() {
    let app = site().setting("AXES_DISABLE_ACCESS_LOG", "true").start();
    let client = at(&app, "192.0.2.1");
    assert!(is_let_in(&client, "ann"));
    client.log_out();
    assert_eq!(app.database.number("SELECT count(*) FROM axes_accesslog"), 0);
}

#[test]
fn each_further_lock_is_of_the_next_length() {
    let app = bare().setting("LOCKOUT_TIERS", "1m, 1h, 1d").start();
    let client = at(&app, "192.0.2.1");
    for length in ["60", "3600", "86400", "86400"] {
        let locked = fail(&client, "ann", 5);
        assert_eq!((locked.status, locked.header("retry-after")), (429, Some(length)));
        app.clock.advance(Duration::seconds(length.parse().expect("a number")));
    }
    app.clock.advance(Duration::DAY);
    assert_eq!(fail(&client, "ann", 5).header("retry-after"), Some("60"));
}

#[test]
fn each_limit_of_an_address_is_enforced_by_itself() {
    let app = site().setting("LOCKOUT_ADDRESS_LIMITS", "3/m, 5/h").start();
    let client = at(&app, "192.0.2.1");
    let spray = |number: usize| client.log_in(&format!("victim{number}"), "wrong");
    assert_eq!([spray(1).status, spray(2).status], [200, 200]);
    let slowed = spray(3);
    assert_eq!((slowed.status, slowed.header("retry-after")), (429, Some("60")));
    app.clock.advance(Duration::MINUTE);
    assert_eq!(spray(4).status, 200);
    let locked = spray(5);
    assert_eq!((locked.status, locked.header("retry-after")), (429, Some("3600")));
    app.clock.advance(HOUR - Duration::SECOND);
    assert!(!is_let_in(&client, "bob"));
    app.clock.advance(Duration::SECOND);
    assert!(is_let_in(&client, "bob"));
}

#[test]
fn a_clock_that_is_set_back_makes_no_lock_longer_than_it_may_be() {
    for limits in ["", "5/h"] {
        let app = site().setting("LOCKOUT_ADDRESS_LIMITS", limits).start();
        let client = at(&app, "192.0.2.1");
        fail(&client, "ann", 5);
        app.clock.advance(-Duration::days(30));
        let locked = client.log_in("ann", PASSWORD);
        assert_eq!((locked.status, locked.header("retry-after")), (429, Some("3600")));
        app.clock.advance(HOUR - Duration::SECOND);
        assert!(!is_let_in(&client, "ann"));
        app.clock.advance(Duration::SECOND);
        assert!(is_let_in(&client, "ann"), "{limits}");
    }
}
