//! Rows as the admin reads them, and the statements that do.

use std::collections::{BTreeMap, HashMap};

use time::PrimitiveDateTime;

use super::{
    options::{Field, Kind, Options, Through, To},
    zone,
};
use crate::{
    auth::AuthError,
    db::{
        Db,
        statement::{Statement, Value, text_of},
    },
};

/// How many rows of another table are offered to choose one from; of more, its key is asked for.
const FEW: i64 = 200;

/// A row: what was read of it, each value as the database writes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// The primary key. Of a session it never leaves the program: see [`ModelAdmin::public_id`](super::ModelAdmin).
    pub key: String,
    values: BTreeMap<&'static str, Option<String>>,
    labels: BTreeMap<&'static str, String>,
}

impl Record {
    /// What stands in a field, as text; nothing for NULL and for what was not read.
    pub fn text(&self, name: &str) -> &str {
        self.values.get(name).and_then(Option::as_deref).unwrap_or_default()
    }

    /// Whether a field holds nothing at all.
    pub fn is_null(&self, name: &str) -> bool {
        self.values.get(name).is_none_or(Option::is_none)
    }

    /// What stands in a field, as a number.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.text(name).parse().ok()
    }

    /// Whether a field is true.
    pub fn is_true(&self, name: &str) -> bool {
        is_true(self.text(name))
    }

    /// What stands in a field, as a moment.
    pub fn time(&self, name: &str) -> Option<PrimitiveDateTime> {
        zone::stored(self.text(name))
    }

    /// What the row is called to which a key leads.
    pub fn label(&self, name: &str) -> &str {
        self.labels.get(name).map(String::as_str).unwrap_or_default()
    }
}

/// Booleans as either database writes them.
pub fn is_true(text: &str) -> bool {
    matches!(text, "1" | "t" | "true")
}

impl Field {
    /// Whether it stands in the row itself, and not in another table or nowhere.
    fn is_selected(&self) -> bool {
        !self.sql.is_empty() && !matches!(self.kind, Kind::ManyToMany(_))
    }

    /// What a statement selects to read it.
    fn selected(&self) -> Statement {
        match self.kind {
            // PostgreSQL adds the network's width.
            Kind::Address => Statement::default().either(text_of(self.sql), format!("host({})", self.sql)),
            _ => Statement::new(text_of(self.sql)),
        }
    }
}

impl To {
    /// What names the row to which `key` leads.
    fn label_of(&self, key: &str) -> String {
        format!("(SELECT {} {} WHERE r.id = {key})", text_of(self.repr), self.from)
    }
}

/// Reads `fields` of the rows that `condition` leaves, in `order`, from `offset` on.
pub fn load(
    db: &mut Db,
    options: &Options,
    fields: &[&'static str],
    condition: &Statement,
    order: &str,
    (limit, offset): (i64, i64),
) -> Result<Vec<Record>, AuthError> {
    let fields: Vec<&Field> =
        fields.iter().filter_map(|name| options.field(name)).filter(|field| field.is_selected()).collect();
    let mut statement = Statement::new(format!("SELECT {}", text_of(options.key().sql)));
    for field in &fields {
        statement = statement.sql(", ").then(field.selected());
        if let Kind::ForeignKey(to) = &field.kind {
            statement = statement.sql(format!(", {}", to.label_of(field.sql)));
        }
    }
    let statement = statement
        .then(from(options, condition))
        .sql(format!(" ORDER BY {order} LIMIT "))
        .bind(Value::Int(limit))
        .sql(" OFFSET ")
        .bind(Value::Int(offset));
    Ok(statement.rows(db)?.into_iter().map(|row| record(&fields, row)).collect())
}

fn record(fields: &[&Field], row: Vec<Option<String>>) -> Record {
    let mut values = row.into_iter();
    let mut record = Record { key: values.next().flatten().unwrap_or_default(), ..Record::default() };
    for field in fields {
        record.values.insert(field.name, values.next().flatten());
        if matches!(field.kind, Kind::ForeignKey(_)) {
            record.labels.insert(field.name, values.next().flatten().unwrap_or_default());
        }
    }
    record
}

/// `FROM` the table, and `WHERE` if there is a condition.
pub fn from(options: &Options, condition: &Statement) -> Statement {
    let statement = Statement::new(format!(" FROM {} t {}", options.table, options.joins));
    if condition.is_empty() { statement } else { statement.sql(" WHERE ").then(condition.clone()) }
}

/// The rows with these keys, in this order. What was deleted meanwhile is left out.
pub fn load_in_order(
    db: &mut Db,
    options: &Options,
    fields: &[&'static str],
    keys: &[String],
) -> Result<Vec<Record>, AuthError> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let limit = i64::try_from(keys.len()).unwrap_or(i64::MAX);
    let found = load(db, options, fields, &with_keys(options, keys), options.key().sql, (limit, 0))?;
    let mut found: HashMap<String, Record> = found.into_iter().map(|record| (record.key.clone(), record)).collect();
    Ok(keys.iter().filter_map(|key| found.remove(key)).collect())
}

/// How many rows a condition leaves.
pub fn count(db: &mut Db, options: &Options, condition: &Statement) -> Result<i64, AuthError> {
    Ok(Statement::new("SELECT CAST(count(*) AS text)").then(from(options, condition)).number(db)?)
}

/// The key as a value; `None` if no row can have it.
pub fn key_value(options: &Options, key: &str) -> Option<Value> {
    match options.key().kind {
        Kind::TextKey => (!key.contains('\0')).then(|| key.into()),
        // As SQLite and PostgreSQL write it: `01` and `+1` are no names of row 1.
        _ => key.parse::<i64>().ok().filter(|number| number.to_string() == key).map(Value::Int),
    }
}

/// The condition that a row has one of these keys.
pub fn with_keys(options: &Options, keys: &[String]) -> Statement {
    let values: Vec<Value> = keys.iter().filter_map(|key| key_value(options, key)).collect();
    if values.is_empty() {
        return Statement::new("1 = 0");
    }
    Statement::new(format!("{} IN ", options.key().sql)).bind_all(values)
}

/// The row with this key, all of its fields read.
pub fn find(db: &mut Db, options: &Options, key: &str) -> Result<Option<Record>, AuthError> {
    let Some(value) = key_value(options, key).filter(|value| fits(options, value)) else { return Ok(None) };
    let fields: Vec<&'static str> = options.fields.iter().map(|field| field.name).collect();
    let condition = Statement::new(format!("{} = ", options.key().sql)).bind(value);
    Ok(load(db, options, &fields, &condition, options.key().sql, (1, 0))?.into_iter().next())
}

/// A number beyond the column's width is no row's key.
fn fits(options: &Options, value: &Value) -> bool {
    !matches!((value, &options.key().kind), (Value::Int(number), Kind::Key) if *number < 0)
}

/// The keys that stand in the table between two, for one row.
pub fn chosen(db: &mut Db, through: &Through, key: &Value) -> Result<Vec<i64>, AuthError> {
    let Through { table, own, other, .. } = through;
    let rows = Statement::new(format!("SELECT {} FROM {table} WHERE {own} = ", text_of(other)))
        .bind(key.clone())
        .sql(format!(" ORDER BY {other}"))
        .rows(db)?;
    Ok(rows.into_iter().filter_map(|row| row.into_iter().next().flatten()?.parse().ok()).collect())
}

/// What can be chosen: keys and what they are called. Tables that people choose from are short; the longest is that of the
/// permissions.
pub fn offered(db: &mut Db, to: &To) -> Result<Vec<(i64, String)>, AuthError> {
    offered_at_most(db, to, i64::MAX)
}

/// As [`offered`], of a table that may be long: `None` if it is too long to choose from.
pub fn offered_if_few(db: &mut Db, to: &To) -> Result<Option<Vec<(i64, String)>>, AuthError> {
    let offered = offered_at_most(db, to, FEW + 1)?;
    Ok((i64::try_from(offered.len()).unwrap_or(i64::MAX) <= FEW).then_some(offered))
}

fn offered_at_most(db: &mut Db, to: &To, limit: i64) -> Result<Vec<(i64, String)>, AuthError> {
    let (key, repr) = (text_of("r.id"), text_of(to.repr));
    let select = Statement::new(format!("SELECT {key}, {repr} {} ORDER BY {} LIMIT ", to.from, to.order));
    let rows = select.bind(Value::Int(limit)).rows(db)?;
    let read = |row: Vec<Option<String>>| {
        let mut values = row.into_iter();
        Some((values.next()??.parse().ok()?, values.next()?.unwrap_or_default()))
    };
    Ok(rows.into_iter().filter_map(read).collect())
}

/// What the row with this key is called; `None` if there is none.
pub fn named(db: &mut Db, to: &To, key: i64) -> Result<Option<String>, AuthError> {
    let statement = Statement::new(format!("SELECT {} {} WHERE r.id = ", text_of(to.repr), to.from));
    let rows = statement.bind(Value::Int(key)).rows(db)?;
    Ok(rows.into_iter().next().map(|row| row.into_iter().next().flatten().unwrap_or_default()))
}

/// Whether another row than `record` has this value.
pub fn is_taken(
    db: &mut Db,
    options: &Options,
    field: &Field,
    value: Value,
    record: Option<&Record>,
) -> Result<bool, AuthError> {
    let mut condition = Statement::new(format!("{} = ", field.sql)).bind(value);
    if let Some(own) = record.and_then(|record| key_value(options, &record.key)) {
        condition = condition.sql(format!(" AND {} <> ", options.key().sql)).bind(own);
    }
    Ok(count(db, options, &condition)? > 0)
}
