use super::site;
use crate::support::{Browser, Driver};

const COUNTER: &str = ".action-counter";

#[test]
fn rows_are_selected_one_by_one_in_a_row_all_of_a_page_and_all_there_are() {
    let driver = Driver::start();
    let (program, browser) = site(&driver, 149);
    browser.open(&program.url("/admin/auth/user/"));
    browser.click("tbody tr:nth-child(2) .action-select");
    assert_eq!(browser.text(COUNTER), "1 of 100 selected\nClear selection");
    browser.script(&format!("{}.dispatchEvent(new MouseEvent('click', {{ shiftKey: true }}))", row(6)));
    assert!(browser.text(COUNTER).starts_with("5 of 100 selected"), "{}", browser.text(COUNTER));

    browser.click("#action-toggle");
    assert_eq!(browser.text(COUNTER), "100 of 100 selected\nSelect all 150 users\nClear selection");
    assert_eq!(across(&browser), "0");
    browser.click(".action-counter button:not([hidden])");
    assert_eq!((browser.text(COUNTER).as_str(), across(&browser).as_str()), ("All 150 selected\nClear selection", "1"));
    assert_eq!(browser.focus(), "Clear selection");

    browser.click("tbody tr:nth-child(2) .action-select");
    assert!(browser.text(COUNTER).starts_with("99 of 100 selected"), "{}", browser.text(COUNTER));
    assert_eq!(across(&browser), "0");
    assert_eq!(browser.script("return document.getElementById('action-toggle').indeterminate"), true);
    browser.click(".action-counter button:not([hidden])");
    assert_eq!(browser.text(COUNTER), "0 of 100 selected");
}

fn row(number: usize) -> String {
    format!("document.querySelector('tbody tr:nth-child({number}) .action-select')")
}

fn across(browser: &Browser) -> String {
    browser.value("[name=select_across]")
}
