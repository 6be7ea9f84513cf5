use crate::support::{Browser, Driver, Mailbox, PASSWORD, Program};

const PAGE: &str = "/account/password_change/";
const NEW_PASSWORD: &str = "battery staple 43";

fn change(browser: &Browser, old: &str, new: &str, again: &str) {
    browser.submit(&[("old_password", old), ("new_password1", new), ("new_password2", again)]);
}

#[test]
fn all_that_is_wrong_is_told_at_once_and_no_password_comes_back() {
    let (driver, program) = (Driver::start(), Program::init().with_superuser("ann").start());
    let browser = program.logged_in(&driver, "ann");
    browser.open(&program.url(PAGE));
    change(&browser, "not the old one", "12345", "54321");

    assert!(browser.title().starts_with("Error: "), "{}", browser.title());
    let summary = browser.text("[role=alert]");
    let wrong = ["Old password: Your old password was entered incorrectly.", "didn’t match", "too short", "numeric"];
    for problem in wrong {
        assert!(summary.contains(problem), "no {problem:?} in {summary}");
    }
    // What the rules say stands at the second field, and is read out there.
    let invalid = ["old_password", "new_password1", "new_password2"]
        .map(|field| browser.attribute(&format!("#id_{field}"), "aria-invalid").is_some());
    assert_eq!(invalid, [true, false, true]);
    let described_by = browser.attribute("#id_new_password2", "aria-describedby").unwrap_or_default();
    let told = browser.text(&format!("#{described_by}"));
    assert!(wrong[1..].iter().all(|problem| told.contains(problem)), "{told}");

    let typed = ["#id_old_password", "#id_new_password1", "#id_new_password2"].map(|field| browser.value(field));
    assert_eq!(typed, ["", "", ""]);
    let source = browser.script("return document.documentElement.outerHTML");
    assert!(!source.as_str().expect("a page").contains("not the old one"));

    browser.click("[role=alert] a[href='#id_new_password2']");
    assert_eq!(browser.focus(), "id_new_password2");
    assert!(program.lets_in(&driver.browser(), "ann", PASSWORD), "nothing was changed");
}

#[test]
fn after_a_change_this_browser_is_still_logged_in_and_every_other_is_out() {
    let (driver, mailbox) = (Driver::start(), Mailbox::new());
    let program = Program::init().with_superuser("ann").with_mail_in(&mailbox).start();
    let [browser, other] = [program.logged_in(&driver, "ann"), program.logged_in(&driver, "ann")];
    let session = browser.cookie("sessionid");
    browser.open(&program.url("/account/"));
    browser.follow("main a[href='/account/password_change/']");
    assert_eq!(browser.focus(), "id_old_password");
    change(&browser, PASSWORD, "12345", "54321");
    change(&browser, PASSWORD, NEW_PASSWORD, NEW_PASSWORD);

    browser.wait_for_path("/account/password_change/done/");
    assert_eq!(browser.text("h1"), "Your password was changed");
    assert_ne!(browser.cookie("sessionid"), session, "a stolen key is worth nothing");
    browser.follow("main a.button");
    assert_eq!(browser.path(), "/account/");
    assert_eq!(browser.texts(".activity .what")[0], "Password changed");
    assert!(!program.knows(&other));

    let letter = mailbox.take("ann@example.org", "was changed");
    assert_eq!(letter.link, program.url("/account/password_reset/"));
    assert!(!program.lets_in(&other, "ann", PASSWORD));
    assert!(program.lets_in(&other, "ann", NEW_PASSWORD));
}
