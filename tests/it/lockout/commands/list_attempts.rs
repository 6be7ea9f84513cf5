use insta::assert_snapshot;

use super::{at, count, fail, run, site};

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
