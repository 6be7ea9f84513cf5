//! What stands in a list, a form or an export for a value.

use super::{
    options::{Field, Kind},
    record::Record,
    zone::Zone,
};

/// A value as it is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    #[default]
    Empty,
    /// Text.
    Text(String),
    /// Yes or no.
    Bool(bool),
    /// A moment: for people, and for machines.
    Time(String, String),
    /// A state that stands out.
    Badge(String),
    /// A state that somebody should look at.
    Alarm(String),
    /// A link within the admin: what it says, and the path below `/admin/`.
    Link(String, String),
}

impl Cell {
    /// Text, or nothing.
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }

    /// As plain text, for people.
    pub fn plain_shown(&self) -> &str {
        match self {
            Self::Bool(true) => "Yes",
            Self::Bool(false) => "No",
            Self::Time(text, _) => text,
            other => other.plain(),
        }
    }

    /// As plain text, for exports.
    pub fn plain(&self) -> &str {
        match self {
            Self::Empty => "",
            Self::Bool(true) => "True",
            Self::Bool(false) => "False",
            Self::Text(text) | Self::Badge(text) | Self::Alarm(text) | Self::Link(text, _) | Self::Time(_, text) => {
                text
            }
        }
    }
}

/// What `field` of a row holds.
pub fn cell_of(field: &Field, zone: &Zone, record: &Record) -> Cell {
    if record.is_null(field.name) {
        return Cell::Empty;
    }
    let text = record.text(field.name);
    if let Some((_, label)) = field.choices.iter().find(|(value, _)| *value == text) {
        return Cell::text(*label);
    }
    match field.kind {
        Kind::Boolean => Cell::Bool(record.is_true(field.name)),
        Kind::DateTime => match record.time(field.name) {
            Some(at) => Cell::Time(zone.shown(at), zone.iso(at)),
            None => Cell::text(text),
        },
        Kind::ForeignKey(to) => {
            let (app, model) = to.model;
            Cell::Link(record.label(field.name).to_owned(), format!("{app}/{model}/{text}/change/"))
        }
        _ => Cell::text(text),
    }
}
