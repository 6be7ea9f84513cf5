//! What stands beside a list and narrows it (`list_filter`).

use std::{collections::BTreeSet, sync::Arc};

use jiff::{ToSpan, civil::Date};
use time::PrimitiveDateTime;

use super::{
    lookups::{self, BadLookup},
    narrow::{self, Part},
    options::{Field, Kind, Options, To},
    params::Params,
    record,
    zone::Zone,
};
use crate::{
    auth::AuthError,
    db::{
        Db,
        statement::{Statement, text_of},
    },
};

/// How many different texts a filter offers.
const MOST_VALUES: i64 = 50;
/// Of how many rows it offers texts, where there are very many.
const NEWEST: i64 = 5_000;
/// How many values of one name are looked at.
const MOST_REPEATED: usize = 50;
/// How many values all conditions of a query may have: a date hierarchy repeats them for each day of a month, and SQLite takes
/// 32766 in one statement.
const MOST_BOUND: usize = 1_000;
/// What is chosen where nothing is.
const ALL: &str = "All";
const ANY_DATE: &str = "Any date";

/// By what a list can be narrowed.
#[derive(Clone)]
pub enum ListFilter {
    /// By a field: what it offers depends on what that holds.
    Field(&'static str),
    /// By something of the model's own (`SimpleListFilter`).
    Custom(CustomFilter),
}

/// What a value of a model's own filter means: a function, or one that knows settings too.
pub type Condition = Arc<dyn Fn(&str, PrimitiveDateTime) -> Option<Statement> + Send + Sync>;

/// A filter of a model's own.
#[derive(Clone)]
pub struct CustomFilter {
    /// What it says: "By …".
    pub title: &'static str,
    /// Its name in the query.
    pub parameter: &'static str,
    /// Values and what they are called.
    pub lookups: &'static [(&'static str, &'static str)],
    /// What a value means, at this moment; `None` for a value that it doesn't know and that narrows nothing.
    pub condition: Condition,
}

/// A filter as the list shows it.
#[derive(Debug, Clone, Default)]
pub struct FilterSpec {
    /// What it says: "By …".
    pub title: String,
    /// What it offers.
    pub choices: Vec<Choice>,
}

/// One thing to choose.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// What it is called.
    pub label: String,
    /// Where it leads.
    pub link: String,
    /// Whether it is chosen.
    pub selected: bool,
    /// How many rows it would leave, if that was asked for.
    pub count: Option<i64>,
    /// The values that choose it.
    changes: Vec<(String, Option<String>)>,
}

impl ListFilter {
    /// The names in a query that are its own.
    fn parameters(&self, options: &Options) -> Vec<String> {
        let name = match self {
            Self::Custom(custom) => return vec![custom.parameter.to_owned()],
            Self::Field(name) => *name,
        };
        let of = |lookups: &[&str]| lookups.iter().map(|lookup| format!("{name}{lookup}")).collect();
        match options.field(name).map(|field| &field.kind) {
            Some(Kind::ManyToMany(_) | Kind::ForeignKey(_)) => of(&["__id__exact", "__isnull"]),
            Some(Kind::DateTime) => of(&["__gte", "__lt", "__isnull"]),
            Some(Kind::Boolean) => of(&["__exact"]),
            Some(_) if options.field(name).is_some_and(|field| !field.choices.is_empty()) => of(&["__exact"]),
            _ => of(&[""]),
        }
    }

    /// What it offers, beside "All".
    fn offers(
        &self,
        db: &mut Db,
        options: &Options,
        zone: &Zone,
        now: PrimitiveDateTime,
        is_large: bool,
    ) -> Result<Offers, AuthError> {
        let name = match self {
            Self::Custom(custom) => {
                let one = |(value, label): &(&str, &str)| {
                    ((*label).to_owned(), vec![(custom.parameter.to_owned(), Some((*value).to_owned()))])
                };
                return Ok(custom.lookups.iter().map(one).collect());
            }
            Self::Field(name) => *name,
        };
        let Some(field) = options.field(name) else { return Ok(Vec::new()) };
        let exact = |suffix: &str, value: &str, label: &str| {
            (label.to_owned(), vec![(format!("{name}{suffix}"), Some(value.to_owned()))])
        };
        Ok(match &field.kind {
            Kind::Boolean => vec![exact("__exact", "1", "Yes"), exact("__exact", "0", "No")],
            Kind::DateTime => ranges(field, zone, now),
            Kind::ManyToMany(through) => related(db, name, &through.to, true)?,
            Kind::ForeignKey(to) => related(db, name, to, field.blank)?,
            _ if !field.choices.is_empty() => {
                field.choices.iter().map(|(value, label)| exact("__exact", value, label)).collect()
            }
            _ => values(db, options, field, is_large)?.iter().map(|value| exact("", value, value)).collect(),
        })
    }

    fn title(&self, options: &Options) -> String {
        match self {
            Self::Custom(custom) => custom.title.to_owned(),
            Self::Field(name) => options.field(name).map_or(String::new(), |field| field.label.to_lowercase()),
        }
    }

    /// The filter of a model's own to which a parameter belongs.
    fn custom(&self, name: &str) -> Option<&CustomFilter> {
        match self {
            Self::Custom(custom) if custom.parameter == name => Some(custom),
            _ => None,
        }
    }

    /// Whether it is by a moment, in ranges.
    fn is_dated(&self, options: &Options) -> Option<&'static str> {
        match self {
            Self::Field(name) if options.field(name)?.kind == Kind::DateTime => Some(name),
            _ => None,
        }
    }

    /// The filter as it is shown beside a list with `params`.
    pub fn spec(
        &self,
        db: &mut Db,
        options: &Options,
        (zone, now): (&Zone, PrimitiveDateTime),
        is_large: bool,
        params: &Params,
    ) -> Result<FilterSpec, AuthError> {
        let mut own = self.parameters(options);
        let dated = self.is_dated(options);
        if let Some(field) = dated {
            // Also those of the hierarchy above the list, which say the same in another way.
            let same = |(name, _): &(&str, &str)| name.strip_prefix(field).is_some_and(|rest| rest.starts_with("__"));
            own.extend(params.iter().filter(same).map(|(name, _)| name.to_owned()));
        }
        let none: Vec<_> = own.iter().map(|name| (name.clone(), None)).collect();
        let all = if dated.is_some() { ANY_DATE } else { ALL };
        let mut choices = vec![Choice { label: all.to_owned(), changes: none.clone(), ..Choice::default() }];
        for (label, values) in self.offers(db, options, zone, now, is_large)? {
            let mut changes = none.clone();
            changes.retain(|(name, _)| values.iter().all(|(other, _)| other != name));
            changes.extend(values);
            choices.push(Choice { label, changes, ..Choice::default() });
        }
        let base = params.from_start();
        for choice in &mut choices {
            let changes = choice.changes.iter().map(|(name, value)| (name.as_str(), value.clone()));
            choice.link = base.with(changes).link();
            choice.selected = choice.changes.iter().all(|(name, value)| match value {
                Some(value) => params.all(name).any(|chosen| chosen == value),
                None => params.get(name).is_none(),
            });
        }
        Ok(FilterSpec { title: self.title(options), choices })
    }
}

impl Choice {
    /// Whether it is told how many rows it would leave: as in Django, not where nothing is chosen, dates apart.
    pub fn is_counted(&self) -> bool {
        self.label != ALL || self.changes.iter().any(|(_, value)| value.is_some())
    }

    /// The query that choosing it makes of `params`.
    pub fn applied(&self, params: &Params) -> Params {
        params.with(self.changes.iter().map(|(name, value)| (name.as_str(), value.clone())))
    }
}

type Offers = Vec<(String, Vec<(String, Option<String>)>)>;

fn related(db: &mut Db, name: &str, to: &To, may_be_none: bool) -> Result<Offers, AuthError> {
    let mut offers: Offers = record::offered(db, to)?
        .into_iter()
        .map(|(key, label)| (label, vec![(format!("{name}__id__exact"), Some(key.to_string()))]))
        .collect();
    if may_be_none && !offers.is_empty() {
        offers.push(("Empty".to_owned(), vec![(format!("{name}__isnull"), Some("True".to_owned()))]));
    }
    Ok(offers)
}

/// `DateFieldListFilter`.
fn ranges(field: &Field, zone: &Zone, now: PrimitiveDateTime) -> Offers {
    let today = zone.local(now).date();
    let after = |day: Date| day.checked_add(1.day()).unwrap_or(day);
    let spans = [
        ("Today", today, after(today)),
        ("Past 7 days", today.checked_sub(7.days()).unwrap_or(today), after(today)),
        ("This month", today.first_of_month(), after(today.last_of_month())),
        ("This year", today.first_of_year(), after(today.last_of_year())),
    ];
    let name = field.name;
    let mut offers: Offers = spans
        .into_iter()
        .map(|(label, from, until)| {
            let bounds = vec![
                (format!("{name}__gte"), Some(zone.midnight_as_python(from))),
                (format!("{name}__lt"), Some(zone.midnight_as_python(until))),
            ];
            (label.to_owned(), bounds)
        })
        .collect();
    if field.blank {
        offers.push(("No date".to_owned(), vec![(format!("{name}__isnull"), Some("True".to_owned()))]));
        offers.push(("Has date".to_owned(), vec![(format!("{name}__isnull"), Some("False".to_owned()))]));
    }
    offers
}

/// `AllValuesFieldListFilter`; of very many rows what the newest hold.
fn values(db: &mut Db, options: &Options, field: &Field, is_large: bool) -> Result<Vec<String>, AuthError> {
    let sql = field.sql;
    let known = Statement::new(format!("{sql} IS NOT NULL"));
    let select = if is_large {
        Statement::new(format!("SELECT DISTINCT v FROM (SELECT {} AS v", text_of(sql)))
            .then(record::from(options, &known.hidden()))
            .sql(format!(" ORDER BY {} DESC LIMIT {NEWEST}) n", options.key().sql))
    } else {
        Statement::new(format!("SELECT DISTINCT {}", text_of(sql))).then(record::from(options, &known))
    };
    let found = select.sql(format!(" ORDER BY 1 LIMIT {MOST_VALUES}")).rows(db)?;
    Ok(found.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect())
}

/// The conditions of all parameters that are not the list's own. Of several of one name any may hold.
pub fn conditions(
    options: &Options,
    zone: &Zone,
    now: PrimitiveDateTime,
    params: &Params,
) -> Result<Vec<Part>, BadLookup> {
    let (mut conditions, mut seen) = (Vec::new(), BTreeSet::new());
    for (name, _) in params.iter().filter(|(name, _)| seen.insert(*name)) {
        if let Some(custom) = options.list_filter.iter().find_map(|filter| filter.custom(name)) {
            let test = (custom.condition)(params.get(name).unwrap_or_default(), now);
            conditions.extend(test.map(|test| Part { test, keys: None }));
        } else {
            let values: Vec<&str> = params.all(name).take(MOST_REPEATED).collect();
            let test = any_of(options, zone, name, &values)?;
            conditions.push(Part { keys: narrow::keys(options, name, &values, &test), test });
        }
    }
    let bound: usize = conditions.iter().map(|part| part.test.bound()).sum();
    if bound > MOST_BOUND { Err(BadLookup::Incorrect) } else { Ok(conditions) }
}

fn any_of(options: &Options, zone: &Zone, name: &str, values: &[&str]) -> Result<Statement, BadLookup> {
    let mut any = Statement::new("(");
    for (place, value) in values.iter().enumerate() {
        any = if place == 0 { any } else { any.sql(" OR ") }.then(lookups::condition(options, zone, name, value)?);
    }
    Ok(any.sql(")"))
}
