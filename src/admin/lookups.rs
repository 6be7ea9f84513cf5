//! Conditions out of a query: Django's field lookups, `first_name__icontains=ann`.

use jiff::civil::Date;
use time::PrimitiveDateTime;

use super::{
    options::{Field, Kind, Options, Through},
    record::is_true,
    zone::{self, Zone},
};
use crate::db::statement::{Statement, Value};

/// Why a parameter makes no condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadLookup {
    /// It asks for something by which nobody may look (`DisallowedModelAdminLookup`).
    Disallowed,
    /// It makes no sense (`IncorrectLookupParameters`).
    Incorrect,
}

/// The condition of `name=value`.
pub fn condition(options: &Options, zone: &Zone, name: &str, value: &str) -> Result<Statement, BadLookup> {
    let path: Vec<&str> = name.split("__").collect();
    if path.iter().any(|part| options.secrets.contains(part)) {
        return Err(BadLookup::Disallowed);
    }
    if value.contains('\0') {
        return Err(BadLookup::Incorrect);
    }
    let field = options.field(path[0]).ok_or(BadLookup::Incorrect)?;
    match (&field.kind, &path[1..]) {
        (Kind::ManyToMany(through), rest) => many(options, through, rest, value),
        _ if field.sql.is_empty() => Err(BadLookup::Incorrect),
        (Kind::ForeignKey(_), ["id" | "pk"]) => key(field, "exact", value),
        (Kind::ForeignKey(_), ["id" | "pk", lookup]) => single(field, zone, lookup, value),
        // What the other table holds may be nobody's to see.
        (Kind::ForeignKey(_), [part, ..]) if !is_of_keys(part) => Err(BadLookup::Disallowed),
        (_, [lookup]) => single(field, zone, lookup, value),
        (_, []) => single(field, zone, "exact", value),
        _ => Err(BadLookup::Disallowed),
    }
}

fn single(field: &Field, zone: &Zone, lookup: &str, value: &str) -> Result<Statement, BadLookup> {
    if lookup == "isnull" {
        let null = is_wanted(value);
        return Ok(Statement::new(format!("{} IS {}NULL", field.sql, if null { "" } else { "NOT " })));
    }
    match field.kind {
        Kind::Key | Kind::Integer | Kind::ForeignKey(_) => key(field, lookup, value),
        Kind::Boolean if lookup == "exact" => {
            let wanted = truth(value).ok_or(BadLookup::Incorrect)?;
            // Not bound: SQLite looks into the index of the few in which it is true only if it stands there.
            let sql = field.sql;
            let (sqlite, postgres) = (format!("{sql} = {}", u8::from(wanted)), if wanted { "" } else { "NOT " });
            Ok(Statement::default().either(sqlite, format!("{postgres}{sql}")))
        }
        Kind::DateTime => moment(field, zone, lookup, value),
        Kind::Address => address(field, lookup, value),
        Kind::Text(_) | Kind::LongText => text(field.sql, lookup, value),
        // Of these nobody is shown the value.
        Kind::TextKey => Err(BadLookup::Disallowed),
        _ => Err(BadLookup::Incorrect),
    }
}

/// What `__isnull` is given; as Django, which takes anything for yes that is not one of these.
pub fn is_wanted(value: &str) -> bool {
    !["", "0", "false"].contains(&value.to_lowercase().as_str())
}

/// Whether a key can be looked up so.
fn is_of_keys(lookup: &str) -> bool {
    comparison(lookup).is_some() || ["in", "isnull"].contains(&lookup)
}

/// A whole number; one that is too long for a column stands for the last that is not, which no row has.
pub fn integer(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(text.parse().unwrap_or(if text.starts_with('-') { i64::MIN } else { i64::MAX }))
}

/// `1`, `True` and what else Django's forms write.
pub fn truth(value: &str) -> Option<bool> {
    match value {
        "1" | "True" | "true" => Some(true),
        "0" | "False" | "false" => Some(false),
        _ => None,
    }
}

fn comparison(lookup: &str) -> Option<&'static str> {
    Some(match lookup {
        "exact" => "=",
        "gt" => ">",
        "gte" => ">=",
        "lt" => "<",
        "lte" => "<=",
        _ => return None,
    })
}

fn key(field: &Field, lookup: &str, value: &str) -> Result<Statement, BadLookup> {
    let number = |text: &str| integer(text).map(Value::Int).ok_or(BadLookup::Incorrect);
    if lookup == "in" {
        let numbers = value.split(',').map(number).collect::<Result<Vec<_>, _>>()?;
        return Ok(Statement::new(format!("{} IN ", field.sql)).bind_all(numbers));
    }
    let operator = comparison(lookup).ok_or(BadLookup::Incorrect)?;
    Ok(Statement::new(format!("{} {operator} ", field.sql)).bind(number(value)?))
}

fn many(options: &Options, through: &Through, path: &[&str], value: &str) -> Result<Statement, BadLookup> {
    let Through { table, own, other, .. } = through;
    let exists = format!("EXISTS (SELECT 1 FROM {table} m WHERE m.{own} = {}", options.key().sql);
    match path {
        ["isnull"] => {
            let null = is_wanted(value);
            Ok(Statement::new(format!("{}{exists})", if null { "NOT " } else { "" })))
        }
        [] | ["exact" | "id" | "pk"] | ["id" | "pk", "exact"] => {
            let number = integer(value).ok_or(BadLookup::Incorrect)?;
            Ok(Statement::new(format!("{exists} AND m.{other} = ")).bind(Value::Int(number)).sql(")"))
        }
        _ => Err(BadLookup::Disallowed),
    }
}

fn text(sql: &str, lookup: &str, value: &str) -> Result<Statement, BadLookup> {
    let escaped = escape_like(value);
    let starts = Statement::new(sql);
    Ok(match lookup {
        "exact" => starts.sql(" = ").bind(value.into()),
        "in" => starts.sql(" IN ").bind_all(value.split(',').map(Value::from)),
        "iexact" => like(starts, &escaped),
        "contains" => like_exactly(starts, &format!("%{escaped}%")),
        "startswith" => like_exactly(starts, &format!("{escaped}%")),
        "endswith" => like_exactly(starts, &format!("%{escaped}")),
        "icontains" => like(starts, &format!("%{escaped}%")),
        "istartswith" => like(starts, &format!("{escaped}%")),
        "iendswith" => like(starts, &format!("%{escaped}")),
        _ => return Err(BadLookup::Incorrect),
    })
}

fn like(statement: Statement, pattern: &str) -> Statement {
    statement.either(" LIKE ", " ILIKE ").bind(pattern.into()).sql(" ESCAPE '\\'")
}

/// With the case as it is; on SQLite LIKE knows no case, in Django neither.
fn like_exactly(statement: Statement, pattern: &str) -> Statement {
    statement.sql(" LIKE ").bind(pattern.into()).sql(" ESCAPE '\\'")
}

/// `%` and `_` mean themselves.
pub fn escape_like(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

fn address(field: &Field, lookup: &str, value: &str) -> Result<Statement, BadLookup> {
    let sql = format!("host({})", field.sql);
    let statement = Statement::default().either(field.sql, sql);
    let escaped = escape_like(value);
    Ok(match lookup {
        "exact" => statement.sql(" = ").bind(value.into()),
        "startswith" | "istartswith" => like(statement, &format!("{escaped}%")),
        "contains" | "icontains" => like(statement, &format!("%{escaped}%")),
        _ => return Err(BadLookup::Incorrect),
    })
}

/// That one of `fields` holds a word.
pub fn holds_word(options: &Options, fields: &[&str], word: &str) -> Statement {
    let mut any = Statement::new("(");
    for (place, field) in fields.iter().filter_map(|name| options.field(name)).enumerate() {
        let sql = match field.kind {
            Kind::Text(_) | Kind::LongText => Statement::new(field.sql),
            Kind::Address => Statement::default().either(field.sql, format!("host({})", field.sql)),
            _ => Statement::new(format!("CAST({} AS text)", field.sql)),
        };
        any = if place == 0 { any } else { any.sql(" OR ") };
        any = any.then(like(sql, &format!("%{}%", escape_like(word))));
    }
    any.sql(")")
}

fn moment(field: &Field, zone: &Zone, lookup: &str, value: &str) -> Result<Statement, BadLookup> {
    if let Some(operator) = comparison(lookup) {
        let at = given(zone, value).ok_or(BadLookup::Incorrect)?;
        return Ok(Statement::new(format!("{} {operator} ", field.sql)).bind(Value::Time(at)));
    }
    let days = match lookup {
        "date" => zone::day(value).map(|day| (day, day)),
        "year" => value.parse().ok().and_then(|year| span(Some(year), None, None)),
        _ => None,
    };
    let (first, last) = days.ok_or(BadLookup::Incorrect)?;
    between(field, zone, first, last).ok_or(BadLookup::Incorrect)
}

/// That a moment lies on one of these days.
pub fn between(field: &Field, zone: &Zone, first: Date, last: Date) -> Option<Statement> {
    let (from, until) = (zone.midnight(first)?, zone.end_of(last)?);
    let sql = field.sql;
    let statement = Statement::new(format!("({sql} >= ")).bind(Value::Time(from));
    Some(statement.sql(format!(" AND {sql} < ")).bind(Value::Time(until)).sql(")"))
}

/// The first and the last day of a year, a month or a day; a day without a month is one of January, as in Django.
pub fn span(year: Option<i16>, month: Option<i8>, day: Option<i8>) -> Option<(Date, Date)> {
    let first = Date::new(year.filter(|year| *year >= 1)?, month.unwrap_or(1), day.unwrap_or(1)).ok()?;
    let last = match (month, day) {
        (None, None) => first.last_of_year(),
        (_, None) => first.last_of_month(),
        _ => first,
    };
    Some((first, last))
}

/// A moment as our own filters and Django's write it: `2026-11-26`, or with a time, and an offset.
fn given(zone: &Zone, value: &str) -> Option<PrimitiveDateTime> {
    let value = value.trim();
    if let Some(day) = zone::day(value) {
        return zone.midnight(day);
    }
    let (date, time) = (value.get(..10)?, value.get(11..)?);
    match time.find(['+', '-', 'Z']) {
        Some(place) => {
            let (time, offset) = time.split_at(place);
            let utc = Zone(jiff::tz::TimeZone::UTC).read(date, time)?;
            let (hours, minutes) = offset[1..].split_once(':').unwrap_or((&offset[1..], "0"));
            let part = |text: &str| if text.is_empty() { Some(0) } else { text.parse::<u8>().ok().map(i64::from) };
            let ahead = time::Duration::minutes(part(hours)? * 60 + part(minutes)?);
            if offset.starts_with('-') { utc.checked_add(ahead) } else { utc.checked_sub(ahead) }
        }
        None => zone.read(date, time),
    }
}

/// Whether `value` is what stands in `field` of a row, for filters that show which of theirs is chosen.
pub fn same(field: &Field, chosen: Option<&str>, value: &str) -> bool {
    match field.kind {
        Kind::Boolean => chosen.and_then(truth) == Some(is_true(value)),
        _ => chosen == Some(value),
    }
}
