use crate::support::{Browser, Driver, Mailbox, PASSWORD, Program};

const NEW_PASSWORD: &str = "battery staple 43";

fn site(mailbox: &Mailbox) -> Program {
    Program::init().with_superuser("ann").with_mail_in(mailbox).start()
}

/// From the log-in page's link to the page that says that there may be mail.
fn ask(browser: &Browser, program: &Program, email: &str) {
    browser.open(&program.url("/login/"));
    browser.follow("main a[href='/account/password_reset/']");
    browser.submit(&[("email", email)]);
    browser.wait_for_path("/account/password_reset/done/");
    assert_eq!(browser.text("h1"), "Look into your mail");
}

/// All the way to a new password; the link by which it was set.
fn reset(browser: &Browser, program: &Program, mailbox: &Mailbox) -> String {
    ask(browser, program, "Ann@example.org");
    let link = mailbox.take("ann@example.org", "Password reset on").link;
    browser.open(&link);
    assert_eq!(browser.text("h1"), "Choose a new password");
    let (address, token) = link.trim_end_matches('/').rsplit_once('/').expect("a token");
    assert_eq!(browser.url(), format!("{address}/set-password/"));
    let typed_along = browser.attribute("main input[autocomplete=username]", "value");
    assert_eq!(typed_along.as_deref(), Some("ann"), "for password managers");

    browser.submit(&[("new_password1", NEW_PASSWORD), ("new_password2", "something else")]);
    assert!(browser.text("[role=alert]").contains("didn’t match"));
    assert!(!browser.url().contains(token), "{}", browser.url());
    browser.submit(&[("new_password1", NEW_PASSWORD), ("new_password2", NEW_PASSWORD)]);
    browser.wait_for_path("/account/reset/done/");
    link
}

fn is_refused(browser: &Browser, link: &str) -> bool {
    browser.open(link);
    browser.text("h1") == "Password reset unsuccessful" && !browser.has("main input[type=password]")
}

/// A whole reset, and what becomes of the passwords and the link.
fn works_in(browser: &Browser, program: &Program, mailbox: &Mailbox) {
    let link = reset(browser, program, mailbox);
    assert_eq!(browser.text("h1"), "Your password was set");
    assert!(!browser.has(".site-user"), "nobody is logged in by it");
    browser.follow("main a.button");
    browser.log_in("ann", PASSWORD);
    assert!(browser.has("#error-summary"), "the old password opens nothing");
    browser.log_in("ann", NEW_PASSWORD);
    browser.wait_for_path("/dashboard/");

    mailbox.take("ann@example.org", "was changed");
    assert!(is_refused(browser, &link));
    browser.follow("main a.button");
    assert_eq!(browser.path(), "/account/password_reset/");
}

#[test]
fn a_forgotten_password_is_replaced_by_the_link_in_a_letter_which_works_once() {
    let (driver, mailbox) = (Driver::start(), Mailbox::new());
    let program = site(&mailbox);
    works_in(&driver.browser(), &program, &mailbox);
}

#[test]
fn a_password_is_reset_with_scripts_switched_off() {
    let (driver, mailbox) = (Driver::start(), Mailbox::new());
    let program = site(&mailbox);
    works_in(&driver.browser_without_scripts(), &program, &mailbox);
}

#[test]
fn the_address_without_the_token_opens_nothing_in_another_browser() {
    let (driver, mailbox) = (Driver::start(), Mailbox::new());
    let program = site(&mailbox);
    let browser = driver.browser();
    ask(&browser, &program, "ann@example.org");
    browser.open(&mailbox.take("ann@example.org", "Password reset on").link);
    assert!(is_refused(&driver.browser(), &browser.url()));
    browser.submit(&[("new_password1", NEW_PASSWORD), ("new_password2", NEW_PASSWORD)]);
    browser.wait_for_path("/account/reset/done/");
}

#[test]
fn a_reset_ends_the_sessions_of_whoever_got_in() {
    let (driver, mailbox) = (Driver::start(), Mailbox::new());
    let program = site(&mailbox);
    let thief = program.logged_in(&driver, "ann");
    reset(&driver.browser(), &program, &mailbox);
    assert!(!program.knows(&thief));
}

#[test]
fn of_an_unknown_address_the_page_says_the_same_and_no_letter_is_sent() {
    let (driver, mailbox) = (Driver::start(), Mailbox::new());
    let (program, browser) = (site(&mailbox), driver.browser());
    let [unknown, known] = ["bob@example.org", "ann@example.org"].map(|email| {
        ask(&browser, &program, email);
        (browser.title(), browser.text("body"))
    });
    assert_eq!(unknown, known);

    // Letters are sent in the order in which they were asked for.
    mailbox.take("ann@example.org", "Password reset on");
    assert_eq!(mailbox.letters(), []);
}

#[test]
fn an_empty_or_bad_address_is_told() {
    let (driver, mailbox) = (Driver::start(), Mailbox::new());
    let (program, browser) = (site(&mailbox), driver.browser());
    browser.open(&program.url("/account/password_reset/"));
    for typed in ["", "ann@example"] {
        browser.submit(&[("email", typed)]);
        assert!(browser.title().starts_with("Error: "), "{typed:?}: {}", browser.title());
        assert!(browser.text("[role=alert]").contains("E-mail: "), "{}", browser.text("[role=alert]"));
        assert_eq!(browser.value("#id_email"), typed);
    }
}
