use crate::support::{Browser, Driver, PASSWORD, Program};

fn logged_in(driver: &Driver, program: &Program) -> Browser {
    let browser = driver.browser();
    browser.open(&program.url("/login/"));
    browser.log_in("ann", PASSWORD);
    browser.wait_for_path("/dashboard/");
    browser
}

fn is_greeted(browser: &Browser, program: &Program) -> bool {
    browser.open(&program.url("/dashboard/"));
    browser.path() == "/dashboard/"
}

#[test]
fn logging_out_ends_the_session_and_the_back_button_shows_no_private_page() {
    let (driver, program) = (Driver::start(), Program::init().with_superuser("ann").start());
    let browser = logged_in(&driver, &program);
    browser.follow(".site-user button");
    browser.wait_for_path("/login/");
    assert_eq!(browser.cookie("sessionid"), None);

    browser.back();
    browser.wait_for_path("/login/?next=/dashboard/");
    assert!(!browser.text("body").contains("ann"), "{}", browser.text("body"));
    assert!(!is_greeted(&browser, &program));
}

#[test]
fn reading_the_log_out_page_changes_nothing_until_its_button_is_pressed() {
    let (driver, program) =
        (Driver::start(), Program::init().with_superuser("ann").setting("LOGOUT_REDIRECT_URL", "").start());
    let browser = logged_in(&driver, &program);
    browser.open(&program.url("/logout/"));
    browser.follow("main a.button");
    assert!(is_greeted(&browser, &program));

    browser.open(&program.url("/logout/"));
    browser.follow("main button");
    assert_eq!(browser.text("h1"), "You are logged out");
    assert!(!browser.has(".site-user"));
    assert!(!is_greeted(&browser, &program));
}

#[test]
fn of_two_browsers_each_has_its_own_session_and_ends_only_that() {
    let (driver, program) = (Driver::start(), Program::init().with_superuser("ann").start());
    let [first, second] = [logged_in(&driver, &program), logged_in(&driver, &program)];
    let sessions = [&first, &second].map(|browser| browser.cookie("sessionid").expect("a session"));
    assert_ne!(sessions[0], sessions[1]);

    first.follow(".site-user button");
    first.wait_for_path("/login/");
    assert!(!is_greeted(&first, &program));
    assert!(is_greeted(&second, &program));
}
