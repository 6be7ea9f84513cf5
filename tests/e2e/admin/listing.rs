use thirtyfour::Key;

use super::{site, site_without_scripts, tab_to};
use crate::support::{Browser, Driver, Program};

const NAMES: &str = "#result_list tbody th";

#[test]
fn a_list_is_searched_sorted_and_filtered_by_mouse() {
    let driver = Driver::start();
    let (program, browser) = site(&driver, 30);
    search_sort_and_filter(&program, &browser);
}

#[test]
fn a_list_is_searched_sorted_and_filtered_with_scripts_switched_off() {
    let driver = Driver::start();
    let (program, browser) = site_without_scripts(&driver, 30);
    search_sort_and_filter(&program, &browser);
}

fn search_sort_and_filter(program: &Program, browser: &Browser) {
    browser.open(&program.url("/admin/auth/user/"));
    browser.fill_in("#searchbar", "member02");
    browser.follow("#changelist-search button");
    browser.wait_for_path("/admin/auth/user/?q=member02");
    assert_eq!(browser.text(NAMES), "member020");
    assert!(browser.text("#changelist-search").contains("10 results (31 total)"));

    browser.follow(".column-username a");
    assert_eq!((browser.text(NAMES), sorted(browser)), ("member029".to_owned(), "descending".to_owned()));
    browser.follow(".column-username a");
    assert_eq!((browser.text(NAMES), sorted(browser)), ("member020".to_owned(), "ascending".to_owned()));

    browser.follow(".admin-filters details:first-of-type li:nth-child(2) a");
    assert_eq!(browser.texts(NAMES), ["member021", "member024", "member027"]);
    assert_eq!(browser.texts(".admin-filters [aria-current]"), ["Yes", "All", "All", "All"]);
    browser.follow(".admin-filter-tools a:last-child");
    assert!(browser.text("#changelist-search").contains("10 results (31 total)"));
}

fn sorted(browser: &Browser) -> String {
    browser.attribute(".column-username", "aria-sort").unwrap_or_default()
}

#[test]
fn a_list_is_searched_sorted_and_filtered_from_the_keyboard() {
    let driver = Driver::start();
    let (program, browser) = site(&driver, 30);
    browser.open(&program.url("/admin/auth/user/"));
    tab_to(&browser, "searchbar");
    browser.type_keys("member02");
    browser.follow_key(Key::Enter);
    browser.wait_for_path("/admin/auth/user/?q=member02");
    tab_to(&browser, "Username");
    browser.follow_key(Key::Enter);
    assert_eq!(browser.text(NAMES), "member029");
    tab_to(&browser, "By staff status");
    tab_to(&browser, "Yes");
    browser.follow_key(Key::Enter);
    assert_eq!(browser.texts(NAMES), ["member027", "member024", "member021"]);
    tab_to(&browser, "Clear all filters");
    browser.follow_key(Key::Enter);
    tab_to(&browser, "member029");
    browser.follow_key(Key::Enter);
    assert_eq!(browser.text("h1"), "Change user: member029");
}

#[test]
fn on_a_phone_models_and_filters_stand_below_and_links_lead_there() {
    let driver = Driver::start();
    let (program, browser) = site(&driver, 30);
    browser.resize(320, 640);
    browser.open(&program.url("/admin/auth/user/"));
    let top = |selector: &str| {
        let script = format!("return document.querySelector('{selector}').getBoundingClientRect().top");
        browser.script(&script).as_f64().expect("a place")
    };
    assert!(top("#result_list") < 900.0, "the list begins {} below", top("#result_list"));
    assert!(top("#result_list") < top(".admin-filters") && top(".admin-filters") < top("#models"));
    for (link, place) in [(".admin-jump a", "#models"), (".admin-to-filters", "#changelist-filter-header")] {
        browser.click(link);
        // Places are rounded to pixels.
        assert!((-1.0..640.0).contains(&top(place)), "{place} is {} below", top(place));
    }
}

#[test]
fn the_models_at_the_side_are_found_by_typing() {
    let driver = Driver::start();
    let (_program, browser) = site(&driver, 0);
    browser.follow(".admin-app h2 + ul a");
    let shown = "#models li:not([hidden]) > :first-child";
    let all = browser.texts(shown);
    browser.fill_in(".admin-nav-filter input", "gro");
    assert_eq!(browser.texts(shown), ["Groups"]);
    browser.fill_in(".admin-nav-filter input", " ");
    assert_eq!(browser.texts(shown), all);
}

/// Log-ins in two years to come, which nobody cleans up, two of them in the same month.
fn add_log_ins(program: &Program) {
    for (name, at) in [("ann", "2098-12-31"), ("bob", "2099-03-01"), ("eve", "2099-03-09"), ("leo", "2099-05-09")] {
        program.database().execute(&format!(
            "INSERT INTO axes_accesslog (user_agent, ip_address, username, http_accept, path_info, attempt_time, session_hash) \
             VALUES ('', '192.0.2.1', '{name}', '', '/login/', '{at} 12:00:00', '')"
        ));
    }
    // That of who looks at them is not among them.
    program.database().execute("DELETE FROM axes_accesslog WHERE attempt_time < '2098-01-01'");
}

const LOG_INS: &str = "/admin/axes/accesslog/";
const DATES: &str = ".admin-dates li";

#[test]
fn a_list_is_narrowed_down_to_a_day_and_widened_again_also_without_scripts() {
    let driver = Driver::start();
    for (program, browser) in [site(&driver, 0), site_without_scripts(&driver, 0)] {
        add_log_ins(&program);
        browser.open(&program.url(LOG_INS));
        assert_eq!(browser.texts(DATES), ["2098", "2099"]);
        browser.follow(".admin-dates li:nth-child(2) a");
        assert_eq!(browser.texts(DATES), ["‹ All dates", "March 2099", "May 2099"]);
        assert!(browser.text(".admin-count").starts_with("3 "), "{}", browser.text(".admin-count"));
        browser.follow(".admin-dates li:nth-child(2) a");
        assert_eq!(browser.texts(DATES), ["‹ 2099", "March 1", "March 9"]);
        browser.follow(".admin-dates li:nth-child(3) a");
        assert_eq!(browser.texts(DATES), ["‹ March 2099", "March 9"]);
        assert_eq!(browser.text(".admin-dates [aria-current]"), "March 9");
        assert!(browser.text("#result_list tbody").contains("eve"), "{}", browser.text("#result_list tbody"));
        assert_eq!(browser.texts("#result_list tbody tr").len(), 1);
        for _ in 0..3 {
            browser.follow(".admin-dates li:first-child a");
        }
        assert_eq!((browser.path(), browser.texts(DATES).len()), (format!("{LOG_INS}?"), 2));
    }
}

#[test]
fn a_list_is_narrowed_down_to_a_month_from_the_keyboard() {
    let driver = Driver::start();
    let (program, browser) = site(&driver, 0);
    add_log_ins(&program);
    browser.open(&program.url(LOG_INS));
    for link in ["2099", "March 2099"] {
        tab_to(&browser, link);
        browser.follow_key(Key::Enter);
    }
    assert_eq!(browser.texts("#result_list tbody tr").len(), 2);
}
