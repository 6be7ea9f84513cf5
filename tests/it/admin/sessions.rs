//! Sessions in the admin: seen, found and ended, and their keys stay where they are.

use super::actions::{permit, said, send, site, with_staff};
use crate::support::{Client, PASSWORD, Response, TestApp};

const SESSIONS: &str = "/admin/sessions/session/";

fn browser(app: &TestApp, username: &str, name: &str) -> Client {
    let client = app.client();
    client.set_header("user-agent", name);
    assert_eq!(client.log_in(username, PASSWORD).status, 302);
    client
}

/// Owners and devices, in the order of the list.
fn rows(page: &Response) -> Vec<(String, String)> {
    assert_eq!(page.status, 200, "{}", page.body);
    page.texts("#result_list tbody th").into_iter().zip(page.texts("#result_list tbody td:nth-child(4)")).collect()
}

/// By what the list names the sessions of `username`.
fn named(page: &Response, username: &str) -> Vec<String> {
    let html = scraper::Html::parse_document(&page.body);
    let row = scraper::Selector::parse("#result_list tbody tr").expect("a selector");
    let (owner, chosen) = (
        scraper::Selector::parse("th").expect("a selector"),
        scraper::Selector::parse("input[name=_selected_action]").expect("a selector"),
    );
    html.select(&row)
        .filter(|row| row.select(&owner).any(|cell| cell.text().collect::<String>().trim() == username))
        .filter_map(|row| row.select(&chosen).next()?.attr("value").map(str::to_owned))
        .collect()
}

fn sessions(app: &TestApp) -> i64 {
    app.database.number("SELECT count(*) FROM django_session")
}

#[test]
fn sessions_are_listed_with_owner_device_and_place_and_ones_own_is_marked() {
    let app = site().with_user("ann").start();
    let _ann = browser(&app, "ann", "curl/8.5");
    let root = app.logged_in("root");
    let page = root.get(SESSIONS);
    let mut found = rows(&page);
    found.sort();
    assert_eq!(found[0], ("ann".to_owned(), "curl".to_owned()));
    assert_eq!(found[1].0, "root");
    assert_eq!(page.body.matches("This session").count(), 1);
    let id = &named(&page, "root")[0];
    assert!(root.get(&format!("{SESSIONS}{id}/change/")).body.contains("This session"));
    assert_eq!(rows(&root.get(&format!("{SESSIONS}?q=ann"))).len(), 1);
    assert_eq!(rows(&root.get(&format!("{SESSIONS}?q=curl"))).len(), 1);
    assert_eq!(rows(&root.get(&format!("{SESSIONS}?q=127.0.0.1"))).len(), 2);
    assert_eq!(rows(&root.get(&format!("{SESSIONS}?state=live"))).len(), 2);
    app.database.execute("UPDATE django_session SET expire_date = '2020-01-01 00:00:00' WHERE session_key IN (SELECT session_key FROM vestibule_session WHERE user_agent = 'curl/8.5')");
    assert_eq!(rows(&root.get(&format!("{SESSIONS}?state=expired")))[0].0, "ann");
    assert_eq!(rows(&root.get(&format!("{SESSIONS}?state=live")))[0].0, "root");
}

#[test]
fn what_a_session_says_itself_tells_whose_it_is_also_one_that_only_django_has_seen() {
    let app = site().with_user("ann").start();
    let key = app.oracle().ask(&["make-session", "ann"]).as_str().expect("a key").to_owned();
    app.database.execute(
        "INSERT INTO django_session (session_key, session_data, expire_date)
         VALUES ('abcdefghijklmnopqrstuvwxyz012345', 'forged', '2099-01-01 00:00:00')",
    );
    let root = app.logged_in("root");
    let page = root.get(&format!("{SESSIONS}?seen=no"));
    let owners: Vec<String> = rows(&page).into_iter().map(|(owner, _)| owner).collect();
    assert!(owners.contains(&"ann".to_owned()) && owners.contains(&"Session of nobody".to_owned()), "{owners:?}");
    assert!(!page.body.contains(&key) && !page.body.contains("abcdefghijklmnopqrstuvwxyz012345"));
    assert!(page.text("#searchbar_help").contains("only Django has seen are not found"));
    let id = &named(&page, "ann")[0];
    let asked = root.get(&format!("{SESSIONS}{id}/delete/"));
    assert!(asked.body.contains("Session of ann"));
    assert_eq!(send(&root, &format!("{SESSIONS}{id}/delete/"), &[("post", "yes")]).status, 302);
    assert_eq!(app.database.number(&format!("SELECT count(*) FROM django_session WHERE session_key = '{key}'")), 0);
}

#[test]
fn a_session_is_ended_and_its_owner_and_the_log_are_told_by_whom() {
    let app = with_staff(site().with_user("ann"), "eve", false).start();
    let (ann, other) = (browser(&app, "ann", "curl/8.5"), browser(&app, "ann", "Watch/1"));
    permit(&app, "eve", "sessions", "view_session");
    let eve = app.logged_in("eve");
    let page = eve.get(&format!("{SESSIONS}?q=curl"));
    assert!(!page.body.contains("_selected_action"));
    let id = named(&app.logged_in("root").get(&format!("{SESSIONS}?q=curl")), "ann").remove(0);
    let path = format!("{SESSIONS}{id}/delete/");
    assert_eq!(send(&eve, &path, &[("post", "yes")]).status, 403);
    permit(&app, "eve", "sessions", "delete_session");
    let done = send(&eve, &path, &[("post", "yes")]);
    assert_eq!((done.status, done.location()), (302, SESSIONS));
    assert_eq!(said(&eve, "/admin/"), ["The session “Session of ann” was deleted successfully."]);
    assert!(!ann.is_logged_in() && other.is_logged_in());
    let event = "SELECT username || ': ' || detail FROM vestibule_event WHERE kind = 'session_ended'";
    assert_eq!(app.database.text(event).as_deref(), Some("ann: by eve in the admin"));
    let logged = "SELECT object_repr || ' ' || object_id FROM django_admin_log";
    assert_eq!(app.database.text(logged), Some(format!("Session of ann {id}")));
    assert_eq!(send(&eve, &path, &[("post", "yes")]).location(), "/admin/", "it is gone");
}

#[test]
fn nobody_finds_a_key_bit_by_bit() {
    let app = site().with_user("ann").start();
    let ann = browser(&app, "ann", "curl/8.5");
    let key = ann.cookie("sessionid").expect("a session");
    let root = app.logged_in("root");
    let first = &key[..1];
    for lookup in [
        format!("session_key={key}"),
        format!("session_key__startswith={first}"),
        format!("session_key__gt={first}"),
        "session_key__isnull=False".to_owned(),
        format!("pk={key}"),
        format!("pk__startswith={first}"),
        format!("pk__in={key}"),
        "session_data__contains=a".to_owned(),
        "public_id__startswith=a".to_owned(),
        format!("id={key}"),
    ] {
        for path in [SESSIONS.to_owned(), format!("{SESSIONS}export/")] {
            let answer = root.get(&format!("{path}?{lookup}"));
            let refused = answer.status == 400 || answer.location() == format!("{SESSIONS}?e=1");
            assert!(refused, "{path}?{lookup}: {}", answer.status);
        }
    }
    assert!(rows(&root.get(&format!("{SESSIONS}?q={key}"))).is_empty());
    assert!(rows(&root.get(&format!("{SESSIONS}?q={}", &key[..8]))).is_empty());
    for path in [format!("{SESSIONS}{key}/change/"), format!("{SESSIONS}{key}/delete/")] {
        assert_eq!(root.get(&path).location(), "/admin/", "a key names nothing here");
        said(&root, SESSIONS);
    }
    let chosen = [("_selected_action", key.as_str()), ("action", "delete_selected"), ("post", "yes")];
    assert_eq!(send(&root, SESSIONS, &chosen).status, 302);
    assert!(ann.is_logged_in());
    let head = root.get(SESSIONS);
    assert!(!head.body.contains("column-session_key") && !head.body.contains(&key));
}

#[test]
fn sessions_are_neither_added_nor_changed() {
    let app = site().start();
    let root = app.logged_in("root");
    let id = named(&root.get(SESSIONS), "root").remove(0);
    let before = app.database.text("SELECT session_data FROM django_session");
    for path in [format!("{SESSIONS}add/"), format!("{SESSIONS}{id}/change/")] {
        assert_eq!(send(&root, &path, &[("session_data", "x"), ("expire_date_0", "2099-01-01")]).status, 403, "{path}");
    }
    assert_eq!(app.database.text("SELECT session_data FROM django_session"), before);
}

#[test]
fn all_sessions_end_at_once_also_very_many_and_ones_own() {
    let app = site().with_user("ann").start();
    let ann = browser(&app, "ann", "curl/8.5");
    let rows: Vec<String> = (0..1_500).map(|number| format!("('{number:032}', 'x', '2099-01-01 00:00:00')")).collect();
    app.database.execute(&format!(
        "INSERT INTO django_session (session_key, session_data, expire_date) VALUES {}",
        rows.join(", ")
    ));
    let root = app.logged_in("root");
    let across = [("_selected_action", "0"), ("action", "delete_selected"), ("select_across", "1")];
    let page = send(&root, SESSIONS, &across);
    assert!(page.texts(".deletion-summary li").contains(&"Sessions: 1502".to_owned()));
    let done = send(&root, SESSIONS, &[&across[..], &[("post", "yes")]].concat());
    assert_eq!((done.status, sessions(&app)), (302, 0));
    assert!(!ann.is_logged_in() && !root.is_logged_in());
    assert_eq!(app.database.number("SELECT count(*) FROM django_admin_log WHERE action_flag = 3"), 1_502);
}
