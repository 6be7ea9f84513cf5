//! Before what a stranger at an open browser must not do, the password is asked for again.

use super::{enter, page, said};
use crate::support::{Browser, Driver, PASSWORD, Program};

/// A site on which a log-in proves nothing a moment later.
fn site(driver: &Driver) -> (Program, Browser) {
    let program = Program::init().setting("SUDO_TIMEOUT", "0").with_superuser("ann").start();
    program.add_members(3);
    let browser = driver.browser();
    enter(&program, &browser);
    (program, browser)
}

/// Sends the form that is shown without a password, with a wrong one and with one's own.
#[track_caller]
fn prove(browser: &Browser, button: &str) {
    for (typed, complaint) in [("", "Give your own password to do this."), ("wrong", "incorrectly")] {
        browser.fill_in("#id_current_password", typed);
        browser.follow(button);
        assert!(browser.title().starts_with("Error: "), "{}", browser.title());
        let summary = browser.text("#error-summary");
        assert!(summary.contains("Your own password: ") && summary.contains(complaint), "{summary}");
        assert_eq!(browser.value("#id_current_password"), "");
    }
    browser.fill_in("#id_current_password", PASSWORD);
    browser.follow(button);
}

#[test]
fn who_makes_somebody_staff_gives_their_own_password() {
    let driver = Driver::start();
    let (program, browser) = site(&driver);
    browser.open(&page(&program, "member001", "change"));
    browser.fill_in("#id_first_name", "Max");
    browser.follow("[name=_continue]");
    assert!(said(&browser).contains("was changed successfully"), "a name is nothing dangerous: {}", said(&browser));
    browser.click("#id_is_staff");
    prove(&browser, "[name=_continue]");
    assert!(said(&browser).contains("was changed successfully"), "{}", said(&browser));
    let staff = "SELECT count(*) FROM auth_user WHERE username = 'member001' AND is_staff";
    assert_eq!(program.database().number(staff), 1);
}

#[test]
fn who_deletes_somebody_gives_their_own_password() {
    let driver = Driver::start();
    let (program, browser) = site(&driver);
    browser.open(&page(&program, "member001", "delete"));
    prove(&browser, ".actions .button-danger");
    assert!(said(&browser).contains("was deleted successfully"), "{}", said(&browser));

    browser.click("tbody tr:nth-child(2) .action-select");
    browser.click("#action option[value=delete_selected]");
    browser.follow("[name=index]");
    prove(&browser, ".actions .button-danger");
    assert_eq!(said(&browser), "Successfully deleted 1 user.");
    assert_eq!(browser.texts("#result_list tbody th"), ["ann", "member003"]);
}

#[test]
fn who_gives_somebody_a_password_gives_their_own_too() {
    let driver = Driver::start();
    let (program, browser) = site(&driver);
    browser.open(&page(&program, "member001", "password"));
    for (typed, complaint) in [("", "Give your own password"), ("wrong", "incorrectly"), (PASSWORD, "")] {
        for field in ["#id_password1", "#id_password2"] {
            browser.fill_in(field, "battery staple 77");
        }
        browser.fill_in("#id_current_password", typed);
        browser.follow("[name=set-password]");
        let is_refused = browser.has("#error-summary");
        assert_eq!(is_refused, !complaint.is_empty(), "{typed}");
        assert!(
            !is_refused || browser.text("#error-summary").contains(complaint),
            "{}",
            browser.text("#error-summary")
        );
    }
    assert_eq!(said(&browser), "Password changed successfully.");
    assert!(program.lets_in(&driver.browser(), "member001", "battery staple 77"));
}
