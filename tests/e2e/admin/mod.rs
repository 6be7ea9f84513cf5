//! The admin, as administrators use it: a journey per file.

mod accounts;
mod choosing;
mod deleting;
mod entering;
mod exporting;
mod listing;
mod proving;
mod selecting;
mod xss;

use thirtyfour::Key;

use crate::support::{Browser, Driver, PASSWORD, Program};

/// A site with so many members beside the superuser `ann`, and a browser in which she has logged in.
fn site(driver: &Driver, members: usize) -> (Program, Browser) {
    let program = Program::init().with_superuser("ann").start();
    program.add_members(members);
    let browser = driver.browser();
    enter(&program, &browser);
    (program, browser)
}

/// The same, but scripts are switched off.
fn site_without_scripts(driver: &Driver, members: usize) -> (Program, Browser) {
    let program = Program::init().with_superuser("ann").start();
    program.add_members(members);
    let browser = driver.browser_without_scripts();
    enter(&program, &browser);
    (program, browser)
}

fn enter(program: &Program, browser: &Browser) {
    browser.open(&program.url("/admin/"));
    browser.wait_for_path("/admin/login/?next=/admin/");
    browser.log_in("ann", PASSWORD);
    browser.wait_for_path("/admin/");
}

/// The path of a page about somebody.
fn page(program: &Program, username: &str, last: &str) -> String {
    program.url(&format!("/admin/auth/user/{}/{last}/", program.id_of(username)))
}

/// What was said of what was done.
#[track_caller]
fn said(browser: &Browser) -> String {
    browser.text("main .notice")
}

/// Goes on from key to key, until that has the focus.
#[track_caller]
fn tab_to(browser: &Browser, wanted: &str) {
    let mut met: Vec<String> = Vec::new();
    while met.last().is_none_or(|at| at != wanted) {
        assert!(met.len() < 60, "no way to {wanted}: {met:?}");
        browser.press(Key::Tab);
        met.push(browser.focus());
    }
}
