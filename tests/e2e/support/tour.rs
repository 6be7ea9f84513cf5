//! All pages, one after the other, in the states in which people meet them. What `looks.rs` asks of every page it asks of
//! each that is shown here.
//!
//! To add a page: one that is there for whoever asks is a line in [`PLAIN`]; one that follows something is shown, with
//! `show`, `send` or `look`, in the part of the tour that does this. Its name is its own and ends in `-errors` if its title
//! starts with "Error: ".

mod admin;

use serde_json::json;

use super::{Browser, Mailbox, PASSWORD, Program};

const NEW_PASSWORD: &str = "battery staple 43";
/// Wrong as an old password, and as a new one.
const BAD_PASSWORD: &str = "12345";
/// As a program sees it that asks with this name.
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// So many failures, more than the tour makes on its way, lock out.
const FAILURE_LIMIT: usize = 20;

/// Pages that the first superuser opens just so: names and paths.
const PLAIN: &[(&str, &str)] = &[("dashboard", "/dashboard/"), ("api", "/api/docs/"), ("account", "/account/")];

/// Who takes the tour.
#[derive(Clone, Copy)]
pub struct Visitor<'a> {
    pub username: &'a str,
    pub email: &'a str,
    pub next_email: &'a str,
}

/// Somebody with short names.
pub const ANN: Visitor<'static> =
    Visitor { username: "ann", email: "ann@example.org", next_email: "ann.other@example.net" };

struct Tour<'a, L> {
    browser: &'a Browser,
    program: Program,
    mailbox: Mailbox,
    visitor: Visitor<'a>,
    look: L,
}

/// Leads a browser through a new site, from its set-up to its errors, and calls `look` on each page with its name.
pub fn tour(browser: &Browser, visitor: Visitor<'_>, look: impl FnMut(&str)) {
    let mailbox = Mailbox::new();
    let place = Program::init().setting("LOGOUT_REDIRECT_URL", "").setting("REGISTRATION_OPEN", "true");
    // The password is asked for wherever it may be.
    let place = place.setting("SUDO_TIMEOUT", "0").setting("AXES_FAILURE_LIMIT", &FAILURE_LIMIT.to_string());
    let mut program = place.with_mail_in(&mailbox).start();
    let link = program.setup_link();
    let mut tour = Tour { browser, program, mailbox, visitor, look };
    tour.set_up(&link);
    tour.administer();
    tour.change_password();
    tour.change_email();
    tour.own_account();
    tour.leave();
    tour.log_out_and_in();
    tour.reset_password();
    tour.register();
    tour.fail(&link);
}

/// Fills in the form behind the set-up link, and sends it.
pub fn fill_in_setup(browser: &Browser, username: &str, password: &str, again: &str) {
    browser.submit(&[("username", username), ("password1", password), ("password2", again)]);
}

impl<L: FnMut(&str)> Tour<'_, L> {
    fn open(&self, path: &str) {
        self.browser.open(&self.program.url(path));
    }

    /// Looks at the page that is there: one that tells of errors if its name says so.
    fn look(&mut self, name: &str) {
        let title = self.browser.title();
        assert_eq!(title.starts_with("Error: "), name.ends_with("-errors"), "{name}: {title}");
        (self.look)(name);
    }

    /// Shows the page at `path`.
    fn show(&mut self, path: &str, name: &str) {
        self.open(path);
        self.look(name);
    }

    /// Sends the form that is shown, and shows what follows.
    fn send(&mut self, fields: &[(&str, &str)], name: &str) {
        self.browser.submit(fields);
        self.look(name);
    }

    fn set_up(&mut self, link: &str) {
        self.browser.open(link);
        self.look("setup");
        self.browser.fill_in("#id_email", self.visitor.email);
        fill_in_setup(self.browser, "two words", BAD_PASSWORD, "54321");
        self.look("setup-errors");
        fill_in_setup(self.browser, self.visitor.username, PASSWORD, PASSWORD);
        self.browser.wait_for_path("/dashboard/");
        for (name, path) in PLAIN {
            self.show(path, name);
        }
    }

    fn change_password(&mut self) {
        self.show("/account/password_change/", "password-change");
        let new = [("new_password1", BAD_PASSWORD), ("new_password2", "54321")];
        self.send(&[("old_password", "wrong"), new[0], new[1]], "password-change-errors");
        let new = [("new_password1", NEW_PASSWORD), ("new_password2", NEW_PASSWORD)];
        self.send(&[("old_password", PASSWORD), new[0], new[1]], "password-change-done");
        self.browser.wait_for_path("/account/password_change/done/");
    }

    fn change_email(&mut self) {
        self.show("/account/email/", "email");
        self.send(&[("password", "wrong")], "email-errors");
        self.send(&[("email", self.visitor.next_email), ("password", NEW_PASSWORD)], "account-email-asked");
        self.browser.wait_for_path("/account/?done=email");
    }

    /// With another session, a program, and an address that is awaited.
    fn own_account(&mut self) {
        let Visitor { username, next_email, .. } = self.visitor;
        let other = self.program.client();
        other.set_header("user-agent", FIREFOX);
        assert_eq!(other.log_in(username, NEW_PASSWORD).status, 302);
        let typed = json!({ "username": username, "password": NEW_PASSWORD }).to_string();
        assert_eq!(other.send_body("POST", "/api/auth/login/", "application/json", &typed).status, 200);
        self.show("/account/", "account-busy");
        self.browser.script("document.querySelectorAll('[maxlength]').forEach(at => at.removeAttribute('maxlength'))");
        self.browser.fill_in("#id_last_name", &"m".repeat(151));
        self.browser.follow("form:has(#id_last_name) button");
        self.look("account-errors");
        self.browser.open(&self.mailbox.take(next_email, "Confirm your address").link);
        self.look("confirm");
        self.send(&[], "confirmed");
        self.browser.wait_for_path("/account/confirmed/");
    }

    fn leave(&mut self) {
        self.show("/account/logout_everywhere/", "logout-everywhere");
        self.send(&[("password", "wrong")], "logout-everywhere-errors");
        self.show("/account/delete/", "delete");
        self.send(&[("password", "wrong")], "delete-errors");
    }

    fn log_out_and_in(&mut self) {
        self.show("/logout/", "logout");
        self.send(&[], "logged-out");
        self.show("/account/deleted/", "deleted");
        self.show("/login/", "login");
        self.send(&[("username", self.visitor.username), ("password", "wrong")], "login-errors");
    }

    fn reset_password(&mut self) {
        self.show("/account/password_reset/", "password-reset");
        self.send(&[("email", "")], "password-reset-errors");
        self.send(&[("email", self.visitor.next_email)], "password-reset-done");
        self.browser.wait_for_path("/account/password_reset/done/");
        let link = self.mailbox.take(self.visitor.next_email, "Password reset on").link;
        self.browser.open(&link);
        self.look("reset");
        self.send(&[("new_password1", BAD_PASSWORD), ("new_password2", "54321")], "reset-errors");
        self.send(&[("new_password1", PASSWORD), ("new_password2", PASSWORD)], "reset-done");
        self.browser.wait_for_path("/account/reset/done/");
        self.browser.open(&link);
        self.look("reset-unsuccessful");
    }

    fn register(&mut self) {
        self.show("/account/register/", "register");
        let [mut fields, wrong] = [PASSWORD, BAD_PASSWORD].map(|password| {
            let names = [("username", self.visitor.username), ("email", "new@example.org")];
            [names[0], names[1], ("password1", password), ("password2", password)]
        });
        self.send(&wrong, "register-errors");
        fields[0].1 = "new";
        self.send(&fields, "register-done");
        self.browser.wait_for_path("/account/register/done/");
        self.browser.open(&self.mailbox.take("new@example.org", "Confirm your address").link);
        self.look("register-confirm");
    }

    fn fail(&mut self, used_link: &str) {
        self.show("/nowhere/", "404");
        self.browser.open(used_link);
        self.look("410");
        let stranger = self.program.client();
        for _ in 0..FAILURE_LIMIT {
            stranger.log_in("stranger", "wrong");
        }
        self.open("/login/");
        self.send(&[("username", "stranger"), ("password", "wrong")], "locked");
        self.open("/login/");
        self.browser.forget_cookies();
        self.send(&[("username", "somebody"), ("password", "something")], "403");
    }
}
