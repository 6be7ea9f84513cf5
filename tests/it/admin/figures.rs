//! The front page: numbers and plots, and that both are right.

use time::{
    Duration, PrimitiveDateTime,
    macros::{datetime, format_description},
};
use vestibule::{auth::models::NewUser, settings::Settings, tasks};

use crate::support::{PASSWORD, Response, TestApp, TestAppBuilder};

fn site() -> TestAppBuilder {
    TestApp::init().with_superuser("root").with_user("ann").setting("NOTIFY_NEW_DEVICE", "false")
}

fn set_clock(app: &TestApp, at: PrimitiveDateTime) {
    app.clock.advance(at - app.clock.now());
}

fn sql(at: PrimitiveDateTime) -> String {
    let whole = at.format(format_description!("[year]-[month]-[day] [hour]:[minute]:[second]")).expect("a time");
    // As Diesel writes it: without a fraction where there is none.
    if at.microsecond() == 0 { format!("'{whole}'") } else { format!("'{whole}.{:06}'", at.microsecond()) }
}

fn happened(app: &TestApp, kind: &str, at: PrimitiveDateTime, times: usize) {
    if times == 0 {
        return;
    }
    let row = format!("({}, '{kind}', 'x', '', '', '')", sql(at));
    app.database.execute(&format!(
        "INSERT INTO vestibule_event (created_at, kind, username, user_agent, path, detail) VALUES {}",
        vec![row; times].join(", ")
    ));
}

/// The rows of a plot's table: what the first cell says, and the numbers after it.
fn table(page: &Response, id: &str) -> Vec<(String, Vec<u32>)> {
    let figure = format!("figure:has(#plot-{id})");
    let names = page.texts(&format!("{figure} tbody th"));
    let numbers: Vec<u32> = page
        .texts(&format!("{figure} tbody td"))
        .iter()
        .filter(|text| !text.contains('%'))
        .map(|text| text.replace(',', "").parse().expect("a number"))
        .collect();
    let wide = numbers.len() / names.len();
    names.into_iter().zip(numbers.chunks(wide).map(<[u32]>::to_vec)).collect()
}

fn numbers(page: &Response) -> Vec<String> {
    let one_line = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    page.texts(".figures a").into_iter().map(one_line).collect()
}

fn run_tasks(app: &TestApp, retention: Duration) {
    let mut settings = Settings::default();
    settings.lockout.event_retention = retention;
    tasks::run_due(&app.accounts, &settings);
}

#[test]
fn numbers_are_those_of_the_tables() {
    let gone = NewUser { username: "gone".to_owned(), is_staff: true, ..NewUser::default() };
    let app = site().with(gone).start();
    app.database.execute("UPDATE auth_user SET is_active = FALSE WHERE username = 'gone'");
    let ann = app.logged_in("ann");
    let body = serde_json::json!({"username": "ann", "password": PASSWORD}).to_string();
    ann.post_body("/api/auth/login/", "application/json", body.into_bytes());
    app.database.execute("UPDATE auth_user SET password = 'md5$salty$00' WHERE username = 'ann'");
    app.database.execute("UPDATE auth_user SET password = '!' WHERE username = 'gone'");
    for _ in 0..5 {
        app.client().log_in("nobody", "wrong");
    }
    let page = app.in_admin("root").get("/admin/");
    assert_eq!(
        numbers(&page),
        ["Users 3", "Active users 2", "Active staff 1", "Live sessions 2", "Locks now 1", "Live refresh tokens 1"]
    );
    let schemes = table(&page, "schemes");
    assert!(schemes.iter().all(|(_, people)| people == &[1]) && schemes.len() == 3, "{schemes:?}");
    for name in ["argon2id v=19 m=8,t=1,p=1", "md5", "no password"] {
        assert!(schemes.iter().any(|(known, _)| known == name), "{name}: {schemes:?}");
    }
    let hours = table(&page, "by-hour");
    assert_eq!(hours.last().expect("the sum"), &("All".to_owned(), vec![3, 5, 1]));
    assert_eq!(table(&page, "by-day").last().expect("the sum").1, [3, 5, 1]);
    // What is drawn is said, too.
    let about = page.text("#plot-by-hour-about");
    assert!(about.contains("Log-ins: 3 in all") && about.contains("Failures: 5 in all"), "{about}");
    assert_eq!(page.attribute("figure svg", "role").as_deref(), Some("img"));
    assert!(!page.body.contains("style="), "the policy forbids it");
    app.clock.advance(Duration::days(30));
    let later = app.in_admin("root").get("/admin/");
    assert!(numbers(&later).contains(&"Locks now 0".to_owned()) && later.text("main").contains("Failures: none."));
}

#[test]
fn plots_are_right_however_late_it_is_counted_and_whatever_the_record_forgot() {
    let app = site().start();
    set_clock(&app, datetime!(2026-11-26 12:00));
    let today = datetime!(2026-11-26 0:00);
    let mut expected = vec![0; 14];
    for (days, times) in [(0, 3), (1, 4), (2, 0), (7, 120), (13, 5), (14, 9)] {
        // The first and the last moment of a day, and a quarter's.
        for at in [Duration::ZERO, Duration::minutes(15), Duration::DAY - Duration::MICROSECOND] {
            let at = today - Duration::days(days) + at;
            if at <= app.clock.now() {
                happened(&app, "login_failed", at, times);
                if let Some(sum) = usize::try_from(13 - days).ok().and_then(|place| expected.get_mut(place)) {
                    *sum += u32::try_from(times).expect("few");
                }
            }
        }
    }
    let failures = || -> Vec<u32> {
        // Sessions end meanwhile.
        let rows = table(&app.in_admin("root").get("/admin/"), "by-day");
        rows[..14].iter().map(|(_, counts)| counts[1]).collect()
    };
    assert_eq!(failures(), expected, "nothing was counted before");
    run_tasks(&app, Duration::days(365));
    assert!(app.database.number("SELECT count(*) FROM vestibule_event_count") > 0);
    assert_eq!(failures(), expected, "what is over was counted");
    // Somebody whose clock goes after, or who began long ago.
    happened(&app, "login_failed", app.clock.now() - Duration::minutes(59), 2);
    expected[13] += 2;
    assert_eq!(failures(), expected, "what comes late counts");
    app.clock.advance(Duration::hours(9));
    happened(&app, "login_failed", app.clock.now() - Duration::hours(3), 7);
    expected[13] += 7;
    assert_eq!(failures(), expected, "no task has run for hours");
    let before = app.database.number("SELECT count(*) FROM vestibule_event WHERE kind = 'login_failed'");
    run_tasks(&app, Duration::minutes(20));
    assert!(app.database.number("SELECT count(*) FROM vestibule_event WHERE kind = 'login_failed'") < before - 300);
    assert_eq!(failures(), expected, "the record has forgotten nearly all");
    run_tasks(&app, Duration::minutes(20));
    assert_eq!(failures(), expected, "nothing is counted twice");
    app.clock.advance(Duration::days(20));
    run_tasks(&app, Duration::days(365));
    assert_eq!(failures(), [0; 14]);
    assert_eq!(app.database.number("SELECT count(*) FROM vestibule_event_count WHERE kind = 'login_failed'"), 0);
    // A clock that was wrong was put right.
    set_clock(&app, datetime!(2026-11-26 12:00));
    happened(&app, "login_failed", app.clock.now() - Duration::hours(2), 3);
    assert_eq!(failures()[13], 3, "what the record still has");
}

#[test]
fn days_and_hours_are_those_of_the_sites_clocks() {
    let app = site().setting("TIME_ZONE", "Europe/Berlin").start();
    // Clocks were set back in the night.
    set_clock(&app, datetime!(2026-10-25 11:20));
    for (at, times) in [
        (datetime!(2026-10-24 21:59:59.999999), 1),
        (datetime!(2026-10-24 22:00), 2),
        (datetime!(2026-10-25 0:30), 4),
        (datetime!(2026-10-25 1:30), 8),
    ] {
        happened(&app, "locked_out", at, times);
    }
    let page = app.in_admin("root").get("/admin/");
    let locks = |id: &str, name: &str| -> u32 {
        let rows = table(&page, id);
        rows.iter().find(|(known, _)| known == name).unwrap_or_else(|| panic!("{name}: {rows:?}")).1[2]
    };
    assert_eq!((locks("by-day", "Sat 24 Oct"), locks("by-day", "Sun 25 Oct")), (1, 14));
    assert_eq!(locks("by-hour", "Sun 02:00 (UTC+02:00)"), 4);
    assert_eq!(locks("by-hour", "Sun 02:00 (UTC+01:00)"), 8);
    assert_eq!((locks("by-hour", "Sun 00:00"), locks("by-hour", "Sat 23:00")), (2, 1));
}

#[test]
fn each_sees_what_their_permissions_say() {
    let permissions = ["auth.view_user", "axes.view_accesslog", "sessions.view_session"];
    let mut builder = site().with_staff("nobody", &["auth.view_group"]);
    for (place, permission) in permissions.iter().enumerate() {
        builder = builder.with_staff(&format!("staff{place}"), &[permission]);
    }
    let app = builder.start();
    let plots = |name: &str| {
        let page = app.in_admin(name).get("/admin/");
        (page.texts("figcaption").len(), numbers(&page).len())
    };
    assert_eq!(plots("nobody"), (0, 0));
    assert_eq!([plots("staff0"), plots("staff1"), plots("staff2")], [(1, 3), (2, 0), (0, 1)]);
    assert_eq!(plots("root"), (3, 6));
    let root = app.in_admin("root");
    assert!(root.get("/admin/auth/").texts("figure").is_empty(), "an app's page is as it was");
    assert_eq!(app.client().get("/admin/").status, 302);
}

#[test]
fn of_a_large_table_the_task_counts_and_nobody_waits() {
    let app = site().start();
    let row = |number: usize| format!("('!', FALSE, 'u{number}', '', '', '', FALSE, TRUE, '2026-01-01 00:00:00')");
    for batch in 0..6 {
        let rows: Vec<String> = (batch * 1_000..(batch + 1) * 1_000).map(row).collect();
        app.database.execute(&format!(
            "INSERT INTO auth_user (password, is_superuser, username, first_name, last_name, email, is_staff, is_active, \
             date_joined) VALUES {}",
            rows.join(", ")
        ));
    }
    let root = app.in_admin("root");
    assert!(numbers(&root.get("/admin/")).iter().all(|text| !text.contains("sers")), "nobody has counted yet");
    run_tasks(&app, Duration::days(365));
    let page = root.get("/admin/");
    assert_eq!(numbers(&page)[..2], ["Users 6,002", "Active users 6,002"]);
    assert!(page.text(".figures").contains("As of 20"));
    assert_eq!(table(&page, "schemes")[0], ("no password".to_owned(), vec![6_000]));
}

#[test]
fn staff_find_the_admin() {
    let app = site().with_staff("sam", &[]).start();
    for path in ["/dashboard/", "/account/"] {
        assert!(app.logged_in("sam").get(path).body.contains("href=\"/admin/\""), "{path}");
        assert!(!app.logged_in("ann").get(path).body.contains("/admin/"), "{path}");
    }
}
