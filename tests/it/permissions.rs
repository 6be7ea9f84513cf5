//! What somebody may do, here and in Django.

use serde_json::json;
use vestibule::auth::{models::NewUser, permissions::has_perm};

use crate::support::TestApp;

/// Known ones, and what no row speaks of.
const PERMISSIONS: [&str; 8] = [
    "auth.add_user",
    "auth.view_user",
    "auth.view_group",
    "sessions.view_user",
    "auth.fly",
    "vestibule.add_post",
    "auth",
    "auth.view_user\0",
];

/// The permissions that `username` has. Django says the same of those that can stand in an argument.
fn permitted(app: &TestApp, username: &str) -> Vec<&'static str> {
    let user = app.user(username);
    let has = |permission: &&str| has_perm(&mut app.db(), &user, permission).expect("an answer");
    let ours: Vec<&str> = PERMISSIONS.into_iter().filter(has).collect();
    let askable = |permission: &&str| !permission.contains('\0');
    let question: Vec<&str> =
        ["has-perms", username].into_iter().chain(PERMISSIONS.into_iter().filter(askable)).collect();
    let comparable: Vec<&str> = ours.iter().copied().filter(askable).collect();
    assert_eq!(json!(comparable), app.oracle().ask(&question), "{username}");
    ours
}

fn permission(codename: &str) -> String {
    format!("(SELECT id FROM auth_permission WHERE codename = '{codename}')")
}

#[test]
fn a_permission_is_granted_to_a_user_or_to_a_group_that_they_are_in() {
    let app = TestApp::init().with_user("ann").with_user("bob").start();
    let (ann, bob) = (app.user("ann").id, app.user("bob").id);
    assert_eq!(permitted(&app, "ann"), [] as [&str; 0]);

    app.database.execute(&format!(
        "INSERT INTO auth_user_user_permissions (user_id, permission_id) VALUES ({ann}, {view_user});
         INSERT INTO auth_group (id, name) VALUES (7, 'editors'), (8, 'nobody');
         INSERT INTO auth_group_permissions (group_id, permission_id) VALUES (7, {view_group}), (8, {add_user});
         INSERT INTO auth_user_groups (user_id, group_id) VALUES ({ann}, 7), ({bob}, 7)",
        view_user = permission("view_user"),
        view_group = permission("view_group"),
        add_user = permission("add_user"),
    ));
    assert_eq!(permitted(&app, "ann"), ["auth.view_user", "auth.view_group"]);
    assert_eq!(permitted(&app, "bob"), ["auth.view_group"]);

    app.database.execute(&format!("UPDATE auth_user SET is_active = FALSE WHERE id = {ann}"));
    assert_eq!(permitted(&app, "ann"), [] as [&str; 0]);
}

#[test]
fn a_superuser_may_do_everything_while_active() {
    let root = NewUser { username: "root".to_owned(), is_superuser: true, ..NewUser::default() };
    let app = TestApp::init().with(root).start();
    assert_eq!(permitted(&app, "root"), PERMISSIONS);
    app.database.execute("UPDATE auth_user SET is_active = FALSE");
    assert_eq!(permitted(&app, "root"), [] as [&str; 0]);
}
