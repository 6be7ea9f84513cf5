//! What was done to a row, and who may read it.

use super::actions::{permit, send, site, with_staff};
use crate::support::TestApp;

fn path(app: &TestApp, username: &str) -> String {
    format!("/admin/auth/user/{}/history/", app.user(username).id)
}

/// Notes something that was done to `ann`.
fn note(app: &TestApp, by: &str, flag: i32, message: &str) {
    app.database.execute(&format!(
        "INSERT INTO django_admin_log
           (action_time, object_id, object_repr, action_flag, change_message, content_type_id, user_id)
         SELECT '2024-05-01 12:00:00', CAST(a.id AS text), 'ann', {flag}, '{message}', c.id, u.id
         FROM auth_user a, auth_user u, django_content_type c
         WHERE a.username = 'ann' AND u.username = '{by}' AND c.app_label = 'auth' AND c.model = 'user'"
    ));
}

#[test]
fn each_entry_says_who_did_what_in_djangos_words_the_first_first() {
    let app = site().with_user("ann").start();
    app.database.execute("UPDATE auth_user SET first_name = 'Rosa', last_name = 'Root' WHERE username = 'root'");
    let root = app.logged_in("root");
    assert!(root.get(&path(&app, "ann")).body.contains("doesn’t have a change history"));
    let changed = |fields: &str| format!("[{{\"changed\": {{\"fields\": [{fields}]}}}}]");
    for (flag, message) in [
        (1, "[{\"added\": {}}]".to_owned()),
        (2, changed("\"First name\"")),
        (2, changed("\"A\", \"B\", \"C\"")),
        (2, "[]".to_owned()),
        (3, String::new()),
    ] {
        note(&app, "root", flag, &message);
    }
    let page = root.get(&path(&app, "ann"));
    let told = ["Added.", "Changed First name.", "Changed A, B and C.", "No fields changed.", ""];
    assert_eq!(page.texts("#change-history td:last-child"), told);
    assert_eq!(page.texts("#change-history td:nth-child(2)")[0], "root (Rosa Root)");
    assert_eq!(page.text(".admin-pages p"), "5 entries");
}

#[test]
fn a_long_history_has_pages_and_a_page_that_is_not_there_leads_to_another() {
    let app = site().with_user("ann").start();
    (0..101).for_each(|number| note(&app, "root", 2, &format!("step {number}")));
    let root = app.logged_in("root");
    let shown = |query: &str| root.get(&format!("{}{query}", path(&app, "ann"))).texts("#change-history td:last-child");
    assert_eq!((shown("").len(), shown("?p=2")), (100, vec!["step 100".to_owned()]));
    assert_eq!(shown("?p=abc").len(), 100);
    for query in ["?p=3", "?p=0", "?p=-1", "?p=9223372036854775807"] {
        assert_eq!(shown(query), ["step 100"], "{query}");
    }
}

#[test]
fn whether_a_row_is_there_is_asked_before_who_may_see_it() {
    let app = with_staff(site().with_user("ann"), "eve", false).start();
    let eve = app.logged_in("eve");
    let missing = eve.get("/admin/auth/user/999/history/");
    assert_eq!((missing.status, missing.location()), (302, "/admin/"));
    assert_eq!(eve.get("/admin/").texts(".notice"), ["User with ID “999” doesn’t exist. Perhaps it was deleted?"]);
    assert_eq!(eve.get(&path(&app, "ann")).status, 403);
    permit(&app, "eve", "auth", "view_user");
    assert_eq!(eve.get(&path(&app, "ann")).status, 200);
    assert_eq!(app.client().get(&path(&app, "ann")).location(), format!("/admin/login/?next={}", path(&app, "ann")));
}

#[test]
fn nobody_takes_anything_out_of_the_log() {
    let app = site().with_user("ann").start();
    note(&app, "root", 1, "");
    let root = app.logged_in("root");
    let id = app.database.number("SELECT id FROM django_admin_log").to_string();
    let (list, row) = ("/admin/admin/logentry/", format!("/admin/admin/logentry/{id}"));
    let confirmed = [("_selected_action", id.as_str()), ("action", "delete_selected"), ("post", "yes")];
    assert_eq!(send(&root, list, &confirmed).status, 200);
    for path in [format!("{row}/delete/"), format!("{row}/change/"), format!("{list}add/")] {
        assert_eq!(send(&root, &path, &[("post", "yes")]).status, 403, "{path}");
    }
    assert!(!root.get(list).body.contains("delete_selected"));
    assert_eq!(app.database.number("SELECT count(*) FROM django_admin_log"), 1);
}
