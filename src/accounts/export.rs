//! What is kept of somebody, for a data officer who is asked for it: what they could ask for themselves, and what only
//! administrators see.

use serde_json::{Map, Value as Json, json};
use time::format_description::well_known::Rfc3339;

use super::Accounts;
use crate::{
    audit,
    auth::AuthError,
    db::{
        Db,
        statement::{Statement, Value, text_of},
    },
    settings::SessionSettings,
    users::User,
};

/// Tables in which rows stand under a name, and what is told of them.
const UNDER_NAMES: [(&str, &str, &[&str]); 4] = [
    (
        "access_attempts",
        "axes_accessattempt",
        &["attempt_time", "ip_address", "user_agent", "path_info", "failures_since_start"],
    ),
    ("access_log", "axes_accesslog", &["attempt_time", "logout_time", "ip_address", "user_agent", "path_info"]),
    (
        "access_failures",
        "axes_accessfailurelog",
        &["attempt_time", "ip_address", "user_agent", "path_info", "locked_out"],
    ),
    ("locks", "vestibule_lockout", &["rule", "address", "user_agent", "failures", "locked_until"]),
];
/// What an administrator did, and what was done to an account.
const LOG: [&str; 4] = ["action_time", "object_repr", "action_flag", "change_message"];

impl Accounts {
    /// All that is kept of `person`, but for what opens anything.
    pub fn export_of(&self, db: &mut Db, person: &User, sessions: &SessionSettings) -> Result<Json, AuthError> {
        let mut data = self.data_of(db, person, sessions)?;
        let Some(all) = data.as_object_mut() else { return Ok(data) };
        for (name, table, columns) in UNDER_NAMES {
            let condition =
                Statement::new("lower(username) IN ").bind_all(names_of(person).map(|name| name.as_str().into()));
            all.insert(name.to_owned(), rows(db, table, columns, condition)?);
        }
        let id = Value::Int(person.id.into());
        let done = Statement::new("user_id = ").bind(id);
        all.insert("log_of_what_they_did".to_owned(), rows(db, "django_admin_log", &LOG, done)?);
        let about = Statement::new("object_id = ").bind(person.id.to_string().as_str().into()).sql(
            " AND content_type_id IN (SELECT id FROM django_content_type WHERE app_label = 'auth' AND model = 'user')",
        );
        all.insert("log_of_what_was_done_to_them".to_owned(), rows(db, "django_admin_log", &LOG, about)?);
        all.insert("audit_log".to_owned(), audited(db, person)?);
        Ok(data)
    }
}

fn names_of(person: &User) -> [String; 2] {
    // No row has an empty name that would be theirs.
    let email = if person.email.is_empty() { &person.username } else { &person.email };
    [person.username.to_lowercase(), email.to_lowercase()]
}

fn rows(db: &mut Db, table: &str, columns: &[&str], condition: Statement) -> Result<Json, AuthError> {
    let selected: Vec<String> = columns.iter().map(|column| text_of(column)).collect();
    let select = format!("SELECT {} FROM {table} WHERE ", selected.join(", "));
    let rows = Statement::new(select).then(condition).sql(" ORDER BY 1").rows(db)?;
    let told = rows.into_iter().map(|row| {
        let members = columns.iter().zip(row).map(|(column, value)| ((*column).to_owned(), json!(value)));
        Json::Object(members.collect::<Map<_, _>>())
    });
    Ok(told.collect())
}

/// The entries about them: when what was changed, by whom.
fn audited(db: &mut Db, person: &User) -> Result<Json, AuthError> {
    let entries = audit::of_subject(db, person.id, i64::MAX)?;
    let told = entries.into_iter().map(|entry| {
        let changes: Map<String, Json> =
            entry.changes.iter().map(|(field, old, new)| (field.to_owned(), json!([old, new]))).collect();
        json!({
            "number": entry.id,
            "created_at": entry.created_at.assume_utc().format(&Rfc3339).unwrap_or_default(),
            "action": entry.action,
            "model": entry.model,
            "object": entry.object_repr,
            "actor": entry.actor,
            "changes": changes,
        })
    });
    Ok(told.collect())
}
