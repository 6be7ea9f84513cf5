//! What administrators do for people.

use thirtyfour::Key;

use super::{page, said, site, site_without_scripts, tab_to};
use crate::support::{Browser, Driver, PASSWORD, Program};

/// Another good password.
const NEW: &str = "battery staple 77";

fn fill_in_first_step(program: &Program, browser: &Browser) {
    browser.open(&program.url("/admin/auth/user/"));
    browser.follow(".with-button .button-primary");
    browser.fill_in("#id_username", "eve");
    browser.fill_in("#id_password1", "12345");
    browser.fill_in("#id_password2", "54321");
    browser.follow("[name=_save]");
    assert!(browser.title().starts_with("Error: "), "{}", browser.title());
    assert_eq!(browser.value("#id_username"), "eve");
    browser.fill_in("#id_password1", NEW);
    browser.fill_in("#id_password2", NEW);
    browser.follow("[name=_save]");
    assert!(said(browser).contains("“eve” was added successfully. You may edit it again below."), "{}", said(browser));
}

/// Ends the second step, in which eve got leave to look at people.
fn assert_eve_may_look(program: &Program, driver: &Driver, browser: &Browser) {
    browser.wait_for_path("/admin/auth/user/");
    assert!(said(browser).contains("“eve” was changed successfully"), "{}", said(browser));
    let eve = driver.browser();
    assert!(program.lets_in(&eve, "eve", NEW));
    eve.open(&program.url("/admin/"));
    assert_eq!(eve.texts(".admin-models div > a"), ["Users"]);
}

#[test]
fn somebody_is_added_in_two_steps_and_gets_permissions_in_the_panes() {
    let driver = Driver::start();
    let (program, browser) = site(&driver, 0);
    fill_in_first_step(&program, &browser);
    browser.click("#id_is_staff");
    browser.fill_in("#id_user_permissions_filter", "view user");
    browser.click(".field-user_permissions .pane:first-child li:not([hidden]) button");
    browser.follow("[name=_save]");
    assert_eve_may_look(&program, &driver, &browser);
}

#[test]
fn somebody_is_added_in_two_steps_with_scripts_switched_off() {
    let driver = Driver::start();
    let (program, browser) = site_without_scripts(&driver, 0);
    fill_in_first_step(&program, &browser);
    browser.click("#id_is_staff");
    let id = program.database().number("SELECT id FROM auth_permission WHERE codename = 'view_user'");
    browser.click(&format!("#id_user_permissions option[value='{id}']"));
    browser.follow("[name=_save]");
    assert_eve_may_look(&program, &driver, &browser);
}

#[test]
fn somebody_is_added_in_two_steps_from_the_keyboard() {
    let driver = Driver::start();
    let (program, browser) = site(&driver, 0);
    browser.open(&program.url("/admin/auth/user/add/"));
    for (field, text) in [("id_username", "eve"), ("id_password1", NEW), ("id_password2", NEW)] {
        tab_to(&browser, field);
        browser.type_keys(text);
    }
    browser.follow_key(Key::Enter);
    tab_to(&browser, "id_is_staff");
    browser.type_keys(" ");
    tab_to(&browser, "id_user_permissions_filter");
    browser.type_keys("view user");
    browser.press(Key::Enter);
    assert_eq!(browser.text(".field-user_permissions [role=status]"), "Added auth | user | Can view user. 1 chosen.");
    tab_to(&browser, "Save");
    browser.follow_key(Key::Enter);
    assert_eve_may_look(&program, &driver, &browser);
}

#[test]
fn who_is_locked_gets_in_again_once_an_administrator_unlocks_them() {
    let driver = Driver::start();
    for (program, browser) in [site(&driver, 0), site_without_scripts(&driver, 0)] {
        program.add_colleague("eve", "ann", false, &[]);
        let eve = driver.browser();
        for _ in 0..5 {
            assert!(!program.lets_in(&eve, "eve", "wrong"));
        }
        assert!(!program.lets_in(&eve, "eve", PASSWORD), "locked");

        browser.open(&page(&program, "eve", "change"));
        browser.follow(".object-tools a[href$='/unlock/']");
        let text = browser.text("main");
        assert!(text.contains("“eve” is locked.") && text.contains("locked until "), "{text}");
        browser.follow(".actions button");
        assert!(said(&browser).starts_with("“eve” was unlocked."), "{}", said(&browser));
        browser.follow(".object-tools a[href$='/unlock/']");
        assert!(browser.text("main").contains("is not locked"), "{}", browser.text("main"));
        assert!(program.lets_in(&eve, "eve", PASSWORD));
    }
}

#[test]
fn who_is_locked_is_unlocked_from_the_keyboard() {
    let driver = Driver::start();
    let (program, browser) = site(&driver, 0);
    program.add_colleague("eve", "ann", false, &[]);
    for _ in 0..5 {
        program.client().log_in("eve", "wrong");
    }
    browser.open(&page(&program, "eve", "change"));
    for control in ["Unlock", "Unlock and forget the failures"] {
        tab_to(&browser, control);
        browser.follow_key(Key::Enter);
    }
    assert!(said(&browser).starts_with("“eve” was unlocked."), "{}", said(&browser));
}

#[test]
fn ending_all_sessions_of_somebody_logs_their_browser_out_and_no_other() {
    let driver = Driver::start();
    for (program, browser) in [site(&driver, 0), site_without_scripts(&driver, 0)] {
        program.add_colleague("eve", "ann", false, &[]);
        let eve = program.logged_in(&driver, "eve");
        browser.open(&page(&program, "eve", "change"));
        browser.follow(".object-tools a[href$='/end_everything/']");
        assert!(browser.text("main").contains("Sessions: 1"), "{}", browser.text("main"));
        assert!(program.knows(&eve), "nothing happened yet");
        browser.follow(".actions button");
        assert_eq!(said(&browser), "All sessions and tokens of “eve” were ended.");
        assert!(!program.knows(&eve));
        assert!(program.knows(&browser));
        assert!(program.lets_in(&eve, "eve", PASSWORD));
    }
}

#[test]
fn somebody_gets_a_new_password() {
    let driver = Driver::start();
    for (program, browser) in [site(&driver, 0), site_without_scripts(&driver, 0)] {
        program.add_colleague("eve", "ann", false, &[]);
        browser.open(&page(&program, "eve", "change"));
        browser.follow(".field-password a");
        for again in ["54321", NEW] {
            browser.fill_in("#id_password1", NEW);
            browser.fill_in("#id_password2", again);
            browser.follow("[name=set-password]");
            assert_eq!(browser.has("#error-summary"), again != NEW);
        }
        assert_eq!(said(&browser), "Password changed successfully.");
        let eve = driver.browser();
        assert!(!program.lets_in(&eve, "eve", PASSWORD));
        assert!(program.lets_in(&eve, "eve", NEW));
    }
}

#[test]
fn somebody_gets_a_new_password_from_the_keyboard() {
    let driver = Driver::start();
    let (program, browser) = site(&driver, 0);
    program.add_colleague("eve", "ann", false, &[]);
    browser.open(&page(&program, "eve", "change"));
    tab_to(&browser, "Reset password");
    browser.follow_key(Key::Enter);
    for field in ["id_password1", "id_password2"] {
        tab_to(&browser, field);
        browser.type_keys(NEW);
    }
    browser.follow_key(Key::Enter);
    assert_eq!(said(&browser), "Password changed successfully.");
    assert!(program.lets_in(&driver.browser(), "eve", NEW));
}
