use crate::support::{Driver, PASSWORD, Program, fill_in_setup};

const CLOSED: &str = "This link no longer works";

#[test]
fn the_printed_link_makes_the_first_superuser_and_then_no_longer_works() {
    let (driver, mut program) = (Driver::start(), Program::init().start());
    let link = program.setup_link();
    let browser = driver.browser();
    browser.open(&link);
    fill_in_setup(&browser, "ann", PASSWORD, PASSWORD);

    browser.wait_for_path("/dashboard/");
    assert_eq!(browser.text("h1"), "Welcome, ann");
    assert!(browser.text(".lead").contains("You are a member of staff."), "{}", browser.text(".lead"));
    for stranger in [browser, driver.browser()] {
        stranger.open(&link);
        assert_eq!(stranger.text("h1"), CLOSED);
    }
}

#[test]
fn a_set_up_form_with_errors_comes_back_with_what_was_typed_but_no_password() {
    let (driver, mut program) = (Driver::start(), Program::init().start());
    let browser = driver.browser();
    browser.open(&program.setup_link());
    browser.fill_in("#id_email", "ann@example.org");
    fill_in_setup(&browser, "two words", "12345", "54321");

    assert!(browser.title().starts_with("Error: "), "{}", browser.title());
    let summary = browser.text("[role=alert]");
    for problem in ["Username: Enter a valid username.", "The two password fields didn’t match.", "too short"] {
        assert!(summary.contains(problem), "no {problem:?} in {summary}");
    }
    for field in ["#id_username", "#id_password2"] {
        assert_eq!(browser.attribute(field, "aria-invalid").as_deref(), Some("true"), "{field}");
    }
    let typed = ["#id_username", "#id_email", "#id_password1", "#id_password2"].map(|field| browser.value(field));
    assert_eq!(typed, ["two words", "ann@example.org", "", ""]);

    // What is wrong is one click away from where it can be mended.
    browser.click("[role=alert] a[href='#id_password2']");
    assert_eq!(browser.focus(), "id_password2");
}

#[test]
fn a_made_up_link_opens_nothing() {
    let (driver, program) = (Driver::start(), Program::init().start());
    let browser = driver.browser();
    browser.open(&program.url(&format!("/setup/{}/", "a".repeat(40))));
    assert_eq!(browser.text("h1"), CLOSED);
    assert!(!browser.has("input[type=password]"));
}
