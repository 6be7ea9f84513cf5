//! `vestibule_audit`: who changed what, with old and new values. Nobody changes or deletes it here; that nobody did elsewhere
//! is shown by `vestibule audit verify`.

use serde_json::Value;

use super::VESTIBULE;
use crate::{
    admin::{
        Context, ModelAdmin,
        cell::Cell,
        filters::ListFilter,
        options::{Field, Fieldset, Index, Kind, Options},
        record::Record,
    },
    audit,
    auth::AuthError,
};

/// The audit log.
pub struct AuditEntryAdmin;

impl ModelAdmin for AuditEntryAdmin {
    fn options(&self) -> Options {
        let text = |name, label, sql| Field::new(name, label, Kind::Text(255), sql).blank();
        let fields = vec![
            Field::new("id", "Number", Kind::Key, "t.id"),
            Field::new("created_at", "Time", Kind::DateTime, "t.created_at").indexed(Index::Values),
            text("actor", "By", "t.actor"),
            text("action", "Action", "t.action"),
            text("model", "Model", "t.model"),
            text("object_repr", "Object", "t.object_repr"),
            text("object_id", "Object id", "t.object_id"),
            text("ip_address", "IP Address", "t.ip_address"),
            text("user_agent", "User Agent", "t.user_agent"),
            Field::new("actor_id", "Their ID", Kind::Integer, "t.actor_id").blank(),
            Field::new("subject_id", "ID of whom it is about", Kind::Integer, "t.subject_id").blank(),
            Field::new("changes", "Old and new values", Kind::LongText, "t.changes").blank(),
            Field::new("detail", "Detail", Kind::LongText, "t.detail").blank(),
            text("hash", "Hash", "t.hash"),
        ];
        Options {
            repr: "action",
            about: "Who changed what. It stays when accounts go, and “vestibule audit verify” finds what was changed or \
                    taken out of it.",
            list_display: vec!["created_at", "actor", "action", "model", "object_repr", "ip_address"],
            list_filter: ["created_at", "action", "model"].map(ListFilter::Field).to_vec(),
            search_fields: vec!["actor", "object_repr", "object_id", "ip_address", "changes"],
            search_help_text: "By who did it, the object, its id, the address or a value.",
            ordering: vec!["-created_at"],
            date_hierarchy: Some("created_at"),
            export: vec!["object_id", "user_agent", "changes", "detail", "hash"],
            fieldsets: vec![
                Fieldset::new("", ["created_at", "action", "model", "object_repr", "object_id", "changes", "detail"]),
                Fieldset::new("By whom", ["actor", "ip_address", "user_agent"]),
                Fieldset::new("In the chain", ["id", "hash"]),
            ],
            can_delete: false,
            ..Options::new(VESTIBULE, "auditentry", ("audit entry", "audit log"), "vestibule_audit", fields)
        }
        .read_only()
    }

    fn repr(&self, _: &Options, record: &Record) -> String {
        let (action, object) = (record.text("action"), record.text("object_repr"));
        if object.is_empty() { action.to_owned() } else { format!("{action}: {object}") }
    }

    fn cell(&self, context: &mut Context<'_>, name: &str, record: &Record) -> Result<Option<Cell>, AuthError> {
        Ok(match name {
            "object_repr" => path(context, record).map(|path| Cell::Link(record.text("object_repr").to_owned(), path)),
            _ => None,
        })
    }

    fn shown(&self, context: &mut Context<'_>, name: &str, record: &Record) -> Result<Option<Vec<Cell>>, AuthError> {
        if name != "changes" {
            return Ok(self.cell(context, name, record)?.map(|cell| vec![cell]));
        }
        let Ok(id) = record.key.parse() else { return Ok(None) };
        let Some(entry) = audit::find(context.db, id)? else { return Ok(None) };
        let known = entry.model.split_once('.').and_then(|(app, model)| context.admin.find(app, model));
        let label = |name: &str| known.and_then(|known| known.options.field(name)).map(|field| field.label.to_owned());
        let lines = entry.changes.iter().map(|(name, old, new)| {
            let label = label(name).unwrap_or_else(|| name.to_owned());
            Cell::text(format!("{label}: {} → {}", in_words(old), in_words(new)))
        });
        Ok(Some(lines.collect()))
    }

    fn needs(&self) -> Vec<&'static str> {
        vec!["model", "object_id", "object_repr", "action"]
    }
}

/// A value as people read it.
fn in_words(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::Bool(true) => "Yes".to_owned(),
        Value::Bool(false) => "No".to_owned(),
        Value::String(text) => format!("“{text}”"),
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        Value::Array(items) => items.iter().map(in_words).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// Where the object is, if the editor may look at it.
fn path(context: &Context<'_>, record: &Record) -> Option<String> {
    let (app_label, name) = record.text("model").split_once('.')?;
    let model = context.admin.find(app_label, name)?;
    let (id, is_there) = (record.text("object_id"), record.text("action") != "deletion");
    let is_plain = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    (is_there && is_plain && context.may(model, "view")).then(|| format!("{app_label}/{name}/{id}/change/"))
}
