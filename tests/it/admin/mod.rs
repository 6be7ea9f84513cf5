//! What administrators see and do, asked over HTTP.

mod actions;
mod at_once;
mod axes;
mod explain;
mod export;
mod figures;
mod guard;
mod history;
mod lists;
mod logs;
mod long_lists;
mod meanwhile;
mod passwords;
mod person;
mod person_data;
mod person_names;
mod posts;
mod sessions;
mod superusers;
mod tokens;
mod tools;
mod twin;
mod users;
mod xss;

use time::Duration;

use crate::support::{Client, PASSWORD, Response, TestApp};

const USERS: &str = "/admin/auth/user/";
const GROUPS: &str = "/admin/auth/group/";
/// Another good password.
const NEW: &str = "battery staple 77";

/// The path of a user's form.
fn change(app: &TestApp, username: &str) -> String {
    format!("{USERS}{}/change/", app.user(username).id)
}

/// The path of another page about a user.
fn page(app: &TestApp, username: &str, last: &str) -> String {
    format!("{USERS}{}/{last}/", app.user(username).id)
}

/// What is wrong with a field.
fn errors(response: &Response, field: &str) -> Vec<String> {
    let texts = response.texts(&format!("#id_{field}_error li"));
    texts.into_iter().map(|text| text.trim_start_matches("Error: ").to_owned()).collect()
}

/// What is said at the top of the page to which an answer leads.
fn said(client: &Client, answer: &Response) -> String {
    assert_eq!(answer.status, 302, "{}", answer.body);
    client.get(answer.location()).text("main .notice")
}

/// The messages in the admin's own log, the first first.
fn logged(app: &TestApp) -> Vec<String> {
    let count = app.database.number("SELECT count(*) FROM django_admin_log");
    let row = |at| {
        let sql = "SELECT action_flag || ' ' || object_repr || ' ' || change_message FROM django_admin_log";
        app.database.text(&format!("{sql} ORDER BY id LIMIT 1 OFFSET {at}")).expect("a row")
    };
    (0..count).map(row).collect()
}

/// How many events of a kind there are of somebody, done by somebody.
fn events(app: &TestApp, kind: &str, username: &str, by: &str) -> i64 {
    app.database.number(&format!(
        "SELECT count(*) FROM vestibule_event WHERE kind = '{kind}' AND username = '{username}' \
         AND (detail = 'by {by}' OR detail LIKE 'by {by}: %') AND ip_address = '127.0.0.1'"
    ))
}

/// Lets so much time go by that a password given before proves nothing.
fn wait_for_sudo_to_end(app: &TestApp) {
    app.clock.advance(Duration::minutes(6));
}

fn may_log_in(app: &TestApp, username: &str, password: &str) -> bool {
    app.client().log_in(username, password).status == 302
}

/// Sends a form of which all is as it stands but `fields`, with the editor's own password too.
fn submit_proven(client: &Client, path: &str, fields: &[(&str, &str)]) -> Response {
    let all: Vec<(&str, &str)> = fields.iter().copied().chain([("current_password", PASSWORD)]).collect();
    client.submit_filled(path, &all)
}

/// Makes a group that may do what these name.
fn group(app: &TestApp, name: &str, permissions: &[&str]) -> i64 {
    app.database.execute(&format!("INSERT INTO auth_group (name) VALUES ('{name}')"));
    let id = app.database.number(&format!("SELECT id FROM auth_group WHERE name = '{name}'"));
    for permission in permissions {
        let permission = app.permission(permission);
        app.database.execute(&format!(
            "INSERT INTO auth_group_permissions (group_id, permission_id) VALUES ({id}, {permission})"
        ));
    }
    id
}
