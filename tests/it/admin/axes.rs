//! Failed log-ins in the admin: who is locked out, and who opens it.

use time::{Duration, macros::datetime};
use vestibule::{
    auth::models::NewUser,
    lockout::{prune::prune, reset},
    settings::Settings,
};

use crate::support::{Client, PASSWORD, Response, TestApp, TestAppBuilder};

const ATTEMPTS: &str = "/admin/axes/accessattempt/";

fn site() -> TestAppBuilder {
    let root = NewUser { username: "root".to_owned(), is_staff: true, is_superuser: true, ..NewUser::default() };
    let app = TestApp::init().with_user("ann").with_user("bob").with(root).setting("TRUSTED_PROXIES", "127.0.0.1");
    app.setting("AXES_FAILURE_LIMIT", "3")
}

/// A browser of that name at an address.
fn at(app: &TestApp, address: &str, agent: &str) -> Client {
    let client = app.client();
    client.set_header("x-forwarded-for", address);
    client.set_header("user-agent", agent);
    client
}

fn fail(client: &Client, username: &str, times: usize) {
    (0..times).for_each(|_| drop(client.log_in(username, "wrong")));
}

fn root(app: &TestApp) -> Client {
    let root = at(app, "198.51.100.7", "an administrator’s");
    assert_eq!(root.log_in("root", PASSWORD).status, 302);
    root
}

/// Username, failures and status of each row.
fn rows(page: &Response) -> Vec<(String, String, String)> {
    assert_eq!(page.status, 200, "{}", page.body);
    let cells = page.texts("#result_list tbody td:not(.action-checkbox)");
    cells.chunks(6).map(|row| (row[2].clone(), row[4].clone(), row[5].clone())).collect()
}

fn row(username: &str, failures: &str, status: &str) -> (String, String, String) {
    (username.to_owned(), failures.to_owned(), status.to_owned())
}

fn delete(client: &Client, app: &TestApp, condition: &str) -> Response {
    let id = app.database.number(&format!("SELECT min(id) FROM axes_accessattempt WHERE {condition}"));
    let answer = client.submit(&format!("{ATTEMPTS}{id}/delete/"), &[]);
    assert_eq!(answer.status, 302, "{}", answer.body);
    answer
}

#[test]
fn whoever_is_locked_out_is_named_and_may_log_in_after_an_administrator_deleted_the_row() {
    let app = site().start();
    let (anns, bobs) = (at(&app, "192.0.2.1", "ann’s"), at(&app, "192.0.2.2", "bob’s"));
    fail(&anns, "ann", 3);
    fail(&bobs, "bob", 1);
    assert_eq!(anns.log_in("ann", PASSWORD).status, 429);

    let root = root(&app);
    let list = |query: &str| rows(&root.get(&format!("{ATTEMPTS}{query}")));
    let (ann, bob) = (row("ann", "3", "Locked Out"), row("bob", "1", "2 Attempt Remaining"));
    assert_eq!(list(""), [bob.clone(), ann.clone()]);
    assert_eq!(list("?locked_out=yes"), std::slice::from_ref(&ann));
    assert_eq!(list("?locked_out=no"), std::slice::from_ref(&bob));
    assert_eq!(list("?locked_out=maybe"), [bob, ann]);
    assert_eq!(list("?q=192.0.2.1").len(), 1);

    let answer = delete(&root, &app, "username = 'ann'");
    assert_eq!(answer.location(), ATTEMPTS);
    assert!(root.get(ATTEMPTS).text("main").contains("was deleted successfully."));
    assert_eq!(anns.log_in("ann", PASSWORD).status, 302);
    let counted = "SELECT count(*) FROM vestibule_lockout WHERE failures > 0 AND username = ";
    assert_eq!(
        (app.database.number(&format!("{counted}'ann'")), app.database.number(&format!("{counted}'bob'"))),
        (0, 1)
    );

    // Who did it, for whom, from where and when.
    let event =
        "SELECT username || '|' || ip_address || '|' || detail FROM vestibule_event WHERE kind = 'lockout_reset'";
    let event = app.database.text(event).expect("an event");
    assert_eq!(event, "ann|198.51.100.7|admin: root deleted 1 of axes’ rows");
    let logged = "SELECT object_repr || '|' || action_flag || '|' || change_message FROM django_admin_log";
    let logged = app.database.text(logged).expect("a row");
    assert!(logged.starts_with("Attempted Access: 20") && logged.ends_with("+00:00|3|"), "{logged}");
}

#[test]
fn each_row_that_a_lock_counted_shows_it_and_opens_it() {
    let app = site().start();
    let (first, second) = (at(&app, "192.0.2.1", "first"), at(&app, "192.0.2.1", "second"));
    fail(&first, "ann", 2);
    fail(&second, "ANN", 1);
    let root = root(&app);
    let list = rows(&root.get(ATTEMPTS));
    assert_eq!(list, [row("ANN", "1", "Locked Out"), row("ann", "2", "Locked Out")]);
    assert_eq!(first.log_in("ann", PASSWORD).status, 429);
    delete(&root, &app, "username = 'ann'");
    assert_eq!(rows(&root.get(ATTEMPTS)), [row("ANN", "1", "3 Attempt Remaining")]);
    assert_eq!(first.log_in("ann", PASSWORD).status, 302);
}

#[test]
fn what_a_django_beside_us_counted_is_locked_out_too_until_it_is_forgotten() {
    let app = site().start();
    app.clock.advance(datetime!(2030-01-01 12:00:00) - app.clock.now());
    app.database.execute(
        "INSERT INTO axes_accessattempt (user_agent, ip_address, username, http_accept, path_info, attempt_time, get_data, \
         post_data, failures_since_start) VALUES ('curl', '192.0.2.1', 'ann', '', '/login/', '2030-01-01 12:00:00', \
         '<script>alert(1)</script>', '', 3)",
    );
    let (anns, root) = (at(&app, "192.0.2.1", "ann’s"), root(&app));
    assert_eq!(anns.log_in("ann", PASSWORD).status, 429);
    assert_eq!(rows(&root.get(&format!("{ATTEMPTS}?locked_out=yes"))), [row("ann", "3", "Locked Out")]);
    let id = app.database.number("SELECT min(id) FROM axes_accessattempt");
    let page = root.get(&format!("{ATTEMPTS}{id}/change/"));
    assert_eq!((page.status, page.texts("main input:not([type=hidden])").len()), (200, 0));
    assert!(!page.body.contains("<script>alert") && page.text("main").contains("<script>alert(1)</script>"));

    app.clock.advance(Duration::hours(2));
    let root = self::root(&app);
    assert_eq!(rows(&root.get(ATTEMPTS)), [row("ann", "3", "3 Attempt Remaining")]);
    assert_eq!(anns.log_in("ann", PASSWORD).status, 302);
}

#[test]
fn expired_attempts_are_cleaned_up_but_not_those_of_whoever_is_still_locked_out() {
    let app = site().setting("LOCKOUT_TIERS", "1d").start();
    let (anns, bobs) = (at(&app, "192.0.2.1", "ann’s"), at(&app, "192.0.2.2", "bob’s"));
    fail(&anns, "ann", 3);
    fail(&bobs, "bob", 1);
    app.clock.advance(Duration::hours(2));
    fail(&bobs, "bo", 1);
    let settings = Settings::load(None, &[("VESTIBULE_LOCKOUT_TIERS".to_owned(), "1d".to_owned())].to_vec());
    prune(&app.auth, &settings.expect("good settings").lockout).expect("a pruned table");
    let count =
        |name: &str| app.database.number(&format!("SELECT count(*) FROM axes_accessattempt WHERE username = '{name}'"));
    assert_eq!((count("ann"), count("bob"), count("bo")), (1, 0, 1));
    // What a Django beside us counts is cleaned up too: it is asked for.
    app.database.execute(
        "UPDATE axes_accessattempt SET failures_since_start = 9, attempt_time = '2020-01-01 12:00:00' WHERE username = 'bo'",
    );
    let now = app.clock.now();
    let clean = || reset::delete_expired_attempts(&mut app.db(), now - Duration::HOUR, now).expect("a clean table");
    assert_eq!((clean(), clean()), (1, 0));
    let root = root(&app);
    assert_eq!(rows(&root.get(ATTEMPTS)), [row("ann", "3", "Locked Out")]);
    assert_eq!(anns.log_in("ann", PASSWORD).status, 429);
    delete(&root, &app, "username = 'ann'");
    assert_eq!(anns.log_in("ann", PASSWORD).status, 302);
}

#[test]
fn where_nothing_locks_nobody_is_said_to_be_locked_out() {
    let app = site().setting("AXES_LOCK_OUT_AT_FAILURE", "false").start();
    fail(&at(&app, "192.0.2.1", "ann’s"), "ann", 5);
    let page = root(&app).get(ATTEMPTS);
    assert!(!page.text("#result_list thead").contains("Status") && !page.text("main").contains("Locked Out"));
    assert_eq!(page.texts("#result_list tbody tr").len(), 1);
}

#[test]
fn rows_are_added_and_changed_by_nobody_and_deleted_by_whoever_may() {
    let app = site().start();
    fail(&at(&app, "192.0.2.1", "ann’s"), "ann", 1);
    let id = app.database.number("SELECT min(id) FROM axes_accessattempt");
    let (root, bob) = (root(&app), at(&app, "192.0.2.2", "bob’s"));
    app.database.execute("UPDATE auth_user SET is_staff = true WHERE username = 'bob'");
    app.database.execute(
        "INSERT INTO auth_user_user_permissions (user_id, permission_id) SELECT u.id, p.id FROM auth_user u, \
         auth_permission p WHERE u.username = 'bob' AND p.codename IN ('view_accessattempt', 'change_accessattempt')",
    );
    bob.log_in("bob", PASSWORD);
    let (add, change, delete) =
        (format!("{ATTEMPTS}add/"), format!("{ATTEMPTS}{id}/change/"), format!("{ATTEMPTS}{id}/delete/"));
    assert_eq!((root.get(&add).status, bob.get(&add).status), (403, 403));
    assert_eq!((root.get(&change).status, bob.get(&change).status), (200, 200));
    let token = [("csrfmiddlewaretoken", bob.get(ATTEMPTS).csrf_token())];
    let token: Vec<(&str, &str)> = token.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(bob.post(&change, &token).status, 403);
    assert_eq!((bob.get(&delete).status, bob.post(&delete, &token).status), (403, 403));
    assert_eq!(app.database.number("SELECT count(*) FROM axes_accessattempt"), 1);
    assert_eq!(root.get(&delete).status, 200);
}
