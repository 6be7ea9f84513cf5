//! The years, months and days of a list (`date_hierarchy`).

use std::str::FromStr;

use jiff::civil::Date;

use super::{
    lookups::{BadLookup, between, span},
    options::{Field, Options},
    params::Params,
    record,
    zone::{self, Zone},
};
use crate::{
    auth::AuthError,
    db::{
        Db,
        statement::{Statement, text_of},
    },
};

/// What can be drilled into.
#[derive(Debug, Clone, Default)]
pub struct Hierarchy {
    /// The way back: what it says, and where it leads.
    pub back: Option<(String, String)>,
    /// What lies below: what it says, and where it leads; none where there is nothing below.
    pub choices: Vec<(String, Option<String>)>,
}

/// The time that was chosen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Chosen {
    year: Option<i16>,
    month: Option<i8>,
    day: Option<i8>,
}

/// How many years are listed; a list that spans more begins later.
const MOST_YEARS: i16 = 40;

/// The parameters of a field's hierarchy.
pub fn names(field: &str) -> [String; 3] {
    ["year", "month", "day"].map(|part| format!("{field}__{part}"))
}

fn chosen(field: &Field, params: &Params) -> Result<Chosen, BadLookup> {
    let [year, month, day] = names(field.name).map(|name| params.get(&name));
    let chosen = Chosen { year: number(year)?, month: number(month)?, day: number(day)? };
    let is_whole = chosen.year.is_some() || (chosen.month.is_none() && chosen.day.is_none());
    if is_whole { Ok(chosen) } else { Err(BadLookup::Incorrect) }
}

fn number<T: FromStr>(text: Option<&str>) -> Result<Option<T>, BadLookup> {
    text.map(str::parse).transpose().map_err(|_| BadLookup::Incorrect)
}

/// The condition of what was chosen, if anything was; an error for a day that never was.
pub fn condition(field: &Field, zone: &Zone, params: &Params) -> Result<Option<Statement>, BadLookup> {
    let Chosen { year, month, day } = chosen(field, params)?;
    if year.is_none() {
        return Ok(None);
    }
    let (first, last) = span(year, month, day).ok_or(BadLookup::Incorrect)?;
    between(field, zone, first, last).map(Some).ok_or(BadLookup::Incorrect)
}

/// What lies below what was chosen, among the rows of `condition`.
pub fn hierarchy(
    db: &mut Db,
    options: &Options,
    zone: &Zone,
    field: &Field,
    params: &Params,
    condition: &Statement,
) -> Result<Hierarchy, AuthError> {
    let mut chosen = chosen(field, params).unwrap_or_default();
    let Some((oldest, newest)) = extent(db, options, zone, field, condition)? else { return Ok(Hierarchy::default()) };
    let link = |chosen: Chosen| link(field, params, chosen);
    // As Django, it goes down as long as there is but one way.
    if chosen.year.is_none() && oldest.year() == newest.year() {
        chosen.year = Some(oldest.year());
        if oldest.month() == newest.month() {
            chosen.month = Some(oldest.month());
        }
    }
    let back = |label: String, to: Chosen| Some((label, link(to)));
    match chosen {
        Chosen { year: Some(year), month: Some(month), day: Some(day) } => {
            let label = span(Some(year), Some(month), Some(day)).map(|(first, _)| spelled(first));
            let up = Chosen { day: None, ..chosen };
            let back = back(month_of(year, month), up);
            Ok(Hierarchy { back, choices: label.map(|label| (label, None)).into_iter().collect() })
        }
        Chosen { year: Some(year), month: Some(month), day: None } => {
            let days = (1..=31).filter_map(|day| {
                let (first, last) = span(Some(year), Some(month), Some(day))?;
                Some((spelled(first), Chosen { day: Some(day), ..chosen }, first, last))
            });
            let choices = present(db, options, zone, field, condition, days.collect(), link)?;
            Ok(Hierarchy { back: back(year.to_string(), Chosen { month: None, ..chosen }), choices })
        }
        Chosen { year: Some(year), .. } => {
            let months = (1..=12).filter_map(|month| {
                let (first, last) = span(Some(year), Some(month), None)?;
                Some((month_of(year, month), Chosen { month: Some(month), ..chosen }, first, last))
            });
            let choices = present(db, options, zone, field, condition, months.collect(), link)?;
            Ok(Hierarchy { back: back("All dates".to_owned(), Chosen::default()), choices })
        }
        _ => {
            let from = oldest.year().max(newest.year().saturating_sub(MOST_YEARS));
            let years = (from..=newest.year()).filter_map(|year| {
                let (first, last) = span(Some(year), None, None)?;
                Some((year.to_string(), Chosen { year: Some(year), ..Chosen::default() }, first, last))
            });
            let choices = present(db, options, zone, field, condition, years.collect(), link)?;
            Ok(Hierarchy { back: None, choices })
        }
    }
}

fn link(field: &Field, params: &Params, chosen: Chosen) -> String {
    let [year, month, day] = names(field.name);
    let changes = [
        (year.as_str(), chosen.year.map(|year| year.to_string())),
        (month.as_str(), chosen.month.map(|month| month.to_string())),
        (day.as_str(), chosen.day.map(|day| day.to_string())),
    ];
    // As Django's, it leaves whatever else narrows the same field.
    let prefix = format!("{}__", field.name);
    params.from_start().only(|name| !name.starts_with(&prefix)).with(changes).link()
}

fn month_of(year: i16, month: i8) -> String {
    Date::new(year, month, 1).map(|date| date.strftime("%B %Y").to_string()).unwrap_or_default()
}

fn spelled(day: Date) -> String {
    day.strftime("%B %-d").to_string()
}

/// The first and the last day of the rows.
fn extent(
    db: &mut Db,
    options: &Options,
    zone: &Zone,
    field: &Field,
    condition: &Statement,
) -> Result<Option<(Date, Date)>, AuthError> {
    let known = Statement::new(format!("{} IS NOT NULL", field.sql));
    let rows = record::from(options, &Statement::all_of([known, condition.clone()]));
    // One after the other: for both at once neither database looks into an index.
    let mut end = |which: &str| {
        let select = Statement::new(format!("SELECT {}", text_of(field.sql))).then(rows.clone());
        let text = select.sql(format!(" ORDER BY {}{which} LIMIT 1", field.sql)).value(db)?;
        Ok::<_, AuthError>(text.and_then(|text| Some(zone.local(zone::stored(&text)?).date())))
    };
    Ok(end("")?.zip(end(" DESC")?))
}

/// Those spans in which there is a row: one statement for all of them.
fn present(
    db: &mut Db,
    options: &Options,
    zone: &Zone,
    field: &Field,
    condition: &Statement,
    spans: Vec<(String, Chosen, Date, Date)>,
    link: impl Fn(Chosen) -> String,
) -> Result<Vec<(String, Option<String>)>, AuthError> {
    let mut statement = Statement::new("SELECT ");
    for (place, (_, _, first, last)) in spans.iter().enumerate() {
        let Some(within) = between(field, zone, *first, *last) else { continue };
        let both = if condition.is_empty() { within } else { condition.clone().sql(" AND ").then(within) };
        statement = statement
            .sql(if place == 0 { "" } else { ", " })
            .sql("CASE WHEN EXISTS (SELECT 1")
            .then(record::from(options, &both))
            .sql(") THEN '1' ELSE '0' END");
    }
    let found = statement.rows(db)?.into_iter().next().unwrap_or_default();
    let there = spans.into_iter().zip(found).filter(|(_, found)| found.as_deref() == Some("1"));
    Ok(there.map(|((label, chosen, ..), _)| (label, Some(link(chosen)))).collect())
}
