//! Why somebody may do something, and who may.

use vestibule::auth::permissions::{Source, explained};

use super::{change, group, page};
use crate::support::{Client, Response, TestApp, TestAppBuilder, hostile::TEXTS};

fn site() -> TestAppBuilder {
    TestApp::init().with_superuser("root").with_user("ann").with_user("bob")
}

fn join(app: &TestApp, username: &str, group: i64) {
    let id = app.user(username).id;
    app.database.execute(&format!("INSERT INTO auth_user_groups (user_id, group_id) VALUES ({id}, {group})"));
}

/// The lines of a table, each cell's text in one line.
fn rows(page: &Response, table: &str) -> Vec<String> {
    assert_eq!(page.status, 200, "{}", page.body);
    let line = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    page.texts(&format!("{table} tbody tr")).into_iter().map(line).collect()
}

fn holders(app: &TestApp, permission: &str) -> String {
    format!("/admin/auth/permission/{}/holders/", app.permission(permission))
}

fn export(client: &Client, path: &str) -> Vec<String> {
    let file = client.get(&format!("{path}export/"));
    assert_eq!((file.status, file.header("content-type")), (200, Some("text/csv; charset=utf-8; header=present")));
    assert!(file.header("content-disposition").is_some_and(|value| value.starts_with("attachment; ")));
    file.body.strip_suffix("\r\n").expect("a last line").split("\r\n").map(str::to_owned).collect()
}

#[test]
fn each_permission_says_from_where_somebody_has_it() {
    let app = site().start();
    let (root, path) = (app.in_admin("root"), page(&app, "ann", "permissions"));
    assert!(root.get(&change(&app, "ann")).body.contains(&path), "the form leads there");
    assert!(root.get(&path).text("#no-permissions").contains("Nothing is allowed to them"));
    let editors = group(&app, "editors", &["auth.view_user", "auth.view_group"]);
    let writers = group(&app, "writers", &["auth.view_user", "vestibule.add_post"]);
    join(&app, "ann", editors);
    app.grant("ann", "auth.view_user");
    app.grant("ann", "auth.add_user");
    app.grant("bob", "auth.delete_user");

    let seen = root.get(&path);
    assert_eq!(
        rows(&seen, "#permissions"),
        [
            "Can view group auth.view_group Group: editors",
            "Can add user auth.add_user Given to them",
            "Can view user auth.view_user Given to them Group: editors",
        ]
    );
    assert!(seen.text("#standing").contains("They are not staff") && seen.text("#standing").contains("user"));
    assert_eq!(rows(&root.get(&format!("{path}?q=VIEW+editors+user")), "#permissions").len(), 1);
    assert_eq!(root.get(&format!("{path}?q=fly")).texts("#permissions"), [] as [&str; 0]);
    join(&app, "ann", writers);
    let lines = export(&root, &path);
    assert_eq!(lines[0], "permission,name,sources");
    assert_eq!(lines[3], "auth.view_user,Can view user,\"Given to them; Group: editors; Group: writers\"");
    assert_eq!(lines.len(), 5);

    // Who can't log in may do nothing, and the page says so and what they could do.
    app.database.execute("UPDATE auth_user SET is_active = FALSE WHERE username = 'ann'");
    let seen = root.get(&path);
    assert!(seen.text("#standing").contains("so may do nothing") && rows(&seen, "#permissions").len() == 4);
    assert_eq!(explained(&mut app.db(), &app.user("ann")).expect("a look"), []);
}

#[test]
fn superusers_have_all_and_what_else_they_have_is_said_too() {
    let app = site().start();
    let (root, path) = (app.in_admin("root"), page(&app, "root", "permissions"));
    let editors = group(&app, "editors", &["auth.view_user"]);
    join(&app, "root", editors);
    let all = app.database.number("SELECT count(*) FROM auth_permission");
    let seen = root.get(&format!("{path}?q=&group={editors}"));
    let shown = rows(&seen, "#permissions");
    assert_eq!(i64::try_from(shown.len()), Ok(all));
    assert!(shown.iter().all(|row| row.contains("Superuser")), "{shown:?}");
    assert!(shown.contains(&"Can view user auth.view_user Superuser Group: editors".to_owned()), "{shown:?}");
    assert!(seen.text("#standing").contains("may do everything"));
    assert!(seen.text("#tried").contains("nothing that they may not do already"));
    let known = explained(&mut app.db(), &app.user("root")).expect("a look");
    let of = known.iter().find(|known| known.permission == "auth.view_user").expect("a permission");
    let id = i32::try_from(editors).expect("a key");
    assert_eq!(of.sources, [Source::Superuser, Source::Group { id, name: "editors".to_owned() }]);
}

#[test]
fn a_group_can_be_tried_and_nothing_is_changed() {
    let app = site().start();
    let root = app.in_admin("root");
    let editors = group(&app, "editors", &["auth.view_user", "auth.view_group", "auth.add_group"]);
    app.grant("ann", "auth.view_user");
    join(&app, "ann", group(&app, "viewers", &["auth.view_group"]));
    let before = app.database.snapshot();
    let seen = root.get(&format!("{}?group={editors}", page(&app, "ann", "permissions")));
    let added = seen.texts("#tried li");
    assert_eq!(added.len(), 1, "{added:?}");
    assert!(added[0].contains("auth.add_group"), "{added:?}");
    assert_eq!(seen.texts("#id_group option[selected]"), ["editors"]);
    for none in ["999", "x", ""] {
        let seen = root.get(&format!("{}?group={none}", page(&app, "ann", "permissions")));
        assert_eq!((seen.status, seen.texts("#tried").len()), (200, 0), "{none}");
    }
    assert_eq!(app.database.snapshot(), before);
}

#[test]
fn who_has_a_permission_is_paged_by_key_and_exported_whole() {
    let app = site().start();
    let root = app.in_admin("root");
    let editors = group(&app, "editors", &["auth.view_user"]);
    let more = group(&app, "more", &["auth.view_user"]);
    join(&app, "ann", editors);
    join(&app, "ann", more);
    app.grant("ann", "auth.view_user");
    app.grant("bob", "auth.view_group");
    app.database.execute(&format!(
        "INSERT INTO auth_user (id, password, is_superuser, username, first_name, last_name, email, is_staff, is_active, \
         date_joined) WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 3104) \
         SELECT i, '!x', FALSE, 'u' || i, '', '', '', FALSE, i <> 1000, '2026-03-10 12:00:00' FROM n;
         INSERT INTO auth_user_groups (user_id, group_id) SELECT id, {editors} FROM auth_user WHERE id BETWEEN 1000 AND 1150;
         INSERT INTO auth_user_user_permissions (user_id, permission_id) SELECT id, {} FROM auth_user WHERE id > 1100",
        app.permission("auth.view_user")
    ));
    let path = holders(&app, "auth.view_user");
    let permission = app.permission("auth.view_user");
    assert!(root.get(&format!("/admin/auth/permission/{permission}/change/")).body.contains(&path));
    let first = root.get(&path);
    let shown = rows(&first, "#holders");
    assert_eq!(shown[0], "root Superuser Yes");
    assert_eq!(shown[1], "ann Given to them Group: editors Group: more Yes");
    assert_eq!(shown[2], "u1000 Group: editors No, so they may do nothing");
    assert_eq!(shown.len(), 100);
    assert!(first.text("#standing").contains("editors") && first.text("#standing").contains("more"));
    let next = first.attribute("a[rel=next]", "href").expect("a next page");
    let second = root.get(&format!("{path}{next}"));
    let shown = rows(&second, "#holders");
    assert_eq!((shown[0].as_str(), shown.len()), ("u1098 Group: editors Yes", 100));
    assert!(shown[10].starts_with("u1108 Given to them Group: editors"), "{}", shown[10]);
    assert!(!second.body.contains(">bob<"));
    let last = root.get(&format!("{path}?after=3104"));
    assert!(last.text(".admin-none").contains("Nobody else") && last.attribute("a[rel=next]", "href").is_none());

    let lines = export(&root, &path);
    assert_eq!(lines.len(), 1 + 2 + 2105);
    assert_eq!(lines[0], "id,username,is_active,sources");
    assert!(lines[2].ends_with(",ann,True,\"Given to them; Group: editors; Group: more\""), "{}", lines[2]);
    assert_eq!(lines[3], "1000,u1000,False,Group: editors");
    assert!(lines[lines.len() - 1].starts_with("3104,u3104,True,"));
}

#[test]
fn who_may_not_see_people_or_permissions_sees_no_reasons() {
    let app = site()
        .with_staff("sam", &["auth.view_group"])
        .with_staff("vic", &["auth.view_user"])
        .with_staff("pat", &["auth.view_permission"])
        .with_staff("mia", &["auth.view_user", "auth.view_permission"])
        .start();
    let (user, permission) = (page(&app, "root", "permissions"), holders(&app, "auth.view_user"));
    for (name, of_user, of_permission) in [("sam", 403, 403), ("vic", 200, 403), ("pat", 403, 403), ("mia", 200, 200)] {
        let client = app.in_admin(name);
        for (path, status) in [(&user, of_user), (&permission, of_permission)] {
            assert_eq!(client.get(path).status, status, "{name} {path}");
            assert_eq!(client.get(&format!("{path}export/")).status, status, "{name} {path}");
        }
    }
    let vic = app.in_admin("vic");
    assert!(!vic.get(&user).body.contains("/holders/"), "no link leads where they may not go");
    assert!(app.client().get(&user).location().starts_with("/admin/login/"));
    for (gone, status) in [("9999", 302), ("x", 302), ("-1", 302)] {
        let mia = app.in_admin("mia");
        assert_eq!(mia.get(&format!("/admin/auth/user/{gone}/permissions/")).status, status, "{gone}");
        assert_eq!(mia.get(&format!("/admin/auth/permission/{gone}/holders/")).status, status, "{gone}");
        assert_eq!(mia.get(&format!("/admin/auth/user/{gone}/permissions/export/")).status, 404, "{gone}");
        assert_eq!(mia.get(&format!("/admin/auth/permission/{gone}/holders/export/")).status, 404, "{gone}");
    }
}

#[test]
fn names_are_text_here_too() {
    let app = site().start();
    app.database.fill_with_hostile_texts();
    let (root, formula) = (app.in_admin("root"), "=1+1");
    app.database.execute(&format!("INSERT INTO auth_group (id, name) VALUES (990, '{formula}')"));
    let permission = app.permission("auth.view_user");
    app.database.execute(&format!(
        "INSERT INTO auth_group_permissions (group_id, permission_id) SELECT id, {permission} FROM auth_group;
         INSERT INTO auth_user_groups (user_id, group_id) VALUES (900, 990)"
    ));
    let pages = [holders(&app, "auth.view_user"), "/admin/auth/user/900/permissions/?q=user&group=901".to_owned()];
    for path in pages {
        let seen = root.get(&path);
        assert!(seen.status == 200 && seen.text("main").contains(TEXTS[0]), "{path}");
        assert!(!seen.body.contains("<script>alert") && !seen.body.contains("<img src=x"), "{path}");
    }
    assert!(export(&root, &holders(&app, "auth.view_user")).iter().any(|line| line.contains("Group: =1+1")));
}
