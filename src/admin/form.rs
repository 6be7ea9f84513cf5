//! What is typed into a form, and what it means. What is wrong with it is data for the page.

use std::collections::{BTreeMap, BTreeSet};

use time::PrimitiveDateTime;

use super::{
    Context, ModelAdmin,
    options::{Field, Initial, Kind, Options},
    record::{self, Record},
    zone::Zone,
};
use crate::{auth::AuthError, db::statement::Value};

const REQUIRED: &str = "This field is required.";

/// The fields of a form as they were sent, or as they stand in it before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Submitted(pub Vec<(String, String)>);

/// What a field means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clean {
    /// Text.
    Text(String),
    /// Yes or no.
    Bool(bool),
    /// A number, or a key; `None` for none.
    Int(Option<i64>),
    /// A moment.
    Time(Option<PrimitiveDateTime>),
    /// Keys of several rows, in order.
    Keys(Vec<i64>),
}

/// A form, read.
#[derive(Debug, Clone, Default)]
pub struct Form {
    /// As it was sent.
    pub submitted: Submitted,
    /// What each of its fields means, where that is known.
    pub values: BTreeMap<&'static str, Clean>,
    /// What is wrong with each.
    pub errors: BTreeMap<&'static str, Vec<String>>,
    /// What is wrong with all of it.
    pub general: Vec<String>,
    /// The fields that are another than before, in the order of the form.
    pub changed: Vec<&'static str>,
}

impl Submitted {
    /// The last value of `name`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The last value of `name`, or nothing.
    pub fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// All values of `name`.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Adds a value.
    pub fn push(&mut self, name: &str, value: impl Into<String>) {
        self.0.push((name.to_owned(), value.into()));
    }

    /// What stands in a form before anybody types: what the row holds, or what a new one would; for that the query may say
    /// more (`?username=ann`).
    pub fn of(
        context: &mut Context<'_>,
        options: &Options,
        fields: &[&'static str],
        record: Option<&Record>,
        query: &Self,
    ) -> Result<Self, AuthError> {
        let (zone, now, mut submitted) = (context.zone(), context.now(), Self::default());
        for field in fields.iter().filter_map(|name| options.field(name)) {
            match record {
                Some(record) => fill(context, options, field, &zone, record, &mut submitted)?,
                None => fill_new(field, &zone, now, query, &mut submitted),
            }
        }
        Ok(submitted)
    }
}

fn fill(
    context: &mut Context<'_>,
    options: &Options,
    field: &Field,
    zone: &Zone,
    record: &Record,
    submitted: &mut Submitted,
) -> Result<(), AuthError> {
    match &field.kind {
        Kind::Boolean if !record.is_true(field.name) => {}
        Kind::Boolean => submitted.push(field.name, "on"),
        Kind::DateTime => {
            let (date, time) = record.time(field.name).map(|at| zone.typed(at)).unwrap_or_default();
            submitted.push(&format!("{}_0", field.name), date);
            submitted.push(&format!("{}_1", field.name), time);
        }
        Kind::ManyToMany(through) => {
            let key = record::key_value(options, &record.key).unwrap_or(Value::Null);
            for key in record::chosen(context.db, through, &key)? {
                submitted.push(field.name, key.to_string());
            }
        }
        _ => submitted.push(field.name, record.text(field.name)),
    }
    Ok(())
}

fn fill_new(field: &Field, zone: &Zone, now: PrimitiveDateTime, query: &Submitted, submitted: &mut Submitted) {
    if let Some(value) = query.get(field.name).filter(|value| !value.contains('\0')) {
        submitted.push(field.name, value);
        return;
    }
    match (field.initial, &field.kind) {
        (Initial::True, _) => submitted.push(field.name, "on"),
        (Initial::Now, Kind::DateTime) => {
            let (date, time) = zone.typed(now);
            submitted.push(&format!("{}_0", field.name), date);
            submitted.push(&format!("{}_1", field.name), time);
        }
        _ => {}
    }
}

impl Form {
    /// Reads what was sent of `fields`.
    pub fn bind(
        context: &mut Context<'_>,
        admin: &dyn ModelAdmin,
        options: &Options,
        fields: &[&'static str],
        submitted: Submitted,
        record: Option<&Record>,
    ) -> Result<Self, AuthError> {
        let mut form = Self { submitted, ..Self::default() };
        let zone = context.zone();
        for field in fields.iter().filter_map(|name| options.field(name)).filter(|field| field.is_editable()) {
            if field.elsewhere && form.submitted.get(field.name).is_none() {
                continue;
            }
            match read(context, field, &zone, &form.submitted)? {
                Ok(value) => drop(form.values.insert(field.name, value)),
                Err(problems) => problems.into_iter().for_each(|problem| form.refuse(field.name, problem)),
            }
        }
        form.check_unique(context, options, record)?;
        admin.clean(context, &mut form, record)?;
        form.compare(context, options, fields, record)?;
        Ok(form)
    }

    /// Whether nothing is wrong.
    pub fn is_valid(&self) -> bool {
        self.general.is_empty() && self.errors.values().all(Vec::is_empty)
    }

    /// Notes what is wrong with a field.
    pub fn refuse(&mut self, name: &'static str, problem: impl Into<String>) {
        self.errors.entry(name).or_default().push(problem.into());
    }

    /// The text of a field.
    pub fn text(&self, name: &str) -> &str {
        match self.values.get(name) {
            Some(Clean::Text(text)) => text,
            _ => "",
        }
    }

    /// Whether a box is ticked; `None` if the form has no such box.
    pub fn flag(&self, name: &str) -> Option<bool> {
        match self.values.get(name) {
            Some(Clean::Bool(flag)) => Some(*flag),
            _ => None,
        }
    }

    /// The keys that were chosen; `None` if the form has no such field.
    pub fn keys(&self, name: &str) -> Option<&[i64]> {
        match self.values.get(name) {
            Some(Clean::Keys(keys)) => Some(keys),
            _ => None,
        }
    }

    /// Whether a field is another than before.
    pub fn has_changed(&self, name: &str) -> bool {
        self.changed.contains(&name)
    }

    fn check_unique(
        &mut self,
        context: &mut Context<'_>,
        options: &Options,
        record: Option<&Record>,
    ) -> Result<(), AuthError> {
        let unique: Vec<&Field> = options.fields.iter().filter(|field| field.unique).collect();
        for field in unique {
            let Some(value) = self.values.get(field.name).and_then(value_of) else { continue };
            if value != Value::Null && record::is_taken(context.db, options, field, value, record)? {
                self.refuse(field.name, already(options, field));
            }
        }
        Ok(())
    }

    fn compare(
        &mut self,
        context: &mut Context<'_>,
        options: &Options,
        fields: &[&'static str],
        record: Option<&Record>,
    ) -> Result<(), AuthError> {
        let mut before = Submitted::of(context, options, fields, record, &Submitted::default())?;
        // What the form says it began with: what another wrote since then was not meant.
        let moments = options.fields.iter().filter(|field| field.kind == Kind::DateTime && record.is_some());
        for name in moments.flat_map(|field| [format!("{}_0", field.name), format!("{}_1", field.name)]) {
            if let Some(value) = self.submitted.get(&format!("initial-{name}")) {
                before.push(&name, value);
            }
        }
        let zone = context.zone();
        for field in fields.iter().filter_map(|name| options.field(name)) {
            let Some(value) = self.values.get(field.name) else { continue };
            let was = read(context, field, &zone, &before)?.ok();
            let is_same = match (&was, value) {
                (Some(Clean::Keys(was)), Clean::Keys(is)) => was.iter().collect::<BTreeSet<_>>() == is.iter().collect(),
                // A form shows whole seconds.
                (Some(was), is) => was == is,
                (None, _) => false,
            };
            if !is_same || record.is_none() {
                self.changed.push(field.name);
            }
        }
        Ok(())
    }
}

impl Field {
    /// Whether a box is ticked, as browsers and Django's scripts say it.
    pub(super) fn is_ticked(&self, sent: &Submitted) -> bool {
        sent.get(self.name).is_some_and(|value| !["", "false", "False", "0"].contains(&value))
    }
}

/// "Group with this Name already exists."
pub fn already(options: &Options, field: &Field) -> String {
    if !field.taken.is_empty() {
        return field.taken.to_owned();
    }
    let mut model = options.verbose_name.to_owned();
    if let Some(first) = model.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    format!("{model} with this {} already exists.", field.label)
}

/// The value as it is kept; `None` for what is kept elsewhere.
pub fn value_of(clean: &Clean) -> Option<Value> {
    Some(match clean {
        Clean::Text(text) => Value::Text(text.clone()),
        Clean::Bool(flag) => Value::Bool(*flag),
        Clean::Int(number) => number.map_or(Value::Null, Value::Int),
        Clean::Time(at) => at.map_or(Value::Null, Value::Time),
        Clean::Keys(_) => return None,
    })
}

fn read(
    context: &mut Context<'_>,
    field: &Field,
    zone: &Zone,
    sent: &Submitted,
) -> Result<Result<Clean, Vec<String>>, AuthError> {
    let read = match &field.kind {
        Kind::DateTime => return Ok(moment(field, zone, sent)),
        Kind::Boolean => Ok(Clean::Bool(field.is_ticked(sent))),
        Kind::Integer => number(field, sent.text(field.name), "Enter a whole number.").and_then(within_column),
        Kind::ForeignKey(to) => {
            let wrong = "Select a valid choice. That choice is not one of the available choices.";
            match number(field, sent.text(field.name), wrong) {
                Ok(Clean::Int(Some(key))) if record::named(context.db, to, key)?.is_none() => Err(wrong.to_owned()),
                read => read,
            }
        }
        Kind::ManyToMany(through) => {
            let offered = record::offered(context.db, &through.to)?;
            keys(field, sent, |key| offered.iter().any(|(known, _)| *known == key))
        }
        _ => text(field, sent.text(field.name)),
    };
    Ok(read.map_err(|problem| vec![problem]))
}

fn text(field: &Field, sent: &str) -> Result<Clean, String> {
    let one_line = matches!(field.kind, Kind::Text(_) | Kind::Address);
    // As browsers send them, lines end with CR LF; as Django keeps them too.
    let text = (field.normalize)(sent.trim().to_owned());
    if text.is_empty() && !field.blank {
        return Err(REQUIRED.to_owned());
    }
    if text.contains('\0') {
        return Err("Null characters are not allowed.".to_owned());
    }
    if one_line && text.chars().any(|character| character == '\n' || character == '\r') {
        return Err("Enter one line.".to_owned());
    }
    let length = text.chars().count();
    if let Kind::Text(max) = field.kind
        && length > max
    {
        return Err(format!("Ensure this value has at most {max} characters (it has {length})."));
    }
    if !field.choices.is_empty() && !field.choices.iter().any(|(value, _)| *value == text) {
        return Err(format!("Select a valid choice. {text} is not one of the available choices."));
    }
    Ok(Clean::Text(text))
}

fn number(field: &Field, sent: &str, wrong: &str) -> Result<Clean, String> {
    match sent.trim() {
        "" if field.blank => Ok(Clean::Int(None)),
        "" => Err(REQUIRED.to_owned()),
        text => text.parse().map(|number| Clean::Int(Some(number))).map_err(|_| wrong.to_owned()),
    }
}

/// PostgreSQL's `integer` has no others.
fn within_column(read: Clean) -> Result<Clean, String> {
    match read {
        Clean::Int(Some(number)) if number > i64::from(i32::MAX) => {
            Err(format!("Ensure this value is less than or equal to {}.", i32::MAX))
        }
        Clean::Int(Some(number)) if number < i64::from(i32::MIN) => {
            Err(format!("Ensure this value is greater than or equal to {}.", i32::MIN))
        }
        read => Ok(read),
    }
}

fn moment(field: &Field, zone: &Zone, sent: &Submitted) -> Result<Clean, Vec<String>> {
    let (date, time) = (sent.text(&format!("{}_0", field.name)).trim(), sent.text(&format!("{}_1", field.name)).trim());
    match (date.is_empty(), time.is_empty()) {
        (true, true) if field.blank => return Ok(Clean::Time(None)),
        (true, _) | (_, true) if !field.blank => return Err(vec![REQUIRED.to_owned()]),
        _ => {}
    }
    // Where one of the two is wrong, the other is looked at by itself.
    let date_is_wrong = super::zone::day(date).is_none();
    let time_is_wrong = zone.read("2001-01-01", time).is_none();
    let wrong = [(date_is_wrong, "Enter a valid date."), (time_is_wrong, "Enter a valid time.")];
    let problems: Vec<String> = wrong.iter().filter(|(is, _)| *is).map(|(_, text)| (*text).to_owned()).collect();
    match zone.read(date, time) {
        Some(at) if problems.is_empty() => Ok(Clean::Time(Some(at))),
        _ if problems.is_empty() => Err(vec!["Enter a valid date.".to_owned()]),
        _ => Err(problems),
    }
}

fn keys(field: &Field, sent: &Submitted, is_offered: impl Fn(i64) -> bool) -> Result<Clean, String> {
    let mut keys = Vec::new();
    for value in sent.all(field.name).filter(|value| !value.is_empty()) {
        match value.parse::<i64>() {
            Ok(key) if is_offered(key) => keys.push(key),
            Ok(_) => return Err(format!("Select a valid choice. {value} is not one of the available choices.")),
            Err(_) => return Err(format!("“{value}” is not a valid value.")),
        }
    }
    keys.sort_unstable();
    keys.dedup();
    if keys.is_empty() && !field.blank { Err(REQUIRED.to_owned()) } else { Ok(Clean::Keys(keys)) }
}
