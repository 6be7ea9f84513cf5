//! Two people change one row: the second hears what the first did, and undoes nothing by accident.

use std::{
    sync::{Arc, Barrier},
    thread,
};

use time::Duration;

use super::{GROUPS, NEW, change, group, page, said};
use crate::support::{Client, PASSWORD, Response, TestApp, TestAppBuilder};

const POSTS: &str = "/admin/vestibule/post/";

fn site() -> TestAppBuilder {
    TestApp::init().with_superuser("root").with_superuser("zoe").with_user("ann").setting("NOTIFY_NEW_DEVICE", "false")
}

/// Sends a form that was shown before, with other values in some fields.
fn send(client: &Client, path: &str, shown: &Response, fields: &[(&str, &str)]) -> Response {
    let all = shown.filled(fields);
    let all: Vec<(&str, &str)> = all.iter().map(|(name, value)| (&**name, &**value)).collect();
    client.post(path, &all)
}

/// What the page says that others changed.
fn told(answer: &Response) -> Vec<String> {
    let texts = answer.texts("#changed-meanwhile li").into_iter();
    texts.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

fn value(answer: &Response, field: &str) -> String {
    answer.attribute(&format!("#id_{field}"), "value").unwrap_or_default()
}

#[test]
fn the_second_is_told_what_the_first_changed_and_decides() {
    let app = site().start();
    let (root, zoe, path) = (app.in_admin("root"), app.in_admin("zoe"), change(&app, "ann"));
    let (first, second) = (root.get(&path), zoe.get(&path));
    app.clock.advance(Duration::minutes(2));
    let done = send(&root, &path, &first, &[("first_name", "Anna"), ("last_name", "Lee")]);
    assert!(said(&root, &done).contains("was changed successfully"));

    let answer = send(&zoe, &path, &second, &[("first_name", "Hanna"), ("email", "hanna@example.org")]);
    assert_eq!(answer.status, 200);
    assert!(answer.text("title").starts_with("Error: "), "{}", answer.text("title"));
    let told = told(&answer);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[0].starts_with("First name was changed by root at 20") && told[0].contains("It is now Anna."),
        "{told:?}"
    );
    assert!(told[0].ends_with("You changed it too: the form has yours."), "{told:?}");
    assert!(
        told[1].starts_with("Last name was changed by root at 20") && told[1].ends_with("It is now Lee."),
        "{told:?}"
    );
    assert_eq!((&*app.user("ann").first_name, &*app.user("ann").email), ("Anna", "ann@example.org"));
    // What they typed stands there, and what they left alone is as it is now.
    assert_eq!(
        ["first_name", "last_name", "email"].map(|name| value(&answer, name)),
        ["Hanna", "Lee", "hanna@example.org"]
    );

    assert_eq!(send(&zoe, &path, &answer, &[]).status, 302);
    let ann = app.user("ann");
    assert_eq!([&*ann.first_name, &*ann.last_name, &*ann.email], ["Hanna", "Lee", "hanna@example.org"]);
}

#[test]
fn what_a_form_began_with_outlives_its_other_errors() {
    let app = site().start();
    let (root, path) = (app.in_admin("root"), change(&app, "ann"));
    let wrong = send(&root, &path, &root.get(&path), &[("email", "no address"), ("last_name", "Lee")]);
    assert_eq!((wrong.status, told(&wrong).len()), (200, 0));
    // As Django or a script would, which no audit log knows.
    app.database.execute("UPDATE auth_user SET first_name = '<b>Anna</b>', is_active = FALSE WHERE username = 'ann'");
    let answer = send(&root, &path, &wrong, &[("email", "still none")]);
    assert_eq!(told(&answer), ["First name was changed. It is now <b>Anna</b>.", "Active was changed. It is now No."]);
    assert_eq!((value(&answer, "first_name"), value(&answer, "last_name")), ("<b>Anna</b>".into(), "Lee".into()));
    assert!(answer.attribute("#id_is_active", "checked").is_none());
    assert_eq!(send(&root, &path, &answer, &[("email", "ann@example.org")]).status, 302);
    let ann = app.user("ann");
    assert_eq!((&*ann.first_name, &*ann.last_name, ann.is_active), ("<b>Anna</b>", "Lee", false));
}

#[test]
fn a_password_groups_and_the_role_count_and_the_last_log_in_does_not() {
    let app = site().start();
    let (root, zoe, path) = (app.in_admin("root"), app.in_admin("zoe"), change(&app, "ann"));
    let [editors, writers] = ["editors", "writers"].map(|name| group(&app, name, &[]).to_string());
    let (own, _) = (root.get(&path), app.client().log_in("ann", PASSWORD));
    let last_login = app.user("ann").last_login;
    assert!(last_login.is_some());
    assert_eq!(send(&root, &path, &own, &[("first_name", "Ann"), ("groups", &editors)]).status, 302);
    assert_eq!(app.user("ann").last_login, last_login, "what the log-in wrote is not undone");

    let shown = root.get(&path);
    let set = [("password1", NEW), ("password2", NEW), ("set-password", "x")];
    assert_eq!(zoe.submit_filled(&page(&app, "ann", "password"), &set).status, 302);
    assert_eq!(zoe.submit_filled(&path, &[("groups", &writers), ("role", "staff")]).status, 302);
    let answer = send(&root, &path, &shown, &[("first_name", "Hanna"), ("groups", &editors), ("groups", &writers)]);
    let told = told(&answer);
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told.iter().all(|told| told.contains(" was changed by zoe at 20")), "{told:?}");
    let of =
        |label: &str| told.iter().find(|told| told.starts_with(label)).unwrap_or_else(|| panic!("{label}: {told:?}"));
    assert!(of("Groups").contains("It is now writers. You changed it too"), "{told:?}");
    assert!(of("Role").ends_with("It is now staff."), "{told:?}");
    assert!(of("Password").ends_with('.') && !of("Password").contains("now"), "{told:?}");
    assert_eq!(value(&answer, "role"), "staff");
    assert_eq!(answer.texts("#id_groups option[selected]"), ["editors", "writers"]);
    assert_eq!(app.user("ann").first_name, "Ann");
    assert_eq!(send(&root, &path, &answer, &[]).status, 302);
    assert_eq!(app.user("ann").first_name, "Hanna");
    assert_eq!(app.database.number("SELECT count(*) FROM auth_user_groups"), 2);
    assert_eq!(app.database.number("SELECT count(*) FROM vestibule_profile WHERE role = 'staff'"), 1);
}

#[test]
fn both_may_want_the_same_and_a_form_without_a_version_is_saved_as_in_django() {
    let app = site().start();
    let (root, zoe, path) = (app.in_admin("root"), app.in_admin("zoe"), change(&app, "ann"));
    let (first, second) = (root.get(&path), zoe.get(&path));
    assert_eq!(send(&root, &path, &first, &[("first_name", "Anna")]).status, 302);
    assert_eq!(send(&zoe, &path, &second, &[("first_name", "Anna")]).status, 302);
    assert_eq!(send(&zoe, &path, &second, &[("first_name", "Hanna"), ("!_version", "")]).status, 302);
    assert_eq!(app.user("ann").first_name, "Hanna");
    // Nothing else says that it is no forgery, so nothing is taken for granted.
    for forged in ["", "x", "1 2 3", &format!("{}x", value_of_version(&root.get(&path)))] {
        let answer = send(&root, &path, &root.get(&path), &[("first_name", "Johanna"), ("_version", forged)]);
        assert!(answer.text("#error-summary").contains("Nothing was saved"), "{forged}");
        assert_eq!(app.user("ann").first_name, "Hanna");
        assert_eq!(value(&answer, "first_name"), "Johanna");
    }
    // Nor is that of another row.
    let other = value_of_version(&root.get(&change(&app, "zoe")));
    let answer = send(&root, &path, &root.get(&path), &[("first_name", "Johanna"), ("_version", &other)]);
    assert_eq!((answer.status, &*app.user("ann").first_name), (200, "Hanna"));
}

fn value_of_version(page: &Response) -> String {
    page.attribute("input[name=_version]", "value").expect("a version")
}

#[test]
fn a_row_that_was_deleted_meanwhile_is_said_to_be_gone() {
    let app = site().start();
    let (root, id) = (app.in_admin("root"), group(&app, "editors", &[]));
    let path = format!("{GROUPS}{id}/change/");
    let shown = root.get(&path);
    app.database.execute(&format!("DELETE FROM auth_group WHERE id = {id}"));
    let answer = send(&root, &path, &shown, &[("name", "writers")]);
    assert!(said(&root, &answer).contains("doesn’t exist. Perhaps it was deleted?"));
    assert_eq!(app.database.number("SELECT count(*) FROM auth_group"), 0);
}

#[test]
fn other_models_too_and_lines_end_as_they_do() {
    let app = site().start();
    let (root, ann) = (app.in_admin("root"), app.user("ann").id);
    app.database.execute(&format!(
        "INSERT INTO vestibule_post (id, title, body, owner_id, created_at, updated_at) \
         VALUES (7, 'News', 'One\nTwo', {ann}, '2026-03-10 12:00:00', '2026-03-10 12:00:00')"
    ));
    let path = format!("{POSTS}7/change/");
    let shown = root.get(&path);
    app.database.execute("UPDATE vestibule_post SET body = 'Three' WHERE id = 7");
    // As a browser sends it.
    let answer = send(&root, &path, &shown, &[("title", "Olds"), ("body", "One\r\nTwo")]);
    assert_eq!(told(&answer), ["Body was changed. It is now Three."]);
    assert_eq!(answer.text("#id_body").trim(), "Three");
    assert_eq!(send(&root, &path, &answer, &[]).status, 302);
    let post = app.database.text("SELECT title || ' ' || body FROM vestibule_post");
    assert_eq!(post.as_deref(), Some("Olds Three"));
}

#[test]
fn of_two_who_save_at_once_exactly_one_does() {
    let app = site().with_superuser("max").start();
    let mut clients = vec![app.in_admin("root"), app.in_admin("zoe")];
    // Of the superusers each waits for the other, of groups only what is chosen is another.
    let id = group(&app, "editors", &[]);
    let grouped = format!("{GROUPS}{id}/change/");
    let permissions = ["auth.view_user", "auth.view_group"].map(|name| app.permission(name).to_string());
    for round in 0..12 {
        let (path, field, values) = match round % 3 {
            0 => (change(&app, "ann"), "first_name", [format!("A{round}"), format!("B{round}")]),
            1 => (change(&app, "max"), "last_name", [format!("A{round}"), format!("B{round}")]),
            _ => {
                app.database.execute("DELETE FROM auth_group_permissions");
                (grouped.clone(), "permissions", permissions.clone())
            }
        };
        let barrier = Arc::new(Barrier::new(2));
        let threads: Vec<_> = clients
            .into_iter()
            .zip(values)
            .map(|(client, value)| {
                let (barrier, path, shown) = (Arc::clone(&barrier), path.clone(), client.get(&path));
                let form = shown.filled(&[(field, &value)]);
                thread::spawn(move || {
                    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (&**name, &**value)).collect();
                    barrier.wait();
                    let answer = client.post(&path, &form);
                    (client, (answer.status, told(&answer).len()))
                })
            })
            .collect();
        let mut ends: Vec<(u16, usize)>;
        (clients, ends) = threads.into_iter().map(|thread| thread.join().expect("no panic")).unzip();
        ends.sort_unstable();
        assert_eq!(ends, [(200, 1), (302, 0)], "round {round}: {path}");
    }
}
