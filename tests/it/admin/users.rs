//! Users are added, looked at and changed.

use serde_json::Value;
use vestibule::users::model as users;

use super::{NEW, USERS, change, errors, events, group, logged, may_log_in, page, said};
use crate::support::{Client, PASSWORD, Response, TestApp, TestAppBuilder};

const ADD: &str = "/admin/auth/user/add/";
const TAKEN: &str = "A user with that username already exists.";
const REQUIRED: &str = "This field is required.";

fn site() -> TestAppBuilder {
    TestApp::init().with_superuser("root").with_user("ann").setting("NOTIFY_NEW_DEVICE", "false")
}

fn add(client: &Client, username: &str, password: &str, more: &[(&str, &str)]) -> Response {
    let fields = [("username", username), ("password1", password), ("password2", password)];
    client.submit_filled(ADD, &[&fields, more].concat())
}

#[test]
fn a_user_is_added_in_two_steps() {
    let app = site().start();
    let root = app.in_admin("root");
    let page = root.get(&format!("{ADD}?username=zoe"));
    assert_eq!(page.attribute("form#user_form input[name=username]", "value").as_deref(), Some("zoe"));
    assert_eq!(page.texts("form#user_form input[type=radio][name=usable_password]").len(), 2);
    let answer = add(&root, "zoe", NEW, &[("_save", "Save")]);
    assert_eq!(answer.location(), change(&app, "zoe"));
    assert!(said(&root, &answer).contains("The user “zoe” was added successfully. You may edit it again below."));
    assert_eq!(logged(&app), ["1 zoe [{\"added\": {}}]"]);
    assert_eq!(events(&app, "account_added", "zoe", "root"), 1);
    assert!(may_log_in(&app, "zoe", NEW));
    let zoe = app.user("zoe");
    assert!(zoe.is_active && !zoe.is_staff && !zoe.is_superuser);

    let another = add(&root, "zara", NEW, &[("_addanother", "x")]);
    assert_eq!(another.location(), ADD);
    assert!(said(&root, &another).contains("You may add another user below."));
    assert_eq!(app.oracle().ask(&["users"]).as_array().map(Vec::len), Some(4));
}

#[test]
fn a_new_user_may_have_no_password_at_all() {
    let app = site().start();
    let root = app.in_admin("root");
    assert_eq!(add(&root, "zoe", "", &[("usable_password", "false")]).status, 302);
    assert!(app.user("zoe").password.starts_with('!'));
    let page = root.get(&change(&app, "zoe"));
    assert!(page.text(".field-password").contains("No password set."), "{}", page.text(".field-password"));
    assert!(page.text(".field-password a").contains("Set password"));
}

#[test]
fn what_is_wrong_with_a_new_user_stands_at_its_field_and_nobody_is_added() {
    let app = site().start();
    let root = app.in_admin("root");
    let before = app.database.snapshot();
    for (username, problem) in [
        ("", REQUIRED),
        ("a b", "Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters."),
        ("ANN", TAKEN),
        ("ann", TAKEN),
        // NFKC makes it the same.
        ("ａnn", TAKEN),
        ("ann@example.org", "This is the e-mail address of somebody else, who may log in with it."),
        (&"x".repeat(151), "Ensure this value has at most 150 characters (it has 151)."),
    ] {
        let answer = add(&root, username, NEW, &[]);
        assert_eq!((answer.status, errors(&answer, "username")), (200, vec![problem.to_owned()]), "{username}");
    }
    let answer = add(&root, "zoe", "", &[]);
    assert_eq!(
        (errors(&answer, "password1"), errors(&answer, "password2")),
        (vec![REQUIRED.into()], vec![REQUIRED.into()])
    );
    let answer = root.submit_filled(ADD, &[("username", "zoe"), ("password1", NEW), ("password2", PASSWORD)]);
    assert_eq!(errors(&answer, "password2"), ["The two password fields didn’t match."]);
    for weak in ["password", "12345678901", "zoezoe"] {
        assert!(!errors(&add(&root, "zoe", weak, &[]), "password2").is_empty(), "{weak}");
    }
    let answer = add(&root, "zoe", NEW, &[("usable_password", "maybe")]);
    assert_eq!(
        errors(&answer, "usable_password"),
        ["Select a valid choice. maybe is not one of the available choices."]
    );
    assert!(!answer.body.contains(NEW), "no password is sent back");
    assert_eq!(app.database.snapshot(), before);
}

#[test]
fn to_add_users_takes_the_permission_to_change_them_too() {
    let app =
        site().with_staff("sam", &["auth.add_user"]).with_staff("kim", &["auth.add_user", "auth.change_user"]).start();
    let (sam, kim) = (app.in_admin("sam"), app.in_admin("kim"));
    assert_eq!(sam.get(ADD).status, 403);
    assert!(!sam.get("/admin/").body.contains(ADD));
    let token = sam.get("/admin/").csrf_token();
    let fields = [("csrfmiddlewaretoken", &*token), ("username", "zoe"), ("password1", NEW), ("password2", NEW)];
    assert_eq!(sam.post(ADD, &fields).status, 403);
    assert_eq!(add(&kim, "zoe", NEW, &[]).location(), change(&app, "zoe"));
}

#[test]
fn the_form_has_djangos_sections_and_fields_and_never_the_hash() {
    let app = site().with_staff("vic", &["auth.view_user"]).start();
    let page = app.in_admin("root").get(&change(&app, "ann"));
    assert_eq!(
        page.texts("form#user_form fieldset.card > legend"),
        ["user", "Personal info", "Permissions", "API", "Important dates"]
    );
    for name in [
        "username",
        "first_name",
        "last_name",
        "email",
        "is_active",
        "is_staff",
        "is_superuser",
        "groups",
        "user_permissions",
        "role",
        "last_login_0",
        "last_login_1",
        "date_joined_0",
        "date_joined_1",
        "initial-date_joined_0",
        "initial-date_joined_1",
        "_save",
        "_addanother",
        "_continue",
    ] {
        assert_eq!(page.texts(&format!("form#user_form [name={name}]")).len(), 1, "{name}");
    }
    assert_eq!(page.texts("form#user_form [name=password]").len(), 0);
    let hash = app.user("ann").password;
    let parts: Vec<&str> = hash.split('$').collect();
    for seen in [page, app.in_admin("vic").get(&change(&app, "ann"))] {
        let text = seen.text(".field-password");
        assert!(text.contains("algorithm: argon2") && text.contains("******"), "{text}");
        for secret in &parts[parts.len() - 2..] {
            assert!(!seen.body.contains(secret) && seen.body.contains(&secret[..6]), "{text}");
        }
    }
}

#[test]
fn a_form_that_nobody_touched_changes_nothing_to_the_microsecond() {
    let app = site().start();
    let root = app.in_admin("root");
    app.database.execute(
        "UPDATE auth_user SET date_joined = '2024-01-09 12:00:00.123456', last_login = '2024-01-09 12:00:01.654321' \
         WHERE username = 'ann'",
    );
    let before = app.user("ann");
    let answer = root.submit_filled(&change(&app, "ann"), &[("_save", "Save")]);
    assert_eq!(answer.location(), USERS);
    assert!(said(&root, &answer).contains("The user “ann” was changed successfully."));
    assert_eq!((app.user("ann"), logged(&app)), (before, vec!["2 ann []".to_owned()]));
}

#[test]
fn what_another_changed_meanwhile_is_not_taken_back_by_a_form_without_a_version() {
    let app = site().start();
    let root = app.in_admin("root");
    let path = change(&app, "ann");
    let form = root.get(&path).filled(&[("first_name", "Ann"), ("!_version", "")]);
    app.database.execute("UPDATE auth_user SET date_joined = '2001-01-01 00:00:00' WHERE username = 'ann'");
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(root.post(&path, &form).status, 302);
    assert_eq!(app.user("ann").date_joined.year(), 2001);
    assert_eq!(logged(&app), ["2 ann [{\"changed\": {\"fields\": [\"First name\"]}}]"]);
}

#[test]
fn what_changed_is_logged_in_djangos_words_and_told_in_an_event() {
    let app = site().start();
    let root = app.in_admin("root");
    let editors = group(&app, "editors", &[]);
    let (editors, permission) = (editors.to_string(), app.permission("auth.view_user").to_string());
    let answer = root.submit_filled(
        &change(&app, "ann"),
        &[("last_name", "Ångström"), ("is_staff", "on"), ("groups", &editors), ("user_permissions", &permission)],
    );
    assert_eq!(answer.status, 302, "{:?}", answer.text(".notice"));
    let fields = "\"Last name\", \"Staff status\", \"Groups\", \"User permissions\"";
    assert_eq!(logged(&app), [format!("2 ann [{{\"changed\": {{\"fields\": [{fields}]}}}}]")]);
    assert_eq!(events(&app, "rights_changed", "ann", "root"), 1);
    let ann = app.user("ann");
    assert!(ann.is_staff && ann.last_name == "Ångström");
    assert_eq!(app.oracle().ask(&["has-perms", "ann", "auth.view_user"]), serde_json::json!(["auth.view_user"]));
}

#[test]
fn a_changed_name_may_differ_in_case_alone_but_is_nobody_elses() {
    let app = site().start();
    let root = app.in_admin("root");
    let path = change(&app, "ann");
    let rename = |name: &str| root.submit_filled(&path, &[("username", name)]);
    assert_eq!(errors(&rename("root"), "username"), [TAKEN]);
    assert_eq!(errors(&rename("a/b"), "username").len(), 1);
    assert_eq!(errors(&rename("root@example.org"), "username").len(), 1);
    assert_eq!(rename("ann@example.org").status, 302, "their own address");
    assert_eq!(rename("ROOT").status, 302, "as in Django");
    assert_eq!(app.user("ROOT").email, "ann@example.org");
}

#[test]
fn another_address_is_told_to_the_old_one_and_ends_what_waits() {
    let app = site().start();
    let (root, ann) = (app.in_admin("root"), app.logged_in("ann"));
    ann.submit("/account/email/", &[("email", "ann@evil.example")]);
    let waiting = "SELECT count(*) FROM vestibule_unconfirmed_email";
    assert_eq!(app.database.number(waiting), 1);
    let answer = root.submit_filled(&change(&app, "ann"), &[("email", "Ann@NEW.example")]);
    assert_eq!(answer.status, 302);
    assert_eq!((app.user("ann").email.as_str(), app.database.number(waiting)), ("Ann@new.example", 0));
    assert_eq!(events(&app, "email_changed", "ann", "root"), 1);
    let letters = app.mails();
    let letter =
        letters.iter().find(|letter| letter.subject.contains("address") && letter.subject.contains("was changed"));
    let letter = letter.expect("a letter");
    assert!(letter.to == "ann@example.org" && letter.text.contains("an administrator"), "{letter:?}");
    assert!(!letter.text.contains("127.0.0.1"), "{}", letter.text);
    let bad = root.submit_filled(&change(&app, "ann"), &[("email", "nonsense")]);
    assert_eq!(errors(&bad, "email"), ["Enter a valid email address."]);
}

#[test]
fn a_role_is_given_by_superusers_and_left_alone_by_djangos_scripts() {
    let app = site().with_staff("sam", &["auth.change_user"]).start();
    let (root, path) = (app.in_admin("root"), change(&app, "ann"));
    let role = || users::role(&mut app.db(), app.user("ann").id).expect("a role");
    assert_eq!(root.submit_filled(&path, &[("role", "editor")]).status, 302);
    assert_eq!(role(), "editor");
    let body = serde_json::json!({"username": "ann", "password": PASSWORD}).to_string();
    let tokens = app.client().post_body("/api/auth/login/", "application/json", body.into_bytes());
    assert!(tokens.status == 200 && claims(&tokens.body)["role"] == "editor", "{}", tokens.body);

    assert_eq!(root.submit_filled(&path, &[("!role", ""), ("first_name", "Ann")]).status, 302);
    assert_eq!(role(), "editor");
    assert_eq!(errors(&root.submit_filled(&path, &[("role", " ")]), "role"), [REQUIRED]);
    assert_eq!(errors(&root.submit_filled(&path, &[("role", &"x".repeat(51))]), "role").len(), 1);

    let sam = app.in_admin("sam");
    assert!(sam.get(&path).text(".field-role").contains("editor"));
    assert_eq!(sam.submit_filled(&path, &[("role", "admin")]).status, 403);
    assert_eq!((role(), app.user("ann").first_name.as_str()), ("editor".to_owned(), "Ann"));
    let other = change(&app, "sam");
    assert_eq!(sam.submit_filled(&other, &[("first_name", "Sam")]).status, 302, "whose role is everybody's");
    assert_eq!(app.database.number("SELECT count(*) FROM vestibule_profile"), 1);
}

/// What the access token in an answer says.
fn claims(body: &str) -> Value {
    use base64::Engine;
    let answer: Value = serde_json::from_str(body).expect("JSON");
    let payload = answer["access"].as_str().and_then(|token| token.split('.').nth(1)).expect("a token");
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).expect("base64");
    serde_json::from_slice(&payload).expect("claims")
}

#[test]
fn what_another_application_keeps_of_somebody_is_named_and_keeps_them() {
    let app = site().start();
    let (root, kinds) = (app.in_admin("root"), "Rows of another application, in shop_order.buyer id: 1");
    let reference = "REFERENCES auth_user (id) DEFERRABLE INITIALLY DEFERRED";
    app.database.execute(&format!("CREATE TABLE shop_order (\"buyer id\" integer {reference})"));
    app.database.execute("INSERT INTO shop_order SELECT id FROM auth_user WHERE username = 'ann'");
    let asked = root.get(&page(&app, "ann", "delete"));
    let summary = asked.texts(".deletion-summary li");
    assert!(summary.contains(&format!("{kinds} (you may not delete these)")), "{summary:?}");
    assert!(!asked.body.contains("Yes, I’m sure"));
    let erased = root.submit_filled(&page(&app, "ann", "erase"), &[("current_password", PASSWORD)]);
    assert!(said(&root, &erased).contains("It is in shop_order.buyer id (1)."));
    app.database.execute("DROP TABLE shop_order");
    assert!(root.get(&page(&app, "ann", "delete")).body.contains("Yes, I’m sure"));
}
