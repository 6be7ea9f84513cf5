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
    assert_eq!(browser.texts(".admin-models > li"), ["Users"]);
    browser.follow(".admin-models a");
    assert_eq!(browser.text("h1"), "Select user to view");
    browser.follow("#result_list tbody th a");
    assert_eq!(browser.text("h1"), "View user: ann");
    assert!(!browser.has("main form :is(input:not([type=hidden]), select, button)"), "{}", browser.text("main"));
    browser.follow(".admin-submit a");
    browser.wait_for_path("/admin/auth/user/");
}
