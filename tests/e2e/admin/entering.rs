use super::page;
use crate::support::{Driver, PASSWORD, Program};

#[test]
fn staff_are_let_in_to_where_they_wanted_to_go_and_others_are_told_why_not() {
    let (driver, program) = (Driver::start(), Program::init().with_superuser("ann").start());
    program.add_colleague("eve", "ann", false, &[]);
    let browser = driver.browser();
    browser.open(&program.url("/admin/auth/user/?q=eve"));
    browser.wait_for_path("/admin/login/?next=/admin/auth/user/%3Fq%3Deve");
    browser.log_in("eve", PASSWORD);
    assert!(browser.text("#error-summary").contains("for a staff account"), "{}", browser.text("#error-summary"));
    browser.log_in("ann", PASSWORD);
    browser.wait_for_path("/admin/auth/user/?q=eve");
    assert_eq!(browser.texts("#result_list tbody th"), ["eve"]);

    browser.forget_cookies();
    assert!(program.lets_in(&browser, "eve", PASSWORD));
    browser.open(&program.url("/admin/"));
    let notice = browser.text("main .notice");
    assert!(notice.starts_with("You are authenticated as eve, but are not authorized"), "{notice}");
}

#[test]
fn who_may_only_look_finds_nothing_to_fill_in() {
    let (driver, program) = (Driver::start(), Program::init().with_superuser("ann").start());
    program.add_colleague("leo", "ann", true, &["view_user"]);
    let browser = program.logged_in(&driver, "leo");
    browser.open(&program.url("/admin/"));
    assert_eq!(browser.texts(".admin-models div > a"), ["Users"]);
    browser.follow(".admin-models a");
    assert_eq!(browser.text("h1"), "Select user to view");
    browser.follow("#result_list tbody th a");
    assert_eq!(browser.text("h1"), "View user: ann");
    assert!(!browser.has("main form :is(input:not([type=hidden]), select, button)"), "{}", browser.text("main"));
    browser.follow(".admin-submit a");
    browser.wait_for_path("/admin/auth/user/");
}

#[test]
fn who_may_see_everything_can_save_nothing() {
    const VIEW: [&str; 12] = [
        "view_user",
        "view_group",
        "view_permission",
        "view_session",
        "view_logentry",
        "view_post",
        "view_auditentry",
        "view_accessattempt",
        "view_accesslog",
        "view_accessfailurelog",
        "view_outstandingtoken",
        "view_blacklistedtoken",
    ];
    let (driver, program) = (Driver::start(), Program::init().with_superuser("ann").start());
    program.add_colleague("leo", "ann", true, &VIEW);
    program.add_groups(&["Editors"]);
    program.add_records("ann");
    let browser = program.logged_in(&driver, "leo");
    browser.open(&program.url("/admin/"));
    let paths = browser.script("return [...document.querySelectorAll('.admin-models a')].map(link => link.pathname)");
    let paths: Vec<String> = serde_json::from_value(paths).expect("paths");
    assert_eq!(paths.len(), VIEW.len(), "{paths:?}");
    for path in paths {
        browser.open(&program.url(&path));
        let acting = "main :is(form:not([role=search]) :is(input:not([type=hidden]), select, textarea, button), .button-primary)";
        assert!(!browser.has(acting), "{path}: {}", browser.text("main"));
        assert!(browser.has("#result_list"), "{path}: {}", browser.text("main"));
        browser.follow("#result_list tbody tr:first-child :is(th, .alone) a");
        assert!(browser.text("h1").starts_with("View "), "{path}: {}", browser.text("h1"));
        assert!(!browser.has(acting) && !browser.has(".admin-delete"), "{path}: {}", browser.text("main"));
        let own = browser.path();
        for other in [own.replace("/change/", "/delete/"), format!("{path}add/")] {
            browser.open(&program.url(&other));
            assert_eq!(browser.text("h1"), "Not allowed", "{other}");
        }
    }
    for tool in ["password", "reset_link", "end_everything", "unlock"] {
        browser.open(&page(&program, "ann", tool));
        assert_eq!(browser.text("h1"), "Not allowed", "{tool}");
    }
}
