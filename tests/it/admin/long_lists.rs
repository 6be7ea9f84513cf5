//! Lists of very many rows: turned by the place of a row, searched by beginnings, and counted no further than needed.

use vestibule::{auth::models::NewUser, clock::Clock, db, settings::DatabaseUrl};

use crate::support::{Client, Response, TestApp, TestDatabase, encode, is_postgres};

const USERS: &str = "/admin/auth/user/";
const LOGS: &str = "/admin/axes/accesslog/";
/// One more than a small table has, with the superuser.
const MANY: i64 = 50_000;

fn site() -> TestApp {
    let root = NewUser { username: "root".to_owned(), is_staff: true, is_superuser: true, ..NewUser::default() };
    TestApp::init().with(root).start()
}

/// `u100001` and so on: every third is called Anna, every 500th is staff, every 20th not active and called Émile.
fn crowd(app: &TestApp) {
    app.database.execute(&format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MANY}) INSERT INTO auth_user \
         (password, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined) \
         SELECT '!', false, 'u' || (100000 + i), CASE WHEN i % 3 = 0 THEN 'Anna' ELSE 'Bob' END, \
         CASE WHEN i % 20 = 0 THEN 'Émile' ELSE 'X' || i END, 'Mail' || i || '@example.org', i % 500 = 0, i % 20 <> 0, \
         '2021-01-01 12:00:00' FROM n"
    ));
}

/// The names of the rows of a list of users; of another its keys.
fn rows(page: &Response) -> Vec<String> {
    assert_eq!(page.status, 200, "{} {}", page.location(), page.body);
    if page.body.contains("Search users") {
        return page.texts("#result_list tbody th");
    }
    let html = scraper::Html::parse_document(&page.body);
    let boxes = scraper::Selector::parse(".action-select").expect("a selector");
    html.select(&boxes).filter_map(|found| found.attr("value").map(str::to_owned)).collect()
}

fn list(client: &Client, path: &str, query: &[(&str, &str)]) -> Response {
    client.get(&format!("{path}?{}", encode(query)))
}

/// Where a page leads to another; `None` if it doesn't.
fn turn(page: &Response, label: &str) -> Option<String> {
    let html = scraper::Html::parse_document(&page.body);
    let links = scraper::Selector::parse(".admin-pages nav a").expect("a selector");
    let mut links = html.select(&links);
    let link = links.find(|link| link.text().collect::<String>().trim() == format!("{label} page"))?;
    link.attr("href").map(str::to_owned)
}

fn turned(client: &Client, path: &str, page: &Response, label: &str) -> Response {
    client.get(&format!("{path}{}", turn(page, label).unwrap_or_else(|| panic!("no {label} in {}", page.body))))
}

/// All rows of a list, from the first page to the last, which is then read back to the first: the same pages.
fn all_pages(client: &Client, path: &str, query: &[(&str, &str)]) -> Vec<String> {
    let mut pages = vec![list(client, path, query)];
    while turn(pages.last().expect("a page"), "Next").is_some() {
        pages.push(turned(client, path, pages.last().expect("a page"), "Next"));
    }
    for place in (1..pages.len()).rev() {
        assert_eq!(
            rows(&turned(client, path, &pages[place], "Previous")),
            rows(&pages[place - 1]),
            "{query:?} {place}"
        );
    }
    pages.iter().flat_map(rows).collect()
}

fn name(number: i64) -> String {
    format!("u{}", 100_000 + number)
}

#[test]
fn a_long_list_is_turned_page_by_page_and_counted_no_further_than_needed() {
    let app = site();
    crowd(&app);
    let root = app.logged_in("root");
    let first = root.get(USERS);
    assert_eq!((rows(&first)[0].as_str(), rows(&first)[1].as_str(), rows(&first).len()), ("root", "u100001", 100));
    assert_eq!(first.texts(".admin-count"), ["more than 50,000 users"]);
    assert!(!first.body.contains("Show counts") && turn(&first, "Previous").is_none(), "{}", first.body);
    let second = turned(&root, USERS, &first, "Next");
    assert_eq!(rows(&second), rows(&list(&root, USERS, &[("p", "2")])));
    // Who comes or goes on the first page moves nobody on the second.
    app.database.execute("DELETE FROM auth_user WHERE username IN ('u100003', 'u100004')");
    assert_eq!(rows(&turned(&root, USERS, &first, "Next")), rows(&second));
    let last = turned(&root, USERS, &first, "Last");
    assert_eq!((rows(&last)[99].clone(), turn(&last, "Next"), rows(&last).len()), (name(MANY), None, 100));
    let earlier = turned(&root, USERS, &last, "Previous");
    assert_eq!(rows(&earlier)[99], name(MANY - 100));
    assert_eq!(rows(&turned(&root, USERS, &earlier, "Next")), rows(&last));
    assert_eq!(rows(&turned(&root, USERS, &earlier, "First"))[0], "root");
    // Too few come before to make a page: it is the first.
    assert_eq!(rows(&turned(&root, USERS, &second, "Previous")).len(), 100);
    let descending = list(&root, USERS, &[("o", "-1")]);
    assert_eq!(rows(&descending)[0], name(MANY));
    assert_eq!(rows(&turned(&root, USERS, &descending, "Next"))[0], name(MANY - 100));
    assert_eq!(rows(&turned(&root, USERS, &descending, "Last"))[99], "root");

    assert_eq!(list(&root, USERS, &[("p", "100")]).status, 200);
    let place = turn(&first, "Next").expect("a link").replace("?after=", "");
    for wrong in [
        "p=101".to_owned(),
        "p=0".to_owned(),
        "after=x".to_owned(),
        format!("after={}A", &place[..place.len() - 2]),
        // A place in another order.
        format!("o=-1&after={place}"),
    ] {
        let answer = root.get(&format!("{USERS}?{wrong}"));
        assert_eq!((answer.status, answer.location()), (302, "/admin/auth/user/?e=1"), "{wrong}");
    }
    assert_eq!(root.get(&format!("{LOGS}?after={place}")).status, 200, "a short list has numbers");
}

#[test]
fn a_long_list_is_searched_by_beginnings_and_filtered() {
    let app = site();
    crowd(&app);
    app.database.execute("INSERT INTO auth_group (name) VALUES ('few'), ('all')");
    app.database.execute(
        "INSERT INTO auth_user_groups (user_id, group_id) SELECT u.id, g.id FROM auth_user u, auth_group g \
         WHERE g.name = 'all' OR u.username IN ('u100007', 'u100009')",
    );
    let root = app.logged_in("root");
    let group =
        |name: &str| app.database.number(&format!("SELECT id FROM auth_group WHERE name = '{name}'")).to_string();
    let found = |query: &[(&str, &str)]| rows(&list(&root, USERS, query));
    assert_eq!(found(&[("q", "U100123")]), ["u100123"]);
    assert_eq!(found(&[("q", "mail49999")]), ["u149999"]);
    assert_eq!(found(&[("q", "100123")]), [] as [&str; 0]);
    assert_eq!(found(&[("q", "u100123 bob")]), [] as [&str; 0]);
    assert_eq!(found(&[("q", "anna u100123")]), ["u100123"]);
    // 77, 770 to 779, 7700 to 7799, but for every twentieth.
    assert_eq!(list(&root, USERS, &[("q", "x7 x77")]).texts(".admin-count"), ["106 users"]);
    let none = list(&root, USERS, &[("q", "00123")]);
    assert!(none.body.contains("only what begins with these words is found"), "{}", none.body);
    let html = scraper::Html::parse_document(&none.body);
    let selector = scraper::Selector::parse(".field-help a").expect("a selector");
    let link = html.select(&selector).next().and_then(|link| link.attr("href")).expect("a link").to_owned();
    assert_eq!(rows(&root.get(&format!("{USERS}{link}")))[0], "u100123");

    assert_eq!(found(&[("is_staff__exact", "1"), ("p", "2")]), ["u150000"]);
    let staff = list(&root, USERS, &[("is_staff__exact", "1")]);
    assert_eq!((staff.texts(".admin-count"), turn(&staff, "Next")), (vec!["101 users".to_owned()], None));
    assert_eq!(found(&[("groups__id__exact", &group("few"))]), ["u100007", "u100009"]);
    assert_eq!(found(&[("groups__id__exact", &group("few")), ("q", "bob")]), ["u100007"]);
    assert_eq!(found(&[("groups__id__exact", &group("all")), ("is_superuser__exact", "1")]), ["root"]);
    assert_eq!(found(&[("groups__isnull", "True")]), [] as [&str; 0]);
    // Of few the pages have numbers.
    let inactive = [("is_active__exact", "0"), ("groups__id__exact", &group("all"))];
    let pages = (1..=25).flat_map(|page| found(&[&inactive[..], &[("p", &i32::to_string(&page))]].concat()));
    let inactive: Vec<String> = pages.collect();
    assert!(inactive == (1..=MANY / 20).map(|number| name(number * 20)).collect::<Vec<_>>(), "{inactive:?}");

    // What many begin with comes in the order in which it is found; every row once.
    let mut emile = all_pages(&root, USERS, &[("q", "ÉMI")]);
    emile.sort();
    assert!(emile == inactive, "{emile:?}");
    let annas = list(&root, USERS, &[("q", "Anna"), ("is_active__exact", "0")]);
    assert_eq!(rows(&annas)[..2], [name(60), name(120)]);
    let file = root.get(&format!("{USERS}export/?q=anna&is_active__exact=0"));
    assert_eq!(file.body.lines().count(), 1 + usize::try_from(MANY / 60).expect("few"));
}

#[test]
fn nothing_in_a_column_stands_where_the_database_has_it_in_both_directions() {
    let app = site();
    app.database.execute(&format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i <= {MANY}) INSERT INTO axes_accesslog \
         (user_agent, username, http_accept, path_info, attempt_time, session_hash) \
         SELECT 'x', 'u' || i, '', CASE WHEN i % 200 = 0 THEN '/odd/' ELSE '/' END, '2021-01-01 12:00:00', '' FROM n"
    ));
    for (time, which) in [("2022-01-01 00:00:00", "<> 0"), ("2022-01-01 00:00:00.5", "= 0")] {
        app.database.execute(&format!(
            "UPDATE axes_accesslog SET logout_time = '{time}' WHERE id % 400 {which} AND id % 1000 <> 0"
        ));
    }
    let root = app.logged_in("root");
    app.database.execute(&format!("DELETE FROM axes_accesslog WHERE id > {MANY} + 1"));
    let odd = || (1..=MANY / 200).map(|number| number * 200).rev();
    let value = |id: &i64| (id % 1_000 != 0).then_some(i64::from(id % 400 == 0));
    for (order, is_descending) in [("2", false), ("-2", true)] {
        let mut expected: Vec<i64> = odd().collect();
        // SQLite takes nothing for less than all, PostgreSQL for more.
        let rank = |id: &i64| value(id).unwrap_or(if is_postgres() { 2 } else { -1 });
        expected.sort_by_key(|id| if is_descending { -rank(id) } else { rank(id) });
        let expected: Vec<String> = expected.iter().map(i64::to_string).collect();
        assert_eq!(all_pages(&root, LOGS, &[("path_info", "/odd/"), ("o", order)]), expected, "{order}");
    }
    let expected: Vec<String> = odd().map(|id| id.to_string()).collect();
    for order in ["", "-5", "6.5"] {
        assert_eq!(all_pages(&root, LOGS, &[("path_info", "/odd/"), ("o", order)]), expected, "{order}");
    }
}

#[test]
fn an_index_that_django_lost_is_made_again() {
    let database = TestDatabase::new();
    let (url, clock) = (DatabaseUrl::new(database.url()), Clock::system());
    db::migrate(&url, &clock, false).expect("migrated");
    database.execute("DROP INDEX vestibule_user_email");
    assert_eq!(db::pending(&url).expect("a look"), [] as [&str; 0]);
    assert_eq!(db::plan_with(&url, None).expect("a look"), ["index vestibule_user_email"]);
    let migrated = db::migrate(&url, &clock, false).expect("migrated");
    assert_eq!((migrated.indexes, migrated.applied.len()), (vec!["vestibule_user_email"], 0));
    assert_eq!(db::plan_with(&url, None).expect("a look"), [] as [&str; 0]);
}
