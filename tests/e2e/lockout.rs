use crate::support::{Browser, Driver, PASSWORD, Program};

fn site() -> Program {
    Program::init().with_superuser("ann").with_superuser("bob").start()
}

/// Fails to log in so often.
fn fail(browser: &Browser, program: &Program, username: &str, times: usize) {
    for _ in 0..times {
        browser.open(&program.url("/login/"));
        browser.log_in(username, "wrong");
    }
}

#[test]
fn the_fifth_failure_closes_the_door_and_the_page_says_until_when() {
    let (driver, program) = (Driver::start(), site());
    let browser = driver.browser();
    fail(&browser, &program, "ann", 4);
    assert!(browser.has("#error-summary"), "still open");
    fail(&browser, &program, "ann", 1);

    assert_eq!((browser.text("h1"), browser.title()), ("Too many attempts".to_owned(), browser.title()));
    assert!(browser.title().starts_with("Too many attempts"), "{}", browser.title());
    assert!(["in 60 minutes", "in 59 minutes"].contains(&browser.text("main strong").as_str()));
    let shown = browser.text("main time");
    assert!(shown.ends_with(" UTC") && shown.len() == "12:34:56 UTC".len(), "{shown}");
    let machine = browser.attribute("main time", "datetime").expect("a time");
    assert!(machine.contains(&shown[..8]), "{machine} and {shown}");
    assert!(!browser.has("input[type=password]"), "nothing to try with");

    assert!(!program.lets_in(&browser, "ann", PASSWORD), "the right password neither");
    assert_eq!(browser.text("h1"), "Too many attempts");
    browser.follow("main a.button");
    assert_eq!(browser.path(), "/login/");
}

#[test]
fn somebody_else_on_the_same_machine_still_gets_in() {
    let (driver, program) = (Driver::start(), site());
    fail(&driver.browser(), &program, "ann", 5);
    assert!(program.lets_in(&driver.browser(), "bob", PASSWORD));
}

#[test]
fn who_is_locked_out_by_a_stranger_gets_in_where_they_have_been_before() {
    let (driver, program) = (Driver::start(), site());
    let own = driver.browser();
    assert!(program.lets_in(&own, "ann", PASSWORD));
    own.follow(".site-user button");
    own.wait_for_path("/login/");

    let stranger = driver.browser();
    fail(&stranger, &program, "ann", 5);
    assert!(!program.lets_in(&stranger, "ann", PASSWORD));
    assert!(program.lets_in(&own, "ann", PASSWORD));
}
