use crate::support::{Browser, Driver, PASSWORD, Program};

const TWO_WEEKS: i64 = 14 * 86_400;

/// By the browser's clock.
fn now(browser: &Browser) -> i64 {
    browser.script("return Math.floor(Date.now() / 1000)").as_i64().expect("seconds")
}

#[test]
fn a_log_in_ends_with_the_browser() {
    let (driver, program) = (Driver::start(), Program::init().with_superuser("ann").start());
    let browser = program.logged_in(&driver, "ann");
    assert_eq!(browser.expiry("sessionid"), None);
}

#[test]
fn a_log_in_that_is_to_be_remembered_lasts_for_two_weeks() {
    let (driver, program) = (Driver::start(), Program::init().with_superuser("ann").start());
    let browser = driver.browser();
    browser.open(&program.url("/login/"));
    let before = now(&browser);
    browser.click("label[for=id_remember]");
    browser.log_in("ann", PASSWORD);
    browser.wait_for_path("/dashboard/");

    let ends = browser.expiry("sessionid").expect("an end");
    assert!((before + TWO_WEEKS..=now(&browser) + TWO_WEEKS).contains(&ends), "{} s", ends - before);
}

#[test]
fn the_box_stays_as_it_was_set_when_the_password_was_wrong() {
    let (driver, program) = (Driver::start(), Program::init().with_superuser("ann").start());
    let browser = driver.browser();
    let is_ticked = || browser.script("return document.getElementById('id_remember').checked");
    browser.open(&program.url("/login/"));
    browser.log_in("ann", "wrong");
    assert_eq!(is_ticked(), false);
    browser.click("#id_remember");
    browser.log_in("ann", "wrong");
    assert_eq!(is_ticked(), true);
    browser.log_in("ann", PASSWORD);
    assert!(browser.expiry("sessionid").is_some());
}

#[test]
fn a_later_log_in_without_the_box_ends_with_the_browser_again() {
    let (driver, program) = (Driver::start(), Program::init().with_superuser("ann").start());
    let browser = driver.browser();
    browser.open(&program.url("/login/"));
    browser.click("#id_remember");
    browser.log_in("ann", PASSWORD);
    assert!(browser.expiry("sessionid").is_some());
    assert!(program.lets_in(&browser, "ann", PASSWORD));
    assert_eq!(browser.expiry("sessionid"), None);
}
