//! Real axes on the same database, by the same settings.

use serde_json::{Value, json};
use time::Duration;

use super::{HOUR, at, fail, is_let_in};
use crate::support::{Client, Oracle, PASSWORD, TestApp, TestAppBuilder};

/// Where everybody calls from.
const HERE: &str = "192.0.2.1";
const BROWSER: &str = "Lynx/2.9";

/// A site that has no limit that axes does not know.
fn site() -> TestAppBuilder {
    super::site().setting("LOCKOUT_ADDRESS_LIMITS", "")
}

/// A Django by these settings of axes, and otherwise by those that agree with ours.
fn django_with(app: &TestApp, settings: &Value) -> Oracle {
    let mut all = json!({
        "AXES_FAILURE_LIMIT": 5,
        "AXES_COOLOFF_TIME": 1,
        "AXES_LOCKOUT_PARAMETERS": [["username", "ip_address"]],
        "AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT": false,
        "AXES_ENABLE_ACCESS_FAILURE_LOG": true,
    });
    for (name, value) in settings.as_object().expect("settings") {
        all[name] = value.clone();
    }
    let backends = "axes.backends.AxesStandaloneBackend,django.contrib.auth.backends.ModelBackend";
    app.oracle().with("VESTIBULE_TEST_AXES", &all.to_string()).with("VESTIBULE_TEST_BACKENDS", backends)
}

fn django(app: &TestApp) -> Oracle {
    django_with(app, &json!({}))
}

/// A failure there; the status.
fn fail_there(django: &Oracle, username: &str) -> u64 {
    log_in_there(django, username, "wrong")
}

fn log_in_there(django: &Oracle, username: &str, password: &str) -> u64 {
    let answer = django.ask(&["login", username, password, HERE, BROWSER, "*/*"]);
    answer["status"].as_u64().expect("a status")
}

fn is_locked_there(django: &Oracle, username: &str) -> bool {
    django.ask(&["axes-is-locked", username, HERE, BROWSER]) == json!(true)
}

/// The same browser here.
fn browser(app: &TestApp) -> Client {
    let client = at(app, HERE);
    client.set_header("user-agent", BROWSER);
    client
}

/// Rows but for what may differ: ids, times, and the log-in page's address.
fn comparable(rows: &Value) -> Vec<Value> {
    let rows = rows.as_array().expect("rows").iter().cloned();
    let bare = |mut row: Value| {
        for column in ["id", "attempt_time", "path_info", "session_hash", "logout_time"] {
            row.as_object_mut().expect("a row").remove(column);
        }
        row
    };
    rows.map(bare).collect()
}

#[test]
fn failures_on_both_sides_lock_both() {
    let app = site().start();
    let django = django(&app);
    for _ in 0..3 {
        assert_eq!(fail_there(&django, "ann"), 200);
    }
    assert_eq!(fail(&browser(&app), "ann", 1).status, 200);
    assert!(!is_locked_there(&django, "ann"));
    assert_eq!(fail(&browser(&app), "ann", 1).status, 429);
    assert!(is_locked_there(&django, "ann") && !is_let_in(&browser(&app), "ann"));
    assert_eq!(log_in_there(&django, "ann", PASSWORD), 429);
    assert!(!is_locked_there(&django, "bob") && is_let_in(&browser(&app), "bob"));

    assert_eq!(fail(&browser(&app), "bob", 3).status, 200);
    assert_eq!([fail_there(&django, "bob"), fail_there(&django, "bob")], [200, 429]);
    let locked = browser(&app).log_in("bob", PASSWORD);
    assert_eq!(locked.status, 429);
    let wait: i64 = locked.header("retry-after").and_then(|wait| wait.parse().ok()).expect("a number");
    assert!((3_500..=3_600).contains(&wait), "an hour from the failure there: {wait}");
}

#[test]
fn another_browser_of_django_counts_too_and_a_lock_there_is_one_here_at_the_first_try() {
    let app = site().start();
    let django = django(&app);
    for turn in 0..5 {
        django.ask(&["login", "ann", "wrong", HERE, &format!("Browser {turn}")]);
    }
    let before = app.auth.hashers.runs();
    assert_eq!(fail(&browser(&app), "ann", 1).status, 429);
    assert_eq!(app.auth.hashers.runs(), before, "without a hash");
    assert!(is_let_in(&at(&app, "192.0.2.2"), "ann"));
}

#[test]
fn django_refuses_who_is_locked_here_and_its_admin_shows_the_rows() {
    let app = site().setting("AXES_ENABLE_ACCESS_FAILURE_LOG", "true").start();
    let django = django(&app);
    django.ask(&["create-user", "root", "root@example.org", PASSWORD, "--superuser"]);
    fail(&browser(&app), "ann", 5);
    assert!(is_let_in(&browser(&app), "bob"));
    assert_eq!(log_in_there(&django, "ann", PASSWORD), 429);
    let pages = django.ask(&["axes-admin"]);
    for (page, name) in [("accessattempt", "ann"), ("accessfailurelog", "ann"), ("accesslog", "bob")] {
        assert_eq!(pages[page]["status"], 200, "{page}");
        let body = pages[page]["body"].as_str().expect("a page");
        for shown in [name, HERE, BROWSER, "/login/"] {
            assert!(body.contains(shown), "{page} shows no {shown}");
        }
    }
}

#[test]
fn each_of_axes_commands_on_django_opens_the_lock_here_at_once() {
    let commands: [&[&str]; 4] = [
        &["axes_reset"],
        &["axes_reset_username", "ann"],
        &["axes_reset_ip", HERE],
        &["axes_reset_ip_username", HERE, "ann"],
    ];
    for command in commands {
        let app = site().start();
        let django = django(&app);
        fail(&browser(&app), "ann", 4);
        let other = at(&app, HERE);
        other.set_header("user-agent", "Another");
        assert_eq!(fail(&other, "ann", 1).status, 429);
        assert!(!is_let_in(&browser(&app), "ann"));
        django.ask(&[&["axes-command"], command].concat());
        assert!(is_let_in(&browser(&app), "ann"), "{command:?}");
        assert_eq!(fail(&browser(&app), "ann", 4).status, 200, "{command:?}: it begins anew");
        assert_eq!(fail(&browser(&app), "ann", 1).status, 429, "{command:?}");
    }
}

#[test]
fn a_reset_on_django_of_somebody_else_opens_nothing_and_one_of_some_failures_forgets_them() {
    let app = site().start();
    let django = django(&app);
    fail(&browser(&app), "ann", 5);
    django.ask(&["axes-command", "axes_reset_username", "bob"]);
    django.ask(&["axes-command", "axes_reset_ip", "192.0.2.2"]);
    assert!(!is_let_in(&browser(&app), "ann"));
    fail(&browser(&app), "bob", 4);
    django.ask(&["axes-command", "axes_reset_username", "bob"]);
    assert_eq!(fail(&browser(&app), "bob", 4).status, 200);
}

#[test]
fn rows_are_as_axes_writes_them() {
    let app = site().setting("AXES_ENABLE_ACCESS_FAILURE_LOG", "true").start();
    let django = django(&app);
    let rows = |table: &str| comparable(&django.ask(&[table]));
    let forget = || {
        django.ask(&["axes-command", "axes_reset"]);
        app.database.execute("DELETE FROM axes_accessfailurelog; DELETE FROM axes_accesslog");
    };
    for typed in ["ann", "Änn 'x' <b>", "nobody@example.org"] {
        for times in 1..=2 {
            for _ in 0..times {
                fail_there(&django, typed);
            }
            let (mut theirs, their_log) = (rows("axes-attempts"), rows("axes-failure-logs"));
            forget();
            fail(&browser(&app), typed, times);
            // axes appends to these two for ever; an attacker could fill the disk.
            let first = |text: &Value| text.as_str().expect("a text").split("\n---------\n").next().map(str::to_owned);
            theirs[0]["get_data"] = json!(first(&theirs[0]["get_data"]));
            theirs[0]["post_data"] = json!(first(&theirs[0]["post_data"]));
            assert_eq!(rows("axes-attempts"), theirs, "{typed}");
            assert_eq!(rows("axes-failure-logs"), their_log, "{typed}");
            assert_eq!(theirs[0]["failures_since_start"], times);
            forget();
        }
    }
}

#[test]
fn log_ins_and_log_outs_are_logged_as_axes_does() {
    let app = site().start();
    let django = django(&app);
    assert_eq!(log_in_there(&django, "ann", PASSWORD), 302);
    let their_session = app.database.text("SELECT session_key FROM django_session").expect("a session");
    let client = browser(&app);
    assert!(is_let_in(&client, "ann"));
    let rows = django.ask(&["axes-logs"]);
    let both = comparable(&rows);
    assert_eq!((both.len(), &both[0]), (2, &both[1]));
    let ours = &rows[1];
    assert_eq!((ours["path_info"].as_str(), &ours["logout_time"]), (Some("/login/"), &Value::Null));
    let session = client.cookie("sessionid").expect("a session");
    for (row, session) in [(&rows[0], their_session), (ours, session)] {
        assert_eq!(row["session_hash"], vestibule::crypto::sha256_hex(&session));
    }
    client.log_out();
    let rows = django.ask(&["axes-logs"]);
    assert!(rows[1]["logout_time"].is_string() && rows[0]["logout_time"].is_null(), "{rows}");
}

#[test]
fn with_reset_on_success_a_log_in_on_either_side_forgets_the_failures_of_both() {
    let app = site().setting("AXES_RESET_ON_SUCCESS", "true").start();
    let django = django_with(&app, &json!({"AXES_RESET_ON_SUCCESS": true}));
    let both = || {
        fail(&browser(&app), "ann", 2);
        fail_there(&django, "ann");
        fail_there(&django, "ann");
    };
    both();
    assert!(is_let_in(&browser(&app), "ann"));
    assert_eq!(django.ask(&["axes-attempts"]), json!([]));
    both();
    assert_eq!(log_in_there(&django, "ann", PASSWORD), 302);
    both();
    assert!(is_let_in(&browser(&app), "ann"));
}

#[test]
fn failures_on_django_do_not_move_the_end_of_a_lock_here() {
    let app = site().start();
    let django = django(&app);
    fail(&browser(&app), "ann", 5);
    let end =
        || app.database.text("SELECT locked_until FROM vestibule_lockout WHERE failures = 5 AND username = 'ann'");
    let before = end();
    for _ in 0..3 {
        assert_eq!(fail_there(&django, "ann"), 429);
    }
    assert!(!is_let_in(&browser(&app), "ann"));
    assert_eq!((end().is_some(), end()), (true, before));
    app.clock.advance(HOUR);
    assert!(is_let_in(&browser(&app), "ann"));
}

#[test]
fn a_shorter_lock_here_by_failures_there_ends_and_is_not_followed_by_another() {
    let app = site().setting("LOCKOUT_TIERS", "1m, 1h").start();
    let django = django(&app);
    for _ in 0..5 {
        fail_there(&django, "ann");
    }
    app.clock.advance(Duration::minutes(10));
    let wait = |locked: crate::support::Response| locked.header("retry-after").map(str::to_owned);
    assert_eq!(wait(browser(&app).log_in("ann", PASSWORD)).as_deref(), Some("60"));
    app.clock.advance(Duration::seconds(30));
    assert_eq!(wait(browser(&app).log_in("ann", PASSWORD)).as_deref(), Some("30"));
    app.clock.advance(Duration::seconds(31));
    assert!(is_let_in(&browser(&app), "ann"));
}

/// Django's clock can't be moved, so its rows are made older.
fn pass_an_hour(app: &TestApp) {
    let older = if crate::support::is_postgres() {
        "attempt_time - interval '1 hour'"
    } else {
        "strftime('%Y-%m-%d %H:%M:%f', attempt_time, '-1 hour')"
    };
    app.database.execute(&format!("UPDATE axes_accessattempt SET attempt_time = {older}"));
    app.clock.advance(HOUR);
}

#[test]
fn after_the_cool_off_both_are_open_and_count_anew() {
    let app = site().start();
    let django = django(&app);
    fail_there(&django, "ann");
    fail(&browser(&app), "ann", 4);
    assert!(is_locked_there(&django, "ann") && !is_let_in(&browser(&app), "ann"));
    pass_an_hour(&app);
    assert!(!is_locked_there(&django, "ann"));
    assert!(is_let_in(&browser(&app), "ann"));
    assert_eq!(fail(&browser(&app), "ann", 4).status, 200);
    assert_eq!(app.database.number("SELECT failures_since_start FROM axes_accessattempt"), 4);
}

#[test]
fn failures_on_django_that_are_too_old_count_on_neither_side() {
    let app = site().start();
    let django = django(&app);
    for _ in 0..4 {
        fail_there(&django, "ann");
    }
    pass_an_hour(&app);
    app.clock.advance(Duration::SECOND);
    assert_eq!(fail(&browser(&app), "ann", 4).status, 200);
    assert_eq!(app.database.number("SELECT failures_since_start FROM axes_accessattempt"), 4);
}

#[test]
fn every_combination_of_parameters_is_counted_together() {
    // What they are, and whether somebody else, another address and another browser are locked too.
    let table = [
        (json!(["ip_address"]), [true, false, true]),
        (json!(["username"]), [false, true, true]),
        (json!(["username", "ip_address"]), [true, true, true]),
        (json!([["username", "user_agent"]]), [false, true, false]),
        (json!([["username", "ip_address"]]), [false, false, true]),
        (json!(["user_agent", ["username", "ip_address"]]), [true, true, true]),
    ];
    for (parameters, [name, address, other_browser]) in table {
        let app = site().setting("AXES_LOCKOUT_PARAMETERS", &parameters.to_string()).start();
        let django = django_with(&app, &json!({ "AXES_LOCKOUT_PARAMETERS": parameters }));
        for _ in 0..3 {
            assert_eq!(fail_there(&django, "ann"), 200, "{parameters}");
        }
        assert_eq!(fail(&browser(&app), "ann", 1).status, 200, "{parameters}");
        assert_eq!(fail(&browser(&app), "ann", 1).status, 429, "{parameters}");
        for (username, ip, agent, locked) in [
            ("ann", HERE, BROWSER, true),
            ("bob", HERE, BROWSER, name),
            ("ann", "192.0.2.2", BROWSER, address),
            ("ann", HERE, "Another", other_browser),
        ] {
            let there = django.ask(&["axes-is-locked", username, ip, agent]);
            assert_eq!(there, json!(locked), "Django: {parameters}: {username} {ip} {agent}");
            let client = at(&app, ip);
            client.set_header("user-agent", agent);
            assert_eq!(!is_let_in(&client, username), locked, "{parameters}: {username} {ip} {agent}");
        }
    }
}

/// Deleted, as axes does it, it would take rows of ours with it, out of the order in which log-ins lock them.
#[test]
fn a_row_that_is_forgotten_begins_anew_and_stays() {
    let app = site().start();
    fail(&at(&app, "192.0.2.1"), "ann", 2);
    let row = || app.database.number("SELECT id FROM axes_accessattempt");
    let before = row();
    // As a Django beside us has counted five more, and noted when that ends.
    app.database.execute("UPDATE axes_accessattempt SET failures_since_start = 7, post_data = 'x=1', get_data = 'y=2'");
    app.database.execute(&format!("INSERT INTO axes_accessattemptexpiration VALUES ({before}, '2030-01-01 00:00:00')"));
    app.clock.advance(HOUR);
    assert_eq!(fail(&at(&app, "192.0.2.1"), "ann", 1).status, 200);
    let number = |what: &str| app.database.number(&format!("SELECT {what}"));
    assert_eq!(row(), before);
    assert_eq!(number("failures_since_start FROM axes_accessattempt WHERE get_data = '' AND post_data <> 'x=1'"), 1);
    assert_eq!(number("failures FROM vestibule_attempt"), 1);
    assert_eq!(number("count(*) FROM axes_accessattemptexpiration"), 0);
    assert_eq!(fail(&at(&app, "192.0.2.1"), "ann", 3).status, 200);
    assert_eq!(fail(&at(&app, "192.0.2.1"), "ann", 1).status, 429);
}
