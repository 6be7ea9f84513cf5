//! What others changed while somebody filled in a form, as the page says it.

use super::widget::{self, Section};
use crate::{
    admin::{Context, Registered, cell::Cell, record::Record, version::Meanwhile},
    auth::AuthError,
};

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
    let mut told = Vec::new();
    for change in &meanwhile.changes {
        let Some(field) = model.options.field(change.name) else { continue };
        let now = if field.is_editable() && !model.options.readonly_fields.contains(&field.name) {
            Some(widget::shown(context, model, field, Some(record))?)
        } else {
            None
        };
        let mut bound = sections.iter().flat_map(|section| &section.fields);
        let anchor = bound.find(|bound| bound.name == field.name).map(widget::Bound::anchor);
        told.push(Changed {
            label: field.label,
            anchor: anchor.unwrap_or_default(),
            now,
            by: None,
            is_conflict: change.is_conflict,
        });
    }
    Ok(told)
}
