//! What is kept of somebody, for a data officer who is asked for it: what they could ask for themselves, and what only
//! administrators see.

use serde_json::{Map, Value as Json, json};
use time::format_description::well_known::Rfc3339;

use super::{Accounts, erasure::names};
use crate::{
    audit::{self, Traces},
    auth::AuthError,
    db::{
        Db,
        statement::{Statement, Value, text_of},
    },
    lockout::subject::fold,
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
/// Parts that not everybody who may see an account may see, and what it takes.
const GUARDED: [(&str, &[&str]); 11] = [
    ("sessions", &["sessions.view_session"]),
    ("devices", &["sessions.view_session"]),
    ("programs", &["token_blacklist.view_outstandingtoken"]),
    ("events", &["axes.view_accesslog", "axes.view_accessfailurelog"]),
    ("access_log", &["axes.view_accesslog"]),
    ("access_attempts", &["axes.view_accessattempt"]),
    ("access_failures", &["axes.view_accessfailurelog"]),
    ("locks", &["axes.view_accessfailurelog"]),
    ("log_of_what_they_did", &["admin.view_logentry"]),
    ("log_of_what_was_done_to_them", &["admin.view_logentry"]),
    ("audit_log", &["vestibule.view_auditentry"]),
];
/// What an administrator did, and what was done to an account.
const LOG: [&str; 4] = ["action_time", "object_repr", "action_flag", "change_message"];

impl Accounts {
    /// All that is kept of `person`, but for what opens anything, and what whoever asks for it `may` not see.
    pub fn export_of(
        &self,
        db: &mut Db,
        person: &User,
        sessions: &SessionSettings,
        may: impl Fn(&str) -> bool,
    ) -> Result<Json, AuthError> {
        let mut data = self.data_of(db, person, sessions)?;
        let Some(all) = data.as_object_mut() else { return Ok(data) };
        let names = names_of(db, person)?;
        for (name, table, columns) in UNDER_NAMES {
            // No row would have none.
            let condition = Statement::new("username <> '' AND lower(username) IN ").bind_all(names.iter().cloned());
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
        all.retain(|part, _| {
            GUARDED.iter().all(|(name, takes)| name != part || takes.iter().all(|permission| may(permission)))
        });
        Ok(data)
    }
}

/// Their names, as rows may have them whose letters SQL has made small: SQLite's `lower` knows ASCII alone.
fn names_of(db: &mut Db, person: &User) -> Result<Vec<Value>, AuthError> {
    let mut traces = Traces::of(person);
    names::learn(db, &mut traces)?;
    let forms = |name: String| [fold(&name), name.to_lowercase(), name.to_uppercase(), name];
    let forms = traces.names.into_iter().flat_map(forms).map(|form| Value::Text(form.to_ascii_lowercase()));
    // Never empty.
    Ok(forms.chain([Value::Text(String::new())]).collect())
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
