//! Nobody gives what they don't have, and nobody changes what they may only see.

use super::{
    GROUPS, NEW, USERS,
    actions::{said, send},
    change, errors, group, page,
};
use crate::support::{Client, PASSWORD, TestApp, TestAppBuilder};

fn site() -> TestAppBuilder {
    TestApp::init().with_superuser("root").with_user("ann").with_staff("sam", &["auth.change_user", "auth.delete_user"])
}

/// Sends a form that no page of ours has.
fn forge(client: &Client, path: &str, fields: &[(&str, &str)]) -> u16 {
    let token = client.get("/admin/").csrf_token();
    let all: Vec<(&str, &str)> = fields.iter().copied().chain([("csrfmiddlewaretoken", token.as_str())]).collect();
    client.post(path, &all).status
}

const COMPLETE: [(&str, &str); 4] =
    [("username", "ann"), ("date_joined_0", "2024-01-09"), ("date_joined_1", "12:00:00"), ("is_active", "on")];

#[test]
fn who_may_only_look_sees_all_and_saves_nothing() {
    let app = site().with_staff("vic", &["auth.view_user", "auth.view_group"]).start();
    let vic = app.in_admin("vic");
    let editors = group(&app, "editors", &["auth.view_user"]);
    for path in [change(&app, "ann"), change(&app, "root"), change(&app, "vic"), format!("{GROUPS}{editors}/change/")] {
        let seen = vic.get(&path);
        assert_eq!(seen.status, 200, "{path}");
        let buttons = "main button, main input:not([type=hidden]), main select, main .button-danger";
        assert_eq!(seen.texts(buttons), [] as [String; 0], "{path}");
        assert!(!seen.body.contains("/password/") && !seen.body.contains("/unlock/"), "{path}");
    }
    let list = vic.get(USERS);
    assert!(list.status == 200 && !list.body.contains("/admin/auth/user/add/"));
    let before = app.database.snapshot();
    for name in ["ann", "vic", "root"] {
        assert_eq!(forge(&vic, &change(&app, name), &COMPLETE), 403);
        assert_eq!(forge(&vic, &page(&app, name, "delete"), &[("post", "yes")]), 403);
        let set = [("password1", NEW), ("password2", NEW), ("set-password", "x")];
        assert_eq!(forge(&vic, &page(&app, name, "password"), &set), 403);
        for tool in ["reset_link", "end_everything", "unlock", "export_data", "erase"] {
            assert_eq!(
                (forge(&vic, &page(&app, name, tool), &[]), vic.get(&page(&app, name, tool)).status),
                (403, 403)
            );
        }
    }
    let add = [("username", "zoe"), ("password1", NEW), ("password2", NEW)];
    assert_eq!(forge(&vic, "/admin/auth/user/add/", &add), 403);
    assert_eq!(forge(&vic, "/admin/auth/group/add/", &[("name", "x")]), 403);
    assert_eq!(forge(&vic, &format!("{GROUPS}{editors}/change/"), &[("name", "x")]), 403);
    assert_eq!(app.database.snapshot(), before);
}

#[test]
fn a_permission_that_the_editor_lacks_is_refused_at_its_field() {
    let app = site().start();
    let (sam, before) = (app.in_admin("sam"), app.user("ann"));
    let foreign = app.permission("auth.delete_group").to_string();
    for name in ["ann", "sam"] {
        let answer = sam.submit_filled(&change(&app, name), &[("user_permissions", &foreign), ("first_name", "X")]);
        let told = errors(&answer, "user_permissions");
        assert!(answer.status == 200 && told[0].contains("auth.delete_group"), "{told:?}");
    }
    assert_eq!(app.user("ann"), before);
    assert_eq!(app.database.number("SELECT count(*) FROM auth_user_user_permissions"), 2);
    // What they have they may give.
    let own = app.permission("auth.change_user").to_string();
    assert_eq!(sam.submit_filled(&change(&app, "ann"), &[("user_permissions", &own)]).status, 302);
    // What somebody has already may stay, though the editor lacks it.
    app.grant("ann", "auth.delete_group");
    assert_eq!(sam.submit_filled(&change(&app, "ann"), &[("first_name", "Ann")]).status, 302);
}

#[test]
fn a_group_that_may_more_than_the_editor_is_refused_at_its_field() {
    let app = site().start();
    let sam = app.in_admin("sam");
    let (mighty, weak) = (group(&app, "mighty", &["auth.delete_group"]), group(&app, "weak", &["auth.change_user"]));
    for name in ["ann", "sam"] {
        let answer = sam.submit_filled(&change(&app, name), &[("groups", &mighty.to_string())]);
        let told = errors(&answer, "groups");
        assert!(
            answer.status == 200 && told[0].contains("mighty") && told[0].contains("auth.delete_group"),
            "{told:?}"
        );
    }
    assert_eq!(app.database.number("SELECT count(*) FROM auth_user_groups"), 0);
    assert_eq!(sam.submit_filled(&change(&app, "ann"), &[("groups", &weak.to_string())]).status, 302);
}

#[test]
fn a_group_gets_no_permission_that_the_editor_lacks() {
    let app = site().with_staff("kim", &["auth.change_group", "auth.add_group"]).start();
    let kim = app.in_admin("kim");
    let editors = group(&app, "editors", &[]);
    app.database.execute(&format!(
        "INSERT INTO auth_user_groups (user_id, group_id) VALUES ({}, {editors})",
        app.user("kim").id
    ));
    let foreign = app.permission("auth.change_user").to_string();
    let path = format!("{GROUPS}{editors}/change/");
    for path in [path.as_str(), "/admin/auth/group/add/"] {
        let answer = kim.submit_filled(path, &[("name", "new"), ("permissions", &foreign)]);
        assert!(errors(&answer, "permissions")[0].contains("auth.change_user"), "{path}");
    }
    assert_eq!(app.database.number("SELECT count(*) FROM auth_group_permissions"), 0);
    let own = app.permission("auth.change_group").to_string();
    assert_eq!(kim.submit_filled(&path, &[("permissions", &own)]).status, 302);
}

#[test]
fn nobody_but_a_superuser_makes_one() {
    let app = site().start();
    let sam = app.in_admin("sam");
    for name in ["ann", "sam"] {
        let form = sam.get(&change(&app, name));
        assert_eq!((form.status, form.texts("[name=is_superuser]").len()), (200, 0), "it is only shown");
        // Nobody's form has it: as with every field that can't be changed, whoever sends it is refused.
        for sent in ["on", "", "False"] {
            let answer = sam.submit_filled(&change(&app, name), &[("is_superuser", sent), ("first_name", "X")]);
            assert_eq!(answer.status, 403, "{name} {sent}");
        }
        // A script that fills in Django's form sends nothing of a box that is not ticked.
        assert_eq!(sam.submit_filled(&change(&app, name), &[("last_name", "Y")]).status, 302);
        assert!(!app.user(name).is_superuser && app.user(name).first_name.is_empty());
    }
    let root = app.in_admin("root");
    assert_eq!(root.submit_filled(&change(&app, "ann"), &[("is_superuser", "on")]).status, 302);
    assert!(app.user("ann").is_superuser);
}

#[test]
fn what_is_no_field_of_the_form_is_refused() {
    let app = site().start();
    let (sam, root) = (app.in_admin("sam"), app.in_admin("root"));
    let before = app.user("ann");
    for editor in [&sam, &root] {
        for (name, value) in [("password", "!x"), ("id", "1"), ("password_0", "x")] {
            let answer = editor.submit_filled(&change(&app, "ann"), &[(name, value), ("first_name", "X")]);
            assert_eq!(answer.status, 403, "{name}");
        }
    }
    assert_eq!(app.user("ann"), before);
}

#[test]
fn a_superuser_is_only_looked_at_by_others() {
    let app = site().start();
    app.grant("sam", "axes.delete_accessattempt");
    let sam = app.in_admin("sam");
    let seen = sam.get(&change(&app, "root"));
    assert_eq!((seen.status, seen.texts("main button").len()), (200, 0));
    assert!(!seen.body.contains("/password/") && !seen.body.contains("/delete/"), "no links either");
    let before = app.database.snapshot();
    assert_eq!(forge(&sam, &change(&app, "root"), &COMPLETE), 403);
    assert_eq!(forge(&sam, &page(&app, "root", "delete"), &[("post", "yes")]), 403);
    let set = [("password1", NEW), ("password2", NEW), ("set-password", "x"), ("current_password", PASSWORD)];
    assert_eq!(forge(&sam, &page(&app, "root", "password"), &set), 403);
    for tool in ["reset_link", "end_everything", "unlock", "export_data", "erase"] {
        assert_eq!(forge(&sam, &page(&app, "root", tool), &[]), 403, "{tool}");
    }
    assert_eq!(app.database.snapshot(), before);
}

#[test]
fn staff_who_may_more_are_only_looked_at_by_those_who_may_less() {
    let app = site().with_staff("kim", &["auth.change_user", "auth.add_group"]).start();
    let sam = app.in_admin("sam");
    assert_eq!(forge(&sam, &page(&app, "kim", "password"), &[("password1", NEW), ("password2", NEW)]), 403);
    assert_eq!(sam.get(&change(&app, "kim")).texts("main button").len(), 0);
    assert_eq!(forge(&sam, &page(&app, "kim", "delete"), &[("post", "yes")]), 403);
    // Who was sent away keeps what they may, until somebody who may as much lets them in again.
    app.database.execute("UPDATE auth_user SET is_staff = FALSE WHERE username = 'kim'");
    let answer = sam.submit_filled(&change(&app, "kim"), &[("is_staff", "on")]);
    assert!(errors(&answer, "is_staff")[0].contains("auth.add_group"));
    assert!(!app.user("kim").is_staff);
    assert_eq!(sam.submit_filled(&change(&app, "ann"), &[("is_staff", "on")]).status, 302, "who may nothing more");
}

#[test]
fn whoever_has_a_role_is_only_looked_at_by_those_who_have_another() {
    let app = site().start();
    let sam = app.in_admin("sam");
    app.database
        .execute(&format!("INSERT INTO vestibule_profile (user_id, role) VALUES ({}, 'admin')", app.user("ann").id));
    assert_eq!(forge(&sam, &page(&app, "ann", "password"), &[("password1", NEW), ("password2", NEW)]), 403);
    assert_eq!(forge(&sam, &change(&app, "ann"), &[("email", "sam@example.org")]), 403);
    app.database
        .execute(&format!("INSERT INTO vestibule_profile (user_id, role) VALUES ({}, 'admin')", app.user("sam").id));
    assert_eq!(sam.submit_filled(&change(&app, "ann"), &[("first_name", "Ann")]).status, 302);
}

#[test]
fn rights_that_are_taken_away_are_gone_with_the_next_click() {
    let app = site().start();
    let sam = app.in_admin("sam");
    let form = sam.get(&change(&app, "ann")).filled(&[("first_name", "X")]);
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    app.database.execute("DELETE FROM auth_user_user_permissions");
    assert_eq!(sam.post(&change(&app, "ann"), &form).status, 403);
    app.database.execute("UPDATE auth_user SET is_staff = FALSE WHERE username = 'sam'");
    assert_eq!(sam.post(&change(&app, "ann"), &form).location(), format!("/admin/login/?next={}", change(&app, "ann")));
    assert_eq!(app.user("ann").first_name, "");
}

#[test]
fn nobody_logs_out_those_who_may_more_than_they() {
    let app = TestApp::init()
        .with_superuser("root")
        .with_staff("kim", &["auth.add_group"])
        .with_staff("sam", &["auth.change_user"])
        .with_user("ann")
        .start();
    let (sam, root, kim, ann) = (app.in_admin("sam"), app.in_admin("root"), app.in_admin("kim"), app.logged_in("ann"));
    let id = |name: &str| app.user(name).id.to_string();
    let (mighty, more, own) = (id("root"), id("kim"), id("ann"));
    let before = app.database.snapshot();
    for chosen in [
        &[("_selected_action", mighty.as_str()), ("_selected_action", own.as_str())][..],
        &[("_selected_action", more.as_str())],
        &[("_selected_action", own.as_str()), ("select_across", "1")],
    ] {
        for confirmed in [&[][..], &[("post", "yes")]] {
            let answer = send(&sam, USERS, &[chosen, &[("action", "log_out_everywhere")], confirmed].concat());
            assert_eq!(answer.status, 302);
            assert!(said(&sam, USERS)[0].starts_with("You may not do this with “"));
        }
    }
    assert!(root.is_logged_in() && kim.is_logged_in() && ann.is_logged_in(), "nobody, and none of the others");
    assert_eq!(app.database.snapshot(), before);
    let chosen = [("_selected_action", own.as_str()), ("action", "log_out_everywhere"), ("post", "yes")];
    assert_eq!(send(&sam, USERS, &chosen).status, 302);
    assert!(!ann.is_logged_in() && sam.is_logged_in());
}

#[test]
fn nobody_takes_the_log_in_by_address_from_those_who_may_more_than_they() {
    let app = site().with_user("bob").start();
    let sam = app.in_admin("sam");
    for name in ["ann", "sam"] {
        for email in ["root@example.org", "ROOT@example.org"] {
            let answer = sam.submit_filled(&change(&app, name), &[("email", email)]);
            assert_eq!((answer.status, errors(&answer, "email").len()), (200, 1), "{name} {email}");
        }
    }
    assert_eq!(app.client().log_in("root@example.org", PASSWORD).status, 302);
    // As Django, of others; and superusers as they like.
    assert_eq!(sam.submit_filled(&change(&app, "ann"), &[("email", "bob@example.org")]).status, 302);
    assert_eq!(sam.submit_filled(&change(&app, "ann"), &[("first_name", "Ann")]).status, 302);
    assert_eq!(app.in_admin("root").submit_filled(&change(&app, "ann"), &[("email", "root@example.org")]).status, 302);
}
