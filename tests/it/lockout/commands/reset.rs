use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use insta::assert_snapshot;
use serde_json::Value;

use super::{at, count, fail, is_let_in, run, run_with, site, steady};
use crate::support::TestApp;

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
