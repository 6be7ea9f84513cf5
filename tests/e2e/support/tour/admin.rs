//! The admin: its pages as the first superuser sees them, then colleagues who may only look or who may not delete all, then
//! somebody who may not come in.

use super::{BAD_PASSWORD, Browser, FAILURE_LIMIT, PASSWORD, Tour};

/// More than a page of a list shows.
const MEMBERS: usize = 101;

/// Names and paths, below the folder of the admin.
const PAGES: &[(&str, &str)] = &[
    ("index", ""),
    ("app", "auth/"),
    ("users", "auth/user/"),
    ("users-sorted", "auth/user/?o=-2.1&q=member01&all="),
    ("users-filtered", "auth/user/?is_staff__exact=1&q=member00&_facets=True"),
    ("users-none", "auth/user/?q=nobody-at-all"),
    ("groups", "auth/group/"),
    ("permissions", "auth/permission/"),
    ("permission", "auth/permission/1/change/"),
    ("permission-holders", "auth/permission/1/holders/"),
    ("attempts", "axes/accessattempt/"),
    ("attempts-of-a-month", "axes/accessattempt/?attempt_time__year=2099&attempt_time__month=1"),
    ("attempts-of-a-day", "axes/accessattempt/?attempt_time__year=2099&attempt_time__month=1&attempt_time__day=10"),
    ("attempt", "axes/accessattempt/901/change/"),
    ("attempt-delete", "axes/accessattempt/901/delete/"),
    ("access-logs", "axes/accesslog/"),
    ("access-log", "axes/accesslog/901/change/"),
    ("failures", "axes/accessfailurelog/"),
    ("failure", "axes/accessfailurelog/902/change/"),
    ("outstanding-tokens", "token_blacklist/outstandingtoken/"),
    ("outstanding-token", "token_blacklist/outstandingtoken/901/change/"),
    ("blacklisted-tokens", "token_blacklist/blacklistedtoken/"),
    ("blacklisted-token", "token_blacklist/blacklistedtoken/901/change/"),
    ("blacklisted-token-add", "token_blacklist/blacklistedtoken/add/"),
    ("log-entries", "admin/logentry/"),
    ("log-entry", "admin/logentry/901/change/"),
    ("posts", "vestibule/post/"),
    ("post", "vestibule/post/901/change/"),
    ("sessions", "sessions/session/"),
    ("404", "nowhere/"),
    ("lost", "auth/user/0/change/"),
];

impl<L: FnMut(&str)> Tour<'_, L> {
    pub(super) fn administer(&mut self) {
        let username = self.visitor.username;
        self.fill_tables();
        for (name, path) in PAGES {
            self.admin(path, name);
        }
        self.add_things();
        self.change_member();
        self.use_tools();
        self.set_passwords();
        self.select_members();
        self.look_at_a_session();
        self.change_own_password();
        self.look_only();
        self.delete_what_is_not_allowed();
        self.stay_outside();
        self.browser.forget_cookies();
        self.open("/login/");
        self.browser.log_in(username, PASSWORD);
        self.browser.wait_for_path("/dashboard/");
    }

    /// Shows a page below `/admin/`.
    fn admin(&mut self, path: &str, name: &str) {
        self.show(&format!("/admin/{path}"), &format!("admin-{name}"));
    }

    /// Shows a page about a user.
    fn user(&mut self, username: &str, page: &str, name: &str) {
        let id = self.program.id_of(username);
        self.admin(&format!("auth/user/{id}/{page}/"), name);
    }

    fn fill_tables(&self) {
        let (program, username) = (&self.program, self.visitor.username);
        program.add_members(MEMBERS);
        program.add_groups(&["Editors", "Moderators of the forum"]);
        program.add_colleague("looker", username, true, &["view_user", "view_group", "view_accessattempt"]);
        program.add_colleague("deleter", username, true, &["view_user", "change_user", "delete_user", "delete_group"]);
        program.add_colleague("outsider", username, false, &[]);
        program.add_records(username);
        program.add_failures("member001", FAILURE_LIMIT);
        program
            .database()
            .execute(&format!("UPDATE vestibule_post SET owner_id = {} WHERE id = 902", program.id_of("member002")));
        let logged = |flag: u8, message: &str| {
            program.database().execute(&format!(
                "INSERT INTO django_admin_log (action_time, object_id, object_repr, action_flag, change_message, \
                 content_type_id, user_id) SELECT '2026-03-10 12:00:00', CAST(m.id AS text), m.username, {flag}, '{message}', \
                 c.id, u.id FROM auth_user m, auth_user u, django_content_type c WHERE m.username = 'member001' \
                 AND u.username = '{username}' AND c.app_label = 'auth' AND c.model = 'user'"
            ));
        };
        logged(1, r#"[{"added": {}}]"#);
        logged(2, r#"[{"changed": {"fields": ["Email address", "Groups"]}}]"#);
        logged(3, "");
    }

    fn add_things(&mut self) {
        self.admin("auth/user/add/", "user-add");
        let wrong = [("username", "member001"), ("password1", BAD_PASSWORD), ("password2", "54321")];
        self.send(&wrong, "admin-user-add-errors");
        self.admin("auth/group/add/", "group-add");
        self.send(&[("name", "Editors")], "admin-group-add-errors");
        self.admin("vestibule/post/add/", "post-add");
        self.browser.click("#id_owner option:last-child");
        self.send(&[("title", " "), ("body", "A body")], "admin-post-add-errors");
        self.open("/admin/token_blacklist/blacklistedtoken/add/");
        self.browser.click("#id_token option[value='901']");
        self.send(&[], "admin-blacklisted-token-add-errors");
    }

    fn change_member(&mut self) {
        for page in ["permissions", "change", "delete", "history"] {
            self.user("member001", page, &format!("user-{page}"));
        }
        self.browser.follow(".admin-breadcrumbs li:nth-last-child(2) a");
        self.send(&[("username", "looker"), ("date_joined_0", "yesterday")], "admin-user-change-errors");
        let id = self.program.id_of("looker");
        self.admin(&format!("auth/user/{id}/permissions/?q=view&group=1"), "user-permissions-tried");
        self.open(&format!("/admin/auth/user/{id}/change/"));
        let renamed = format!("UPDATE auth_user SET first_name = 'Luke', is_staff = TRUE WHERE id = {id}");
        self.program.database().execute(&renamed);
        self.send(&[("first_name", "Lucy")], "admin-user-meanwhile-errors");
        self.send(&[], "admin-user-changed-after-all");
        self.admin("vestibule/auditentry/", "audit-log");
        self.browser.follow("#result_list tbody tr:first-child th a");
        self.look("admin-audit-entry");
        self.user("looker", "change", "user-with-password");
        self.browser.click("#id_is_superuser");
        self.send(&[("current_password", "wrong")], "admin-user-proof-errors");
        self.user(self.visitor.username, "history", "user-history-empty");
        self.user("member001", "delete", "user-delete-again");
        self.send(&[], "admin-user-delete-errors");
    }

    fn use_tools(&mut self) {
        self.user("member001", "unlock", "unlock");
        self.user("looker", "unlock", "unlock-nothing");
        self.user("looker", "reset_link", "reset-link-refused");
        self.user(self.visitor.username, "reset_link", "reset-link");
        self.user(self.visitor.username, "end_everything", "end-everything");
        self.user("member001", "export_data", "export-data");
        self.user("member001", "erase", "erase");
        self.user("member001", "person", "person-locked");
        self.user(self.visitor.username, "person", "person");
        self.user("member001", "unlock", "unlock-again");
        self.send(&[], "admin-said-success");
    }

    fn set_passwords(&mut self) {
        let wrong = [("password1", BAD_PASSWORD), ("password2", "54321"), ("current_password", "wrong")];
        self.user("member001", "password", "password-set");
        self.send(&wrong, "admin-password-set-errors");
        self.user("looker", "password", "password-reset");
        self.send(&wrong, "admin-password-reset-errors");
        // Without a password, but by the button for one: there are three levels of messages.
        self.browser.click("#id_usable_password_1");
        self.send(&[("current_password", PASSWORD)], "admin-said-error");
    }

    fn select_members(&mut self) {
        self.open("/admin/auth/user/?q=member00");
        self.browser.click("#action option[value=delete_selected]");
        self.browser.follow("[name=index]");
        self.look("admin-said-warning");
        for (action, name) in [("delete_selected", "delete"), ("log_out_everywhere", "action")] {
            self.browser.click("#action-toggle");
            self.browser.click(&format!("#action option[value={action}]"));
            self.browser.follow("[name=index]");
            self.look(&format!("admin-selected-{name}"));
            if name == "delete" {
                self.send(&[("current_password", "wrong")], "admin-selected-delete-errors");
                self.browser.follow(".actions a");
            }
        }
    }

    /// Its path is a secret.
    fn look_at_a_session(&mut self) {
        self.open("/admin/sessions/session/");
        self.browser.follow("#result_list tbody tr:first-child th a");
        self.look("admin-session");
        self.browser.follow(".admin-delete");
        self.look("admin-session-delete");
    }

    fn change_own_password(&mut self) {
        self.admin("password_change/", "password-change");
        let new = [("new_password1", BAD_PASSWORD), ("new_password2", "54321")];
        self.send(&[("old_password", "wrong"), new[0], new[1]], "admin-password-change-errors");
        // To what it is: this is not the part of the tour about that.
        let new = [("new_password1", PASSWORD), ("new_password2", PASSWORD)];
        self.send(&[("old_password", PASSWORD), new[0], new[1]], "admin-password-change-done");
        self.browser.wait_for_path("/admin/password_change/done/");
    }

    /// Logs in to the admin as somebody else.
    fn enter(&self, username: &str) {
        let browser: &Browser = self.browser;
        self.open("/admin/");
        browser.forget_cookies();
        self.open("/admin/login/");
        browser.log_in(username, PASSWORD);
        browser.wait_for_path("/admin/");
    }

    fn look_only(&mut self) {
        self.enter("looker");
        self.look("admin-looker");
        self.admin("auth/group/", "looker-groups");
        self.admin("axes/accessattempt/902/change/", "looker-attempt");
        self.user("member001", "change", "looker-user");
        self.user("member001", "delete", "403");
    }

    /// Neither somebody whose posts they may not delete, nor somebody who may more than they.
    fn delete_what_is_not_allowed(&mut self) {
        self.enter("deleter");
        self.user("member002", "delete", "user-delete-refused");
        self.open("/admin/auth/user/?is_superuser__exact=1");
        self.browser.click("#action-toggle");
        self.browser.click("#action option[value=delete_selected]");
        self.browser.follow("[name=index]");
        self.look("admin-selected-delete-refused");
    }

    fn stay_outside(&mut self) {
        self.browser.forget_cookies();
        self.admin("login/", "login");
        self.send(&[("username", "outsider"), ("password", PASSWORD)], "admin-login-errors");
        self.open("/login/");
        self.browser.log_in("outsider", PASSWORD);
        self.admin("auth/user/", "outsider");
    }
}
