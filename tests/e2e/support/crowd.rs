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
        self.database().execute(&(1..=count).map(row).collect::<String>());
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

    /// The number of a user, which names them in paths of the admin.
    pub fn id_of(&self, username: &str) -> i64 {
        self.database().number(&format!("SELECT id FROM auth_user WHERE username = '{username}'"))
    }
}
