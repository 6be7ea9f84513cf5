//! What is only looked at: axes' logs, the log of the admin, permissions.

use vestibule::auth::models::NewUser;

use crate::support::{Client, Response, TestApp};

fn site() -> TestApp {
    let root = NewUser { username: "root".to_owned(), is_staff: true, is_superuser: true, ..NewUser::default() };
    TestApp::init().with(root).setting("AXES_ENABLE_ACCESS_FAILURE_LOG", "true").start()
}

fn cells(page: &Response) -> Vec<Vec<String>> {
    assert_eq!(page.status, 200, "{}", page.body);
    let width = page.texts("#result_list thead th:not(.action-checkbox-column)").len() - 1;
    let cells = page.texts("#result_list tbody td:not(.action-checkbox)");
    cells.chunks(width).map(<[String]>::to_vec).collect()
}

/// The title of a row's page.
fn title(client: &Client, app: &TestApp, path: &str, table: &str) -> String {
    let id = app.database.number(&format!("SELECT max(id) FROM {table}"));
    let page = client.get(&format!("{path}{id}/change/"));
    assert_eq!((page.status, page.texts("main input:not([type=hidden])").len()), (200, 0), "{}", page.body);
    page.text("main") + &page.text("nav") + &page.text("h1")
}

#[test]
fn log_ins_are_listed_with_what_attackers_wrote_as_text() {
    let app = site();
    let (root, path) = (app.logged_in("root"), "/admin/axes/accesslog/");
    app.database.execute(
        "INSERT INTO axes_accesslog (user_agent, ip_address, username, http_accept, path_info, attempt_time, session_hash) \
         VALUES ('\"><img src=x onerror=alert(1)>', '192.0.2.3', '<b>carol</b>', '', '/x', '2024-05-09 12:00:00', 'h4sh')",
    );
    let page = root.get(path);
    let row = &cells(&page)[0];
    assert_eq!(row[1..], ["192.0.2.3", "<b>carol</b>", "\"><img src=x onerror=alert(1)>", "/x"]);
    assert!(!page.body.contains("<img src=x") && !page.body.contains("h4sh"));
    assert!(
        title(&root, &app, path, "axes_accesslog").contains("Access Log for <b>carol</b> @ 2024-05-09 12:00:00+00:00")
    );
    assert_eq!(page.texts(".admin-dates li"), ["2024", &app.clock.now().year().to_string()]);
    assert_eq!(cells(&root.get(&format!("{path}?attempt_time__year=2024"))).len(), 1);
    assert_eq!(cells(&root.get(&format!("{path}?logout_time__isnull=True&q=192.0.2.3"))).len(), 1);
    assert_eq!(root.get(&format!("{path}?session_hash=h4sh")).location(), "/admin/axes/accesslog/?e=1");

    let id = app.database.number("SELECT max(id) FROM axes_accesslog");
    assert_eq!(root.submit(&format!("{path}{id}/delete/"), &[]).location(), path);
    assert_eq!(app.database.number("SELECT count(*) FROM axes_accesslog WHERE username = '<b>carol</b>'"), 0);
}

#[test]
fn failures_are_listed_and_named_as_in_axes() {
    let app = site();
    let path = "/admin/axes/accessfailurelog/";
    app.client().log_in("nobody", "wrong");
    app.database.execute(
        "INSERT INTO axes_accessfailurelog (user_agent, ip_address, username, http_accept, path_info, attempt_time, \
         locked_out) VALUES ('curl', '192.0.2.3', 'carol', '', '/login/', '2024-05-09 12:00:00.000123', true)",
    );
    let root = app.logged_in("root");
    assert_eq!(cells(&root.get(path)).len(), 2);
    let locked = cells(&root.get(&format!("{path}?locked_out__exact=1")));
    assert_eq!(locked, [["192.0.2.3", "carol", "curl", "/login/", "Yes"]]);
    let expected = "Failed access: user carol locked out on 2024-05-09 12:00:00.000123+00:00 from 192.0.2.3";
    assert!(title(&root, &app, path, "axes_accessfailurelog").contains(expected));
    assert_eq!(root.get(&format!("{path}add/")).status, 403);
}

#[test]
fn the_log_of_the_admin_is_told_in_words_and_nobody_deletes_it() {
    let app = site();
    let (root, path) = (app.logged_in("root"), "/admin/admin/logentry/");
    root.submit("/admin/auth/group/add/", &[("name", "keepers")]);
    let id = app.database.number("SELECT max(id) FROM auth_group");
    root.submit(&format!("/admin/auth/group/{id}/change/"), &[("name", "pilots")]);
    let rows = cells(&root.get(path));
    let expected = [
        ["root", "auth | group", "pilots", "Change", "Changed Name."],
        ["root", "auth | group", "keepers", "Addition", "Added."],
    ];
    assert_eq!(rows, expected);
    let link = root.get(path).attribute("td a[href*=group]", "href");
    assert_eq!(link, Some(format!("/admin/auth/group/{id}/change/")));
    assert_eq!(cells(&root.get(&format!("{path}?action_flag__exact=1"))), expected[1..]);
    assert_eq!(cells(&root.get(&format!("{path}?q=pilots"))), expected[..1]);
    assert!(title(&root, &app, path, "django_admin_log").contains("Changed “pilots” — Changed Name."));
    let own = format!("{path}{}/", app.database.number("SELECT max(id) FROM django_admin_log"));
    let pages = [format!("{own}delete/"), format!("{path}add/")];
    assert!(pages.iter().all(|page| root.get(page).status == 403));
    assert!(!root.get(path).body.contains("delete_selected"));
}

#[test]
fn permissions_are_looked_up_by_app_and_changed_by_nobody() {
    let app = site();
    let (root, path) = (app.logged_in("root"), "/admin/auth/permission/");
    let rows = cells(&root.get(&format!("{path}?app_label=auth&q=user")));
    assert_eq!(rows, ["add_user", "change_user", "delete_user", "view_user"].map(|name| ["auth", "user", name]));
    let page = root.get(path);
    assert!(page.texts(".admin-filters li").iter().any(|app| app == "vestibule"), "posts have permissions");
    assert!(title(&root, &app, path, "auth_permission").contains("Can"));
    let id = app.database.number("SELECT min(id) FROM auth_permission");
    assert_eq!(root.get(&format!("{path}{id}/delete/")).status, 403);
    assert_eq!(root.get(&format!("{path}add/")).status, 403);
}
