//! Lists: search, filters, order, pages and dates, as Django has them; and queries that mean harm.

use time::macros::datetime;
use vestibule::auth::models::NewUser;

use crate::support::{Client, Response, TestApp, encode};

const USERS: &str = "/admin/auth/user/";
const POSTS: &str = "/admin/vestibule/post/";

/// A site in New York whose superuser is `root`; all were made on 1 June 2020 but those who are seeded.
fn site() -> TestApp {
    let root = NewUser { username: "root".to_owned(), is_staff: true, is_superuser: true, ..NewUser::default() };
    let app = TestApp::init().with(root).setting("TIME_ZONE", "America/New_York").start();
    app.database.execute("UPDATE auth_user SET date_joined = '2020-06-01 12:00:00'");
    app
}

/// Adds somebody.
fn add(app: &TestApp, username: &str, first: &str, last: &str, joined: &str) {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    app.database.execute(&format!(
        "INSERT INTO auth_user \
         (password, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined) \
         VALUES ('!', false, {}, {}, {}, '', false, true, {})",
        quoted(username),
        quoted(first),
        quoted(last),
        quoted(joined)
    ));
}

fn add_all(app: &TestApp, people: &[(&str, &str, &str)]) {
    for (username, first, last) in people {
        add(app, username, first, last, "2021-01-01 12:00:00");
    }
}

/// Adds a post of root's.
fn write(app: &TestApp, title: &str, created: &str) {
    app.database.execute(&format!(
        "INSERT INTO vestibule_post (title, body, owner_id, created_at, updated_at) \
         SELECT '{title}', '', id, '{created}', '{created}' FROM auth_user WHERE username = 'root'"
    ));
}

/// The first column of a list.
fn rows(page: &Response) -> Vec<String> {
    assert_eq!(page.status, 200, "{} {}", page.location(), page.body);
    page.texts("#result_list tbody th")
}

fn list(client: &Client, query: &[(&str, &str)]) -> Vec<String> {
    rows(&client.get(&format!("{USERS}?{}", encode(query))))
}

/// Where a choice of a filter, or of the dates, leads.
fn link(page: &Response, label: &str) -> String {
    let html = scraper::Html::parse_document(&page.body);
    let links = scraper::Selector::parse(".admin-filters a, .admin-dates a").expect("a selector");
    let mut found = html.select(&links).filter(|link| link.text().collect::<String>().trim() == label);
    let link = found.next().and_then(|link| link.attr("href")).map(str::to_owned);
    link.unwrap_or_else(|| panic!("no link {label} in {}", page.body))
}

fn is_refused(client: &Client, query: &str) {
    let answer = client.get(&format!("{USERS}?{query}"));
    assert_eq!((answer.status, answer.location()), (302, "/admin/auth/user/?e=1"), "{query}");
}

#[test]
fn a_search_takes_every_character_as_it_is_and_all_of_its_words() {
    let app = site();
    let percent = [("a%b", "", ""), ("a_b", "", ""), ("axb", "", ""), ("a\\b", "", "")];
    add_all(&app, &percent);
    add_all(&app, &[("zoe", "Anna Lee", "Smith"), ("yan", "Lee", "Annason"), ("quo", "O'Neil \"Q\"", "")]);
    let root = app.logged_in("root");
    for (search, expected) in [
        ("%", &["a%b"][..]),
        ("_", &["a_b"]),
        ("\\", &["a\\b"]),
        ("a%b", &["a%b"]),
        ("anna lee", &["yan", "zoe"]),
        ("\"anna lee\"", &["zoe"]),
        ("'Anna Lee' smith", &["zoe"]),
        ("ANNA", &["yan", "zoe"]),
        ("anna nobody", &[]),
        ("O'Neil", &["quo"]),
        ("\"O'Neil \\\"Q\\\"\"", &["quo"]),
        ("' OR 1=1 --", &[]),
        ("zoe;--", &[]),
    ] {
        assert_eq!(list(&root, &[("q", search)]), expected, "{search}");
    }
    for everybody in ["", "   ", "\"", "'"] {
        assert_eq!(list(&root, &[("q", everybody)]).len(), 8, "{everybody}");
    }
    let page = root.get(&format!("{USERS}?q=anna"));
    assert!(page.body.contains("2 results (<a href=\"?\">8 total</a>)"), "{}", page.body);
}

#[test]
fn filters_narrow_together_and_say_how_many_rows_each_choice_leaves() {
    let app = site();
    add_all(&app, &[("ann", "", ""), ("bob", "", ""), ("cyd", "", "")]);
    app.database.execute("UPDATE auth_user SET is_staff = true WHERE username = 'ann'");
    app.database.execute("UPDATE auth_user SET is_active = false WHERE username = 'bob'");
    app.database.execute("INSERT INTO auth_group (name) VALUES ('keepers'), ('pilots')");
    app.database.execute(
        "INSERT INTO auth_user_groups (user_id, group_id) SELECT u.id, g.id FROM auth_user u, auth_group g \
         WHERE u.username IN ('ann', 'bob') AND g.name = 'keepers'",
    );
    let root = app.logged_in("root");
    assert_eq!(list(&root, &[("is_staff__exact", "1")]), ["ann", "root"]);
    assert_eq!(list(&root, &[("is_staff__exact", "0"), ("is_active__exact", "1")]), ["cyd"]);
    assert_eq!(list(&root, &[("is_staff__exact", "1"), ("is_staff__exact", "0")]).len(), 4);
    assert_eq!(list(&root, &[("groups__isnull", "True")]), ["cyd", "root"]);
    assert_eq!(list(&root, &[("groups__isnull", "0")]), ["ann", "bob"]);
    assert_eq!(list(&root, &[("groups__id__exact", "999")]), [] as [&str; 0]);
    let page = root.get(USERS);
    assert_eq!(rows(&root.get(&format!("{USERS}{}", link(&page, "keepers")))), ["ann", "bob"]);

    let counted = root.get(&format!("{USERS}{}", link(&page, "Show counts")));
    let choices = counted.texts(".admin-filters li");
    let by_staff: Vec<&str> = choices.iter().take(3).map(String::as_str).collect();
    assert_eq!(by_staff, ["All", "Yes (2)", "No (2)"]);
    assert!(choices.contains(&"keepers (2)".to_owned()) && choices.contains(&"pilots (0)".to_owned()), "{choices:?}");
    // What the other filters and the search leave is counted.
    let narrowed = root.get(&format!("{USERS}?_facets=True&is_active__exact=1&q=n"));
    assert_eq!(narrowed.texts(".admin-filters li")[..3], ["All", "Yes (1)", "No (0)"]);
    assert_eq!(link(&narrowed, "Clear all filters"), "?_facets=True&q=n");
}

#[test]
fn a_list_is_ordered_by_several_columns_and_then_as_always() {
    let app = site();
    add_all(&app, &[("a", "Zed", "One"), ("b", "Amy", "Two"), ("c", "Zed", "Two"), ("d", "Amy", "One")]);
    let root = app.logged_in("root");
    let ordered = |order: &str| list(&root, &[("o", order), ("is_superuser__exact", "0")]).concat();
    for (order, expected) in [
        ("", "abcd"),
        ("1", "abcd"),
        ("-1", "dcba"),
        ("3", "bdac"),
        ("-3", "acbd"),
        ("4.-3", "adcb"),
        ("3.-1", "dbca"),
        ("--1", "dcba"),
        ("x.3", "bdac"),
        ("99.-.0.-0.3.", "bdac"),
        ("1;DROP TABLE auth_user", "abcd"),
        ("-1.0.99", "dcba"),
        ("99999999999999999999", "abcd"),
    ] {
        assert_eq!(ordered(order), expected, "{order}");
    }
    let page = root.get(&format!("{USERS}?o=4.-3"));
    let sort = |column: &str| page.attribute(&format!("th.column-{column} a"), "href").expect("a link");
    assert_eq!((sort("username"), sort("first_name")), ("?o=1.4.-3".to_owned(), "?o=3.4".to_owned()));
}

#[test]
fn a_list_has_pages_and_a_page_that_is_not_there_leads_back() {
    let app = site();
    for number in 0..104 {
        add(&app, &format!("u{number:03}"), "", "", "2021-01-01 12:00:00");
    }
    let root = app.logged_in("root");
    assert_eq!(list(&root, &[("o", "-1")]).len(), 100);
    assert_eq!(list(&root, &[("p", "2"), ("o", "-1")]), ["u003", "u002", "u001", "u000", "root"].map(String::from)[..]);
    assert_eq!(list(&root, &[("p", "x")])[0], "root");
    for page in ["0", "3", "-1", "9223372036854775807", "99999999999999999999", "-99999999999999999999"] {
        is_refused(&root, &format!("p={page}"));
    }
    // With one page any number is that one.
    assert_eq!(list(&root, &[("q", "u001"), ("p", "9")]), ["u001"]);
    assert_eq!(list(&root, &[("all", ""), ("p", "9")]).len(), 105);
    let page = root.get(USERS);
    assert!(page.body.contains("<a href=\"?all=\">Show all</a>") && page.body.contains("105 users"), "{}", page.body);
    // Too many for one page are shown in pages all the same.
    for number in 104..204 {
        add(&app, &format!("u{number:03}"), "", "", "2021-01-01 12:00:00");
    }
    assert_eq!(list(&root, &[("all", "")]).len(), 100);
}

#[test]
fn days_are_those_of_the_sites_time_zone() {
    let app = site();
    // In New York: the last minute of 9 March 2024, the first moment of the 10th, its last one (it had 23 hours), and the
    // first of the 11th.
    write(&app, "before", "2024-03-10 04:59:00");
    write(&app, "first", "2024-03-10 05:00:00");
    write(&app, "last", "2024-03-11 03:59:59.999999");
    write(&app, "after", "2024-03-11 04:00:00");
    write(&app, "old", "2022-07-01 12:00:00");
    let root = app.logged_in("root");
    let on = |query: &str| rows(&root.get(&format!("{POSTS}?{query}")));
    let day = "created_at__day=10&created_at__month=3&created_at__year=2024";
    assert_eq!(on(day), ["last", "first"]);
    assert_eq!(on("created_at__month=3&created_at__year=2024"), ["after", "last", "first", "before"]);
    assert_eq!(on("created_at__year=2022"), ["old"]);
    // A day without a month is one of January.
    assert_eq!(on("created_at__day=1&created_at__year=2022"), [] as [&str; 0]);
    assert_eq!(
        on("created_at__gte=2024-03-10+00%3A00%3A00-05%3A00&created_at__lt=2024-03-11 00:00:00-04:00"),
        ["last", "first"]
    );
    assert_eq!(on("created_at__date=2024-03-10"), ["last", "first"]);

    let dates = |query: &str| root.get(&format!("{POSTS}?{query}")).texts(".admin-dates li");
    assert_eq!(dates(""), ["2022", "2024"]);
    assert_eq!(dates("created_at__year=2024"), ["‹ All dates", "March 2024"]);
    assert_eq!(dates("created_at__month=3&created_at__year=2024"), ["‹ 2024", "March 9", "March 10", "March 11"]);
    assert_eq!(dates(day), ["‹ March 2024", "March 10"]);
    // Where all rows are of one month, its days are offered at once.
    assert_eq!(dates("q=fter"), ["‹ 2024", "March 11"]);
    let month = root.get(&format!("{POSTS}?created_at__month=3&created_at__year=2024"));
    assert_eq!(link(&month, "March 10"), format!("?{day}"));
    for wrong in [
        "created_at__year=abc",
        "created_at__year=2024&created_at__month=13",
        "created_at__year=99999",
        "created_at__year=-9999",
        "created_at__year=0",
    ] {
        let answer = root.get(&format!("{POSTS}?{wrong}"));
        assert_eq!((answer.status, answer.location()), (302, "/admin/vestibule/post/?e=1"), "{wrong}");
    }
}

#[test]
fn ranges_of_dates_are_told_from_now_in_the_sites_time_zone() {
    let app = site();
    // 23:00 on 31 December in New York.
    app.clock.advance(datetime!(2025-01-01 04:00:00) - app.clock.now());
    write(&app, "now", "2025-01-01 03:00:00");
    write(&app, "days", "2024-12-26 12:00:00");
    write(&app, "year", "2024-02-01 12:00:00");
    write(&app, "past", "2023-12-31 12:00:00");
    let root = app.logged_in("root");
    let page = root.get(&format!("{POSTS}?_facets=True"));
    let choices = page.texts(".admin-filters li");
    assert_eq!(choices, ["Any date (4)", "Today (1)", "Past 7 days (2)", "This month (2)", "This year (3)"]);
    // A range takes the place of what was drilled into.
    let drilled = root.get(&format!("{POSTS}?created_at__year=2023"));
    assert_eq!(rows(&root.get(&format!("{POSTS}{}", link(&drilled, "Past 7 days")))), ["now", "days"]);
    let raw_plus = root.get(&format!("{POSTS}?created_at__gte=2024-01-01 00:00:00+00:00"));
    assert_eq!(raw_plus.location(), "/admin/vestibule/post/?e=1");
}

#[test]
fn lookups_are_djangos_and_what_makes_no_sense_leads_back() {
    let app = site();
    add_all(&app, &[("ann", "Ann", ""), ("bob", "", "")]);
    let (root, id) = (app.logged_in("root"), app.user("ann").id.to_string());
    for (name, value) in [
        ("username", "ann"),
        ("username__startswith", "an"),
        ("username__iexact", "ANN"),
        ("username__in", "ann,nobody"),
        ("first_name__icontains", "NN"),
        ("pk", &id),
        ("id__in", &format!("{id},999")),
    ] {
        assert_eq!(list(&root, &[(name, value)]), ["ann"], "{name}={value}");
    }
    assert_eq!(list(&root, &[("date_joined__year", "2021")]), ["ann", "bob"]);
    assert_eq!(list(&root, &[("last_login__isnull", "")]), ["root"]);
    for huge in ["id", "id__gt", "groups__id__exact", "pk"] {
        assert_eq!(list(&root, &[(huge, "99999999999999999999")]), [] as [&str; 0], "{huge}");
    }
    assert_eq!(list(&root, &[("id__lt", "99999999999999999999")]).len(), 3);
    for wrong in [
        "nosuch=1",
        "username__nolookup=1",
        "id=abc",
        "is_staff__exact=x",
        "groups__id__exact=abc",
        "date_joined__gte=garbage",
        "date_joined__gte=-9999-01-01",
        "_changelist_filters=x",
        "username__=1",
        "__=1",
        "id__in=",
    ] {
        is_refused(&root, wrong);
    }
    for disallowed in [
        "password__startswith=p",
        "password=x",
        "logentry__user__password__startswith=p",
        "groups__name=keepers",
        "groups__permissions__codename=x",
        "_to_field=password",
        "_to_field=username",
    ] {
        assert_eq!(root.get(&format!("{USERS}?{disallowed}")).status, 400, "{disallowed}");
    }
    assert_eq!(root.get(&format!("{POSTS}?owner__password__startswith=p")).status, 400);
    assert_eq!(root.get(&format!("{POSTS}?owner__username=ann")).status, 400);
    assert_eq!(root.get(&format!("{USERS}?_to_field=id&e=1")).status, 200);
    assert_eq!(root.get(&format!("{USERS}?e=1")).status, 200);
}

/// What is asked for by whoever means harm.
const HOSTILE: &[&str] = &[
    "'",
    "\"",
    "' OR 1=1 --",
    "%",
    "\\",
    "-1.0.99",
    "1); DROP TABLE auth_user; --",
    "1 UNION SELECT password FROM auth_user",
    "randomblob(1000000000)",
    "(SELECT pg_sleep(5))",
    "$1",
    "a\0b",
    "99999999999999999999",
    "9223372036854775807",
    "-9223372036854775808",
    "2147483648",
    "1e309",
    "\u{202e}\u{feff}",
    "２",
    "",
    "2024-03-10 00:00:00+99999999999999999999:00",
    "2024-03-10 00:00:00+255:255",
    "9999-12-31",
    "-4714-01-01",
    "999.1.1.1",
    "é\u{301}2024-03-10T",
];

#[test]
fn no_query_breaks_a_list() {
    let app = site();
    add_all(&app, &[("ann", "", "")]);
    let root = app.logged_in("root");
    let own = ["q", "o", "p", "id", "id__in"];
    let lists: [(&str, &[&str]); 8] = [
        (
            USERS,
            &["username", "is_staff__exact", "groups__id__exact", "groups__isnull", "date_joined__gte", "all", "e"],
        ),
        (
            POSTS,
            &["created_at__year", "created_at__day", "created_at__lt", "owner", "owner__id__exact", "title__contains"],
        ),
        ("/admin/auth/group/", &["name__endswith", "permissions__id__exact"]),
        ("/admin/auth/permission/", &["app_label", "codename__in"]),
        (
            "/admin/axes/accessattempt/",
            &["ip_address", "ip_address__startswith", "locked_out", "failures_since_start__gt"],
        ),
        ("/admin/axes/accesslog/", &["path_info", "logout_time__isnull", "attempt_time__date"]),
        ("/admin/axes/accessfailurelog/", &["locked_out__exact", "attempt_time__month"]),
        ("/admin/admin/logentry/", &["action_flag__exact", "content_type", "action_time__year"]),
    ];
    let stands = |path: &str| {
        let answer = root.get(path);
        assert!([200, 302, 400].contains(&answer.status), "{path}: {}", answer.status);
    };
    for (path, names) in lists {
        for name in own.iter().chain(names) {
            for value in HOSTILE {
                stands(&format!("{path}?{}", encode(&[(name, value)])));
            }
        }
        for odd in ["%00=1", "a%00b__gt=1", "%FF=1", "q=%FF", "=", "&&&", "id__gt", "'=1", "1;--=2", "id'--=1"] {
            stands(&format!("{path}?{odd}"));
        }
        let many: Vec<(&str, &str)> = (0..200).map(|_| ("id", "1")).collect();
        stands(&format!("{path}?{}", encode(&many)));
    }
    assert_eq!(app.database.number("SELECT count(*) FROM auth_user"), 2);
}

#[test]
fn an_id_in_a_path_that_is_no_rows_is_missed_and_breaks_nothing() {
    let app = site();
    let root = app.logged_in("root");
    let models = [
        "auth/user",
        "auth/group",
        "auth/permission",
        "vestibule/post",
        "axes/accessattempt",
        "axes/accesslog",
        "axes/accessfailurelog",
        "admin/logentry",
    ];
    let ids = [
        "0",
        "-1",
        "999999",
        "2147483648",
        "9223372036854775807",
        "99999999999999999999",
        "abc",
        "1%20or%201=1",
        "1'--",
        "%00",
        "1%00",
        "%27",
        "1;--",
        "01",
        "+1",
        "1.0",
        "1e1",
        "%EF%BC%91",
        "null",
    ];
    for model in models {
        for id in ids {
            for page in ["change", "delete", "history"] {
                let path = format!("/admin/{model}/{id}/{page}/");
                let answer = root.get(&path);
                let is_forbidden = answer.status == 403 && page == "delete";
                let is_missing = (answer.status, answer.location()) == (302, "/admin/");
                assert!(
                    is_missing || is_forbidden || answer.status == 400 || answer.status == 404,
                    "{path}: {}",
                    answer.status
                );
            }
        }
    }
}

#[test]
fn a_query_that_names_very_many_values_makes_no_sense() {
    let app = site();
    let root = app.in_admin("root");
    app.database.execute(&format!(
        "INSERT INTO vestibule_post (title, body, owner_id, created_at, updated_at) \
         VALUES ('A post', '', {}, '2026-03-05 12:00:00', '2026-03-05 12:00:00')",
        app.user("root").id
    ));
    let keys = |count: i32| (1..=count).map(|key| key.to_string()).collect::<Vec<_>>().join(",");
    let list = |query: String| root.get(&format!("{POSTS}?{query}"));
    assert_eq!(list(format!("id__in={}", keys(1_000))).status, 200);
    // The days of a month ask for each of them again, which is more than SQLite takes.
    assert_eq!(list(format!("id__in={}", keys(1_001))).location(), format!("{POSTS}?e=1"));
    let repeated = format!("id__in={}&", keys(600));
    assert_eq!(list(repeated.repeat(3)).location(), format!("{POSTS}?e=1"));
}
