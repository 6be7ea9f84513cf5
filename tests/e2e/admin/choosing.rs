use thirtyfour::Key;

use super::{enter, site, site_without_scripts, tab_to};
use crate::support::{Browser, Driver, Program};

const CHOSEN: &str = ".pane-chosen li";
const ADD_USER: &str = "auth | user | Can add user";

/// The permissions of a group, by their codenames.
fn permissions(program: &Program, group: &str) -> String {
    let sql = format!(
        "SELECT string_agg(codename, ' ') FROM (SELECT p.codename FROM auth_permission p JOIN auth_group_permissions gp \
         ON gp.permission_id = p.id JOIN auth_group g ON g.id = gp.group_id WHERE g.name = '{group}' ORDER BY p.codename) AS c"
    );
    program.database().text(&sql).unwrap_or_default()
}

fn saved(browser: &Browser) {
    browser.wait_for_path("/admin/auth/group/");
    assert!(browser.text("[role=status]").contains("was added successfully"), "{}", browser.text("main"));
}

#[test]
fn permissions_of_a_new_group_are_chosen_in_two_panes() {
    let driver = Driver::start();
    let (program, browser) = site(&driver, 0);
    browser.open(&program.url("/admin/auth/group/add/"));
    browser.fill_in("#id_name", "Editors");
    browser.fill_in("#id_permissions_filter", "auth user can");
    let found = browser.texts(".pane:first-child li:not([hidden])").len();
    assert_eq!(browser.text(".pane:first-child .pane-count").split(' ').next(), Some(found.to_string().as_str()));
    browser.click(".pane:first-child > button");
    assert_eq!(browser.texts(CHOSEN).len(), found);
    assert_eq!(browser.text(".pane-chosen .pane-count"), found.to_string());

    browser.click(".pane-chosen > button");
    assert!(browser.texts(CHOSEN).is_empty());
    browser.fill_in("#id_permissions_filter", "view user");
    browser.click(".pane:first-child li:not([hidden]) button");
    browser.fill_in("#id_permissions_filter", "view group");
    browser.click(".pane:first-child li:not([hidden]) button");
    browser.follow(".admin-submit button");
    saved(&browser);
    assert_eq!(permissions(&program, "Editors"), "view_group view_user");
}

#[test]
fn permissions_are_chosen_from_the_keyboard_and_each_step_is_said() {
    let driver = Driver::start();
    let (program, browser) = site(&driver, 0);
    browser.open(&program.url("/admin/auth/group/add/"));
    tab_to(&browser, "id_name");
    browser.type_keys("Editors");
    tab_to(&browser, "id_permissions_filter");
    browser.type_keys("auth user can");
    browser.press(Key::Down);
    assert_eq!(browser.focus(), format!("Add {ADD_USER}"));
    browser.press(Key::Enter);
    assert_eq!(browser.text(".panes [role=status]"), format!("Added {ADD_USER}. 1 chosen."));
    assert_eq!(browser.focus(), "Add auth | user | Can change user", "the next one is at hand");
    browser.press(Key::End);
    browser.type_keys(" ");
    tab_to(&browser, "Remove auth | user | Can add user");
    browser.press(Key::Enter);
    assert_eq!(browser.text(".panes [role=status]"), format!("Removed {ADD_USER}. 1 chosen."));
    tab_to(&browser, "Save");
    browser.follow_key(Key::Enter);
    saved(&browser);
    assert_eq!(permissions(&program, "Editors"), "view_user");
}

#[test]
fn permissions_are_chosen_in_one_list_with_scripts_switched_off() {
    let driver = Driver::start();
    let (program, browser) = site_without_scripts(&driver, 0);
    browser.open(&program.url("/admin/auth/group/add/"));
    browser.fill_in("#id_name", "Editors");
    for codename in ["add_user", "view_user"] {
        let id = program.database().number(&format!("SELECT id FROM auth_permission WHERE codename = '{codename}'"));
        browser.click(&format!("#id_permissions option[value='{id}']"));
    }
    browser.follow(".admin-submit button");
    saved(&browser);
    assert_eq!(permissions(&program, "Editors"), "add_user view_user");
}

#[test]
fn what_was_chosen_is_still_so_when_the_form_comes_back() {
    let driver = Driver::start();
    let (program, browser) = site(&driver, 0);
    program.add_groups(&["Editors"]);
    browser.open(&program.url("/admin/auth/group/add/"));
    browser.fill_in("#id_permissions_filter", "view user");
    browser.click(".pane:first-child li:not([hidden]) button");
    browser.fill_in("#id_name", "Editors");
    browser.follow(".admin-submit button");
    assert!(browser.text("#error-summary").contains("Name: Group with this Name already exists."));
    assert_eq!(browser.texts(CHOSEN).len(), 1);
    browser.fill_in("#id_name", "Writers");
    browser.follow(".admin-submit button");
    saved(&browser);
    assert_eq!(permissions(&program, "Writers"), "view_user");
}

#[test]
fn a_day_and_a_time_are_filled_in_by_the_clock_of_the_site() {
    let driver = Driver::start();
    let program = Program::init().setting("TIME_ZONE", "Pacific/Kiritimati").with_superuser("ann").start();
    program.add_members(1);
    let browser = driver.browser();
    enter(&program, &browser);
    browser.open(&program.url(&format!("/admin/auth/user/{}/change/", program.id_of("member001"))));
    let hour = || browser.script("return new Date().toISOString().slice(0, 13).replace('T', ' ')");
    let before = hour();
    for button in [".field-last_login .field:first-child button", ".field-last_login .field:last-child button"] {
        browser.click(button);
    }
    let hours = [before, hour()];
    browser.follow("[name=_continue]");
    assert!(browser.text("[role=status]").contains("was changed successfully"), "{}", browser.text("main"));
    // 14 hours ahead of UTC, in which it is kept: read in another zone, it would not be now.
    let sql = "SELECT last_login FROM auth_user WHERE username = 'member001'";
    let kept = program.database().text(sql).expect("a time");
    assert!(hours.iter().any(|hour| hour == &kept[..13]), "{kept}, and not {hours:?}");
}
