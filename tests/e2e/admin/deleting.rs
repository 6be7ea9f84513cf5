use super::site;
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
