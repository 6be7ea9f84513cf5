//! Refresh tokens in the admin: seen, ended, and never shown.

use serde_json::{Value, json};
use time::Duration;

use super::actions::{permit, said, send, site, with_staff};
use crate::support::{PASSWORD, Response, TestApp};

const OUTSTANDING: &str = "/admin/token_blacklist/outstandingtoken/";
const BLACKLISTED: &str = "/admin/token_blacklist/blacklistedtoken/";

fn call(app: &TestApp, path: &str, body: &Value) -> Response {
    app.client().send_body("POST", path, "application/json", &body.to_string())
}

/// A refresh token of `username`'s, and the key of its row.
fn token(app: &TestApp, username: &str) -> (String, String) {
    let answer = call(app, "/api/auth/login/", &json!({ "username": username, "password": PASSWORD }));
    let pair: Value = serde_json::from_str(&answer.body).expect("tokens");
    let id = app.database.number("SELECT max(id) FROM token_blacklist_outstandingtoken").to_string();
    (pair["refresh"].as_str().expect("a token").to_owned(), id)
}

fn refresh(app: &TestApp, token: &str) -> Response {
    call(app, "/api/auth/refresh/", &json!({ "refresh": token }))
}

fn column(page: &Response) -> Vec<String> {
    assert_eq!(page.status, 200, "{}", page.body);
    page.texts("#result_list tbody th")
}

fn jti(app: &TestApp, id: &str) -> String {
    app.database.text(&format!("SELECT jti FROM token_blacklist_outstandingtoken WHERE id = {id}")).expect("a token")
}

#[test]
fn outstanding_tokens_are_listed_and_looked_at_and_nothing_else() {
    let app = site().with_user("ann").start();
    let (text, id) = token(&app, "ann");
    let root = app.logged_in("root");
    let page = root.get(OUTSTANDING);
    assert_eq!(page.texts("#result_list thead th"), ["Jti", "User", "Created at", "Expires at"]);
    assert!(!page.body.contains("_selected_action") && page.texts(".with-button a").is_empty());
    let change = root.get(&format!("{OUTSTANDING}{id}/change/"));
    let shown = ["ann", &jti(&app, &id), "127.0.0.1"];
    assert!(change.status == 200 && shown.iter().all(|text| change.body.contains(*text)), "{}", change.body);
    assert!(!change.body.contains(&text) && !change.body.contains(text.rsplit('.').next().expect("a signature")));
    for path in
        [format!("{OUTSTANDING}{id}/change/"), format!("{OUTSTANDING}{id}/delete/"), format!("{OUTSTANDING}add/")]
    {
        assert_eq!(send(&root, &path, &[("post", "yes")]).status, 403, "{path}");
    }
    let chosen = [("_selected_action", id.as_str()), ("action", "delete_selected"), ("post", "yes"), ("index", "0")];
    assert_eq!(send(&root, OUTSTANDING, &chosen).status, 200);
    assert_eq!(app.database.number("SELECT count(*) FROM token_blacklist_outstandingtoken"), 1);
    for lookup in ["token=x", "token__startswith=ey", "token__contains=a", "user__username=ann"] {
        assert_eq!(root.get(&format!("{OUTSTANDING}?{lookup}")).status, 400, "{lookup}");
    }
}

#[test]
fn columns_count_from_0_where_there_are_no_boxes() {
    let app = site().with_user("ann").with_user("bob").start();
    let ids: Vec<String> = ["bob", "ann", "bob"].iter().map(|name| token(&app, name).1).collect();
    let root = app.logged_in("root");
    let shown = |query: &str| column(&root.get(&format!("{OUTSTANDING}{query}")));
    let jtis: Vec<String> = ids.iter().map(|id| jti(&app, id)).collect();
    assert_eq!(shown(""), [&*jtis[1], &*jtis[2], &*jtis[0]], "by user, then the newest first");
    let mut sorted = jtis.clone();
    sorted.sort();
    assert_eq!(shown("?o=0"), sorted);
    sorted.reverse();
    assert_eq!(shown("?o=-0"), sorted);
    assert_eq!(shown("?o=-1"), [&*jtis[2], &*jtis[0], &*jtis[1]]);
    assert_eq!(shown(&format!("?q={}", jtis[1])), [&*jtis[1]]);
    assert!(shown(&format!("?q={}", app.user("ann").id)).contains(&jtis[1]));
    assert_eq!(send(&root, &format!("{BLACKLISTED}add/"), &[("token", &ids[0])]).status, 302);
    let blacklisted = root.get(BLACKLISTED);
    assert_eq!(blacklisted.attribute("th.column-token_jti a", "href").as_deref(), Some("?o=1.2"));
}

#[test]
fn a_token_that_is_blacklisted_in_the_admin_is_good_no_more_and_its_owner_is_told() {
    let app = site().with_user("ann").start();
    let ((text, id), (other, _)) = (token(&app, "ann"), token(&app, "ann"));
    let root = app.logged_in("root");
    let done = send(&root, &format!("{BLACKLISTED}add/"), &[("token", &id)]);
    assert_eq!((done.status, done.location()), (302, BLACKLISTED));
    assert_eq!(said(&root, BLACKLISTED), ["The Blacklisted Token “Blacklisted token for ann” was added successfully."]);
    assert_eq!((refresh(&app, &text).status, refresh(&app, &other).status), (401, 200));
    let ended =
        format!("SELECT count(*) FROM vestibule_token WHERE jti = '{}' AND ended_at IS NOT NULL", jti(&app, &id));
    assert_eq!(app.database.number(&ended), 1);
    let event = "SELECT username || ': ' || detail FROM vestibule_event WHERE kind = 'token_ended'";
    assert_eq!(app.database.text(event).as_deref(), Some("ann: by root in the admin"));
    let logged = "SELECT object_repr || ' ' || change_message FROM django_admin_log WHERE action_flag = 1";
    assert_eq!(app.database.text(logged).as_deref(), Some("Blacklisted token for ann [{\"added\": {}}]"));
    let page = root.get(BLACKLISTED);
    assert!(column(&page).contains(&jti(&app, &id)));
    assert!(!page.body.contains(&text));
}

#[test]
fn what_is_no_token_or_blacklisted_already_is_told_at_the_field() {
    let app = site().with_user("ann").start();
    let (_, id) = token(&app, "ann");
    let root = app.logged_in("root");
    let add = format!("{BLACKLISTED}add/");
    send(&root, &add, &[("token", &id)]);
    let wrong = "Select a valid choice. That choice is not one of the available choices.";
    for (typed, message) in [
        ("99", wrong),
        ("abc", wrong),
        ("", "This field is required."),
        (id.as_str(), "Blacklisted Token with this Token already exists."),
    ] {
        let page = send(&root, &add, &[("token", typed)]);
        let told = page.text("#id_token_error");
        assert!(page.status == 200 && told.ends_with(message), "{typed}: {told}");
    }
    assert_eq!(app.database.number("SELECT count(*) FROM token_blacklist_blacklistedtoken"), 1);
}

#[test]
fn a_token_that_is_taken_off_the_list_stays_ended_and_that_takes_ones_password() {
    let app = site().with_user("ann").start();
    let (text, id) = token(&app, "ann");
    let root = app.logged_in("root");
    send(&root, &format!("{BLACKLISTED}add/"), &[("token", &id)]);
    let row = app.database.number("SELECT id FROM token_blacklist_blacklistedtoken");
    let path = format!("{BLACKLISTED}{row}/delete/");
    app.clock.advance(Duration::seconds(400));
    assert_eq!(send(&root, &path, &[("post", "yes")]).status, 200);
    assert_eq!(app.database.number("SELECT count(*) FROM token_blacklist_blacklistedtoken"), 1);
    assert_eq!(send(&root, &path, &[("post", "yes"), ("current_password", PASSWORD)]).status, 302);
    assert_eq!(app.database.number("SELECT count(*) FROM token_blacklist_blacklistedtoken"), 0);
    assert_eq!(refresh(&app, &text).status, 401);
    assert_eq!(
        call(&app, "/api/auth/verify/", &json!({ "token": text })).status,
        400,
        "as simplejwt answers what is blacklisted"
    );
    assert!(!app.logged_in("ann").get("/account/").body.contains("id=\"program-"));
}

#[test]
fn a_token_that_only_a_django_blacklisted_is_good_again_when_it_is_taken_off() {
    let app = site().with_user("ann").start();
    let (text, id) = token(&app, "ann");
    app.database.execute(&format!(
        "INSERT INTO token_blacklist_blacklistedtoken (blacklisted_at, token_id) VALUES ('2024-01-01 12:00:00', {id})"
    ));
    let root = app.logged_in("root");
    let row = app.database.number("SELECT id FROM token_blacklist_blacklistedtoken").to_string();
    let chosen = [("_selected_action", row.as_str()), ("action", "delete_selected"), ("post", "yes")];
    assert_eq!(send(&root, BLACKLISTED, &chosen).status, 302);
    assert_eq!(said(&root, BLACKLISTED), ["Successfully deleted 1 Blacklisted Token."]);
    assert_eq!(refresh(&app, &text).status, 200);
}

#[test]
fn another_token_in_the_place_of_one_is_ended_and_the_first_stays_so() {
    let app = site().with_user("ann").start();
    let ((first, id), (second, other)) = (token(&app, "ann"), token(&app, "ann"));
    let root = app.logged_in("root");
    send(&root, &format!("{BLACKLISTED}add/"), &[("token", &id)]);
    let row = app.database.number("SELECT id FROM token_blacklist_blacklistedtoken");
    assert_eq!(send(&root, &format!("{BLACKLISTED}{row}/change/"), &[("token", &other)]).status, 302);
    assert_eq!((refresh(&app, &first).status, refresh(&app, &second).status), (401, 401));
}

#[test]
fn who_may_only_view_tokens_ends_none() {
    let app = with_staff(site().with_user("ann"), "eve", false).start();
    let (text, id) = token(&app, "ann");
    permit(&app, "eve", "token_blacklist", "view_blacklistedtoken");
    let eve = app.logged_in("eve");
    assert_eq!(send(&eve, &format!("{BLACKLISTED}add/"), &[("token", &id)]).status, 403);
    assert_eq!((eve.get(BLACKLISTED).status, eve.get(OUTSTANDING).status), (200, 403));
    assert_eq!(refresh(&app, &text).status, 200);
}
