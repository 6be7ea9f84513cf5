//! People and groups of whom the admin tells, straight into the tables.

use super::it::Program;

const COLUMNS: &str =
    "username, first_name, last_name, email, password, is_superuser, is_staff, is_active, date_joined";
const JOINED: &str = "2026-03-10 12:00:00";

impl Program {
    /// People who can't log in: `member001`, `member002`, …; each third is staff.
    pub fn add_members(&self, count: usize) {
        let row = |at: usize| {
            let (name, is_staff) = (format!("member{at:03}"), at.is_multiple_of(3));
            let values = format!("'{name}', '', '', '{name}@example.org', '!', false, {is_staff}, true, '{JOINED}'");
            format!("INSERT INTO auth_user ({COLUMNS}) VALUES ({values});")
        };
        // PostgreSQL takes no empty statement.
        if count > 0 {
            self.database().execute(&(1..=count).map(row).collect::<String>());
        }
    }

    /// Somebody with the password of `like` who may do what is named by the codenames, and nothing else.
    pub fn add_colleague(&self, name: &str, like: &str, is_staff: bool, may: &[&str]) {
        let values = format!("'{name}', '', '', '', password, false, {is_staff}, true, '{JOINED}'");
        let sql = format!("INSERT INTO auth_user ({COLUMNS}) SELECT {values} FROM auth_user WHERE username = '{like}'");
        self.database().execute(&sql);
        for codename in may {
            self.database().execute(&format!(
                "INSERT INTO auth_user_user_permissions (user_id, permission_id) SELECT u.id, p.id \
                 FROM auth_user u, auth_permission p WHERE u.username = '{name}' AND p.codename = '{codename}'"
            ));
        }
    }

    pub fn add_groups(&self, names: &[&str]) {
        for name in names {
            self.database().execute(&format!("INSERT INTO auth_group (name) VALUES ('{name}')"));
        }
    }

    /// A row or two in every other table, of somebody: as long as texts may be, and as short. Their keys are 901 and 902.
    /// Log-ins are of 2099, until when tokens are good too: old ones may be cleaned up at any time.
    pub fn add_records(&self, of: &str) {
        let browser = format!("Mozilla/5.0 (X11; Linux x86_64) {}", "w".repeat(200));
        let common = [(901, browser.as_str(), "'2001:db8:85a3:8d3:1319:8a2e:370:7348'"), (902, "", "NULL")];
        for (id, user_agent, ip) in common {
            let seen =
                format!("'{user_agent}', {ip}, '{of}', 'text/html, */*', '/login/', '2099-0{}-10 12:00:00'", id - 900);
            let columns = "id, user_agent, ip_address, username, http_accept, path_info, attempt_time";
            let owner = format!("(SELECT id FROM auth_user WHERE username = '{of}')");
            self.database().execute(&format!(
                "INSERT INTO axes_accessattempt ({columns}, get_data, post_data, failures_since_start) \
                 VALUES ({id}, {seen}, '', 'username={of}\npassword=********************', 3);
                 INSERT INTO axes_accesslog ({columns}, session_hash) VALUES ({id}, {seen}, '');
                 INSERT INTO axes_accessfailurelog ({columns}, locked_out) VALUES ({id}, {seen}, true);
                 INSERT INTO vestibule_post (id, title, body, owner_id, created_at, updated_at) \
                 VALUES ({id}, 'A post of {of}', 'A body', {owner}, '{JOINED}', '{JOINED}');
                 INSERT INTO token_blacklist_outstandingtoken (id, token, created_at, expires_at, user_id, jti) \
                 VALUES ({id}, 'token{id}', '{JOINED}', '2099-01-10 12:00:00', {owner}, '{id:032}')"
            ));
        }
        self.database().execute(&format!(
            "INSERT INTO token_blacklist_blacklistedtoken (id, blacklisted_at, token_id) VALUES (901, '{JOINED}', 901);
             INSERT INTO django_admin_log (id, action_time, object_id, object_repr, action_flag, change_message, content_type_id, \
             user_id) SELECT 901, '{JOINED}', '901', '{of}', 3, '', c.id, u.id FROM django_content_type c, auth_user u \
             WHERE c.model = 'post' AND u.username = '{of}'"
        ));
    }

    /// So many failed log-ins of somebody just now, from somewhere else.
    pub fn add_failures(&self, of: &str, count: usize) {
        self.database().execute(&format!(
            "INSERT INTO axes_accessattempt (user_agent, ip_address, username, http_accept, path_info, attempt_time, get_data, \
             post_data, failures_since_start) VALUES ('curl/8.5', '192.0.2.7', '{of}', '', '/login/', CURRENT_TIMESTAMP, '', \
             '', {count})"
        ));
    }

    /// The number of a user, which names them in paths of the admin.
    pub fn id_of(&self, username: &str) -> i64 {
        self.database().number(&format!("SELECT id FROM auth_user WHERE username = '{username}'"))
    }
}
