use crate::support::{Browser, Driver, Mailbox, PASSWORD, Program};

fn site(mailbox: &Mailbox) -> Program {
    let place = Program::init().with_superuser("ann").with_mail_in(mailbox);
    place.setting("REGISTRATION_OPEN", "true").start()
}

/// From the log-in page's link to the form, sent.
fn sign_up(browser: &Browser, program: &Program, username: &str, email: &str) {
    browser.open(&program.url("/login/"));
    browser.follow("main a[href='/account/register/']");
    assert_eq!(browser.focus(), "id_username");
    browser.submit(&[("username", username), ("email", email), ("password1", PASSWORD), ("password2", PASSWORD)]);
}

#[test]
fn who_signs_up_is_let_in_once_they_have_opened_the_link_and_said_yes() {
    let (driver, mailbox) = (Driver::start(), Mailbox::new());
    let (program, browser) = (site(&mailbox), driver.browser());
    sign_up(&browser, &program, "bob", "bob@example.org");
    browser.wait_for_path("/account/register/done/");
    assert_eq!(browser.text("h1"), "Look into your mail");
    assert!(!program.lets_in(&browser, "bob", PASSWORD));
    assert!(browser.text("#error-summary").contains("Please enter a correct username and password."));

    let link = mailbox.take("bob@example.org", "Confirm your address").link;
    // A program that looks through mail opens links, but presses nothing.
    driver.browser().open(&link);
    assert!(!program.lets_in(&browser, "bob", PASSWORD));
    browser.open(&link);
    let asked = browser.text("main");
    assert!(asked.contains("bob@example.org") && asked.contains("your account at Vestibule?"), "{asked}");
    browser.follow("main button");
    browser.wait_for_path("/account/confirmed/");
    browser.follow("main a.button");
    browser.wait_for_path("/login/?next=/account/");
    browser.log_in("bob", PASSWORD);
    browser.wait_for_path("/account/");

    browser.open(&link);
    assert_eq!(browser.text("h1"), "This link no longer works");
}

#[test]
fn of_an_address_that_somebody_has_only_they_are_told() {
    let (driver, mailbox) = (Driver::start(), Mailbox::new());
    let (program, browser) = (site(&mailbox), driver.browser());
    let [theirs, free] = [("bob", "ann@example.org"), ("carl", "carl@example.org")].map(|(username, email)| {
        sign_up(&browser, &program, username, email);
        browser.wait_for_path("/account/register/done/");
        (browser.title(), browser.text("body"))
    });
    assert_eq!(theirs, free);

    mailbox.take("carl@example.org", "Confirm your address");
    let letter = mailbox.take("ann@example.org", "You have an account");
    assert_eq!(letter.link, program.url("/account/password_reset/"));
    assert_eq!(mailbox.letters(), []);
    assert!(!program.lets_in(&browser, "bob", PASSWORD));
}

#[test]
fn a_form_with_errors_comes_back_with_what_was_typed_but_no_password() {
    let (driver, mailbox) = (Driver::start(), Mailbox::new());
    let (program, browser) = (site(&mailbox), driver.browser());
    browser.open(&program.url("/account/register/"));
    let typed = [("username", "ann"), ("email", "ann@example"), ("password1", "12345"), ("password2", "54321")];
    browser.submit(&typed);

    assert!(browser.title().starts_with("Error: "), "{}", browser.title());
    let summary = browser.text("[role=alert]");
    for problem in ["Username: A user with that username", "E-mail: ", "didn’t match", "too short"] {
        assert!(summary.contains(problem), "no {problem:?} in {summary}");
    }
    let left = typed.map(|(field, _)| browser.value(&format!("#id_{field}")));
    assert_eq!(left, ["ann", "ann@example", "", ""]);
}

#[test]
fn a_site_that_is_closed_offers_no_sign_up() {
    let (driver, program) = (Driver::start(), Program::init().with_superuser("ann").start());
    let browser = driver.browser();
    browser.open(&program.url("/login/"));
    assert!(!browser.has("a[href='/account/register/']"));
    browser.open(&program.url("/account/register/"));
    assert_eq!(browser.text("h1"), "Page not found");
}
