//! Fields that no form of ours has change nothing (mass assignment).

use super::{CHANGE, DELETE, EMAIL, EVERYWHERE, NEW, REGISTER, RESET, ask_for_reset, link_to, site};
use crate::support::{Client, PASSWORD, Response, TestApp};

/// What somebody would like to be.
const EXTRA: [(&str, &str); 14] = [
    ("id", "2"),
    ("pk", "2"),
    ("user_id", "2"),
    ("is_staff", "on"),
    ("is_superuser", "true"),
    ("is_active", "on"),
    ("groups", "1"),
    ("user_permissions", "1"),
    ("last_login", "2001-01-01"),
    ("date_joined", "2001-01-01"),
    ("role", "admin"),
    ("email_verified", "true"),
    ("registering", "true"),
    ("backend", "django.contrib.auth.backends.ModelBackend"),
];

fn send(client: &Client, path: &str, fields: &[(&str, &str)]) -> Response {
    client.submit(path, &[&EXTRA[..], fields, &EXTRA[..]].concat())
}

/// What nobody can change of themselves.
fn rights(app: &TestApp) -> Vec<(i32, String, bool, bool, bool)> {
    ["ann", "bob"]
        .map(|name| app.user(name))
        .map(|user| (user.id, user.username, user.is_staff, user.is_superuser, user.is_active))
        .to_vec()
}

fn roles_and_groups(app: &TestApp) -> i64 {
    let count = |table: &str| app.database.number(&format!("SELECT count(*) FROM {table}"));
    count("vestibule_profile") + count("auth_user_groups") + count("auth_user_user_permissions")
}

#[test]
fn forms_of_ones_own_account_take_their_own_fields_alone() {
    let app = site().start();
    app.database.execute("INSERT INTO auth_group (name) VALUES ('staff')");
    let (before, bob) = ((rights(&app), roles_and_groups(&app)), app.user("bob"));
    let client = app.client();
    let own = [("username", "ann"), ("password", PASSWORD)];
    assert_eq!(send(&client, "/login/", &own).status, 302);
    let name = [
        ("first_name", "Ann"),
        ("last_name", "Other"),
        ("username", "root"),
        ("email", "root@example.org"),
        ("password", "x"),
    ];
    assert_eq!(send(&client, "/account/", &name).location(), "/account/?done=name");
    let ann = app.user("ann");
    assert_eq!((&*ann.first_name, &*ann.last_name, &*ann.email), ("Ann", "Other", "ann@example.org"));

    let email = [("email", "ann@new.example"), ("username", "root"), ("first_name", "x"), ("nonce", "x")];
    assert_eq!(send(&client, EMAIL, &email).status, 302);
    let path = link_to(&app, "ann@new.example");
    assert_eq!(send(&app.client(), &path, &[("email", "eve@example.org"), ("username", "root")]).status, 302);
    assert_eq!(app.user("ann").email, "ann@new.example");

    let change = [
        ("old_password", PASSWORD),
        ("new_password1", NEW),
        ("new_password2", NEW),
        ("username", "bob"),
        ("email", "x@y.example"),
    ];
    assert_eq!(send(&client, CHANGE, &change).status, 302);
    assert_eq!(send(&client, EVERYWHERE, &[("username", "bob")]).status, 302);

    assert_eq!((rights(&app), roles_and_groups(&app)), before);
    assert_eq!((app.user("ann").email, app.user("ann").first_name), ("ann@new.example".into(), "Ann".into()));
    assert_eq!(app.user("bob"), bob, "bob is as he was");

    client.log_in("ann", NEW);
    assert_eq!(send(&client, DELETE, &[("password", NEW), ("username", "bob")]).status, 302);
    assert_eq!(app.user("bob"), bob);
    assert_eq!(app.database.number("SELECT count(*) FROM auth_user"), 1);
}

#[test]
fn forms_for_strangers_take_their_own_fields_alone() {
    let app = site().setting("REGISTRATION_OPEN", "true").start();
    let (before, bob) = ((rights(&app), roles_and_groups(&app)), app.user("bob"));
    let reset = [
        ("email", "ann@example.org"),
        ("username", "bob"),
        ("to", "eve@example.org"),
        ("from_email", "x@y.example"),
        ("domain", "evil.example"),
    ];
    assert_eq!(send(&app.client(), RESET, &reset).status, 302);
    assert!(app.mails().iter().all(|letter| letter.to == "ann@example.org" && !letter.text.contains("evil")));
    ask_for_reset(&app.client(), "ann@example.org");
    let client = app.client();
    let at = client.get(&link_to(&app, "ann@example.org")).location().to_owned();
    let set =
        [("new_password1", NEW), ("new_password2", NEW), ("username", "bob"), ("uid", "Mg"), ("email", "x@y.example")];
    assert_eq!(send(&client, &at, &set).status, 302);

    let fields = [
        ("username", "zoe"),
        ("email", "zoe@example.org"),
        ("password1", NEW),
        ("password2", NEW),
        ("password", "x"),
        ("first_name", "Z"),
    ];
    assert_eq!(send(&app.client(), REGISTER, &fields).status, 302);
    let zoe = app.user("zoe");
    assert_eq!((zoe.is_active, zoe.is_staff, zoe.is_superuser, &*zoe.first_name), (false, false, false, ""));
    assert!(zoe.id > bob.id && zoe.last_login.is_none() && zoe.date_joined > bob.date_joined);
    assert_eq!(send(&app.client(), &link_to(&app, "zoe@example.org"), &[]).status, 302);
    let zoe = app.user("zoe");
    assert_eq!((zoe.is_active, zoe.is_staff, zoe.is_superuser), (true, false, false));
    assert_eq!((rights(&app), roles_and_groups(&app)), before);
    assert_eq!(app.user("bob"), bob);
}
