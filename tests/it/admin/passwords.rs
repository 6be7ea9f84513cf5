//! Passwords of others, one's own, and one's own again before what is dangerous.

use super::{NEW, change, errors, events, group, logged, may_log_in, page, said, submit_proven, wait_for_sudo_to_end};
use crate::support::{Client, PASSWORD, Response, TestApp, TestAppBuilder};

const OWN: &str = "/admin/password_change/";
const REQUIRED: &str = "This field is required.";

fn site() -> TestAppBuilder {
    TestApp::init().with_superuser("root").with_user("ann").setting("NOTIFY_NEW_DEVICE", "false")
}

fn set(client: &Client, path: &str, password: &str, more: &[(&str, &str)]) -> Response {
    let fields = [("password1", password), ("password2", password)];
    client.submit_filled(path, &[&fields, more].concat())
}

#[test]
fn an_administrator_sets_a_password_and_everything_else_of_that_person_ends() {
    let app = site().start();
    let (root, ann) = (app.in_admin("root"), app.logged_in("ann"));
    let body = serde_json::json!({"username": "ann", "password": PASSWORD}).to_string();
    app.client().post_body("/api/auth/login/", "application/json", body.into_bytes());
    let answer = set(&root, &page(&app, "ann", "password"), NEW, &[("set-password", "x")]);
    assert_eq!(answer.location(), change(&app, "ann"));
    assert!(said(&root, &answer).contains("Password changed successfully."));
    assert!(may_log_in(&app, "ann", NEW) && !may_log_in(&app, "ann", PASSWORD));
    assert!(!ann.is_logged_in() && root.get("/admin/").status == 200);
    assert_eq!(app.database.number("SELECT count(*) FROM token_blacklist_blacklistedtoken"), 1);
    assert_eq!(logged(&app), ["2 ann [{\"changed\": {\"fields\": [\"password\"]}}]"]);
    assert_eq!(events(&app, "password_changed", "ann", "root"), 1);
    let letters = app.mails();
    assert!(letters.len() == 1 && letters[0].to == "ann@example.org", "{letters:?}");
    assert!(letters[0].text.contains("an administrator") && letters[0].text.contains("Address: unknown"));
    // What they see of it tells that it was an administrator's doing, and not from where.
    let activity = app.database.text("SELECT detail FROM vestibule_event WHERE kind = 'password_changed'");
    assert_eq!(activity.as_deref(), Some("by root"));
    assert!(!format!("{letters:?}{:?}", app.database.snapshot()).contains(NEW));
}

#[test]
fn the_rules_for_passwords_hold_for_administrators_too() {
    let app = site().start();
    let (root, path) = (app.in_admin("root"), page(&app, "ann", "password"));
    let before = app.user("ann");
    for weak in ["password", "ann@example.org", "12345678901"] {
        assert!(!errors(&set(&root, &path, weak, &[]), "password2").is_empty(), "{weak}");
    }
    let answer = set(&root, &path, "", &[]);
    assert_eq!(
        (errors(&answer, "password1"), errors(&answer, "password2")),
        (vec![REQUIRED.into()], vec![REQUIRED.into()])
    );
    let answer = root.submit_filled(&path, &[("password1", NEW), ("password2", PASSWORD)]);
    assert_eq!(errors(&answer, "password2"), ["The two password fields didn’t match."]);
    assert_eq!(app.user("ann"), before);
}

#[test]
fn a_password_is_disabled_and_enabled_again() {
    let app = site().start();
    let (root, path) = (app.in_admin("root"), page(&app, "ann", "password"));
    let conflict = root.submit_filled(&path, &[("usable_password", "false"), ("set-password", "x")]);
    assert_eq!(conflict.location(), path);
    assert!(said(&root, &conflict).contains("Conflicting form data submitted. Please try again."));
    let none = root.submit_filled(&path, &[("usable_password", "true"), ("unset-password", "x")]);
    assert_eq!(errors(&none, "password1"), [REQUIRED]);
    assert!(may_log_in(&app, "ann", PASSWORD));

    let ann = app.logged_in("ann");
    let disable = [("usable_password", "false"), ("unset-password", "x")];
    assert!(said(&root, &root.submit_filled(&path, &disable)).contains("Password-based authentication was disabled."));
    assert!(app.user("ann").password.starts_with('!') && !ann.is_logged_in());
    assert_eq!(logged(&app), ["2 ann []"]);
    assert_eq!(events(&app, "password_disabled", "ann", "root"), 1);

    // Now there is nothing to disable.
    let form = root.get(&path);
    assert_eq!(form.texts("[name=usable_password], [name=unset-password]").len(), 0);
    assert!(form.text("button[name=set-password]").contains("Enable password-based authentication"));
    assert_eq!(errors(&root.submit_filled(&path, &disable), "password1"), [REQUIRED]);
    assert_eq!(set(&root, &path, NEW, &[]).status, 302);
    assert!(may_log_in(&app, "ann", NEW));
}

#[test]
fn who_sets_their_own_password_there_stays_and_their_other_browsers_go() {
    let app = site().start();
    let (root, other) = (app.in_admin("root"), app.in_admin("root"));
    let old_key = root.cookie("sessionid");
    assert_eq!(set(&root, &page(&app, "root", "password"), NEW, &[]).status, 302);
    assert_ne!(root.cookie("sessionid"), old_key);
    assert_eq!((root.get("/admin/").status, other.get("/admin/").status), (200, 302));
}

#[test]
fn whoever_is_not_there_has_no_password() {
    let app = site().with_staff("sam", &[]).start();
    let path = "/admin/auth/user/9999/password/";
    assert_eq!((app.in_admin("root").get(path).status, app.in_admin("sam").get(path).status), (404, 403));
}

#[test]
fn ones_own_password_is_changed_in_the_admin_as_elsewhere() {
    let app = site().with_staff("sam", &[]).start();
    let (sam, other) = (app.in_admin("sam"), app.in_admin("sam"));
    let submit = |old: &str, new: &str| {
        sam.submit_filled(OWN, &[("old_password", old), ("new_password1", new), ("new_password2", new)])
    };
    let error = |answer: &Response, field: &str| answer.text(&format!("#id_{field}_error"));
    let wrong = submit("wrong", NEW);
    assert!(error(&wrong, "old_password").contains("Your old password was entered incorrectly."));
    assert!(!error(&submit(PASSWORD, "password"), "new_password2").is_empty());
    assert!(error(&submit("", ""), "old_password").contains(REQUIRED));
    assert_eq!(app.database.number("SELECT count(*) FROM vestibule_event WHERE kind = 'login_failed'"), 1);
    let done = submit(PASSWORD, NEW);
    assert_eq!(done.location(), "/admin/password_change/done/");
    assert_eq!(sam.get(done.location()).status, 200);
    assert_eq!((sam.get("/admin/").status, other.get("/admin/").status), (200, 302));
    assert_eq!(logged(&app), [] as [String; 0]);
    assert!(app.database.number("SELECT count(*) FROM vestibule_event WHERE kind = 'password_changed'") == 1);
    // Not for those who may not come in.
    let ann = app.logged_in("ann");
    for path in [OWN, "/admin/password_change/done/"] {
        assert_eq!(ann.get(path).location(), format!("/admin/login/?next={path}"));
    }
}

#[test]
fn what_is_dangerous_takes_ones_own_password_again_after_a_while() {
    let app = site().start();
    let editors = group(&app, "editors", &[]).to_string();
    let permission = app.permission("auth.view_user").to_string();
    let root = app.in_admin("root");
    let (path, before) = (change(&app, "ann"), app.user("ann"));
    wait_for_sudo_to_end(&app);
    for field in [
        ("is_staff", "on"),
        ("is_superuser", "on"),
        ("!is_active", ""),
        ("groups", &editors),
        ("user_permissions", &permission),
        ("email", "x@example.org"),
        ("role", "admin"),
    ] {
        for given in ["", "wrong"] {
            let answer = root.submit_filled(&path, &[field, ("current_password", given)]);
            assert_eq!((answer.status, errors(&answer, "current_password").len()), (200, 1), "{field:?} {given}");
            // A lock would hide what is asked here.
            app.database.execute("DELETE FROM vestibule_lockout");
            app.database.execute("DELETE FROM axes_accessattempt");
        }
    }
    for (path, fields) in [
        (page(&app, "ann", "password"), vec![("password1", NEW), ("password2", NEW)]),
        (page(&app, "ann", "password"), vec![("usable_password", "false"), ("unset-password", "x")]),
        (page(&app, "ann", "delete"), vec![]),
    ] {
        let answer = root.submit_filled(&path, &fields);
        assert_eq!((answer.status, errors(&answer, "current_password").len()), (200, 1), "{path}");
    }
    assert_eq!(app.user("ann"), before);
    assert_eq!(app.database.number("SELECT count(*) FROM auth_user_groups"), 0);
    let failures = "SELECT count(*) FROM vestibule_event WHERE kind = 'login_failed' AND username = 'root'";
    assert_eq!(app.database.number(failures), 7, "each wrong one counts as a failed log-in");

    // What is not dangerous does not ask, nor do the tools.
    assert_eq!(root.submit_filled(&path, &[("first_name", "Ann")]).status, 302);
    for tool in ["reset_link", "end_everything", "unlock"] {
        let token = root.get(&path).csrf_token();
        let answer = root.post(&page(&app, "ann", tool), &[("csrfmiddlewaretoken", &token)]);
        assert_eq!(answer.status, 302, "{tool}");
    }
    // Given once it counts for a while.
    assert_eq!(submit_proven(&root, &path, &[("is_staff", "on")]).status, 302);
    assert_eq!(root.submit_filled(&path, &[("!is_staff", "")]).status, 302);
}
