//! A list as a file.

use std::io::{Read, Write};

use serde_json::Value;
use vestibule::auth::models::NewUser;

use super::actions::{permit, send, site, with_staff};
use crate::support::{PASSWORD, Response, TestApp, until};

const USERS: &str = "/admin/auth/user/export/";

/// The lines of a file whose cells hold neither commas nor quotes.
fn lines(file: &Response) -> Vec<&str> {
    assert_eq!(file.status, 200, "{}", file.body);
    file.body.strip_suffix("\r\n").expect("a last line").split("\r\n").collect()
}

fn json(file: &Response) -> Vec<Value> {
    assert_eq!(file.status, 200, "{}", file.body);
    serde_json::from_str(&file.body).expect("an array")
}

#[test]
fn a_list_is_a_csv_file_with_its_filters_its_search_and_its_order() {
    let app = site().with_user("ann").with_user("bob").with_user("anton").start();
    let root = app.logged_in("root");
    let file = root.get(&format!("{USERS}?q=an&o=-1&is_staff__exact=0&p=7"));
    assert_eq!(file.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    let disposition = file.header("content-disposition").expect("a name");
    assert!(disposition.starts_with("attachment; filename=\"users-20") && disposition.ends_with(".csv\""));
    assert!(file.header("cache-control").is_some_and(|value| value.contains("no-store")));
    let lines = lines(&file);
    assert!(lines[0].starts_with("username,email,first_name,last_name,is_staff,is_active,is_superuser,last_login"));
    let names: Vec<&str> = lines[1..].iter().map(|line| line.split(',').next().expect("a cell")).collect();
    assert_eq!(names, ["anton", "ann"]);
    assert!(lines[1].starts_with("anton,anton@example.org,,,False,True,False,,20"));
    let link = root.get("/admin/auth/user/?q=an&o=-1").attribute("a[aria-label='Export CSV']", "href");
    assert_eq!(link.as_deref(), Some("/admin/auth/user/export/?format=csv&o=-1&q=an"));
}

#[test]
fn json_has_numbers_truth_nothing_and_times_as_what_they_are() {
    let app = site().with_user("ann").start();
    let root = app.logged_in("root");
    let users = json(&root.get(&format!("{USERS}?format=json")));
    assert_eq!((users.len(), &users[0]["username"], &users[0]["is_staff"]), (2, &"ann".into(), &false.into()));
    assert_eq!((&users[0]["last_login"], &users[0]["first_name"]), (&Value::Null, &"".into()));
    assert!(users[0]["date_joined"].as_str().expect("a time").ends_with("+00:00"));
    let none = root.get(&format!("{USERS}?format=json&q=nobody"));
    assert!(json(&none).is_empty());
    assert_eq!(none.header("content-type"), Some("application/json"));
    assert_eq!(lines(&root.get(&format!("{USERS}?q=nobody"))).len(), 1, "a head all the same");
}

#[test]
fn no_cell_is_a_formula() {
    let app = site().with_user("ann").start();
    let root = app.logged_in("root");
    for name in ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "a;=1", " =1", "＝1"] {
        let quoted = name.replace('\'', "''");
        app.database.execute(&format!("UPDATE auth_user SET first_name = '{quoted}' WHERE username = 'ann'"));
        let body = root.get(&format!("{USERS}?q=ann")).body;
        let cell = body.lines().nth(1).expect("a row").split(',').nth(2).expect("a cell").to_owned();
        assert!(cell.contains('\'') && cell.starts_with('"'), "{name:?} is {cell}");
        assert!(
            body.contains(name.trim_start_matches(['\t', ' ']).trim_start_matches("a;")),
            "{name:?} is still there"
        );
    }
    app.database.execute("UPDATE auth_user SET first_name = 'a \"b\", c' WHERE username = 'ann'");
    assert!(root.get(&format!("{USERS}?q=ann")).body.contains(",\"a \"\"b\"\", c\","));
}

#[test]
fn bad_queries_and_formats_are_answered_as_the_list_answers_them() {
    let app = site().start();
    let root = app.logged_in("root");
    let get = |query: &str| root.get(&format!("{USERS}{query}"));
    assert_eq!((get("?nosuch=1").status, get("?nosuch=1").location()), (302, "/admin/auth/user/?e=1"));
    for query in ["?password__startswith=a", "?format=xml", "?format="] {
        assert_eq!(get(query).status, 400, "{query}");
    }
    assert_eq!(root.get("/admin/auth/nosuch/export/").status, 404);
    let head = root.request("HEAD", USERS);
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert_eq!(send(&root, USERS, &[]).status, 405);
}

#[test]
fn only_who_may_see_a_list_may_export_it() {
    let app = with_staff(site().with_user("ann"), "eve", false).start();
    let eve = app.logged_in("eve");
    assert_eq!(eve.get(USERS).status, 403);
    assert_eq!(app.logged_in("ann").get(USERS).status, 302);
    assert!(app.client().get(USERS).location().starts_with("/admin/login/?next=/admin/auth/user/export/"));
    permit(&app, "eve", "auth", "view_user");
    assert_eq!(eve.get(USERS).status, 200);
}

fn add_many(app: &TestApp, count: i32) {
    for from in (0..count).step_by(500) {
        let row = |number: i32| {
            format!("('!', false, 'u{number:06}', '', '', '{}', false, true, '2024-01-01 12:00:00')", "x".repeat(200))
        };
        let rows: Vec<String> = (from..from + 500).map(row).collect();
        app.database.execute(&format!(
            "INSERT INTO auth_user
               (password, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined)
             VALUES {}",
            rows.join(", ")
        ));
    }
}

#[test]
fn many_rows_are_all_there_once_and_in_order() {
    let app = site().start();
    add_many(&app, 2_500);
    let root = app.logged_in("root");
    for format in ["csv", "json"] {
        let file = root.get(&format!("{USERS}?q=u0&o=-1&format={format}"));
        let names: Vec<String> = match format {
            "csv" => lines(&file)[1..].iter().map(|line| line.split(',').next().expect("a cell").to_owned()).collect(),
            _ => json(&file).iter().map(|row| row["username"].as_str().expect("a name").to_owned()).collect(),
        };
        let expected: Vec<String> = (0..2_500).rev().map(|number| format!("u{number:06}")).collect();
        assert_eq!(names, expected, "{format}");
    }
}

#[test]
fn a_slow_reader_holds_no_connection_and_nothing_is_read_for_one_who_went_away() {
    let app = site().setting("DATABASE_POOL_SIZE", "1").start();
    add_many(&app, 40_000);
    let root = app.logged_in("root");
    let key = root.cookie("sessionid").expect("a session");
    let mut slow = std::net::TcpStream::connect(app.address).expect("a connection");
    let asked = format!("GET {USERS} HTTP/1.1\r\nHost: {}\r\nCookie: sessionid={key}\r\n\r\n", app.address);
    slow.write_all(asked.as_bytes()).expect("sent");
    let mut first = [0; 1_000];
    slow.read_exact(&mut first).expect("a beginning");
    assert!(first.starts_with(b"HTTP/1.1 200"));
    // The only connection is free while that client reads nothing more.
    assert_eq!(root.get("/admin/auth/user/").status, 200);
    drop(slow);
    until(|| app.auth.database.state().idle_connections == app.auth.database.state().connections);
    let file = root.get(&format!("{USERS}?o=1"));
    let names: Vec<&str> = lines(&file)[1..].iter().map(|line| line.split(',').next().expect("a cell")).collect();
    assert!(
        names.len() == 40_001 && names.is_sorted_by(|a, b| a < b),
        "each once, also of more than are sorted at once"
    );
}

/// A row in every table that the admin shows; what is in them that nobody may see.
fn filled() -> (TestApp, Vec<String>) {
    let ann = NewUser { username: "ann".to_owned(), ..NewUser::default() };
    let app = with_staff(site().with(ann), "eve", false).start();
    let (root, other) = (app.logged_in("root"), app.logged_in("ann"));
    let login = serde_json::json!({ "username": "ann", "password": PASSWORD }).to_string();
    let answer = app.client().send_body("POST", "/api/auth/login/", "application/json", &login);
    let pair: Value = serde_json::from_str(&answer.body).expect("tokens");
    assert_eq!(app.client().log_in("ann", "wrong").status, 200);
    let blacklisted = app.client().send_body("POST", "/api/auth/login/", "application/json", &login);
    let ended: Value = serde_json::from_str(&blacklisted.body).expect("tokens");
    let body = serde_json::json!({ "refresh": ended["refresh"] }).to_string();
    app.client().send_body("POST", "/api/auth/logout/", "application/json", &body);
    let mut secrets = Vec::new();
    for client in [&root, &other] {
        secrets.push(client.cookie("sessionid").expect("a session"));
    }
    for token in [&pair["refresh"], &ended["refresh"]] {
        let text = token.as_str().expect("a token").to_owned();
        secrets.push(text.rsplit('.').next().expect("a signature").to_owned());
        secrets.push(text);
    }
    for sql in ["SELECT password FROM auth_user LIMIT 1", "SELECT session_data FROM django_session LIMIT 1"] {
        secrets.push(app.database.text(sql).expect("a secret"));
    }
    secrets.extend(["argon2$".to_owned(), "$argon2id".to_owned(), PASSWORD.to_owned()]);
    send(&root, "/admin/auth/group/add/", &[("name", "people")]);
    (app, secrets)
}

#[test]
fn no_page_and_no_file_of_any_table_holds_a_hash_a_key_or_a_token() {
    let (app, secrets) = filled();
    let root = app.logged_in("root");
    let key = root.cookie("sessionid").expect("a session");
    let secrets: Vec<&str> = secrets.iter().map(String::as_str).chain([key.as_str()]).collect();
    let index = root.get("/admin/");
    let mut lists: Vec<String> = Vec::new();
    for part in index.body.split("href=\"/admin/").skip(1) {
        let path = part.split('"').next().expect("a path");
        if path.split('/').filter(|step| !step.is_empty()).count() == 2 && !path.contains('?') {
            lists.push(format!("/admin/{path}"));
        }
    }
    lists.sort();
    lists.dedup();
    for model in ["auth/user", "auth/group", "sessions/session", "token_blacklist/outstandingtoken", "axes/accesslog"] {
        assert!(lists.contains(&format!("/admin/{model}/")), "{model} is not in {lists:?}");
    }
    for list in lists {
        let mut pages = vec![list.clone(), format!("{list}export/?format=csv"), format!("{list}export/?format=json")];
        let rows = root.get(&list).body;
        let start = format!("href=\"{list}");
        let links = rows.split(&start).skip(1).filter_map(|rest| rest.split('"').next());
        for change in links.filter(|link| link.contains("/change/")) {
            pages.push(format!("{list}{change}"));
            pages.push(format!("{list}{}", change.replace("/change/", "/history/")));
            pages.push(format!("{list}{}", change.replace("/change/", "/delete/")));
        }
        for path in pages {
            let page = root.get(&path);
            for secret in &secrets {
                assert!(!page.body.contains(secret), "{path} shows {secret}");
                assert!(!path.contains(secret), "{path} has {secret} in its address");
            }
        }
    }
}
