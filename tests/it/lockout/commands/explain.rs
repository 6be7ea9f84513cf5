use insta::assert_snapshot;
use serde_json::Value;
use time::Duration;
use vestibule::lockout::models::places;

use super::{at, fail, is_let_in, run, site, steady, told};
use crate::support::{self, PASSWORD};

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
    Known devices are counted apart; the counts above do not lock them:
      “Lynx/2.9”, which last logged in at <date> <time> UTC from 192.0.2.1: 0 of 5 failures count; not locked.

    To open it: vestibule axes_reset_ip_username 192.0.2.1 ann
    ");
    fail(&own, "ann", 5);
    run(&app, &["axes_reset_ip", "192.0.2.1"]);
    let text = run(&app, &["axes_explain", "ann", "192.0.2.1"]);
    assert!(text.starts_with("Not locked.\n"), "{text}");
    assert_snapshot!(steady(&devices(text)), @"
    Known devices are counted apart; the counts above do not lock them:
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
    let both = [("AXES_ONLY_WHITELIST", "true"), whitelist, ("AXES_IP_BLACKLIST", r#"["192.0.2.1"]"#)];
    let denied = begins(&both, "Locked as long", "it is in AXES_IP_BLACKLIST");
    assert!(!denied.contains("What AXES_IP_WHITELIST refuses"), "{denied}");
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
fn programs_are_told_the_same_as_json() {
    let app = site().start();
    fail(&at(&app, "192.0.2.1"), "ann", 5);
    let json = run(&app, &["axes_explain", "ann", "192.0.2.1", "--json"]);
    let value: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(value["locked"], true);
    assert_eq!(value["commands"], serde_json::json!(["vestibule axes_reset_ip_username 192.0.2.1 ann"]));
    let source = &value["sources"][0];
    let pair = source["counts"].as_array().expect("counts").iter().find(|count| count["rule"] == "username+ip_address");
    let pair = pair.expect("the pair");
    assert_eq!((&pair["failures"], &pair["limit"], &pair["tier"]), (&5.into(), &5.into(), &1.into()));
    assert_eq!(pair["locked_until"], source["locked_until"]);
    assert_eq!(source["attempts"][0]["failures_elsewhere"], 0);
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
