//! What only browsers ask of the program.

use super::{Browser, Driver, PASSWORD, it::Program};

impl Program {
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// The set-up link; printed, two lines below the address, only while nobody administers the site.
    pub fn setup_link(&mut self) -> String {
        self.running.line(&self.place);
        self.running.line(&self.place).trim().to_owned()
    }

    /// A new browser in which `username` has logged in.
    #[track_caller]
    pub fn logged_in(&self, driver: &Driver, username: &str) -> Browser {
        let browser = driver.browser();
        assert!(self.lets_in(&browser, username, PASSWORD), "{username} could not log in: {}", browser.text("main"));
        browser
    }

    /// Tries to log in; whether that led anywhere.
    pub fn lets_in(&self, browser: &Browser, username: &str, password: &str) -> bool {
        browser.open(&self.url("/login/"));
        browser.log_in(username, password);
        browser.path() == "/dashboard/"
    }

    /// Whether a browser is shown private pages.
    pub fn knows(&self, browser: &Browser) -> bool {
        browser.open(&self.url("/account/"));
        browser.path() == "/account/"
    }
}
