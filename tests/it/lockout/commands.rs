//! What operators ask of it: axes' commands, which open our locks too, and `axes_explain`.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use insta::assert_snapshot;
use serde_json::Value;
use time::Duration;
use vestibule::lockout::models::places;

use super::{at, fail, is_let_in, site};
use crate::support::{self, PASSWORD, SECRET_KEY, TestApp};

/// Runs a command on the site's database: exit code, standard output, standard error.
fn run_with(app: &TestApp, arguments: &[&str], settings: &[(&str, &str)]) -> (i32, String, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = support::program(folder.path(), arguments);
    command.env("VESTIBULE_DATABASE_URL", app.database.url()).env("VESTIBULE_SECRET_KEY", SECRET_KEY);
    command.envs(settings.iter().map(|(name, value)| (format!("VESTIBULE_{name}"), value)));
    let output = command.output().expect("the program");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (output.status.code().expect("an exit code"), text(output.stdout), text(output.stderr))
}

/// What a command prints that succeeds.
fn run(app: &TestApp, arguments: &[&str]) -> String {
    told(app, arguments, &[])
}

fn told(app: &TestApp, arguments: &[&str], settings: &[(&str, &str)]) -> String {
    let (code, stdout, stderr) = run_with(app, arguments, settings);
    assert_eq!((code, stderr.as_str()), (0, ""), "{arguments:?}: {stdout}");
    stdout
}

/// With what differs from run to run put aside: times, keys, rests of an hour.
fn steady(text: &str) -> String {
    let text = text.replace("(60 minutes)", "(<wait>)").replace("(59 minutes)", "(<wait>)");
    let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    for at in 0..words.len() {
        let digits = words[at].bytes().filter(u8::is_ascii_digit).count();
        if words[at].len() == 10 && digits == 8 {
            words[at] = String::from("<date>");
            words[at + 1] = String::from("<time>");
        }
        if words[at].ends_with('…') {
            words[at] = String::from("<key>…");
        }
    }
    words.join(" ")
}

fn count(app: &TestApp, table: &str) -> i64 {
    app.database.number(&format!("SELECT count(*) FROM {table}"))
}

/// The details of the resets that were recorded.
fn resets(app: &TestApp) -> Vec<String> {
    let rows = count(app, "vestibule_event WHERE kind = 'lockout_reset'");
    let row = |offset| {
        let rows = "FROM vestibule_event WHERE kind = 'lockout_reset' ORDER BY id LIMIT 1";
        app.database.text(&format!("SELECT username || '|' || detail {rows} OFFSET {offset}")).expect("a row")
    };
    (0..rows).map(row).collect()
}

#[test]
fn attempts_are_listed_as_axes_lists_them() {
    let app = site().start();
    assert_eq!(run(&app, &["axes_list_attempts"]), "");
    fail(&at(&app, "192.0.2.1"), "ann", 2);
    fail(&at(&app, "2001:db8::1"), "Ünï “x”", 1);
    app.database.execute(
        "INSERT INTO axes_accessattempt (user_agent, ip_address, username, http_accept, path_info, attempt_time, get_data, \
         post_data, failures_since_start) VALUES ('x', NULL, NULL, '', '', '2026-01-01 00:00:00+00:00', '', '', 7)",
    );
    let ours = run(&app, &["axes_list_attempts"]);
    assert_snapshot!(ours, @"
    192.0.2.1	ann	2
    2001:db8::1	Ünï “x”	1
    None	None	7
    ");
    assert_eq!(app.oracle().ask(&["axes-command", "axes_list_attempts"]), ours.as_str());
}

#[test]
fn a_list_longer_than_a_page_is_whole_and_a_name_does_nothing_on_a_terminal() {
    let app = site().start();
    let row = |name| format!("('x', '192.0.2.1', 'name{name}', '', '', '2026-01-01 00:00:00+00:00', '', '', 1)");
    app.database.execute(&format!(
        "INSERT INTO axes_accessattempt (user_agent, ip_address, username, http_accept, path_info, attempt_time, get_data, \
         post_data, failures_since_start) VALUES {}",
        (0..1_203).map(row).collect::<Vec<_>>().join(", ")
    ));
    fail(&at(&app, "192.0.2.1"), "\u{1b}[31mred\nline", 1);
    let list = run(&app, &["axes_list_attempts"]);
    assert_eq!(list.lines().count(), 1_204);
    assert_eq!(list.lines().nth(700), Some("192.0.2.1\tname700\t1"));
    assert!(list.ends_with("192.0.2.1\t\u{fffd}[31mred\u{fffd}line\t1\n"), "{list}");
    assert_eq!(run(&app, &["axes_reset"]), "1204 attempts removed.\n");
    assert_eq!(count(&app, "axes_accessattempt"), 0);
}

#[test]
fn a_pair_is_opened_by_address_and_name_and_it_is_recorded() {
    let app = site().start();
    let client = at(&app, "192.0.2.1");
    fail(&client, "ann", 5);
    fail(&client, "bob", 1);
    assert_eq!(run(&app, &["axes_reset_ip_username", "192.0.2.2", "ann"]), "No attempts found.\n");
    assert!(!is_let_in(&client, "ann"));
    assert_eq!(run(&app, &["axes_reset_ip_username", "192.0.2.1", "ann"]), "1 attempts removed.\n1 lock opened.\n");
    assert!(is_let_in(&client, "ann"));
    assert_eq!(run(&app, &["axes_list_attempts"]), "192.0.2.1\tbob\t1\n");
    assert_eq!(resets(&app), ["ann|axes_reset_ip_username 192.0.2.2 ann", "ann|axes_reset_ip_username 192.0.2.1 ann"]);
}

#[test]
fn a_name_opens_all_ways_to_write_it_from_everywhere_and_nothing_else() {
    let app = site().start();
    for (address, name) in [("192.0.2.1", "ann"), ("192.0.2.2", "ＡＮＮ"), ("192.0.2.3", "Ann@Example.org")] {
        fail(&at(&app, address), name, 5);
    }
    fail(&at(&app, "192.0.2.4"), "bob", 5);
    assert_eq!(run(&app, &["axes_reset_username", "nobody"]), "No attempts found.\n");
    assert_eq!(run(&app, &["axes_reset_username", "a nn"]), "3 attempts removed.\n3 locks opened.\n");
    for address in ["192.0.2.1", "192.0.2.2", "192.0.2.3"] {
        assert!(is_let_in(&at(&app, address), "ann"), "{address}");
    }
    assert!(!is_let_in(&at(&app, "192.0.2.4"), "bob"));
    assert_eq!(resets(&app), ["nobody|axes_reset_username nobody", "a nn|axes_reset_username 'a nn'"]);
}

#[test]
fn a_name_of_spaces_opens_nothing_of_those_who_have_none() {
    let app = site().start();
    let client = at(&app, "192.0.2.1");
    for victim in 0..10 {
        client.log_in(&format!("victim{victim}"), "wrong");
    }
    assert_eq!(run(&app, &["axes_reset_username", " "]), "No attempts found.\n");
    assert!(!is_let_in(&client, "bob"), "the address is still slowed");
}

#[test]
fn several_names_and_addresses_are_opened_at_once_and_each_is_recorded() {
    let app = site().start();
    fail(&at(&app, "192.0.2.1"), "ann", 5);
    fail(&at(&app, "192.0.2.2"), "bob", 5);
    assert_eq!(run(&app, &["axes_reset_username", "ann", "bob"]), "2 attempts removed.\n2 locks opened.\n");
    fail(&at(&app, "192.0.2.1"), "ann", 5);
    fail(&at(&app, "192.0.2.2"), "bob", 5);
    // Ten failures of one address are a lock of their own.
    assert_eq!(run(&app, &["axes_reset_ip", "192.0.2.1", "192.0.2.2"]), "2 attempts removed.\n4 locks opened.\n");
    assert!(is_let_in(&at(&app, "192.0.2.1"), "ann") && is_let_in(&at(&app, "192.0.2.2"), "bob"));
    assert_eq!(resets(&app).len(), 4);
}

#[test]
fn an_address_opens_its_own_limit_though_axes_has_no_row_of_it() {
    let app = site().start();
    let client = at(&app, "192.0.2.1");
    for victim in 0..10 {
        client.log_in(&format!("victim{victim}"), "wrong");
    }
    assert!(!is_let_in(&client, "ann"));
    app.database.execute("DELETE FROM vestibule_attempt");
    app.database.execute("UPDATE vestibule_lockout SET attempt_id = NULL");
    app.database.execute("DELETE FROM axes_accessattempt");
    assert_eq!(run(&app, &["axes_reset_ip", "192.0.2.1"]), "No attempts found.\n1 lock opened.\n");
    assert!(is_let_in(&client, "ann"));
}

#[test]
fn an_address_of_ipv6_opens_its_64() {
    let app = site().start();
    for last in 1..=5 {
        fail(&at(&app, &format!("2001:db8:1:2::{last}")), "ann", 1);
    }
    fail(&at(&app, "2001:db8:1:3::1"), "ann", 5);
    assert_eq!(run(&app, &["axes_reset_ip", "2001:DB8:1:2::5"]), "1 attempts removed.\n1 lock opened.\n");
    assert!(is_let_in(&at(&app, "2001:db8:1:2::1"), "ann"));
    assert!(!is_let_in(&at(&app, "2001:db8:1:3::1"), "ann"));
}

#[test]
fn a_known_device_is_opened_by_its_account() {
    let app = site().start();
    let own = at(&app, "192.0.2.1");
    assert!(is_let_in(&own, "ann"));
    own.log_out();
    fail(&own, "ann", 5);
    assert!(!is_let_in(&own, "ann"));
    assert_eq!(run(&app, &["axes_reset_username", "ann"]), "1 attempts removed.\n2 locks opened.\n");
    assert!(is_let_in(&own, "ann"));
}

#[test]
fn everything_is_opened_at_once() {
    let app = site().start();
    for address in ["192.0.2.1", "2001:db8::1"] {
        for name in ["ann", "bob"] {
            fail(&at(&app, address), name, 5);
        }
    }
    let text = run(&app, &["axes_reset"]);
    // The addresses were slowed too.
    assert_eq!(text, "4 attempts removed.\n6 locks opened.\n");
    assert_eq!(run(&app, &["axes_reset"]), "No attempts found.\n");
    assert!(is_let_in(&at(&app, "192.0.2.1"), "ann") && is_let_in(&at(&app, "2001:db8::1"), "bob"));
    assert_eq!(resets(&app), ["|axes_reset", "|axes_reset"]);
}

#[test]
fn what_is_no_address_or_no_name_opens_nothing() {
    let app = site().start();
    fail(&at(&app, "192.0.2.1"), "ann", 5);
    for (arguments, part) in [
        (&["axes_reset_ip", ""] as &[&str], "not an IP address"),
        (&["axes_reset_ip", "192.0.2.1", "nonsense"], "invalid value 'nonsense' for '<IP>...': not an IP address"),
        (&["axes_reset_ip"], "required"),
        (&["axes_reset_ip_username", "ann", "192.0.2.1"], "not an IP address"),
        (&["axes_reset_ip_username", "192.0.2.1", ""], "a value is required"),
        (&["axes_reset_username", ""], "a value is required"),
        (&["axes_reset_username"], "required"),
        (&["axes_reset_logs", "--age", "-1"], "--age"),
        (&["axes_explain", "ann", "here"], "not an IP address"),
    ] {
        let (code, stdout, stderr) = run_with(&app, arguments, &[]);
        assert_eq!((code, stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(stderr.contains(part), "{arguments:?}: {stderr}");
    }
    assert_eq!((count(&app, "axes_accessattempt"), resets(&app).len()), (1, 0));
}

#[test]
fn our_commands_answer_as_axes_does_and_a_row_s_end_counts_too() {
    let app = site().start();
    for command in [&["axes_reset"] as &[&str], &["axes_reset_ip", "192.0.2.1"], &["axes_reset_username", "ann"]] {
        let mut answers = Vec::new();
        for ours in [true, false] {
            app.database.execute("DELETE FROM vestibule_lockout");
            fail(&at(&app, "192.0.2.1"), "ann", 2);
            app.database.execute(
                "INSERT INTO axes_accessattemptexpiration (access_attempt_id, expires_at) \
                 SELECT id, '2030-01-01 00:00:00+00:00' FROM axes_accessattempt",
            );
            for _ in 0..2 {
                answers.push(if ours {
                    run(&app, command)
                } else {
                    let arguments = [&["axes-command"], command].concat();
                    app.oracle().ask(&arguments).as_str().expect("text").to_owned()
                });
            }
        }
        assert_eq!(answers[0], "2 attempts removed.\n");
        assert_eq!(answers[..2], answers[2..], "{command:?}");
    }
}

#[test]
fn after_a_reset_of_ours_axes_lets_in_and_after_one_of_axes_we_do() {
    let app = site().setting("LOCKOUT_ADDRESS_LIMITS", "50/h").start();
    let client = at(&app, "192.0.2.1");
    let axes =
        r#"{"AXES_FAILURE_LIMIT": 5, "AXES_LOCKOUT_PARAMETERS": [["username", "ip_address"]], "AXES_COOLOFF_TIME": 1}"#;
    let oracle = app.oracle().with("VESTIBULE_TEST_AXES", axes);
    let is_locked = || oracle.ask(&["axes-is-locked", "ann", "192.0.2.1"]) == Value::Bool(true);
    fail(&client, "ann", 5);
    assert!(is_locked());
    run(&app, &["axes_reset_username", "ann"]);
    assert!(!is_locked() && is_let_in(&client, "ann"));
    client.log_out();
    let stranger = at(&app, "192.0.2.1");
    fail(&stranger, "ann", 5);
    oracle.ask(&["axes-command", "axes_reset_ip", "192.0.2.1"]);
    assert!(is_let_in(&stranger, "ann"));
}

#[test]
fn failures_that_django_counted_are_opened_with_ours() {
    let app = site().start();
    let client = at(&app, "192.0.2.1");
    fail(&client, "ann", 2);
    for name in ["ann", "ann@example.org"] {
        app.database.execute(&format!(
            "INSERT INTO axes_accessattempt (user_agent, ip_address, username, http_accept, path_info, attempt_time, \
             get_data, post_data, failures_since_start) SELECT 'Django', '192.0.2.1', '{name}', '', '', attempt_time, '', \
             '', 2 FROM axes_accessattempt ORDER BY id LIMIT 1"
        ));
    }
    assert_snapshot!(steady(&run(&app, &["axes_explain", "ann", "192.0.2.1"])), @"
    Locked until <date> <time> UTC (<wait>).

    “ann” is the user “ann”.

    From 192.0.2.1:
      By username+ip_address: 6 of 5 failures count, 4 of them counted by Django; locked until <date> <time> UTC (<wait>) (row <key>… of vestibule_lockout).
      By 10/m, whoever is tried: 2 of 10 failures count; not locked; they are forgotten at <date> <time> UTC (row <key>… of vestibule_lockout).
      By 50/h, whoever is tried: 2 of 50 failures count; not locked; they are forgotten at <date> <time> UTC (row <key>… of vestibule_lockout).
      Row 1 of axes_accessattempt: “ann” from 192.0.2.1 in “<unknown>”: 2 failures, counted here, the last at <date> <time> UTC.
      Row 2 of axes_accessattempt: “ann” from 192.0.2.1 in “Django”: 2 failures, counted by Django, the last at <date> <time> UTC.
      Row 3 of axes_accessattempt: “ann@example.org” from 192.0.2.1 in “Django”: 2 failures, counted by Django, the last at <date> <time> UTC.

    No device is known from which they have logged in.

    To open it: vestibule axes_reset_ip_username 192.0.2.1 ann
    ");
    assert!(!is_let_in(&client, "ann"));
    assert_eq!(run(&app, &["axes_reset_username", "ANN"]), "2 attempts removed.\n1 lock opened.\n");
    assert_eq!(run(&app, &["axes_reset_username", "ann"]), "1 attempts removed.\n", "by the address of her mails");
    assert!(is_let_in(&client, "ann"));
}

#[test]
fn old_rows_of_the_logs_are_deleted_as_axes_deletes_them() {
    let app = site().setting("AXES_ENABLE_ACCESS_FAILURE_LOG", "true").setting("AXES_FAILURE_LIMIT", "50").start();
    let client = at(&app, "192.0.2.1");
    for (table, command) in
        [("axes_accesslog", "axes_reset_logs"), ("axes_accessfailurelog", "axes_reset_failure_logs")]
    {
        let old_ones = || {
            app.database.execute(&format!("DELETE FROM {table}"));
            fail(&client, "ann", 2);
            (0..2).for_each(|_| assert!(is_let_in(&client, "ann")));
            app.database.execute(&format!(
                "UPDATE {table} SET attempt_time = '2020-01-01 00:00:00+00:00' WHERE id = (SELECT max(id) FROM {table})"
            ));
        };
        old_ones();
        let oracle = |arguments: &[&str]| app.oracle().ask(&[&["axes-command", command], arguments].concat());
        let axes = [oracle(&[]), oracle(&[]), oracle(&["--age", "0"])];
        assert_eq!(count(&app, table), 0);
        old_ones();
        let ours = [run(&app, &[command]), run(&app, &[command]), run(&app, &[command, "--age", "0"])];
        assert_eq!(ours, ["1 logs removed.\n", "No logs found.\n", "1 logs removed.\n"]);
        assert_eq!(ours.each_ref().map(|text| Value::from(text.as_str())), axes);
    }
    assert_eq!(run(&app, &["axes_reset_logs", "--age", "4000000000"]), "No logs found.\n");
}

#[test]
fn a_lock_is_explained() {
    let app = site().start();
    let client = at(&app, "192.0.2.1");
    client.set_header("user-agent", "Lynx/2.9");
    fail(&client, "ann", 4);
    assert_snapshot!(steady(&run(&app, &["axes_explain", "ann", "192.0.2.1"])), @"
    Not locked.

    “ann” is the user “ann”.

    From 192.0.2.1:
      By username+ip_address: 4 of 5 failures count; not locked; they are forgotten at <date> <time> UTC (row <key>… of vestibule_lockout).
      By 10/m, whoever is tried: 4 of 10 failures count; not locked; they are forgotten at <date> <time> UTC (row <key>… of vestibule_lockout).
      By 50/h, whoever is tried: 4 of 50 failures count; not locked; they are forgotten at <date> <time> UTC (row <key>… of vestibule_lockout).
      Row 1 of axes_accessattempt: “ann” from 192.0.2.1 in “Lynx/2.9”: 4 failures, counted here, the last at <date> <time> UTC.

    No device is known from which they have logged in.
    ");
    fail(&client, "ANN", 1);
    let text = run(&app, &["axes_explain", "ann", "192.0.2.1"]);
    assert_snapshot!(steady(&text), @"
    Locked until <date> <time> UTC (<wait>).

    “ann” is the user “ann”.

    From 192.0.2.1:
      By username+ip_address: 5 of 5 failures count; locked until <date> <time> UTC (<wait>) (row <key>… of vestibule_lockout).
      By 10/m, whoever is tried: 5 of 10 failures count; not locked; they are forgotten at <date> <time> UTC (row <key>… of vestibule_lockout).
      By 50/h, whoever is tried: 5 of 50 failures count; not locked; they are forgotten at <date> <time> UTC (row <key>… of vestibule_lockout).
      Row 1 of axes_accessattempt: “ann” from 192.0.2.1 in “Lynx/2.9”: 4 failures, counted here, the last at <date> <time> UTC.
      Row 2 of axes_accessattempt: “ANN” from 192.0.2.1 in “Lynx/2.9”: 1 failure, counted here, the last at <date> <time> UTC.

    No device is known from which they have logged in.

    To open it: vestibule axes_reset_ip_username 192.0.2.1 ann
    ");
    assert_snapshot!(steady(&run(&app, &["axes_explain", "ann", "192.0.2.9"])), @"
    Not locked.

    “ann” is the user “ann”.

    From 192.0.2.9:
      By username+ip_address: 0 of 5 failures count; not locked.
      By 10/m, whoever is tried: 0 of 10 failures count; not locked.
      By 50/h, whoever is tried: 0 of 50 failures count; not locked.

    No device is known from which they have logged in.
    ");
    let command = text.lines().last().and_then(|line| line.strip_prefix("To open it: vestibule ")).expect("a command");
    run(&app, &command.split(' ').collect::<Vec<_>>());
    assert!(is_let_in(&client, "ann"), "the command that it named");
}

#[test]
fn without_an_address_all_of_an_account_are_explained() {
    let app = site().start();
    assert_snapshot!(run(&app, &["axes_explain", "nobody"]), @"
    Not locked.

    No user has the name “nobody”; failures are counted for it all the same.
    ");
    for (address, times) in [("192.0.2.1", 1), ("192.0.2.2", 5), ("2001:db8:1:2::3", 5)] {
        fail(&at(&app, address), "Nobody", times);
    }
    assert_snapshot!(steady(&run(&app, &["axes_explain", "nobody"])), @"
    Locked from 2 of 3 places.

    No user has the name “nobody”; failures are counted for it all the same.

    From 192.0.2.2:
      By username+ip_address: 5 of 5 failures count; locked until <date> <time> UTC (<wait>) (row <key>… of vestibule_lockout).
      By 10/m, whoever is tried: 5 of 10 failures count; not locked; they are forgotten at <date> <time> UTC (row <key>… of vestibule_lockout).
      By 50/h, whoever is tried: 5 of 50 failures count; not locked; they are forgotten at <date> <time> UTC (row <key>… of vestibule_lockout).
      Row 2 of axes_accessattempt: “Nobody” from 192.0.2.2 in “<unknown>”: 5 failures, counted here, the last at <date> <time> UTC.

    From 2001:db8:1:2::3:
      By username+ip_address: 5 of 5 failures count; locked until <date> <time> UTC (<wait>) (row <key>… of vestibule_lockout).
      By 10/m, whoever is tried: 5 of 10 failures count; not locked; they are forgotten at <date> <time> UTC (row <key>… of vestibule_lockout).
      By 50/h, whoever is tried: 5 of 50 failures count; not locked; they are forgotten at <date> <time> UTC (row <key>… of vestibule_lockout).
      Row 3 of axes_accessattempt: “Nobody” from 2001:db8:1:2::3 in “<unknown>”: 5 failures, counted here, the last at <date> <time> UTC.

    From 192.0.2.1:
      By username+ip_address: 1 of 5 failures count; not locked; they are forgotten at <date> <time> UTC (row <key>… of vestibule_lockout).
      By 10/m, whoever is tried: 1 of 10 failures count; not locked; they are forgotten at <date> <time> UTC (row <key>… of vestibule_lockout).
      By 50/h, whoever is tried: 1 of 50 failures count; not locked; they are forgotten at <date> <time> UTC (row <key>… of vestibule_lockout).
      Row 1 of axes_accessattempt: “Nobody” from 192.0.2.1 in “<unknown>”: 1 failure, counted here, the last at <date> <time> UTC.

    To open it: vestibule axes_reset_username nobody
    ");
}

#[test]
fn an_address_that_is_slowed_is_explained_whoever_is_asked_for() {
    let app = site().start();
    let client = at(&app, "192.0.2.1");
    fail(&client, "ann", 5);
    fail(&client, "bob", 5);
    let text = run(&app, &["axes_explain", "carl", "192.0.2.1"]);
    assert!(text.starts_with("Locked until ") && text.contains("By 10/m, whoever is tried: 10 of 10"), "{text}");
    assert!(text.ends_with("\nTo open it: vestibule axes_reset_ip 192.0.2.1\n"), "{text}");
    let text = run(&app, &["axes_explain", "ann", "192.0.2.1"]);
    assert!(text.ends_with("\nTo open it: vestibule axes_reset_ip 192.0.2.1\n"), "it opens the pair too: {text}");
    assert!(!text.contains("axes_reset_ip_username"), "{text}");
}

#[test]
fn known_devices_are_explained_apart() {
    let app = site().start();
    let own = at(&app, "192.0.2.1");
    own.set_header("user-agent", "Lynx/2.9");
    assert!(is_let_in(&own, "ann"));
    own.log_out();
    fail(&at(&app, "192.0.2.1"), "ann", 5);
    let devices = |text: String| text[text.find("Known devices").expect("devices")..].to_owned();
    assert_snapshot!(steady(&devices(run(&app, &["axes_explain", "ann", "192.0.2.1"]))), @"
    Known devices are counted apart; what is said above does not hold for them:
      “Lynx/2.9”, which last logged in at <date> <time> UTC from 192.0.2.1: 0 of 5 failures count; not locked.

    To open it: vestibule axes_reset_ip_username 192.0.2.1 ann
    ");
    fail(&own, "ann", 5);
    run(&app, &["axes_reset_ip", "192.0.2.1"]);
    let text = run(&app, &["axes_explain", "ann", "192.0.2.1"]);
    assert!(text.starts_with("Not locked.\n"), "{text}");
    assert_snapshot!(steady(&devices(text)), @"
    Known devices are counted apart; what is said above does not hold for them:
      “Lynx/2.9”, which last logged in at <date> <time> UTC from 192.0.2.1: 0 of 5 failures count; not locked (row <key>… of vestibule_lockout).
    ");
}

#[test]
fn settings_that_decide_are_named() {
    let app = site().start();
    fail(&at(&app, "192.0.2.1"), "ann", 5);
    let begins = |settings: &[(&str, &str)], head: &str, part: &str| {
        let text = told(&app, &["axes_explain", "ann", "192.0.2.1"], settings);
        assert!(text.starts_with(head) && text.contains(part), "{settings:?}: {text}");
        text
    };
    begins(&[("AXES_ENABLED", "false")], "Not locked.\nAXES_ENABLED is false", "");
    let backends = [("AUTHENTICATION_BACKENDS", r#"["django.contrib.auth.backends.ModelBackend"]"#)];
    begins(&backends, "Not locked.\nAUTHENTICATION_BACKENDS has no axes.backends.AxesStandaloneBackend", "");
    let whitelist = ("AXES_IP_WHITELIST", r#"["192.0.2.0/24"]"#);
    begins(&[("AXES_NEVER_LOCKOUT_WHITELIST", "true"), whitelist], "Not locked.\n", "It is in AXES_IP_WHITELIST");
    begins(&[("AXES_ONLY_ADMIN_SITE", "true")], "Locked until ", "holds for the log-in to the admin, and only there");
    begins(&[("AXES_COOLOFF_TIME", "None")], "Locked until ", "");
    let denied = begins(
        &[("AXES_IP_BLACKLIST", r#"["192.0.2.1"]"#)],
        "Locked as long as the settings say so.",
        "it is in AXES_IP_BLACKLIST",
    );
    assert!(
        denied.ends_with("What AXES_IP_BLACKLIST refuses, no command opens: change the setting and start again.\n")
    );
    begins(&[("AXES_ONLY_WHITELIST", "true")], "Locked as long", "it is not in AXES_IP_WHITELIST");
}

#[test]
fn by_each_parameter_the_command_that_opens_is_named() {
    for (parameters, command) in [
        (r#"["username"]"#, "axes_reset_username ann"),
        (r#"["ip_address"]"#, "axes_reset_ip 192.0.2.1"),
        (r#"["user_agent"]"#, "axes_reset"),
        (r#"[["username", "ip_address", "user_agent"]]"#, "axes_reset_ip_username 192.0.2.1 ann"),
    ] {
        let settings = [("AXES_LOCKOUT_PARAMETERS", parameters)];
        let app = site().setting("AXES_LOCKOUT_PARAMETERS", parameters).start();
        let client = at(&app, "192.0.2.1");
        client.set_header("user-agent", "Lynx/2.9");
        fail(&client, "ann", 5);
        let text = told(&app, &["axes_explain", "ann", "192.0.2.1"], &settings);
        let remedy = format!("\nTo open it: vestibule {command}\n");
        assert!(text.starts_with("Locked ") && text.ends_with(&remedy), "{parameters}: {text}");
        let anywhere = told(&app, &["axes_explain", "ann"], &settings);
        assert!(anywhere.starts_with("Locked from "), "{parameters}: {anywhere}");
        let other = told(&app, &["axes_explain", "ann", "192.0.2.1", "--user-agent", "Firefox"], &settings);
        assert_eq!(other.starts_with("Not locked."), parameters.contains("user_agent"), "{parameters}: {other}");
        told(&app, &command.split(' ').collect::<Vec<_>>(), &settings);
        assert!(is_let_in(&client, "ann"), "{parameters}");
    }
}

#[test]
fn whoever_waits_for_others_is_told_so_and_a_limit_that_was_lowered_locks() {
    let app = site().start();
    let client = at(&app, "192.0.2.1");
    fail(&client, "ann", 4);
    let lowered = told(&app, &["axes_explain", "ann", "192.0.2.1"], &[("AXES_FAILURE_LIMIT", "3")]);
    assert!(lowered.starts_with("Locked until "), "{lowered}");
    assert!(lowered.contains("4 of 3 failures count; locked until"), "{lowered}");
    assert!(lowered.ends_with("To open it: vestibule axes_reset_ip_username 192.0.2.1 ann\n"), "{lowered}");
    let epoch = places::epoch(app.clock.now());
    app.database.execute(&format!("UPDATE vestibule_lockout SET pending = 1, epoch = {epoch}"));
    let text = run(&app, &["axes_explain", "ann", "192.0.2.1"]);
    assert!(text.starts_with("Not locked.\n") && !text.contains("To open it"), "{text}");
    assert!(
        text.contains("4 of 5 failures count, and 1 password is being checked; nobody else may try until that is done"),
        "{text}"
    );
    assert_ne!(client.log_in("ann", PASSWORD).status, 302);
}

#[test]
fn an_address_opens_what_hangs_on_the_rows_of_axes_that_go() {
    let app = site().setting("AXES_LOCKOUT_PARAMETERS", r#"["username"]"#).start();
    let client = at(&app, "192.0.2.1");
    fail(&client, "ann", 5);
    assert!(!is_let_in(&at(&app, "192.0.2.2"), "ann"));
    assert_eq!(run(&app, &["axes_reset_ip", "192.0.2.1"]), "1 attempts removed.\n1 lock opened.\n");
    assert!(is_let_in(&client, "ann"), "as when axes deletes the row");
}

#[test]
fn more_locks_than_a_batch_holds_are_opened_while_others_log_in() {
    let app = site().start();
    let row = |number: usize| {
        format!(
            "('{number}', 'username+ip_address', 'ann', '10.0.{}.{}', '', 5, 0, 0, 0, \
             '2999-01-01 00:00:00+00:00', '2999-01-01 00:00:00+00:00', 1, 0, NULL, '1970-01-01 00:00:00+00:00')",
            number / 250,
            number % 250
        )
    };
    app.database.execute(&format!(
        "INSERT INTO vestibule_lockout (subject, rule, username, address, user_agent, failures, pending, \
         pending_before, epoch, expires_at, locked_until, locks, refused, attempt_id, watched_until) VALUES {}",
        (0..2_000).map(row).collect::<Vec<_>>().join(", ")
    ));
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for name in ["ann", "bob"] {
            let (app, done) = (&app, &done);
            scope.spawn(move || {
                let mut turns = 0..200;
                while !done.load(Ordering::SeqCst)
                    && let Some(turn) = turns.next()
                {
                    let client = at(app, &format!("192.0.2.{turn}"));
                    assert_eq!(client.log_in(name, "wrong").status, 200, "{name}");
                    assert!(is_let_in(&client, name));
                }
            });
        }
        let text = run(&app, &["axes_reset_username", "ann"]);
        done.store(true, Ordering::SeqCst);
        assert!(text.ends_with("2000 locks opened.\n"), "{text}");
    });
    assert_eq!(run(&app, &["axes_reset_username", "ann"]).lines().count(), 1, "none is left");
}

#[test]
fn programs_are_told_the_same_as_json() {
    let app = site().start();
    fail(&at(&app, "192.0.2.1"), "ann", 5);
    let json = run(&app, &["axes_explain", "ann", "192.0.2.1", "--json"]);
    let value: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(value["locked"], true);
    assert_eq!(value["commands"], serde_json::json!(["vestibule axes_reset_ip_username 192.0.2.1 ann"]));
    let place = &value["places"][0];
    let pair = place["counts"].as_array().expect("counts").iter().find(|count| count["rule"] == "username+ip_address");
    let pair = pair.expect("the pair");
    assert_eq!((&pair["failures"], &pair["limit"], &pair["tier"]), (&5.into(), &5.into(), &1.into()));
    assert_eq!(pair["locked_until"], place["locked_until"]);
    assert_eq!(place["attempts"][0]["failures_elsewhere"], 0);
}

#[test]
fn an_explanation_agrees_with_what_happens() {
    let app = site().setting("LOCKOUT_TIERS", r#"["1m", "5m"]"#).start();
    let settings = [("LOCKOUT_TIERS", r#"["1m", "5m"]"#)];
    let client = at(&app, "192.0.2.1");
    fail(&client, "ann", 5);
    // The program's clock is the system's, so the past is moved instead.
    for column in ["locked_until", "expires_at", "watched_until"] {
        let moved = if support::is_postgres() {
            format!("{column} - interval '1 hour'")
        } else {
            format!("datetime({column}, '-1 hour')")
        };
        app.database.execute(&format!("UPDATE vestibule_lockout SET {column} = {moved}"));
    }
    assert!(told(&app, &["axes_explain", "ann", "192.0.2.1"], &settings).starts_with("Not locked."));
    fail(&client, "ann", 5);
    let text = told(&app, &["axes_explain", "ann", "192.0.2.1"], &settings);
    assert!(text.contains("lock number 2 in a row"), "{text}");
    let wait = ["(5 minutes)", "seconds)"];
    assert!(wait.iter().any(|wait| text.contains(wait)), "{text}");
    app.clock.advance(Duration::minutes(5));
    assert_eq!(client.log_in("ann", PASSWORD).status, 302);
}
