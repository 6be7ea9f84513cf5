//! The order of a list, and the place of a row in it: what comes after a row is looked for by what stands in that row, never
//! by how many rows come before it. So the last page takes no longer than the first, and no row is passed over or shown twice
//! when others come and go.

use super::{
    opaque,
    options::{Field, Kind, Options},
    record,
};
use crate::{
    auth::AuthError,
    crypto::SecretKeys,
    db::{
        Db,
        statement::{Statement, Value, text_of},
    },
};

/// What a place is sealed for.
const PURPOSE: &str = "place in a list";

/// One thing by which rows are ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    sql: String,
    kind: TermKind,
    is_descending: bool,
    may_be_null: bool,
}

/// How its values are read and compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TermKind {
    Number,
    Truth,
    Time,
    Address,
    Text,
    /// By its bytes, as indexes are in which beginnings are looked up.
    Bytes,
}

/// Rows that stand together in the order.
#[derive(Debug, Clone)]
pub struct Segment {
    /// Which they are; empty for all.
    pub condition: Statement,
    /// How they are ordered; the last is the key.
    pub terms: Vec<Term>,
}

/// An order.
#[derive(Debug, Clone)]
pub struct Order {
    segments: Vec<Segment>,
    /// Whether few rows are ordered, so that SQLite shall not walk along an index in their order.
    is_of_few: bool,
}

/// The place of a row in an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    segment: usize,
    values: Vec<Option<String>>,
}

impl Term {
    /// A field of a row, or of one that is joined to it.
    pub fn of(field: &Field, is_descending: bool) -> Self {
        let kind = match field.kind {
            Kind::Key | Kind::Integer | Kind::ForeignKey(_) => TermKind::Number,
            Kind::Boolean => TermKind::Truth,
            Kind::DateTime => TermKind::Time,
            Kind::Address => TermKind::Address,
            _ => TermKind::Text,
        };
        let may_be_null = !field.is_key() && (field.blank || !field.sql.starts_with("t."));
        Self { sql: field.sql.to_owned(), kind, is_descending, may_be_null }
    }

    /// A text in lower case, as its index has it.
    pub fn lowered(field: &Field) -> Self {
        Self { sql: lowered(field), kind: TermKind::Bytes, is_descending: false, may_be_null: false }
    }

    /// What a statement selects to read it.
    fn selected(&self) -> Statement {
        match self.kind {
            TermKind::Address => Statement::default().either(text_of(&self.sql), format!("host({})", self.sql)),
            _ => Statement::new(text_of(&self.sql)),
        }
    }

    fn order(&self, is_sqlite: bool, is_of_few: bool, backward: bool) -> String {
        let (sql, descends) = (&self.sql, self.is_descending != backward);
        match (self.kind, descends) {
            (TermKind::Bytes, false) if !is_sqlite => format!("{sql} USING ~<~"),
            (TermKind::Bytes, true) if !is_sqlite => format!("{sql} USING ~>~"),
            _ => {
                format!("{}{sql}{}", if is_of_few && is_sqlite { "+" } else { "" }, if descends { " DESC" } else { "" })
            }
        }
    }

    /// As an `operator` compares it with what was read once.
    fn compared(&self, operator: &str, value: &str) -> Statement {
        let bytewise = match operator {
            "<" => "~<~",
            ">" => "~>~",
            "<=" => "~<=~",
            ">=" => "~>=~",
            other => other,
        };
        let statement = Statement::new(self.sql.as_str());
        let plain = format!(" {operator} ");
        match self.kind {
            TermKind::Number => statement.sql(plain).bind(Value::Int(value.parse().unwrap_or_default())),
            TermKind::Truth => statement.sql(plain).bind(Value::Bool(record::is_true(value))),
            // As text on SQLite, which keeps it so.
            TermKind::Time => statement.sql(plain).bind(value.into()).either("", "::timestamptz"),
            TermKind::Address => statement.sql(plain).bind(value.into()).either("", "::inet"),
            TermKind::Text => statement.sql(plain).bind(value.into()),
            TermKind::Bytes => statement.either(plain, format!(" {bytewise} ")).bind(value.into()),
        }
    }

    /// Whether NULL stands before all values: SQLite takes it for the least, PostgreSQL for the greatest.
    fn has_nulls_first(&self, is_sqlite: bool, backward: bool) -> bool {
        is_sqlite != (self.is_descending != backward)
    }

    fn is(&self, value: Option<&str>) -> Statement {
        match value {
            Some(value) => self.compared("=", value),
            None => Statement::new(format!("{} IS NULL", self.sql)),
        }
    }

    /// What comes after a value.
    fn after(&self, value: Option<&str>, is_sqlite: bool, backward: bool) -> Statement {
        let nulls_first = self.has_nulls_first(is_sqlite, backward);
        match value {
            None if nulls_first => Statement::new(format!("{} IS NOT NULL", self.sql)),
            None => Statement::new("1 = 0"),
            Some(value) => {
                let later = self.compared(if self.is_descending == backward { ">" } else { "<" }, value);
                if self.may_be_null && !nulls_first {
                    Statement::new("(").then(later).sql(format!(" OR {} IS NULL)", self.sql))
                } else {
                    later
                }
            }
        }
    }
}

/// A text in lower case. On SQLite that is for ASCII only.
pub fn lowered(field: &Field) -> String {
    format!("lower({})", field.sql)
}

impl Segment {
    /// What of it comes after a place.
    fn after(&self, place: &Place, is_sqlite: bool, backward: bool) -> Statement {
        let values = || self.terms.iter().zip(place.values.iter().map(Option::as_deref));
        let mut any = Statement::new("(");
        for (number, (term, value)) in values().enumerate() {
            any = any.sql(if number == 0 { "(" } else { " OR (" });
            for (same, value) in values().take(number) {
                any = any.then(same.is(value)).sql(" AND ");
            }
            any = any.then(term.after(value, is_sqlite, backward)).sql(")");
        }
        any = any.sql(")");
        // Says it once more in a way in which an index helps.
        match values().next() {
            Some((first, Some(value))) if self.terms.len() > 1 => {
                first.compared(if first.is_descending == backward { ">=" } else { "<=" }, value).sql(" AND ").then(any)
            }
            _ => any,
        }
    }
}

impl Order {
    /// By terms, the last of them the key. If the first may be NULL, those rows are looked for apart.
    pub fn new(terms: Vec<Term>, is_sqlite: bool, is_of_few: bool) -> Self {
        let segment = |condition, terms| Segment { condition, terms };
        let segments = match terms.split_first() {
            Some((first, rest)) if first.may_be_null => {
                let known = segment(Statement::new(format!("{} IS NOT NULL", first.sql)), terms.clone());
                let unknown = segment(Statement::new(format!("{} IS NULL", first.sql)), rest.to_vec());
                if first.has_nulls_first(is_sqlite, false) { vec![unknown, known] } else { vec![known, unknown] }
            }
            _ => vec![segment(Statement::default(), terms)],
        };
        Self { segments, is_of_few }
    }

    /// By segments, one after the other.
    pub fn of_segments(segments: Vec<Segment>) -> Self {
        Self { segments, is_of_few: false }
    }

    /// How many segments it has.
    pub fn segments(&self) -> usize {
        self.segments.len()
    }

    /// The keys of the rows that `condition` leaves, and their places: so many of those that come next after `from`, or
    /// from the start; backward those that come next before it, the nearest first.
    pub fn keys(
        &self,
        db: &mut Db,
        options: &Options,
        condition: &Statement,
        (from, backward): (Option<&Place>, bool),
        limit: usize,
    ) -> Result<Vec<(String, Place)>, AuthError> {
        let is_sqlite = db.is_sqlite();
        let mut numbers: Vec<usize> = (0..self.segments.len()).collect();
        if backward {
            numbers.reverse();
        }
        let begin = from.and_then(|place| numbers.iter().position(|number| *number == place.segment)).unwrap_or(0);
        let mut found = Vec::new();
        for number in numbers.into_iter().skip(begin) {
            let segment = &self.segments[number];
            let after = from.filter(|place| place.segment == number);
            let parts = [
                Some(segment.condition.clone()),
                after.map(|place| segment.after(place, is_sqlite, backward)),
                Some(condition.clone()),
            ];
            let mut statement = Statement::new("SELECT ");
            for (place, term) in segment.terms.iter().enumerate() {
                statement = statement.sql(if place == 0 { "" } else { ", " }).then(term.selected());
            }
            let order = segment.terms.iter().map(|term| term.order(is_sqlite, self.is_of_few, backward));
            let rows = statement
                .then(record::from(options, &Statement::all_of(parts.into_iter().flatten())))
                .sql(format!(" ORDER BY {} LIMIT ", order.collect::<Vec<_>>().join(", ")))
                .bind(Value::Int(i64::try_from(limit - found.len()).unwrap_or(i64::MAX)))
                .rows(db)?;
            found.extend(rows.into_iter().filter_map(|values| {
                let key = values.last()?.clone()?;
                Some((key, Place { segment: number, values }))
            }));
            if found.len() >= limit {
                break;
            }
        }
        Ok(found)
    }

    /// What an order is told by: a place is one in this order of this list only.
    fn signature(&self, options: &Options) -> String {
        let term = |term: &Term| format!("{}{}", if term.is_descending { "-" } else { "" }, term.sql);
        let segment = |segment: &Segment| segment.terms.iter().map(term).collect::<Vec<_>>().join(",");
        let segments = self.segments.iter().map(segment).collect::<Vec<_>>().join(";");
        format!("{}.{} {segments}", options.app_label, options.model)
    }

    /// A place as it stands in a link. What it holds may be no reader's to see, as the key of a session.
    pub fn seal(&self, keys: &SecretKeys, options: &Options, place: &Place) -> String {
        let whole = serde_json::json!([self.signature(options), place.segment, place.values]);
        opaque::seal_for(keys, PURPOSE, &whole.to_string())
    }

    /// The place that was sealed; `None` for anything else.
    pub fn open(&self, keys: &SecretKeys, options: &Options, sealed: &str) -> Option<Place> {
        let text = opaque::open_for(keys, PURPOSE, sealed)?;
        let (signature, segment, values): (String, usize, Vec<Option<String>>) = serde_json::from_str(&text).ok()?;
        let terms = self.segments.get(segment)?.terms.len();
        (signature == self.signature(options) && values.len() == terms).then_some(Place { segment, values })
    }
}
