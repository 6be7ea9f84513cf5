//! A data officer's work: somebody's data is handed out, and somebody is forgotten.

use serde_json::Value;
use vestibule::{audit, auth::models::NewUser, posts};

use super::{USERS, change, errors, page, said, wait_for_sudo_to_end};
use crate::support::{PASSWORD, Response, TestApp, TestAppBuilder};

/// Nobody else has any of these in their name.
const NAMES: [&str; 4] = ["zelda", "quix", "zeldana", "vorrel"];

fn site() -> TestAppBuilder {
    let zelda =
        NewUser { username: "zelda.old".to_owned(), email: "zelda@quix.example".to_owned(), ..NewUser::default() };
    TestApp::init().with_superuser("root").with_user("ann").with(zelda).setting("AXES_FAILURE_LIMIT", "3")
}

/// Leaves traces of hers wherever there can be some.
fn live(app: &TestApp) {
    let root = app.in_admin("root");
    let named =
        [("username", "zelda.quix"), ("email", "z@quix.example"), ("first_name", "Zeldana"), ("last_name", "Vorrel")];
    let renamed = root.submit_filled(&change(app, "zelda.old"), &named);
    assert_eq!(renamed.status, 302, "{}", renamed.body);
    assert_eq!(root.submit_filled(&page(app, "zelda.quix", "reset_link"), &[]).status, 302);
    let own = app.logged_in("zelda.quix");
    own.submit("/account/email/", &[("email", "zelda@new.example")]);
    let new = posts::NewPost { title: "Zelda’s words", body: "By Zeldana", owner_id: app.user("zelda.quix").id };
    let post = posts::create(&mut app.db(), new, app.clock.now()).expect("written");
    let renamed =
        root.submit_filled(&format!("/admin/vestibule/post/{}/change/", post.id), &[("title", "Zelda’s title")]);
    assert_eq!(renamed.status, 302, "{}", renamed.body);
    let token = app.client().post("/api/auth/login/", &[("username", "zelda.quix"), ("password", PASSWORD)]);
    assert_eq!(token.status, 200, "{}", token.body);
    for typed in ["zelda.quix", "ZELDA.Quix ", "z@quix.example", "ｚelda.quix", "zelda@quix.example"] {
        app.client().log_in(typed, "wrong");
    }
    app.client().submit("/account/password_reset/", &[("email", "Z@quix.example")]);
    assert_eq!(root.submit_filled(&page(app, "zelda.quix", "unlock"), &[]).status, 302);
    for typed in ["zelda.quix"; 3] {
        app.client().log_in(typed, "wrong");
    }
    app.client().log_in("ann", "wrong");
}

fn tables_with_her(app: &TestApp) -> Vec<String> {
    let with_her = app.database.snapshot().into_iter().filter(|(_, rows)| {
        let rows = rows.to_lowercase();
        NAMES.iter().any(|name| rows.contains(name))
    });
    with_her.map(|(table, _)| table).collect()
}

fn verified(app: &TestApp) -> audit::Report {
    audit::verify(&mut app.db(), &app.auth.keys, &[]).expect("a chain")
}

#[test]
fn who_was_erased_stands_in_no_table_and_the_audit_log_still_verifies() {
    let app = site().start();
    live(&app);
    let before = tables_with_her(&app);
    for table in [
        "auth_user",
        "axes_accessattempt",
        "axes_accesslog",
        "django_admin_log",
        "vestibule_attempt",
        "vestibule_audit",
        "vestibule_event",
        "vestibule_lockout",
        "vestibule_outbox",
        "vestibule_post",
        "vestibule_unconfirmed_email",
    ] {
        assert!(before.iter().any(|known| known == table), "{table} knows her: {before:?}");
    }
    let (root, path, id) = (app.in_admin("root"), page(&app, "zelda.quix", "erase"), app.user("zelda.quix").id);
    let others = |app: &TestApp| app.database.number("SELECT count(*) FROM vestibule_event WHERE username = 'ann'");
    let of_ann = others(&app);
    wait_for_sudo_to_end(&app);
    let asked = root.submit_filled(&path, &[]);
    assert_eq!((asked.status, errors(&asked, "current_password").len()), (200, 1));
    assert_eq!(tables_with_her(&app), before, "nothing without the password");
    let erased = root.submit_filled(&path, &[("current_password", PASSWORD)]);
    assert_eq!(erased.location(), USERS);
    let message = said(&root, &erased);
    let pseudonym = message.split(' ').find(|word| word.starts_with("person-")).expect("a pseudonym").to_owned();
    assert_eq!(tables_with_her(&app), [] as [&str; 0]);
    assert!(verified(&app).is_sound(), "{:?}", verified(&app));
    assert_eq!(others(&app), of_ann, "others keep theirs");
    for (table, column) in
        [("vestibule_audit", "object_repr"), ("django_admin_log", "object_repr"), ("vestibule_event", "username")]
    {
        let found = format!("SELECT count(*) FROM {table} WHERE {column} = '{pseudonym}'");
        assert!(app.database.number(&found) > 0, "{table}");
    }
    let tokens = format!("SELECT count(*) FROM token_blacklist_outstandingtoken WHERE token <> '{pseudonym}'");
    assert_eq!(app.database.number(&tokens), 0, "their texts may name her");
    assert_eq!(root.get(&format!("{USERS}{id}/erase/")).status, 404);
}

#[test]
fn who_may_not_delete_somebody_erases_nobody_and_somebody_administers_the_site() {
    let app = site().with_staff("sam", &["auth.view_user", "auth.change_user"]).start();
    let (sam, root) = (app.in_admin("sam"), app.in_admin("root"));
    let path = page(&app, "zelda.old", "erase");
    assert_eq!(sam.get(&path).status, 403);
    let token = sam.get(&change(&app, "zelda.old")).csrf_token();
    assert_eq!(sam.post(&path, &[("csrfmiddlewaretoken", &token)]).status, 403);
    app.grant("sam", "auth.delete_user");
    assert_eq!(sam.get(&path).status, 200);
    assert_eq!(sam.get(&page(&app, "root", "erase")).status, 403, "who may do more");
    let own = root.get(&page(&app, "root", "erase"));
    assert!(own.text("main").contains("your own account") && own.texts("main button").is_empty());
    let refused = root.post(&page(&app, "root", "erase"), &[("csrfmiddlewaretoken", &own.csrf_token())]);
    assert!(said(&root, &refused).contains("your own account"));
    assert_eq!(app.client().get(&path).status, 302, "a stranger is led to the log-in");
}

fn json(answer: &Response) -> Value {
    serde_json::from_str(&answer.body).expect("JSON")
}

#[test]
fn all_that_is_kept_of_somebody_is_handed_out_once_the_password_was_given_and_noted() {
    let app = site().start();
    live(&app);
    let (root, path) = (app.in_admin("root"), page(&app, "zelda.quix", "export_data"));
    wait_for_sudo_to_end(&app);
    let asked = root.submit_filled(&path, &[]);
    assert_eq!((asked.status, errors(&asked, "current_password").len()), (200, 1));
    let answer = root.submit_filled(&path, &[("current_password", PASSWORD)]);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert!(answer.header("content-disposition").is_some_and(|value| value.starts_with("attachment;")));
    assert!(answer.header("cache-control").is_some_and(|value| value.contains("no-store")));
    let data = json(&answer);
    assert_eq!(data["account"]["email"], "z@quix.example");
    let count = |name: &str| data[name].as_array().map_or(0, Vec::len);
    for part in ["events", "sessions", "programs", "posts", "access_log", "access_attempts", "locks", "audit_log"] {
        assert!(count(part) > 0, "{part}: {}", data[part]);
    }
    assert_eq!(count("log_of_what_was_done_to_them"), 3, "{}", data["log_of_what_was_done_to_them"]);
    let changed =
        data["audit_log"].as_array().expect("entries").iter().find(|entry| !entry["changes"]["username"].is_null());
    assert_eq!(changed.expect("the renaming")["changes"]["username"], serde_json::json!(["zelda.old", "zelda.quix"]));
    assert!(!answer.body.contains("argon2") && !answer.body.contains("ann@"), "{}", answer.body);
    let noted = "SELECT count(*) FROM vestibule_audit WHERE action = 'exported' AND actor = 'root' AND object_repr = 'zelda.quix'";
    assert_eq!(app.database.number(noted), 1);
    assert!(verified(&app).is_sound());
}
