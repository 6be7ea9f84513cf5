use thirtyfour::Key;

use super::{said, site, site_without_scripts, tab_to};
use crate::support::Driver;

#[test]
fn somebody_is_deleted_once_that_is_confirmed() {
    let driver = Driver::start();
    let (program, browser) = site(&driver, 3);
    browser.open(&program.url(&format!("/admin/auth/user/{}/change/", program.id_of("member002"))));
    browser.follow(".admin-delete");
    assert!(browser.text("main").contains("Are you sure you want to delete the user “member002”?"));
    browser.follow(".actions a");
    browser.wait_for_path("/admin/auth/user/");
    assert!(browser.texts("#result_list tbody th").contains(&"member002".to_owned()), "not deleted");

    browser.follow("tbody tr:nth-child(3) th a");
    browser.follow(".admin-delete");
    browser.follow(".actions button");
    browser.wait_for_path("/admin/auth/user/");
    assert_eq!(browser.text("[role=status]"), "The user “member002” was deleted successfully.");
    assert_eq!(browser.texts("#result_list tbody th"), ["ann", "member001", "member003"]);
    browser.follow(".admin-breadcrumbs a");
    assert!(browser.text(".admin-recent").contains("member002"), "{}", browser.text(".admin-recent"));
    browser.open(&program.url("/admin/auth/user/"));
    assert!(!browser.has("[role=status].notice"), "said once");
}

const USERS: &str = "SELECT count(*) FROM auth_user";

#[test]
fn all_that_a_search_found_is_deleted_over_all_pages_once_that_is_confirmed() {
    let driver = Driver::start();
    let (program, browser) = site(&driver, 149);
    browser.open(&program.url("/admin/auth/user/?q=member"));
    let choose = || {
        browser.click("#action-toggle");
        browser.click(".action-counter button:not([hidden])");
        assert!(browser.text(".action-counter").starts_with("All 149 selected"), "{}", browser.text(".action-counter"));
        browser.click("#action option[value=delete_selected]");
        browser.follow("[name=index]");
        assert_eq!(browser.text("h1"), "Delete multiple objects");
        assert!(browser.text(".deletion-summary").contains("Users: 149"), "{}", browser.text("main"));
    };
    choose();
    browser.follow(".actions a");
    browser.wait_for_path("/admin/auth/user/?q=member");
    assert_eq!(program.database().number(USERS), 150, "nothing happened yet");
    choose();
    browser.follow(".actions .button-danger");
    browser.wait_for_path("/admin/auth/user/?q=member");
    assert_eq!(said(&browser), "Successfully deleted 149 users.");
    assert_eq!(program.database().number(USERS), 1);
}

#[test]
fn several_are_deleted_with_scripts_switched_off() {
    let driver = Driver::start();
    let (program, browser) = site_without_scripts(&driver, 3);
    browser.open(&program.url("/admin/auth/user/"));
    for row in [2, 4] {
        browser.click(&format!("tbody tr:nth-child({row}) .action-select"));
    }
    browser.click("#action option[value=delete_selected]");
    browser.follow("[name=index]");
    browser.follow(".actions .button-danger");
    assert_eq!(said(&browser), "Successfully deleted 2 users.");
    assert_eq!(browser.texts("#result_list tbody th"), ["ann", "member002"]);
}

#[test]
fn several_are_deleted_from_the_keyboard() {
    let driver = Driver::start();
    let (program, browser) = site(&driver, 3);
    browser.open(&program.url("/admin/auth/user/"));
    tab_to(&browser, "action");
    browser.type_keys("Delete");
    for row in ["Select member001", "Select member003"] {
        tab_to(&browser, row);
        browser.type_keys(" ");
    }
    browser.follow_key(Key::Enter);
    assert_eq!(browser.text("h1"), "Delete multiple objects");
    tab_to(&browser, "Yes, I’m sure");
    browser.follow_key(Key::Enter);
    assert_eq!(said(&browser), "Successfully deleted 2 users.");
    assert_eq!(program.database().number(USERS), 2);
}
