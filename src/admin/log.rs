//! What was done here: rows of `django_admin_log`, as Django writes them, so that Django shows them too, and entries of the
//! audit log beside them.

use serde_json::{Value, json};

use super::{Context, form::Form, model, options::Options, record::Record, values::Values};
use crate::{
    audit::{self, Changes},
    auth::AuthError,
    db,
};

/// What was done (`django.contrib.admin.models`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    /// `ADDITION`.
    Addition = 1,
    /// `CHANGE`.
    Change = 2,
    /// `DELETION`.
    Deletion = 3,
}

/// How long what a row is called may be.
const MAX_REPR: usize = 200;

/// Something that the editor did to a row.
#[derive(Debug, Clone)]
pub struct Act<'a> {
    flag: Flag,
    public_id: &'a str,
    repr: &'a str,
    message: &'a str,
    name: &'a str,
    subject: Option<i32>,
    changes: Changes,
}

impl<'a> Act<'a> {
    /// Of the row that is named by `public_id` and called `repr`.
    pub fn new(flag: Flag, public_id: &'a str, repr: &'a str) -> Self {
        let name = match flag {
            Flag::Addition => "addition",
            Flag::Change => "change",
            Flag::Deletion => "deletion",
        };
        Self { flag, public_id, repr, message: "", name, subject: None, changes: Changes::new() }
    }

    /// What Django's history says of it.
    #[must_use]
    pub fn message(mut self, message: &'a str) -> Self {
        self.message = message;
        self
    }

    /// What the audit log calls it, if it has a name of its own.
    #[must_use]
    pub fn named(mut self, name: &'a str) -> Self {
        self.name = name;
        self
    }

    /// The person whom it is about.
    #[must_use]
    pub fn about(mut self, subject: Option<i32>) -> Self {
        self.subject = subject;
        self
    }

    /// Old and new values.
    #[must_use]
    pub fn changes(mut self, changes: Changes) -> Self {
        self.changes = changes;
        self
    }

    /// Writes it to both logs: Django's, and the audit log.
    pub fn log(self, context: &mut Context<'_>, options: &Options) -> Result<(), AuthError> {
        let content_type = db::content_type_of(context.db, options.app_label, options.model)?;
        let entry = model::Entry {
            user_id: context.editor.user.id,
            content_type,
            object_id: self.public_id.to_owned(),
            object_repr: self.repr.chars().take(MAX_REPR).collect(),
            flag: self.flag as i16,
            message: self.message.to_owned(),
        };
        let now = context.now();
        model::insert(context.db, &entry, now)?;
        self.note(context, options)
    }

    /// Writes it to the audit log alone.
    pub fn note(self, context: &mut Context<'_>, options: &Options) -> Result<(), AuthError> {
        let Self { public_id, repr, name, subject, changes, .. } = self;
        let model = format!("{}.{}", options.app_label, options.model);
        let entry = audit::Entry::new(name, context.client).by(&context.editor.user);
        let entry = entry.on(&model, public_id, repr).changes(changes);
        context.note(match subject {
            Some(subject) => entry.about(subject),
            None => entry,
        })
    }
}

/// Logs that the editor did something to a row, which is named by `public_id` and called `repr`.
pub fn log(
    context: &mut Context<'_>,
    options: &Options,
    flag: Flag,
    (public_id, repr): (&str, &str),
    message: &str,
) -> Result<(), AuthError> {
    Act::new(flag, public_id, repr).message(message).log(context, options)
}

/// Logs that a row goes, with what stands in it.
pub fn log_deletion(
    context: &mut Context<'_>,
    options: &Options,
    record: &Record,
    (public_id, repr): (&str, &str),
) -> Result<(), AuthError> {
    deletion(context, options, record, (public_id, repr))?.log(context, options)
}

/// That a row goes, with what stands in it.
pub fn deletion<'a>(
    context: &mut Context<'_>,
    options: &Options,
    record: &Record,
    (public_id, repr): (&'a str, &'a str),
) -> Result<Act<'a>, AuthError> {
    let values = Values::of(context, options, record)?;
    let known = context.admin.find(options.app_label, options.model);
    let subject = known.and_then(|known| known.admin.subject(record));
    let act = Act::new(Flag::Deletion, public_id, repr).about(subject);
    Ok(act.changes(Values::changes(Some(&values), None)))
}

/// That something was added.
pub fn added() -> String {
    python(&json!([{ "added": {} }]))
}

/// That these fields were changed.
pub fn changed(labels: &[&str]) -> String {
    python(&if labels.is_empty() { json!([]) } else { json!([{ "changed": { "fields": labels } }]) })
}

/// What a form changed, by the words that Django uses.
pub fn changed_by(form: &Form, options: &Options) -> String {
    let labels: Vec<&str> =
        form.changed.iter().filter_map(|name| options.field(name)).map(|field| field.label).collect();
    changed(&labels)
}

/// As Python's `json.dumps` has it, with a space after commas and colons.
fn python(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(python).collect::<Vec<_>>().join(", ")),
        Value::Object(pairs) => {
            let pair = |(name, value): (&String, &Value)| format!("{}: {}", Value::from(name.as_str()), python(value));
            format!("{{{}}}", pairs.iter().map(pair).collect::<Vec<_>>().join(", "))
        }
        value => value.to_string(),
    }
}

/// A logged change in words: "Changed First name and E-mail address.".
pub fn in_words(message: &str) -> String {
    if message.is_empty() {
        return String::new();
    }
    let Ok(Value::Array(parts)) = serde_json::from_str::<Value>(message) else { return message.to_owned() };
    let sentences: Vec<String> = parts.iter().filter_map(sentence).collect();
    if sentences.is_empty() { "No fields changed.".to_owned() } else { sentences.join(" ") }
}

fn sentence(part: &Value) -> Option<String> {
    let (what, detail) = part.as_object()?.iter().next()?;
    let object = detail
        .get("name")
        .and_then(Value::as_str)
        .map(|name| format!(" {name} “{}”", detail.get("object").and_then(Value::as_str).unwrap_or_default()));
    let fields: Vec<&str> =
        detail.get("fields").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    Some(match what.as_str() {
        "added" => format!("Added{}.", object.unwrap_or_default()),
        "deleted" => format!("Deleted{}.", object.unwrap_or_default()),
        _ => {
            format!("Changed {}{}.", listed(&fields), object.map(|object| format!(" for{object}")).unwrap_or_default())
        }
    })
}

/// "a, b and c".
fn listed(words: &[&str]) -> String {
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => words.concat(),
    }
}

pub use model::{Logged, count_of, of_object, recent_of};
