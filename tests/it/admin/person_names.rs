//! Names change hands: whoever is erased or asked about takes along nothing of who is called the same.

use vestibule::{
    accounts::Erased,
    audit::{self, Recorded},
    auth::models::{NewUser, User},
    client::Client,
    deletion::DeletionError,
};

use super::{change, page};
use crate::support::{PASSWORD, TestApp, TestAppBuilder};

fn site() -> TestAppBuilder {
    TestApp::init().with_superuser("root").with_user("ann").with_user("yve").with_user("bob").with_user("dora")
}

fn entries(app: &TestApp) -> Vec<Recorded> {
    audit::after(&mut app.db(), 0, 10_000).expect("entries")
}

fn edit(app: &TestApp, username: &str, field: &str, value: &str) {
    let fields = [(field, value), ("current_password", PASSWORD)];
    let answer = app.in_admin("root").submit_filled(&change(app, username), &fields);
    assert_eq!(answer.status, 302, "{}", answer.body);
}

/// Erases somebody; the entries about others that changed by it.
fn changed_by_erasing(app: &TestApp, username: &str) -> Vec<Recorded> {
    let (id, before) = (app.user(username).id, entries(app));
    let erased = app.in_admin("root").submit_filled(&page(app, username, "erase"), &[("current_password", PASSWORD)]);
    assert_eq!(erased.status, 302, "{}", erased.body);
    let after = entries(app);
    let report = audit::verify(&mut app.db(), &app.auth.keys, &[]).expect("a chain");
    assert!(report.is_sound(), "{report:?}");
    assert!(
        after.iter().filter(|entry| entry.subject_id == Some(id)).all(|entry| entry.object_repr.starts_with("person-"))
    );
    before.into_iter().filter(|entry| entry.subject_id != Some(id) && !after.contains(entry)).collect()
}

/// What stands under ann's name and address.
fn of_ann(app: &TestApp) -> Vec<i64> {
    let counted = |table: &str, column: &str| {
        let sql = format!("SELECT count(*) FROM {table} WHERE {column} IN ('ann', 'ann@example.org')");
        app.database.number(&sql)
    };
    vec![
        counted("axes_accessattempt", "username"),
        counted("axes_accesslog", "username"),
        counted("vestibule_attempt", "account"),
        counted("vestibule_lockout", "username"),
        counted("vestibule_event", "username"),
    ]
}

#[test]
fn an_erasure_takes_nothing_of_a_twin_in_case() {
    let app = site().start();
    edit(&app, "ann", "first_name", "Ann");
    app.client().log_in("ann", "wrong");
    app.logged_in("ann");
    app.client().log_in("ann", "wrong");
    app.database.execute("UPDATE auth_user SET username = 'ANN' WHERE username = 'dora'");
    edit(&app, "ANN", "first_name", "Dora");
    edit(&app, "ann", "last_name", "Lee");
    let before = of_ann(&app);
    assert!(before.iter().all(|count| *count > 0), "{before:?}");
    assert_eq!(changed_by_erasing(&app, "ANN"), []);
    assert_eq!(of_ann(&app), before);
}

#[test]
fn an_erasure_takes_nothing_by_an_address_that_two_share() {
    let app = site().start();
    app.database.execute("UPDATE auth_user SET email = 'ann@example.org' WHERE username = 'dora'");
    edit(&app, "dora", "first_name", "Dora");
    edit(&app, "ann", "email", "lee@example.org");
    edit(&app, "ann", "email", "ann@example.org");
    app.client().log_in("ann@example.org", "wrong");
    let before = of_ann(&app);
    assert_eq!(changed_by_erasing(&app, "dora"), []);
    assert_eq!(of_ann(&app), before);
}

#[test]
fn an_erasure_takes_nothing_of_who_has_their_old_name_or_had_their_new_one() {
    let app = site().start();
    edit(&app, "bob", "username", "robert");
    edit(&app, "dora", "username", "bob");
    edit(&app, "bob", "first_name", "Dora");
    assert_eq!(changed_by_erasing(&app, "robert"), [], "dora is bob now");

    edit(&app, "ann", "first_name", "Ann");
    edit(&app, "yve", "first_name", "Eve");
    app.database.execute("UPDATE auth_user SET username = 'yvonne' WHERE username = 'yve'");
    edit(&app, "ann", "username", "yve");
    assert_eq!(changed_by_erasing(&app, "yve"), [], "what yvonne was called is her own");
}

#[test]
fn an_erasure_takes_nothing_of_before_they_were_there() {
    let app = site().start();
    let root = app.in_admin("root");
    assert_eq!(root.submit_filled("/admin/auth/group/add/", &[("name", "Editors")]).status, 302);
    edit(&app, "ann", "first_name", "Editors");
    let fields = [("username", "Editors"), ("password1", "battery staple 77"), ("password2", "battery staple 77")];
    let added = root.submit_filled("/admin/auth/user/add/", &fields);
    assert_eq!(added.status, 302, "{}", added.body);
    assert_eq!(root.submit_filled("/admin/auth/group/add/", &[("name", "Friends of Editors")]).status, 302);
    let changed: Vec<String> = changed_by_erasing(&app, "Editors").into_iter().map(|entry| entry.object_repr).collect();
    assert_eq!(changed, ["Friends of Editors"]);
}

/// As a form does with whom it has read some time ago.
fn erase(app: &TestApp, by: Option<&User>, person: &User) -> Erased {
    let (accounts, client) = (&app.accounts, Client::default());
    let erased = app.db().write(|db| -> Result<Erased, DeletionError> {
        match accounts.hold(db, by, person)? {
            Ok(person) => accounts.erase(db, by, &client, &person, &[]),
            Err(why) => Ok(why),
        }
    });
    erased.expect("no error")
}

#[test]
fn who_was_changed_meanwhile_is_erased_as_they_are_now() {
    let app = site().with_superuser("zoe").start();
    let [root, zoe, ann, dora] = ["root", "zoe", "ann", "dora"].map(|name| app.user(name));
    app.database.execute("UPDATE auth_user SET username = 'quixa', email = 'q@quixa.example' WHERE username = 'ann'");
    for typed in ["quixa", "q@quixa.example"] {
        app.client().log_in(typed, "wrong");
    }
    assert!(matches!(erase(&app, Some(&root), &ann), Erased::Done { .. }));
    let left: Vec<String> = app
        .database
        .snapshot()
        .into_iter()
        .filter(|(_, rows)| rows.contains("quixa"))
        .map(|(table, _)| table)
        .collect();
    assert_eq!(left, [""; 0]);

    app.database.execute("UPDATE auth_user SET is_superuser = TRUE WHERE username = 'dora'");
    assert_eq!(erase(&app, Some(&root), &dora), Erased::Changed);
    app.database.execute("UPDATE auth_user SET is_superuser = FALSE WHERE username IN ('dora', 'root')");
    assert_eq!(erase(&app, Some(&root), &zoe), Erased::Changed, "root is no superuser any more");
    assert_eq!(erase(&app, None, &zoe), Erased::LastSuperuser);
}

#[test]
fn an_export_holds_rows_under_names_that_they_had_in_any_letters() {
    let celin = NewUser { username: "Çelin".to_owned(), email: "c@example.org".to_owned(), ..NewUser::default() };
    let app = site().with(celin).start();
    app.client().log_in("Çelin", "wrong");
    let attempts = |username: &str| {
        let answer = app.in_admin("root").submit_filled(&page(&app, username, "export_data"), &[]);
        let data: serde_json::Value = serde_json::from_str(&answer.body).expect("JSON");
        data["access_attempts"].as_array().map_or(0, Vec::len)
    };
    assert_eq!(attempts("Çelin"), 1);
    edit(&app, "Çelin", "username", "celina");
    assert_eq!(attempts("celina"), 1);
    edit(&app, "bob", "username", "Çelin");
    assert_eq!(attempts("celina"), 0, "whose that is, nobody can tell");
}

#[test]
fn an_export_holds_only_what_may_be_seen() {
    let app = site().with_staff("sam", &["auth.view_user", "auth.change_user"]).start();
    app.logged_in("ann");
    let (sam, path) = (app.in_admin("sam"), page(&app, "ann", "export_data"));
    let has = |part: &str| {
        let answer = sam.submit_filled(&path, &[]);
        let data: serde_json::Value = serde_json::from_str(&answer.body).expect("JSON");
        assert_eq!(data["account"]["username"], "ann");
        data.get(part).is_some()
    };
    for (part, permission) in [
        ("audit_log", "vestibule.view_auditentry"),
        ("access_log", "axes.view_accesslog"),
        ("sessions", "sessions.view_session"),
        ("log_of_what_they_did", "admin.view_logentry"),
    ] {
        assert!(!has(part), "{part}");
        app.grant("sam", permission);
        assert!(has(part), "{part}");
    }
}
