use thirtyfour::Key;

use crate::support::{Browser, Driver, PASSWORD, Program};

#[test]
fn people_log_in_by_name_or_by_e_mail() {
    let (driver, program) = (Driver::start(), Program::init().with_superuser("ann").start());
    let browser = driver.browser();
    for typed in ["ann", "ann@example.org", "Ann@Example.org"] {
        browser.forget_cookies();
        browser.open(&program.url("/"));
        browser.wait_for_path("/login/?next=/dashboard/");
        browser.log_in(typed, PASSWORD);
        browser.wait_for_path("/dashboard/");
        assert_eq!(browser.text("h1"), "Welcome, ann", "as {typed}");
    }
}

#[test]
fn a_wrong_password_is_told_and_only_the_password_must_be_typed_again() {
    let (driver, program) = (Driver::start(), Program::init().with_superuser("ann").start());
    let browser = driver.browser();
    browser.open(&program.url("/login/"));
    browser.log_in("ann", "wrong");

    let summary = browser.text("#error-summary");
    assert!(summary.contains("Please enter a correct username and password."), "{summary}");
    assert_eq!(browser.attribute("#error-summary", "role").as_deref(), Some("alert"));
    assert!(browser.title().starts_with("Error: "), "{}", browser.title());
    assert_eq!((browser.value("#id_username"), browser.value("#id_password")), ("ann".to_owned(), String::new()));
    assert_eq!(browser.focus(), "id_password");
    let described_by = browser.attribute("#id_password", "aria-describedby").unwrap_or_default();
    assert!(described_by.split_whitespace().any(|id| id == "error-summary"), "{described_by}");

    browser.type_keys(PASSWORD);
    browser.follow_key(Key::Enter);
    browser.wait_for_path("/dashboard/");
}

#[test]
fn who_was_sent_to_log_in_comes_back_to_where_they_wanted_to_go() {
    let (driver, program) = (Driver::start(), Program::init().with_superuser("ann").start());
    let browser = driver.browser();
    browser.open(&program.url("/dashboard/?x=1"));
    browser.wait_for_path("/login/?next=/dashboard/%3Fx%3D1");
    browser.log_in("ann", "wrong");
    browser.log_in("ann", PASSWORD);
    browser.wait_for_path("/dashboard/?x=1");
    assert_eq!(browser.text("h1"), "Welcome, ann");
}

/// What browsers make of an address differs from what it looks like, so a browser is asked.
#[test]
fn a_link_that_wants_to_lead_elsewhere_leads_to_the_dashboard() {
    let (driver, program) = (Driver::start(), Program::init().with_superuser("ann").start());
    let browser = driver.browser();
    for evil in
        ["https://evil.example/", "//evil.example", "/%5Cevil.example", "https:evil.example", "javascript:alert(1)"]
    {
        browser.forget_cookies();
        browser.open(&program.url(&format!("/login/?next={evil}")));
        browser.log_in("ann", PASSWORD);
        browser.wait_for_path("/dashboard/");
        assert_eq!(browser.url(), program.url("/dashboard/"), "after {evil}");
    }
}

#[test]
fn everything_works_with_scripts_switched_off() {
    let (driver, program) = (Driver::start(), Program::init().with_superuser("ann").start());
    let browser = driver.browser_without_scripts();
    browser.open("data:text/html,<title>off</title><script>document.title = 'on'</script>");
    assert_eq!(browser.title(), "off");

    browser.open(&program.url("/login/"));
    browser.log_in("ann", "wrong");
    assert!(browser.has("[role=alert]"));
    browser.log_in("ann", PASSWORD);
    browser.wait_for_path("/dashboard/");
    browser.follow(".site-user button");
    browser.wait_for_path("/login/");
}

#[test]
fn everything_works_from_the_keyboard() {
    let (driver, program) = (Driver::start(), Program::init().with_superuser("ann").start());
    let browser = driver.browser();
    browser.open(&program.url("/login/"));
    assert_eq!(browser.focus(), "id_username");
    let met = met_until(&browser, "Forgotten your password?");
    assert_eq!(met, ["id_password", "id_remember", "Log in", "Forgotten your password?"]);

    browser.open(&program.url("/login/"));
    browser.type_keys("ann");
    browser.press(Key::Tab);
    browser.type_keys(PASSWORD);
    browser.press(Key::Tab);
    browser.type_keys(" ");
    assert_eq!(browser.script("return document.getElementById('id_remember').checked"), true);
    browser.press(Key::Tab);
    browser.follow_key(Key::Enter);
    browser.wait_for_path("/dashboard/");

    let met = met_until(&browser, "Log out");
    assert_eq!(met, ["Skip to the content", "Vestibule", "Administration", "Your account: ann", "Log out"]);
    browser.follow_key(Key::Enter);
    browser.wait_for_path("/login/");
}

/// What has the focus, from key to key, until `last` has it.
fn met_until(browser: &Browser, last: &str) -> Vec<String> {
    let mut met: Vec<String> = Vec::new();
    while met.last().is_none_or(|at| at != last) {
        assert!(met.len() < 10, "no way to {last}: {met:?}");
        browser.press(Key::Tab);
        met.push(browser.focus());
    }
    met
}
