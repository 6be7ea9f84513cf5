//! What stands in a row, as people read it, for the audit log: what keys lead to, not keys. Secrets are left out.

use serde_json::Value as Json;

use super::{
    Context,
    options::{Field, Kind, Options, Through},
    record::{self, Record},
};
use crate::{
    audit::Changes,
    auth::AuthError,
    db::{
        Db,
        statement::{Statement, Value, text_of},
    },
};

/// How much of a long text is kept.
const LONGEST: usize = 2_000;

/// Fields and what stands in them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Values(Vec<(&'static str, Json)>);

impl Values {
    /// Of a row, all of whose fields were read.
    pub fn of(context: &mut Context<'_>, options: &Options, record: &Record) -> Result<Self, AuthError> {
        let mut values = Vec::new();
        for field in options.fields.iter().filter(|field| is_told(options, field)) {
            let value = match &field.kind {
                Kind::ManyToMany(through) => names(context.db, options, through, record)?,
                _ => value(field, record),
            };
            values.push((field.name, value));
        }
        Ok(Self(values))
    }

    /// What is another than before; of a new row, or one that goes, all that is not empty.
    pub fn changes(before: Option<&Self>, after: Option<&Self>) -> Changes {
        let all = before.or(after).into_iter().flat_map(|values| &values.0);
        let of = |values: Option<&Self>, name: &str| {
            values.and_then(|values| values.0.iter().find(|(known, _)| *known == name)).map(|(_, value)| value.clone())
        };
        let mut changes = Changes::new();
        for (name, _) in all {
            let (old, new) = (of(before, name).unwrap_or_default(), of(after, name).unwrap_or_default());
            let is_told = if before.is_some() && after.is_some() { old != new } else { !is_empty(&old, &new) };
            if is_told {
                changes = changes.with(name, old, new);
            }
        }
        changes
    }
}

fn is_empty(old: &Json, new: &Json) -> bool {
    let is_nothing = |value: &Json| match value {
        Json::Null => true,
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        _ => false,
    };
    is_nothing(old) && is_nothing(new)
}

/// Of what can be changed, what is kept in it; of what can only be seen, all of that.
fn is_told(options: &Options, field: &Field) -> bool {
    let is_kept = field.column.is_some() || field.elsewhere || matches!(field.kind, Kind::ManyToMany(_));
    let is_secret =
        options.secrets.contains(&field.name) || field.column.is_some_and(|column| options.secrets.contains(&column));
    !field.is_key()
        && !is_secret
        && (!field.sql.is_empty() || matches!(field.kind, Kind::ManyToMany(_)))
        && (is_kept || !(options.can_add || options.can_change))
}

fn value(field: &Field, record: &Record) -> Json {
    if record.is_null(field.name) {
        return Json::Null;
    }
    let text = record.text(field.name);
    if let Some((_, words)) = field.choices.iter().find(|(known, _)| *known == text) {
        return (*words).into();
    }
    match &field.kind {
        Kind::Boolean => record.is_true(field.name).into(),
        Kind::Integer => record.number(field.name).map_or_else(|| text.into(), Json::from),
        Kind::DateTime => record.time(field.name).map_or_else(|| text.into(), |at| utc(at).into()),
        Kind::ForeignKey(_) if !record.label(field.name).is_empty() => record.label(field.name).into(),
        _ if text.chars().count() > LONGEST => {
            (text.chars().take(LONGEST).chain(std::iter::once('…')).collect::<String>()).into()
        }
        _ => text.into(),
    }
}

fn utc(at: time::PrimitiveDateTime) -> String {
    let (date, (hour, minute, second)) = (at.date(), at.as_hms());
    format!("{date} {hour:02}:{minute:02}:{second:02} UTC")
}

/// What the rows are called that were chosen of another table.
fn names(db: &mut Db, options: &Options, through: &Through, record: &Record) -> Result<Json, AuthError> {
    let key = record::key_value(options, &record.key).unwrap_or(Value::Null);
    let Through { table, own, other, to } = through;
    let rows = Statement::new(format!("SELECT {} {} WHERE r.id IN ", text_of(to.repr), to.from))
        .sql(format!("(SELECT {other} FROM {table} WHERE {own} = "))
        .bind(key)
        .sql(format!(") ORDER BY {}", to.order))
        .rows(db)?;
    Ok(rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).map(Json::from).collect())
}
