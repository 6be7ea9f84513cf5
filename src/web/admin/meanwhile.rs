//! What others changed while somebody filled in a form, as the page says it.

use super::widget::{self, Section};
use crate::{
    admin::{Context, Registered, cell::Cell, record::Record, version::Meanwhile, zone::Zone},
    audit::{self, Recorded},
    auth::AuthError,
    db::DbError,
};

/// How much of a text is said.
const LONGEST: usize = 200;

/// A field that is another now.
#[derive(Debug, Clone, Default)]
pub struct Changed {
    /// What it is called.
    pub label: &'static str,
    /// Where a link to it leads.
    pub anchor: String,
    /// What it is now; nothing where that is not to be shown.
    pub now: Option<Vec<Cell>>,
    /// Who made it that, and when, where that is known.
    pub by: Option<(String, String)>,
    /// Whether the form has what the editor typed instead.
    pub is_conflict: bool,
}

/// Says it of each field.
pub(super) fn told(
    context: &mut Context<'_>,
    model: &Registered,
    meanwhile: &Meanwhile,
    record: &Record,
    sections: &[Section],
) -> Result<Vec<Changed>, AuthError> {
    let options = &model.options;
    let (id, zone) = (model.admin.public_id(context, &record.key), context.zone());
    let entries = match meanwhile.since.filter(|_| !meanwhile.changes.is_empty()) {
        Some(since) => {
            let name = format!("{}.{}", options.app_label, options.model);
            audit::of_object(context.db, &name, &id, since).map_err(DbError::from)?
        }
        None => Vec::new(),
    };
    let mut told = Vec::new();
    for change in &meanwhile.changes {
        let Some(field) = options.field(change.name) else { continue };
        let now = if field.is_editable() && !options.readonly_fields.contains(&field.name) {
            let cells = widget::shown(context, model, field, Some(record))?.into_iter();
            Some(cells.filter(|cell| *cell != Cell::Empty).map(cut).collect())
        } else {
            None
        };
        let mut bound = sections.iter().flat_map(|section| &section.fields);
        let anchor = bound.find(|bound| bound.name == field.name).map(widget::Bound::anchor);
        told.push(Changed {
            label: field.label,
            anchor: anchor.unwrap_or_default(),
            now,
            by: entries.iter().find(|entry| is_about(entry, change.name)).map(|entry| by(entry, &zone)),
            is_conflict: change.is_conflict,
        });
    }
    Ok(told)
}

/// A long text is not said whole: the form has it.
fn cut(cell: Cell) -> Cell {
    match cell {
        Cell::Text(text) if text.chars().count() > LONGEST => {
            Cell::Text(text.chars().take(LONGEST).chain(['…']).collect())
        }
        cell => cell,
    }
}

/// Whether an entry of the audit log says that a field was changed. Of passwords it says so without values.
fn is_about(entry: &Recorded, name: &str) -> bool {
    entry.changes.iter().any(|(field, ..)| field == name)
        || (name == "password" && entry.action.starts_with("password"))
}

/// Who did it, and when.
fn by(entry: &Recorded, zone: &Zone) -> (String, String) {
    (entry.actor.clone(), zone.shown(entry.created_at))
}
