use vestibule::{
    audit::{self, Traces},
    client::Client,
    crypto::SecretKeys,
};

use super::{append, assert_found, entries, findings, keys};
use crate::support::{SECRET_KEY, TestApp};

const USERS: &str = "/admin/auth/user/";

/// A site on which ann did and had done all kinds of things.
fn site() -> TestApp {
    let app = TestApp::init().with_superuser("root").with_superuser("ann").start();
    let (root, ann) = (app.in_admin("root"), app.in_admin("ann"));
    let id = app.user("ann").id;
    let change = format!("{USERS}{id}/change/");
    for (field, value) in [("first_name", "Ann"), ("username", "annie"), ("username", "ann"), ("email", "a@b.example")]
    {
        let form = [(field, value), ("current_password", crate::support::PASSWORD)];
        assert_eq!(root.submit_filled(&change, &form).status, 302, "{field}");
    }
    assert_eq!(ann.submit_filled("/admin/auth/group/add/", &[("name", "pilots")]).status, 302);
    assert_eq!(root.submit_filled("/admin/auth/group/add/", &[("name", "ann’s friends")]).status, 302);
    let post = [("title", "A post"), ("body", "Text"), ("owner", &*id.to_string())];
    assert_eq!(root.submit_filled("/admin/vestibule/post/add/", &post).status, 302);
    app
}

fn texts(app: &TestApp) -> String {
    format!("{:?}", entries(app))
}

#[test]
fn who_is_erased_is_named_nowhere_and_the_chain_verifies() {
    let app = site();
    let (ann, own, now) = (app.user("ann"), keys(SECRET_KEY, &[]), app.clock.now());
    let before = entries(&app);
    assert!(texts(&app).contains("annie"));
    let root = app.user("root");
    let names = ["ann", "annie", "ann@example.org", "a@b.example"].map(str::to_owned).to_vec();
    let erase = |keys: &SecretKeys, by| {
        let traces = Traces { ids: vec![ann.id], names: names.clone() };
        app.db().write(|db| audit::erase_traces(db, keys, by, &Client::default(), traces, now)).expect("erased")
    };
    let count = erase(&own, Some(&root));
    assert!(count >= 6, "{count}");
    let after = texts(&app);
    for name in ["annie", "\"ann\"", "ann’s", "Ann", "a@b.example", "ann@example.org"] {
        assert!(!after.contains(name), "{name}: {after}");
    }
    assert!(after.contains("person-") && after.contains("pilots") && after.contains("\"root\""), "{after}");
    assert_eq!(entries(&app).len(), before.len() + 1, "the erasure is an entry");
    assert_eq!(findings(&app), [""; 0]);
    append(&app, &own, 3);
    assert_eq!(findings(&app), [""; 0]);

    // Twice does no harm, nor does another key.
    let again = keys(&"n".repeat(50), &[SECRET_KEY]);
    erase(&again, None);
    assert_eq!(super::findings_with(&app, &again, &[]), [""; 0]);
}

#[test]
fn what_is_emptied_without_an_erasure_or_put_in_its_place_is_found() {
    let app = site();
    let own = keys(SECRET_KEY, &[]);
    let number = entries(&app)[0].id;
    let emptied = "actor = 'person-0123456789', ip_address = NULL, user_agent = '', actor_salt = NULL";
    app.database.execute("CREATE TABLE kept AS SELECT * FROM vestibule_audit");
    app.database.execute(&format!("UPDATE vestibule_audit SET {emptied} WHERE id = {number}"));
    assert_found(&app, number, "nobody was erased");
    app.database.execute("DELETE FROM vestibule_audit");
    app.database.execute("INSERT INTO vestibule_audit SELECT * FROM kept");
    assert_eq!(findings(&app), [""; 0]);

    let traces = Traces { ids: audit::ids_of(&mut app.db(), "ann").expect("keys"), names: vec!["ann".to_owned()] };
    assert_eq!(traces.ids, [app.user("ann").id]);
    let now = app.clock.now();
    app.db().write(|db| audit::erase_traces(db, &own, None, &Client::default(), traces, now)).expect("erased");
    assert_eq!(findings(&app), [""; 0]);
    let gone = app.database.number("SELECT min(id) FROM vestibule_audit WHERE subject_salt IS NULL");
    for change in ["object_repr = 'person-0000000000'", "changes = '{\"email\":[\"a\",\"b\"]}'", "object_repr = 'bob'"]
    {
        let kept = app.database.text(&format!("SELECT object_repr FROM vestibule_audit WHERE id = {gone}"));
        app.database.execute(&format!("UPDATE vestibule_audit SET {change} WHERE id = {gone}"));
        assert_found(&app, gone, change);
        let kept = kept.expect("a pseudonym");
        app.database
            .execute(&format!("UPDATE vestibule_audit SET object_repr = '{kept}', changes = '' WHERE id = {gone}"));
    }
    assert_eq!(findings(&app), [""; 0]);
}

#[test]
fn entries_stay_when_those_go_whom_they_name() {
    let app = site();
    let before = entries(&app);
    let (root, id) = (app.in_admin("root"), app.user("ann").id);
    let deleted =
        root.submit_filled(&format!("{USERS}{id}/delete/"), &[("current_password", crate::support::PASSWORD)]);
    assert_eq!(deleted.status, 302, "{}", deleted.body);
    // As Django would delete the other.
    let tables = ["django_admin_log", "vestibule_event", "vestibule_session", "vestibule_device", "auth_user"];
    for table in &tables {
        app.database.execute(&format!("DELETE FROM {table}"));
    }
    let after = entries(&app);
    assert_eq!(after[..before.len()], before);
    let last = after.last().expect("an entry");
    assert_eq!(
        (&*last.action, &*last.model, &*last.actor, last.subject_id),
        ("deletion", "auth.user", "root", Some(id))
    );
    let old: Vec<_> = last.changes.iter().filter(|(name, ..)| *name == "email").collect();
    assert_eq!(old, [("email", &"a@b.example".into(), &serde_json::Value::Null)]);
    assert_eq!(findings(&app), [""; 0]);
}
