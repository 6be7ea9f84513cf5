//! What is told of an event.

use serde_json::{Value, json};
use time::{PrimitiveDateTime, format_description::well_known::Rfc3339};

use crate::{
    audit,
    client::printable,
    db::{Db, DbError},
    events::{self, Recorded},
};

/// Longer than any column.
const LENGTH: usize = 512;

/// An event as others hear of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    /// Of this event and no other, however often it is told.
    pub(super) id: String,
    /// When it happened (RFC 3339).
    pub(super) timestamp: String,
    /// All of it as JSON on one line.
    pub(super) body: String,
}

impl Entry {
    /// What a letter in the outbox stands for, if it is still there.
    pub(super) fn find(db: &mut Db, letter: &str, site_name: &str) -> Result<Option<Self>, DbError> {
        let Some((sort, number)) = letter.split_once(' ') else { return Ok(None) };
        let Ok(number) = number.parse() else { return Ok(None) };
        match sort {
            events::LETTER => Ok(events::find(db, number)?.map(|event| Self::of_event(&event, site_name))),
            audit::LETTER => Ok(audit::find(db, number)?.map(|entry| Self::of_change(&entry, site_name))),
            _ => Ok(None),
        }
    }

    /// Which fields were changed, but not from what to what: whoever may know that looks into the audit log.
    fn of_change(entry: &audit::Recorded, site_name: &str) -> Self {
        let line = |text: &str| printable(text, LENGTH);
        let fields: Vec<String> = entry.changes.iter().map(|(field, ..)| line(field)).collect();
        let data = json!({
            "ip_address": entry.ip_address.as_deref().map(line),
            "number": entry.id,
            "actor": line(&entry.actor),
            "actor_id": entry.actor_id,
            "user_agent": line(&entry.user_agent),
            "model": line(&entry.model),
            "object_id": line(&entry.object_id),
            "object": line(&entry.object_repr),
            "user_id": entry.subject_id,
            "fields": fields,
        });
        let what = in_words(&entry.action);
        let object =
            if entry.object_repr.is_empty() { String::new() } else { format!(": {}", quoted(&entry.object_repr)) };
        let by = if entry.actor.is_empty() { String::new() } else { format!(", by {}", quoted(&entry.actor)) };
        let text = format!("{}: {what} of {}{object}{by}", quotable(site_name), entry.model);
        let kind = format!("{}.{}", audit::LETTER, entry.action);
        Self::new(format!("{}_{}", audit::LETTER, entry.id), &kind, entry.created_at, &data, &text)
    }

    fn of_event(event: &Recorded, site_name: &str) -> Self {
        let line = |text: &str| printable(text, LENGTH);
        let data = json!({
            "ip_address": event.ip_address.as_deref().map(line),
            "username": line(&event.username),
            "user_id": event.user_id,
            "user_agent": line(&event.user_agent),
            "path": line(&event.path),
            "detail": line(&event.detail),
        });
        let what = in_words(&event.kind);
        let who = (!event.username.is_empty()).then(|| format!(": {}", quoted(&event.username)));
        let from = event.ip_address.as_deref().map(|address| format!(", from {address}"));
        let detail = (!event.detail.is_empty()).then(|| format!(" ({})", quoted(&event.detail)));
        let rest = [who, from, detail].into_iter().flatten().collect::<String>();
        let text = format!("{}: {what}{rest}", quotable(site_name));
        Self::new(format!("event_{}", event.id), &event.kind, event.created_at, &data, &text)
    }

    /// The address stands before all that people typed: who reads lines with a pattern finds nothing else in its place.
    fn new(id: String, kind: &str, at: PrimitiveDateTime, data: &Value, text: &str) -> Self {
        let timestamp = at.assume_utc().format(&Rfc3339).unwrap_or_default();
        let body = json!({ "id": id, "type": kind, "timestamp": timestamp, "data": data, "text": text }).to_string();
        Self { id, timestamp, body }
    }
}

/// `login_failed` as a sentence begins.
fn in_words(kind: &str) -> String {
    let words = kind.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// What somebody typed, in a sentence that a chat shows: no link, no mention, no markup.
fn quoted(text: &str) -> String {
    format!("`{}`", quotable(text))
}

fn quotable(text: &str) -> String {
    let harmless = |c| match c {
        '<' => '‹',
        '>' => '›',
        '&' => '＆',
        '`' => '\'',
        c => c,
    };
    printable(text, LENGTH).chars().map(harmless).collect()
}
