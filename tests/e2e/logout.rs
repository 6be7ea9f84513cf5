use crate::support::{Driver, Program};

#[test]
fn logging_out_ends_the_session_and_the_back_button_shows_no_private_page() {
    let (driver, program) = (Driver::start(), Program::init().with_superuser("ann").start());
    let browser = program.logged_in(&driver, "ann");
    browser.follow(".site-user button");
    browser.wait_for_path("/login/");
    assert_eq!(browser.cookie("sessionid"), None);

    browser.back();
    browser.wait_for_path("/login/?next=/dashboard/");
    assert!(!browser.text("body").contains("ann"), "{}", browser.text("body"));
    assert!(!program.knows(&browser));
}

#[test]
fn reading_the_log_out_page_changes_nothing_until_its_button_is_pressed() {
    let (driver, program) =
        (Driver::start(), Program::init().with_superuser("ann").setting("LOGOUT_REDIRECT_URL", "").start());
    let browser = program.logged_in(&driver, "ann");
    browser.open(&program.url("/logout/"));
    browser.follow("main a.button");
    assert!(program.knows(&browser));

    browser.open(&program.url("/logout/"));
    browser.follow("main button");
    assert_eq!(browser.text("h1"), "You are logged out");
    assert!(!browser.has(".site-user"));
    assert!(!program.knows(&browser));
}

#[test]
fn of_two_browsers_each_has_its_own_session_and_ends_only_that() {
    let (driver, program) = (Driver::start(), Program::init().with_superuser("ann").start());
    let [first, second] = [program.logged_in(&driver, "ann"), program.logged_in(&driver, "ann")];
    let sessions = [&first, &second].map(|browser| browser.cookie("sessionid").expect("a session"));
    assert_ne!(sessions[0], sessions[1]);

    first.follow(".site-user button");
    first.wait_for_path("/login/");
    assert!(!program.knows(&first));
    assert!(program.knows(&second));
}
