use vestibule::audit::{Changes, Entry, append as append_entries};

use super::{append, assert_found, findings, findings_with, head, keys};
use crate::support::{SECRET_KEY, TestApp, is_postgres};

/// A site with a log of nine entries, each with all that an entry can have.
fn site() -> TestApp {
    let app = TestApp::init().with_superuser("root").with_user("ann").start();
    let (root, ann) = (app.user("root"), app.user("ann"));
    let client = vestibule::client::Client {
        ip: Some("192.0.2.1".parse().expect("an address")),
        user_agent: "Firefox".to_owned(),
        ..vestibule::client::Client::default()
    };
    for number in 0..9 {
        let changes = Changes::new().with("email", "old@example.org", format!("new{number}@example.org"));
        let entry = Entry::new("change", &client).by(&root).on_user(&ann).changes(changes).detail("said");
        let now = app.clock.now();
        app.db().write(|db| append_entries(db, &keys(SECRET_KEY, &[]), &[entry], now)).expect("appended");
    }
    let keep = "CREATE TABLE kept AS SELECT * FROM vestibule_audit; \
                CREATE TABLE kept_head AS SELECT * FROM vestibule_audit_head";
    keep.split("; ").for_each(|sql| app.database.execute(sql));
    assert_eq!(findings(&app), [""; 0]);
    app
}

fn restore(app: &TestApp) {
    let sql = "DELETE FROM vestibule_audit; INSERT INTO vestibule_audit SELECT * FROM kept; \
               DELETE FROM vestibule_audit_head; INSERT INTO vestibule_audit_head SELECT * FROM kept_head";
    sql.split("; ").for_each(|sql| app.database.execute(sql));
    assert_eq!(findings(app), [""; 0]);
}

fn columns(app: &TestApp) -> Vec<String> {
    let names = if is_postgres() {
        "SELECT string_agg(column_name, ',') FROM information_schema.columns WHERE table_name = 'vestibule_audit'"
    } else {
        "SELECT group_concat(name) FROM pragma_table_info('vestibule_audit')"
    };
    let names = app.database.text(names).expect("columns");
    names.split(',').map(str::to_owned).collect()
}

#[test]
fn a_change_to_any_column_of_any_row_is_found() {
    let app = site();
    let columns = columns(&app);
    assert_eq!(columns.len(), 19);
    for column in &columns {
        let values: &[&str] = match column.as_str() {
            "id" => &["77"],
            "created_at" => &["'2001-01-01 00:00:00'"],
            "actor_id" | "subject_id" => &["77", "NULL"],
            "ip_address" => &["'192.0.2.2'", "NULL"],
            // Without the salt it looks erased.
            "actor_salt" | "subject_salt" => &["'x'", "NULL"],
            "changes" => &["'{\"email\":[\"old@example.org\",\"mallory@example.org\"]}'", "''"],
            _ => &["'x'", "''"],
        };
        for (number, value) in values.iter().flat_map(|value| [1, 4, 9].map(|number| (number, value))) {
            app.database.execute(&format!("UPDATE vestibule_audit SET {column} = {value} WHERE id = {number}"));
            assert_found(&app, number, &format!("{column} = {value}"));
            restore(&app);
        }
    }
}

#[test]
fn each_is_named_where_all_are_changed() {
    let app = site();
    append(&app, &keys(SECRET_KEY, &[]), 31);
    app.database.execute("UPDATE vestibule_audit SET action = 'x'");
    let each =
        (1..=40).map(|number| format!("{number}: changed, or put in: it does not fit after the entry before it"));
    assert_eq!(findings(&app), each.collect::<Vec<_>>());
}

#[test]
fn rows_that_are_taken_out_put_in_or_swapped_are_found() {
    let app = site();
    let copy = |from: i64, to: i64| {
        let columns = columns(&app);
        let values: Vec<&str> = columns.iter().map(|name| if name == "id" { "{to}" } else { name }).collect();
        let sql =
            format!("INSERT INTO vestibule_audit ({}) SELECT {} FROM kept", columns.join(", "), values.join(", "));
        app.database.execute(&format!("{} WHERE id = {from}", sql.replace("{to}", &to.to_string())));
    };
    for number in [1, 5, 9] {
        app.database.execute(&format!("DELETE FROM vestibule_audit WHERE id = {number}"));
        assert_found(&app, number, "deleted");
        restore(&app);
    }
    app.database.execute("DELETE FROM vestibule_audit WHERE id > 6");
    assert_eq!(findings(&app), ["7: missing, and all up to 9"]);
    append(&app, &keys(SECRET_KEY, &[]), 1);
    assert_found(&app, 7, "others came after those that were deleted");
    restore(&app);
    app.database.execute("DELETE FROM vestibule_audit");
    assert_found(&app, 1, "all were deleted");
    restore(&app);

    // Put in at the end, where the next one comes, or before the first.
    for number in [10, 0, -3, i64::MIN] {
        copy(4, number);
        assert_found(&app, number, "put in");
        append(&app, &keys(SECRET_KEY, &[]), 2);
        let found = findings(&app);
        assert!(found.len() <= 2 && found.iter().any(|text| text.starts_with(&format!("{number}: "))), "{found:?}");
        restore(&app);
    }

    app.database.execute("DELETE FROM vestibule_audit WHERE id IN (4, 5)");
    copy(4, 5);
    copy(5, 4);
    assert_found(&app, 4, "swapped");
    assert_found(&app, 5, "swapped");
}

#[test]
fn a_log_cut_short_is_found_by_its_head_and_by_what_was_noted_elsewhere() {
    let app = site();
    let before = head(&app);
    let own = keys(SECRET_KEY, &[]);
    let cut = "DELETE FROM vestibule_audit WHERE id > 6";
    // A head that fits, without a seal that does.
    app.database.execute(cut);
    app.database
        .execute("UPDATE vestibule_audit_head SET number = 6, hash = (SELECT hash FROM vestibule_audit WHERE id = 6)");
    assert_found(&app, 6, "a head that nobody sealed");
    // What is appended seals it, and says so.
    append(&app, &own, 1);
    assert_found(&app, 7, "the head was not ours");
    append(&app, &own, 5);
    assert_found(&app, 7, "nor later");
    restore(&app);

    app.database.execute("DELETE FROM vestibule_audit_head");
    assert!(!findings(&app).is_empty(), "no head at all");
    append(&app, &own, 1);
    assert_found(&app, 10, "the head was gone");
    restore(&app);

    // An older head with its seal looks right, but for what lies elsewhere.
    for sql in ["DROP TABLE kept", "DROP TABLE kept_head"] {
        app.database.execute(sql);
    }
    app.database.execute("CREATE TABLE kept AS SELECT * FROM vestibule_audit");
    app.database.execute("CREATE TABLE kept_head AS SELECT * FROM vestibule_audit_head");
    append(&app, &own, 3);
    let noted = head(&app);
    assert_eq!(findings_with(&app, &own, &[before.clone(), noted.clone()]), [""; 0]);
    restore(&app);
    assert_eq!(findings_with(&app, &own, &[before.clone(), noted.clone()]), ["12: missing: it was noted elsewhere"]);
    append(&app, &own, 3);
    let found = findings_with(&app, &own, &[before, noted]);
    assert_eq!(found, ["12: another than the one that was noted elsewhere under this number"]);
}

#[test]
fn a_rotated_key_is_known_as_long_as_it_is_among_the_fallbacks() {
    let app = site();
    let (new, known, only_new) = ("n".repeat(50), keys(&"n".repeat(50), &[SECRET_KEY]), keys(&"n".repeat(50), &[]));
    append(&app, &known, 2);
    assert_eq!(findings_with(&app, &known, &[]), [""; 0]);
    let found = findings_with(&app, &only_new, &[]);
    assert_eq!(found.len(), 9, "{found:?}");
    assert!(found.iter().all(|text| text.ends_with("neither SECRET_KEY nor among SECRET_KEY_FALLBACKS")), "{found:?}");
    // Whoever lost the old key goes on, and the old seal counts again once the key is there.
    restore(&app);
    append(&app, &only_new, 2);
    assert_eq!(findings_with(&app, &keys(&new, &[SECRET_KEY]), &[]), [""; 0]);
    assert!(findings_with(&app, &only_new, &[]).iter().any(|text| text.starts_with("10: ")));
    append(&app, &keys(&new, &[SECRET_KEY]), 1);
    assert_eq!(findings_with(&app, &keys(&new, &[SECRET_KEY]), &[]), [""; 0]);
}
