//! The admin: its pages as the first superuser sees them, then a colleague who may only look, then somebody who may not
//! come in.

use super::{Browser, PASSWORD, Tour};

/// More than a page of a list shows.
const MEMBERS: usize = 101;

const LISTS: &[(&str, &str)] = &[
    ("admin", "/admin/"),
    ("admin-app", "/admin/auth/"),
    ("admin-users", "/admin/auth/user/"),
    ("admin-users-sorted", "/admin/auth/user/?o=-2.1&q=member01&all="),
    ("admin-users-filtered", "/admin/auth/user/?is_staff__exact=1&q=member00&_facets=True"),
    ("admin-users-none", "/admin/auth/user/?q=nobody-at-all"),
    ("admin-groups", "/admin/auth/group/"),
    ("admin-user-add", "/admin/auth/user/add/"),
    ("admin-group-add", "/admin/auth/group/add/"),
];

impl<L: FnMut(&str)> Tour<'_, L> {
    pub(super) fn administer(&mut self) {
        let username = self.visitor.username;
        self.fill_tables();
        for (name, path) in LISTS {
            self.show(path, name);
        }
        self.send(&[("name", "Editors")], "admin-group-add-errors");
        let member = format!("/admin/auth/user/{}", self.program.id_of("member001"));
        for page in ["change", "delete", "history"] {
            self.show(&format!("{member}/{page}/"), &format!("admin-user-{page}"));
        }
        let own = format!("/admin/auth/user/{}", self.program.id_of(username));
        self.show(&format!("{own}/history/"), "admin-user-history-empty");
        self.show(&format!("{member}/change/"), "admin-user-change-again");
        self.send(&[("username", "looker"), ("date_joined_0", "yesterday")], "admin-user-change-errors");
        self.show("/admin/nowhere/", "admin-404");
        self.show("/admin/auth/user/0/change/", "admin-lost");

        self.look_only(&member);
        self.stay_outside();
        self.browser.forget_cookies();
        self.open("/login/");
        self.browser.log_in(username, PASSWORD);
        self.browser.wait_for_path("/dashboard/");
    }

    fn fill_tables(&self) {
        let (program, username) = (&self.program, self.visitor.username);
        program.add_members(MEMBERS);
        program.add_groups(&["Editors", "Moderators of the forum"]);
        program.add_colleague("looker", username, true, &["view_user", "view_group"]);
        program.add_colleague("outsider", username, false, &[]);
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

    /// Logs in to the admin as somebody else.
    fn enter(&self, username: &str) {
        let browser: &Browser = self.browser;
        self.open("/admin/");
        browser.forget_cookies();
        self.open("/admin/login/");
        browser.log_in(username, PASSWORD);
    }

    fn look_only(&mut self, member: &str) {
        self.enter("looker");
        self.browser.wait_for_path("/admin/");
        self.look("admin-looker");
        self.show("/admin/auth/group/", "admin-looker-groups");
        self.show(&format!("{member}/change/"), "admin-looker-user");
        self.show(&format!("{member}/delete/"), "admin-403");
    }

    fn stay_outside(&mut self) {
        self.browser.forget_cookies();
        self.show("/admin/login/", "admin-login");
        self.send(&[("username", "outsider"), ("password", PASSWORD)], "admin-login-errors");
        self.open("/login/");
        self.browser.log_in("outsider", PASSWORD);
        self.show("/admin/auth/user/", "admin-outsider");
    }
}
