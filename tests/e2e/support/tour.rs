//! All pages, one after the other, in the states in which people meet them.

use super::{Browser, PASSWORD, Program};

/// Leads a browser through a new site, from its set-up to its errors, and calls `look` on each page with its name.
pub fn tour(browser: &Browser, username: &str, mut look: impl FnMut(&str)) {
    let mut program = Program::init().setting("LOGOUT_REDIRECT_URL", "").start();
    let link = program.setup_link();
    set_up(browser, &link, username, &mut look);
    look("dashboard");
    browser.open(&program.url("/api/docs/"));
    look("api");
    log_out_and_in(browser, &program, username, &mut look);
    fail(browser, &program, &link, &mut look);
}

fn set_up(browser: &Browser, link: &str, username: &str, look: &mut impl FnMut(&str)) {
    browser.open(link);
    look("setup");
    fill_in_setup(browser, "two words", "12345", "54321");
    look("setup-errors");
    fill_in_setup(browser, username, PASSWORD, PASSWORD);
    browser.wait_for_path("/dashboard/");
}

/// Fills in the form behind the set-up link, and sends it.
pub fn fill_in_setup(browser: &Browser, username: &str, password: &str, again: &str) {
    browser.fill_in("#id_username", username);
    browser.fill_in("#id_password1", password);
    browser.fill_in("#id_password2", again);
    browser.follow("main button[type=submit]");
}

fn log_out_and_in(browser: &Browser, program: &Program, username: &str, look: &mut impl FnMut(&str)) {
    browser.open(&program.url("/logout/"));
    look("logout");
    browser.follow("main button[type=submit]");
    look("logged-out");
    browser.open(&program.url("/login/"));
    look("login");
    browser.log_in(username, "wrong");
    look("login-error");
}

fn fail(browser: &Browser, program: &Program, used_link: &str, look: &mut impl FnMut(&str)) {
    browser.open(&program.url("/nowhere/"));
    look("404");
    browser.open(used_link);
    look("410");
    browser.open(&program.url("/login/"));
    browser.forget_cookies();
    browser.log_in("somebody", "something");
    look("403");
}
