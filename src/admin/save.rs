//! A row is written.

use super::{
    Context, Saved,
    form::{Clean, Form, value_of},
    options::{Initial, Kind, Options, Through},
    record::{self, Record},
};
use crate::{
    auth::AuthError,
    db::{
        Db,
        statement::{Statement, Value, text_of},
    },
};

/// Writes what the form has: a new row, or the fields that are another than before; and what was chosen of other tables.
pub fn save(
    context: &mut Context<'_>,
    options: &Options,
    form: &mut Form,
    record: Option<&Record>,
) -> Result<Saved, AuthError> {
    let now = context.now();
    let columns = columns(options, form, record.is_none(), now);
    let key = match record {
        None => insert(context.db, options, columns)?,
        Some(record) => {
            update(context.db, options, record, columns)?;
            record.key.clone()
        }
    };
    set_chosen(context.db, options, form, &key)?;
    Ok(Saved::Written(key))
}

/// What was chosen of other tables, where it is another than before.
pub fn set_chosen(db: &mut Db, options: &Options, form: &Form, key: &str) -> Result<(), AuthError> {
    for field in &options.fields {
        if let (Kind::ManyToMany(through), Some(Clean::Keys(keys))) = (&field.kind, form.values.get(field.name))
            && form.has_changed(field.name)
        {
            set_keys(db, options, through, key, keys)?;
        }
    }
    Ok(())
}

/// Columns and their values.
fn columns(options: &Options, form: &Form, is_new: bool, now: time::PrimitiveDateTime) -> Vec<(&'static str, Value)> {
    let value = |field: &super::options::Field| match field.initial {
        Initial::OnSave => Some(Value::Time(now)),
        Initial::OnAdd => is_new.then_some(Value::Time(now)),
        _ if is_new || form.has_changed(field.name) => form.values.get(field.name).and_then(value_of),
        _ => None,
    };
    options.fields.iter().filter_map(|field| Some((field.column?, value(field)?))).collect()
}

fn insert(db: &mut Db, options: &Options, columns: Vec<(&'static str, Value)>) -> Result<String, AuthError> {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let key = options.key().column.unwrap_or("id");
    let statement = Statement::new(format!("INSERT INTO {} ({}) VALUES ", options.table, names.join(", ")))
        .bind_all(columns.into_iter().map(|(_, value)| value))
        .sql(format!(" RETURNING {}", text_of(key)));
    Ok(statement.value(db)?.unwrap_or_default())
}

fn update(
    db: &mut Db,
    options: &Options,
    record: &Record,
    columns: Vec<(&'static str, Value)>,
) -> Result<(), AuthError> {
    let (Some(key), false) = (record::key_value(options, &record.key), columns.is_empty()) else { return Ok(()) };
    let mut statement = Statement::new(format!("UPDATE {} SET ", options.table));
    for (place, (name, value)) in columns.into_iter().enumerate() {
        statement = statement.sql(format!("{}{name} = ", if place == 0 { "" } else { ", " })).bind(value);
    }
    let column = options.key().column.unwrap_or("id");
    statement.sql(format!(" WHERE {column} = ")).bind(key).execute(db)?;
    Ok(())
}

fn set_keys(db: &mut Db, options: &Options, through: &Through, key: &str, keys: &[i64]) -> Result<(), AuthError> {
    let own_key = record::key_value(options, key).unwrap_or(Value::Null);
    let before = record::chosen(db, through, &own_key)?;
    let Through { table, own, other, .. } = through;
    for gone in before.iter().filter(|known| !keys.contains(known)) {
        Statement::new(format!("DELETE FROM {table} WHERE {own} = "))
            .bind(own_key.clone())
            .sql(format!(" AND {other} = "))
            .bind(Value::Int(*gone))
            .execute(db)?;
    }
    for new in keys.iter().filter(|key| !before.contains(key)) {
        Statement::new(format!("INSERT INTO {table} ({own}, {other}) VALUES "))
            .bind_all([own_key.clone(), Value::Int(*new)])
            .execute(db)?;
    }
    Ok(())
}
