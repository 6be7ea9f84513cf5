//! What people who want to run something in the browsers of others type, in every field of the tables.

use super::TestDatabase;

/// Those that fit into a username; longer ones go where there is room.
pub const TEXTS: [&str; 8] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onfocus='alert(1)' autofocus='",
    "javascript:alert(1)",
    "{{7*7}}{% raw %}",
    "</title></textarea></option></select><script>alert(1)</script>",
    "\u{202e}gpj.exe",
    "<b>&lt;i&gt;</b><svg onload=alert(1)>",
];

/// The first key of their rows.
pub const FIRST: usize = 900;

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

impl TestDatabase {
    /// Fills every field that anybody can fill with one of [`TEXTS`] or with a long text.
    pub fn fill_with_hostile_texts(&self) {
        let long = quoted(&"<b>\"'&".repeat(1_500));
        for (number, text) in TEXTS.iter().enumerate() {
            let (id, text) = (FIRST + number, quoted(text));
            // In a time from which nothing is cleaned up.
            let at = "'2099-11-01 10:00:00'";
            let sql = [
                format!(
                    "INSERT INTO auth_user (id, password, is_superuser, username, first_name, last_name, email, is_staff, \
                     is_active, date_joined) VALUES ({id}, '!x', FALSE, {text}, {text}, {text}, {text}, TRUE, TRUE, {at})"
                ),
                format!("INSERT INTO auth_group (id, name) VALUES ({id}, {text})"),
                format!("INSERT INTO auth_user_groups (user_id, group_id) VALUES ({id}, {id})"),
                format!(
                    "INSERT INTO vestibule_post (id, title, body, owner_id, created_at, updated_at) \
                     VALUES ({id}, {text}, {long}, {id}, {at}, {at})"
                ),
                format!(
                    "INSERT INTO axes_accessattempt (id, user_agent, ip_address, username, http_accept, path_info, attempt_time, \
                     get_data, post_data, failures_since_start) VALUES ({id}, {text}, '192.0.2.1', {text}, {text}, {text}, {at}, \
                     {long}, {text}, 3)"
                ),
                format!(
                    "INSERT INTO axes_accesslog (id, user_agent, ip_address, username, http_accept, path_info, attempt_time, \
                     session_hash) VALUES ({id}, {text}, '192.0.2.1', {text}, {text}, {text}, {at}, '')"
                ),
                format!(
                    "INSERT INTO axes_accessfailurelog (id, user_agent, ip_address, username, http_accept, path_info, \
                     attempt_time, locked_out) VALUES ({id}, {text}, '192.0.2.1', {text}, {text}, {text}, {at}, TRUE)"
                ),
                format!(
                    "INSERT INTO token_blacklist_outstandingtoken (id, token, created_at, expires_at, user_id, jti) \
                     VALUES ({id}, {text}, {at}, {at}, {id}, {text})"
                ),
                format!(
                    "INSERT INTO token_blacklist_blacklistedtoken (id, blacklisted_at, token_id) VALUES ({id}, {at}, {id})"
                ),
                format!(
                    "INSERT INTO django_admin_log (action_time, user_id, content_type_id, object_id, object_repr, action_flag, \
                     change_message) SELECT {at}, (SELECT min(id) FROM auth_user), id, '{id}', {text}, 2, \
                     {text} FROM django_content_type WHERE app_label = 'auth' AND model = 'user'"
                ),
                format!(
                    "INSERT INTO vestibule_event (created_at, kind, user_id, username, ip_address, user_agent, path, detail) \
                     VALUES ({at}, 'email_changed', {id}, {text}, '192.0.2.1', {text}, {text}, {text})"
                ),
                format!("UPDATE auth_permission SET name = {text} WHERE id = {}", number + 1),
            ];
            for sql in &sql {
                self.execute(sql);
            }
        }
    }
}
