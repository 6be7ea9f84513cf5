//! `/account/`, and what leads away from it.

use serde_json::{Value, json};

use crate::support::{Browser, Driver, Mailbox, PASSWORD, Program, wait_for};

const PAGE: &str = "/account/";
const CLOSED: &str = "This link no longer works";

fn site() -> Program {
    Program::init().with_superuser("ann").start()
}

/// The tokens of a program that logs in as ann.
fn tokens(program: &Program) -> Value {
    let typed = json!({ "username": "ann", "password": PASSWORD }).to_string();
    let answer = program.client().send_body("POST", "/api/auth/login/", "application/json", &typed);
    serde_json::from_str(&answer.body).expect("tokens")
}

fn can_renew(program: &Program, tokens: &Value) -> bool {
    let sent = json!({ "refresh": tokens["refresh"] }).to_string();
    program.client().send_body("POST", "/api/auth/refresh/", "application/json", &sent).status == 200
}

/// What the facts say of `what`.
fn fact(browser: &Browser, what: &str) -> Option<String> {
    let facts = browser.texts(".facts > div");
    let said = facts.iter().find_map(|fact| fact.strip_prefix(&format!("{what}\n")))?;
    Some(said.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[test]
fn a_name_is_saved_and_stands_at_the_top_of_each_page() {
    let (driver, program) = (Driver::start(), site());
    let browser = program.logged_in(&driver, "ann");
    browser.follow(".site-user-name");
    assert_eq!(browser.path(), PAGE);
    browser.fill_in("#id_first_name", "Ada");
    browser.fill_in("#id_last_name", "Lovelace");
    browser.follow("section form[method=post]:has(#id_last_name) button");

    browser.wait_for_path("/account/?done=name");
    assert_eq!(browser.text("main [role=status]"), "Your name was saved.");
    assert_eq!(browser.texts(".site-user-name bdi"), ["Ada Lovelace"]);
    assert_eq!((browser.value("#id_first_name"), browser.value("#id_last_name")), ("Ada".into(), "Lovelace".into()));
    browser.open(&program.url("/dashboard/"));
    assert_eq!(browser.text("h1"), "Welcome, Ada Lovelace");
}

#[test]
fn an_address_changes_once_the_link_that_was_sent_there_is_opened_and_the_old_one_is_told() {
    let (driver, mailbox) = (Driver::start(), Mailbox::new());
    let program = Program::init().with_superuser("ann").with_mail_in(&mailbox).start();
    let browser = program.logged_in(&driver, "ann");
    browser.open(&program.url(PAGE));
    browser.follow("main a[href='/account/email/']");
    browser.submit(&[("email", "ada@example.net")]);
    browser.wait_for_path("/account/?done=email");
    assert_eq!(fact(&browser, "E-mail").as_deref(), Some("ann@example.org Change your e-mail"));
    assert!(fact(&browser, "New e-mail").is_some_and(|awaited| awaited.starts_with("ada@example.net, once the link")));
    assert_eq!(mailbox.take("ann@example.org", "Another address").link, program.url(PAGE));

    // Where the link is opened does not matter; nor does it change anything before it is agreed to.
    let elsewhere = driver.browser();
    elsewhere.open(&mailbox.take("ada@example.net", "Confirm your address").link);
    browser.open(&program.url(PAGE));
    assert!(fact(&browser, "New e-mail").is_some());
    elsewhere.follow("main button");
    elsewhere.wait_for_path("/account/confirmed/");

    browser.open(&program.url(PAGE));
    assert_eq!(fact(&browser, "E-mail").as_deref(), Some("ada@example.net Change your e-mail"));
    assert_eq!(fact(&browser, "New e-mail"), None);
    mailbox.take("ann@example.org", "was changed");
    assert!(program.lets_in(&elsewhere, "ada@example.net", PASSWORD));
}

#[test]
fn a_wish_for_another_address_can_be_withdrawn() {
    let (driver, mailbox) = (Driver::start(), Mailbox::new());
    let program = Program::init().with_superuser("ann").with_mail_in(&mailbox).start();
    let browser = program.logged_in(&driver, "ann");
    browser.open(&program.url("/account/email/"));
    browser.submit(&[("email", "ada@example.net")]);
    let link = mailbox.take("ada@example.net", "Confirm your address").link;
    browser.follow("form[action='/account/email/withdraw/'] button");

    browser.wait_for_path("/account/?done=withdrawn");
    assert_eq!(
        (browser.text("main [role=status]"), fact(&browser, "New e-mail")),
        ("Your address stays as it is.".into(), None)
    );
    browser.open(&link);
    assert_eq!(browser.text("h1"), CLOSED);
}

#[test]
fn who_logged_in_long_ago_must_give_the_password_for_another_address() {
    let (driver, mailbox) = (Driver::start(), Mailbox::new());
    let place = Program::init().with_superuser("ann").with_mail_in(&mailbox);
    let program = place.setting("SUDO_TIMEOUT", "0").start();
    let browser = program.logged_in(&driver, "ann");
    browser.open(&program.url("/account/email/"));
    browser.submit(&[("email", "ada@example.net"), ("password", "wrong")]);
    assert!(browser.title().starts_with("Error: "), "{}", browser.title());
    assert!(browser.text("[role=alert]").contains("Your password: "), "{}", browser.text("[role=alert]"));
    assert_eq!((browser.value("#id_email"), browser.value("#id_password")), ("ada@example.net".into(), String::new()));
    browser.submit(&[("password", PASSWORD)]);
    browser.wait_for_path("/account/?done=email");
}

#[test]
fn of_ones_sessions_another_can_be_ended_or_all_others() {
    let (driver, program) = (Driver::start(), site());
    let [browser, second, third] = std::array::from_fn(|_| program.logged_in(&driver, "ann"));
    browser.open(&program.url(PAGE));
    let sessions = browser.texts("[aria-labelledby=sessions-heading] .devices > li");
    let own: Vec<bool> = sessions.iter().map(|session| session.contains("This browser")).collect();
    assert_eq!((own.len(), own.iter().filter(|own| **own).count()), (3, 1), "{sessions:?}");
    assert!(sessions.iter().all(|session| session.contains("Chrome on Linux")), "{sessions:?}");
    assert!(own.iter().zip(&sessions).all(|(own, session)| *own != session.contains("End")), "{sessions:?}");

    browser.follow("form[action^='/account/sessions/'][action$='/end/'] button");
    browser.wait_for_path("/account/?done=session");
    let left = [&second, &third].map(|other| program.knows(other));
    assert!(left[0] != left[1], "one was ended, not both: {left:?}");

    browser.follow("form[action='/account/sessions/end_others/'] button");
    browser.wait_for_path("/account/?done=others");
    assert_eq!(browser.texts("[aria-labelledby=sessions-heading] .devices > li").len(), 1);
    assert!(!browser.has("form[action^='/account/sessions/']"), "nothing left to end");
    assert_eq!([&second, &third].map(|other| program.knows(other)), [false, false]);
    assert!(program.knows(&browser));
}

#[test]
fn programs_that_hold_tokens_are_listed_and_can_be_logged_out() {
    let (driver, program) = (Driver::start(), site());
    let browser = program.logged_in(&driver, "ann");
    browser.open(&program.url(PAGE));
    assert!(!browser.has("#programs-heading"), "nobody who has none is bothered");

    let [first, second] = [tokens(&program), tokens(&program)];
    let [first, second] = [&first, &second];
    browser.open(&program.url(PAGE));
    assert_eq!(browser.texts("[aria-labelledby=programs-heading] .devices > li").len(), 2);
    browser.follow("form[action^='/account/tokens/'][action$='/end/'] button");
    browser.wait_for_path("/account/?done=program");
    let left = [first, second].map(|tokens| can_renew(&program, tokens));
    assert!(left[0] != left[1], "one was ended, not both: {left:?}");

    browser.follow("form[action='/account/tokens/end_all/'] button");
    browser.wait_for_path("/account/?done=programs");
    assert!(!browser.has("#programs-heading"));
    let third = tokens(&program);
    assert!(can_renew(&program, &third), "only those that were there then");
    assert!(program.knows(&browser));
}

#[test]
fn logging_out_everywhere_ends_every_session_and_every_program() {
    let (driver, program) = (Driver::start(), site());
    let [browser, other] = [program.logged_in(&driver, "ann"), program.logged_in(&driver, "ann")];
    let tokens = tokens(&program);
    browser.open(&program.url(PAGE));
    browser.follow("main a[href='/account/logout_everywhere/']");
    browser.follow("main a.button");
    assert_eq!(browser.path(), PAGE, "nothing happened yet");
    assert!(program.knows(&other));

    browser.open(&program.url("/account/logout_everywhere/"));
    browser.follow("main button");
    browser.wait_for_path("/login/");
    assert_eq!([&browser, &other].map(|browser| program.knows(browser)), [false, false]);
    assert!(!can_renew(&program, &tokens));
}

#[test]
fn what_happened_lately_stands_there_and_what_failed_stands_out() {
    let (driver, program) = (Driver::start(), site());
    let browser = driver.browser();
    assert!(!program.lets_in(&browser, "ann", "wrong"));
    assert!(program.lets_in(&browser, "ann", PASSWORD));
    browser.open(&program.url(PAGE));
    assert_eq!(browser.texts(".activity .what"), ["Logged in", "Log-in failed"]);
    assert_eq!(browser.texts(".activity .is-warning .what"), ["Log-in failed"]);
    let details = browser.texts(".activity .small-print");
    assert!(details.iter().all(|line| line.contains(" UTC · Chrome on Linux · 127.0.0.1")), "{details:?}");
}

#[test]
fn the_data_of_ones_account_can_be_downloaded() {
    let (driver, program) = (Driver::start(), site());
    let browser = program.logged_in(&driver, "ann");
    let folder = tempfile::tempdir().expect("a folder");
    browser.download_to(folder.path());
    browser.open(&program.url(PAGE));
    browser.click("main a[href='/account/data/']");

    let file = folder.path().join("account.json");
    let whole = || serde_json::from_str::<Value>(&std::fs::read_to_string(&file).ok()?).ok();
    let data = wait_for(whole, || "no account.json".to_owned());
    assert!(data.to_string().contains("ann@example.org"), "{data}");
    assert_eq!(browser.path(), PAGE);
}

#[test]
fn an_account_is_deleted_with_its_password_only() {
    let (driver, mailbox) = (Driver::start(), Mailbox::new());
    let program = Program::init().with_superuser("ann").with_superuser("bob").with_mail_in(&mailbox).start();
    let [browser, other] = [program.logged_in(&driver, "ann"), program.logged_in(&driver, "ann")];
    browser.open(&program.url(PAGE));
    browser.follow("main a[href='/account/delete/']");
    browser.submit(&[("password", "wrong")]);
    assert!(browser.title().starts_with("Error: "), "{}", browser.title());
    assert!(browser.text("[role=alert]").contains("incorrectly"));
    assert!(program.knows(&other), "it is still there");

    browser.submit(&[("password", PASSWORD)]);
    browser.wait_for_path("/account/deleted/");
    assert_eq!(browser.text("h1"), "Your account was deleted");
    assert!(!browser.has(".site-user"));
    assert!(!program.knows(&other));
    mailbox.take("ann@example.org", "was deleted");
    assert!(!program.lets_in(&browser, "ann", PASSWORD));
    assert!(program.lets_in(&browser, "bob", PASSWORD));
}
