//! A list as a file: all rows that its query leaves, some at a time, so that the memory stays flat however many they are.
//!
//! A spreadsheet runs what begins like a formula, so in CSV such a text begins with an apostrophe (OWASP, CSV injection).

use std::{collections::VecDeque, fmt::Write};

use serde_json::Value;

use super::{
    Context, Registered,
    cell::{Cell, cell_of},
    keyset::{Order, Place},
    options::Kind,
    params::Params,
    query::{ListError, Query},
    record::{self, Record},
};
use crate::{auth::AuthError, db::statement::Statement};

/// How many rows are read at once.
const BATCH: usize = 1_000;
/// How many keys are: sorting many rows anew for each batch would take longer with each.
const KEYS: usize = 20_000;

/// What kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// RFC 4180, with a head.
    Csv,
    /// An array of objects.
    Json,
}

impl Format {
    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            _ => None,
        }
    }

    /// Its name, as files end.
    pub fn extension(self) -> &'static str {
        if self == Self::Csv { "csv" } else { "json" }
    }
}

/// An export that is under way.
#[derive(Debug, Clone)]
pub struct Export {
    format: Format,
    columns: Vec<&'static str>,
    condition: Statement,
    order: Order,
    keys: VecDeque<String>,
    /// The place of the last row whose key was read, and whether there are no more.
    last: Option<Place>,
    is_last: bool,
    begun: bool,
    /// How many rows were written.
    pub rows: usize,
    ended: bool,
}

impl Export {
    /// Of the list with this query.
    pub fn new(
        context: &mut Context<'_>,
        model: &Registered,
        params: &Params,
        format: Format,
    ) -> Result<Self, ListError> {
        let options = &model.options;
        let query = Query::new(context, model, params)?;
        Ok(Self {
            format,
            columns: columns(model),
            order: query.order(options),
            condition: query.condition,
            keys: VecDeque::new(),
            last: None,
            is_last: false,
            begun: false,
            rows: 0,
            ended: false,
        })
    }

    /// The next part of the file; `None` after the last.
    pub fn next(&mut self, context: &mut Context<'_>, model: &Registered) -> Result<Option<String>, AuthError> {
        if self.ended {
            return Ok(None);
        }
        let mut text = if self.begun { String::new() } else { self.head() };
        self.begun = true;
        if self.keys.is_empty() && !self.is_last {
            self.read_keys(context, model)?;
        }
        let keys: Vec<String> = self.keys.drain(..BATCH.min(self.keys.len())).collect();
        for record in self.records(context, model, &keys)? {
            self.write(context, model, &record, &mut text)?;
        }
        if self.keys.is_empty() && self.is_last {
            self.ended = true;
            text.push_str(self.tail());
        }
        Ok(Some(text))
    }

    /// Which rows come next, in the order of the list.
    fn read_keys(&mut self, context: &mut Context<'_>, model: &Registered) -> Result<(), AuthError> {
        let (options, from) = (&model.options, (self.last.as_ref(), false));
        let found = self.order.keys(context.db, options, &self.condition, from, KEYS)?;
        self.is_last = found.len() < KEYS;
        self.last = found.last().map(|(_, place)| place.clone());
        self.keys.extend(found.into_iter().map(|(key, _)| key));
        Ok(())
    }

    /// The rows with these keys.
    fn records(
        &self,
        context: &mut Context<'_>,
        model: &Registered,
        keys: &[String],
    ) -> Result<Vec<Record>, AuthError> {
        let mut fields = self.columns.clone();
        fields.extend(model.admin.needs());
        fields.push(model.options.repr);
        record::load_in_order(context.db, &model.options, &fields, keys)
    }

    fn write(
        &mut self,
        context: &mut Context<'_>,
        model: &Registered,
        record: &Record,
        text: &mut String,
    ) -> Result<(), AuthError> {
        let mut object = serde_json::Map::new();
        for (place, name) in self.columns.iter().enumerate() {
            let (cell, value) = value_of(context, model, name, record)?;
            match self.format {
                Format::Csv => {
                    text.push_str(if place == 0 { "" } else { "," });
                    text.push_str(&csv(&cell, &value));
                }
                Format::Json => drop(object.insert((*name).to_owned(), value)),
            }
        }
        match self.format {
            Format::Csv => text.push_str("\r\n"),
            // Writing to a string can't fail.
            Format::Json => {
                let comma = if self.rows == 0 { "\n" } else { ",\n" };
                let _ = write!(text, "{comma}{}", Value::Object(object));
            }
        }
        self.rows += 1;
        Ok(())
    }

    fn head(&self) -> String {
        match self.format {
            Format::Csv => format!("{}\r\n", self.columns.join(",")),
            Format::Json => "[".to_owned(),
        }
    }

    fn tail(&self) -> &'static str {
        match self.format {
            Format::Csv => "",
            Format::Json => "\n]\n",
        }
    }
}

/// The columns of the list, and what else is exported; never what is secret.
fn columns(model: &Registered) -> Vec<&'static str> {
    let options = &model.options;
    let mut columns: Vec<&'static str> = Vec::new();
    for name in options.list_display.iter().chain(&options.export).copied() {
        let is_secret =
            options.secrets.contains(&name) || options.field(name).is_some_and(|field| field.kind == Kind::TextKey);
        if !is_secret && !columns.contains(&name) {
            columns.push(name);
        }
    }
    columns
}

/// What stands in a column, as the list has it, and as JSON.
fn value_of(
    context: &mut Context<'_>,
    model: &Registered,
    name: &str,
    record: &Record,
) -> Result<(Cell, Value), AuthError> {
    let field = model.options.field(name);
    let cell = match (model.admin.cell(context, name, record)?, field) {
        (Some(cell), _) => cell,
        (None, Some(field)) => cell_of(field, &context.zone(), record),
        (None, None) => Cell::Empty,
    };
    let is_number = field.is_some_and(|field| matches!(field.kind, Kind::Key | Kind::Integer));
    let value = match &cell {
        Cell::Bool(truth) => Value::Bool(*truth),
        Cell::Empty if record.is_null(name) => Value::Null,
        cell => match cell.plain().parse::<i64>() {
            Ok(number) if is_number => Value::from(number),
            _ => Value::from(cell.plain()),
        },
    };
    Ok((cell, value))
}

/// A value as it stands between the commas.
fn csv(cell: &Cell, value: &Value) -> String {
    let text = match (cell, value) {
        (Cell::Bool(_) | Cell::Time(..), _) | (_, Value::Number(_)) => cell.plain().to_owned(),
        _ => harmless(cell.plain()),
    };
    let plain = |character: char| !matches!(character, '"' | ',' | ';' | '\'' | '\r' | '\n' | '\t');
    if text.chars().all(plain) && text.trim() == text { text } else { format!("\"{}\"", text.replace('"', "\"\"")) }
}

/// With an apostrophe where a spreadsheet would see the beginning of a formula: at the start, and after what some take for
/// the end of a cell.
fn harmless(text: &str) -> String {
    let (mut safe, mut at_start) = (String::with_capacity(text.len() + 1), true);
    for (place, character) in text.char_indices() {
        let opens = matches!(character, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠');
        let is_control = place == 0 && character.is_control();
        if (at_start && opens) || is_control {
            safe.push('\'');
        }
        let blank = character.is_whitespace() || character.is_control() || matches!(character, '"' | '\u{feff}');
        at_start = matches!(character, ';' | '\t' | '\r' | '\n') || (at_start && blank);
        safe.push(character);
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_begins_with_an_apostrophe() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\0=1", "＝1", " =1", "\u{feff}=1", "\"=1", "\n=1"]
        {
            assert!(
                csv(&Cell::text(text), &Value::from(text)).trim_start_matches('"').starts_with(['\'', ' ', '\u{feff}'])
            );
            assert!(harmless(text).contains('\''), "{text:?}");
        }
        assert_eq!(harmless("a;=1"), "a;'=1");
        assert_eq!(harmless("a\t@b\n+c"), "a\t'@b\n'+c");
        for text in ["a=1", "ann@example.org", "1-2", "O'Brien", "", "a, b"] {
            assert_eq!(harmless(text), text);
        }
    }

    #[test]
    fn numbers_and_times_stay_as_they_are() {
        assert_eq!(csv(&Cell::text("-5"), &Value::from(-5)), "-5");
        assert_eq!(csv(&Cell::text("-5"), &Value::from("-5")), "\"'-5\"");
        let time = Cell::Time("2026-11-26 10:00".to_owned(), "2026-11-26T10:00:00+00:00".to_owned());
        assert_eq!(csv(&time, &Value::Null), "2026-11-26T10:00:00+00:00");
        assert_eq!(csv(&Cell::Bool(true), &Value::Bool(true)), "True");
    }

    #[test]
    fn quotes_are_doubled_and_lines_kept() {
        assert_eq!(csv(&Cell::text("a \"b\", c"), &Value::Null), "\"a \"\"b\"\", c\"");
        assert_eq!(csv(&Cell::text("a\r\nb"), &Value::Null), "\"a\r\nb\"");
        assert_eq!(csv(&Cell::Empty, &Value::Null), "");
    }
}
