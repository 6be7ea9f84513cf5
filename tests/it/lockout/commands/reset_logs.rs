use serde_json::Value;

use super::{at, count, fail, is_let_in, run, site};

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
