//! `django_admin_log`: what administrators did. Django shows it only on the pages of what they did it to.

use super::USER;
use crate::{
    admin::{
        Context, ModelAdmin,
        cell::Cell,
        filters::ListFilter,
        log,
        options::{Field, Fieldset, Index, Kind, Options},
        record::Record,
    },
    auth::AuthError,
};

/// The log of the admin. Nobody changes or deletes it here.
pub struct LogEntryAdmin;

const FLAGS: &[(&str, &str)] = &[("1", "Addition"), ("2", "Change"), ("3", "Deletion")];

impl ModelAdmin for LogEntryAdmin {
    fn options(&self) -> Options {
        let model = "c.app_label || ' | ' || c.model";
        let fields = vec![
            Field::new("id", "ID", Kind::Key, "t.id"),
            Field::new("action_time", "Action time", Kind::DateTime, "t.action_time").indexed(Index::Values),
            Field::new("user", "User", Kind::ForeignKey(USER), "t.user_id"),
            Field::new("username", "Username", Kind::Text(150), "u.username"),
            Field::new("content_type", "Content type", Kind::Text(201), model),
            Field::new("object_id", "Object id", Kind::LongText, "t.object_id"),
            Field::new("object_repr", "Object repr", Kind::Text(200), "t.object_repr"),
            Field::new("action_flag", "Action flag", Kind::Integer, "t.action_flag").choices(FLAGS),
            Field::new("change_message", "Change message", Kind::LongText, "t.change_message"),
        ];
        let names = ("log entry", "log entries");
        Options {
            repr: "object_repr",
            about: "What administrators did here, or in a Django beside. Nobody changes or deletes this.",
            joins: "LEFT JOIN auth_user u ON u.id = t.user_id LEFT JOIN django_content_type c ON c.id = t.content_type_id",
            list_display: vec!["action_time", "user", "content_type", "object_repr", "action_flag", "change_message"],
            list_filter: ["action_time", "action_flag", "content_type"].map(ListFilter::Field).to_vec(),
            search_fields: vec!["object_repr", "change_message", "username"],
            ordering: vec!["-action_time"],
            date_hierarchy: Some("action_time"),
            export: vec!["object_id"],
            fieldsets: vec![Fieldset::new(
                "",
                ["action_time", "user", "content_type", "object_id", "object_repr", "action_flag", "change_message"],
            )],
            can_delete: false,
            ..Options::new(("admin", "Administration"), "logentry", names, "django_admin_log", fields).read_only()
        }
    }

    fn repr(&self, _: &Options, record: &Record) -> String {
        let object = record.text("object_repr");
        match record.text("action_flag") {
            "1" => format!("Added “{object}”."),
            "2" => format!("Changed “{object}” — {}", log::in_words(record.text("change_message"))),
            // Sic: as Django has it.
            "3" => format!("Deleted “{object}.”"),
            _ => "LogEntry Object".to_owned(),
        }
    }

    fn cell(&self, context: &mut Context<'_>, name: &str, record: &Record) -> Result<Option<Cell>, AuthError> {
        Ok(match name {
            "change_message" => Some(Cell::text(log::in_words(record.text("change_message")))),
            "object_repr" => path(context, record).map(|path| Cell::Link(record.text("object_repr").to_owned(), path)),
            _ => None,
        })
    }

    fn needs(&self) -> Vec<&'static str> {
        vec!["object_repr", "action_flag", "change_message", "content_type", "object_id"]
    }
}

/// Where the row is that an entry is about, if it may still be there.
fn path(context: &Context<'_>, record: &Record) -> Option<String> {
    let (app_label, model) = record.text("content_type").split_once(" | ")?;
    let id = record.text("object_id");
    let is_plain = !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    let is_there = is_plain && record.text("action_flag") != "3" && context.admin.find(app_label, model).is_some();
    is_there.then(|| format!("{app_label}/{model}/{id}/change/"))
}
