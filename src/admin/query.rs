//! What the query of a list asks for.

use super::{
    Context, Registered, action, filters,
    hierarchy::{self},
    keyset::{Order, Segment, Term},
    lookups::{self, BadLookup},
    narrow::{self, Known, Part},
    options::{Field, Kind, Options},
    params::Params,
    search,
};
use crate::{auth::AuthError, db::statement::Statement};

/// What in a query is the list's own; all else are lookups.
pub const OWN: [&str; 11] =
    ["q", "o", "p", "all", "e", "after", "before", "anywhere", "_facets", "_popup", "_to_field"];
/// How many characters of a search are looked at, and how many words.
const MAX_SEARCH: usize = 200;
const MAX_WORDS: usize = 10;

/// Why there is no list.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// It was asked for by what nobody may see.
    #[error("lookup not allowed")]
    Disallowed,
    /// The query makes no sense; Django leads back to the list with `?e=1`.
    #[error("the query makes no sense")]
    Incorrect,
    /// Something went wrong.
    #[error(transparent)]
    Auth(#[from] AuthError),
}

impl From<BadLookup> for ListError {
    fn from(bad: BadLookup) -> Self {
        match bad {
            BadLookup::Disallowed => Self::Disallowed,
            BadLookup::Incorrect => Self::Incorrect,
        }
    }
}

/// What a query asks for, understood.
#[derive(Debug, Clone)]
pub struct Query {
    /// The query as it is.
    pub params: Params,
    /// What is searched for.
    pub search: String,
    /// What it leaves.
    pub condition: Statement,
    /// The same without the time that was drilled into.
    pub without_date: Statement,
    /// The columns by which it is ordered, and whether descending.
    pub order: Vec<(usize, bool)>,
    /// The number of the first column.
    pub first_column: usize,
    /// The page.
    pub page: i64,
    /// Whether all are to stand on one.
    pub all: bool,
    /// How it is answered if the table has very many rows; `None` if it is small.
    pub large: Option<Large>,
    is_sqlite: bool,
}

/// How a list of very many rows is read.
#[derive(Debug, Clone)]
pub struct Large {
    /// The condition while it is read along its order.
    pub condition: Statement,
    /// Whether few keys are looked up and then ordered.
    pub is_of_few: bool,
    /// The rows in the order of how a search finds them, if it finds many.
    pub segments: Vec<Segment>,
    /// How many rows are left.
    pub known: Known,
    /// Whether the search finds only what begins with its words.
    pub finds_beginnings: bool,
}

impl Query {
    /// Reads a query.
    pub fn new(context: &mut Context<'_>, model: &Registered, params: &Params) -> Result<Self, ListError> {
        let (options, zone, now) = (&model.options, &context.zone(), context.now());
        // As in Django, the boxes before the rows count as a column where there are any.
        let first_column = usize::from(!action::actions(context, model).is_empty());
        if params.get("_to_field").is_some_and(|name| name != options.key().name) {
            return Err(ListError::Disallowed);
        }
        // As Django, which says so and searches for nothing.
        let is_sane = |text: &&str| !text.contains('\0');
        let search: String = params.get("q").filter(is_sane).unwrap_or_default().chars().take(MAX_SEARCH).collect();
        let dates = options.date_hierarchy.map(hierarchy::names).unwrap_or_default();
        let lookups = params.only(|name| !OWN.contains(&name) && !dates.iter().any(|date| date == name));
        let filters = filters::conditions(options, zone, now, &lookups)?;
        let date = match options.date_hierarchy.and_then(|name| options.field(name)) {
            Some(field) => hierarchy::condition(field, zone, params)?
                .map(|test| Part { keys: narrow::dated(options, field, &test), test }),
            None => None,
        };
        let words: Vec<String> = match options.search_fields.as_slice() {
            [] => Vec::new(),
            _ => search::words(&search).into_iter().take(MAX_WORDS).collect(),
        };
        let mut query = Self {
            condition: Statement::default(),
            without_date: Statement::default(),
            order: order(options, first_column, params.get("o").unwrap_or_default()),
            first_column,
            page: params.get("p").and_then(lookups::integer).unwrap_or(1),
            all: params.get("all").is_some(),
            params: if search.is_empty() {
                params.with([("e", None), ("q", None)])
            } else {
                params.with([("e", None)])
            },
            search,
            large: None,
            is_sqlite: context.db.is_sqlite(),
        };
        if model.size.is_large(context.db, options, now)? {
            query.narrow(context, options, filters, &words, date)?;
        } else {
            let holds = |word: &String| lookups::holds_word(options, &options.search_fields, word);
            let parts = filters.into_iter().map(|part| part.test).chain(words.iter().map(holds));
            query.without_date = Statement::all_of(parts);
            query.condition =
                Statement::all_of([query.without_date.clone()].into_iter().chain(date.map(|part| part.test)));
        }
        Ok(query)
    }

    /// Finds out how to answer it where there are very many rows.
    fn narrow(
        &mut self,
        context: &mut Context<'_>,
        options: &Options,
        mut parts: Vec<Part>,
        words: &[String],
        date: Option<Part>,
    ) -> Result<(), ListError> {
        let anywhere = self.params.get("anywhere").is_some();
        let beginnings: Option<Vec<_>> =
            if anywhere { None } else { words.iter().map(|word| narrow::beginning(options, word)).collect() };
        let finds_beginnings = beginnings.is_some() && !words.is_empty();
        let mut walked: Option<(usize, usize, Vec<Segment>)> = None;
        for (word, beginning) in words.iter().zip(beginnings.into_iter().flatten()) {
            // The longest finds the fewest rows, as a rule.
            let length = word.chars().count();
            if self.order.is_empty() && walked.as_ref().is_none_or(|(_, longest, _)| length > *longest) {
                walked = Some((parts.len(), length, beginning.segments));
            }
            parts.push(beginning.part);
        }
        if !finds_beginnings {
            let holds =
                |word: &String| Part { test: lookups::holds_word(options, &options.search_fields, word), keys: None };
            parts.extend(words.iter().map(holds));
        }
        self.without_date = Statement::all_of(parts.iter().map(|part| part.test.clone().hidden()));
        parts.extend(date);
        let narrowed = narrow::narrow(context.db, options, &parts, walked.as_ref().map(|(place, ..)| *place))?;
        self.condition = if narrowed.is_of_few {
            narrowed.condition.clone()
        } else {
            Statement::all_of(parts.into_iter().map(|part| part.test))
        };
        let segments = walked.filter(|_| !narrowed.is_of_few).map(|(.., segments)| segments).unwrap_or_default();
        let (condition, is_of_few, known) = (narrowed.condition, narrowed.is_of_few, narrowed.known);
        self.large = Some(Large { condition, is_of_few, segments, known, finds_beginnings });
        Ok(())
    }

    /// By what the rows are ordered: by what was asked for, then as always; the key at last, so that it is the same each
    /// time.
    fn terms<'a>(&self, options: &'a Options) -> Vec<(&'a Field, bool)> {
        let asked = self.order.iter().filter_map(|(column, descending)| {
            Some((options.field(options.list_display.get(*column - self.first_column)?)?, *descending))
        });
        let mut terms: Vec<(&Field, bool)> = asked.collect();
        terms.extend(default_order(options).filter(|(field, _)| self.is_near(field)));
        terms.push((options.key(), true));
        let mut seen = Vec::new();
        terms.retain(|(field, _)| {
            !seen.contains(&field.sql) && {
                seen.push(field.sql);
                true
            }
        });
        // The key leaves nothing to be ordered.
        let key = terms.iter().position(|(field, _)| field.is_key()).unwrap_or(terms.len() - 1);
        terms.truncate(key + 1);
        terms
    }

    /// Whether a field of the list's own order has a part in it: very many rows aren't put in order by what stands in another
    /// table, if nobody asks for it.
    pub fn is_near(&self, field: &Field) -> bool {
        self.large.is_none() || field.sql.starts_with("t.")
    }

    /// The order of the rows as SQL. NULLs stand where the database has them, as in Django: in SQLite first, in PostgreSQL
    /// last.
    pub fn order_by(&self, options: &Options) -> String {
        let hidden = if self.is_sqlite && self.large.as_ref().is_some_and(|large| large.is_of_few) { "+" } else { "" };
        let term = |(field, descending): (&Field, bool)| {
            format!("{hidden}{}{}", field.sql, if descending { " DESC" } else { "" })
        };
        self.terms(options).into_iter().map(term).collect::<Vec<_>>().join(", ")
    }

    /// The order of the rows.
    pub fn order(&self, options: &Options) -> Order {
        let terms = self.terms(options).into_iter().map(|(field, descending)| Term::of(field, descending));
        let is_of_few = self.large.as_ref().is_some_and(|large| large.is_of_few);
        Order::new(terms.collect(), self.is_sqlite, is_of_few)
    }
}

/// The order that a list has if nobody asks for another.
pub fn default_order(options: &Options) -> impl Iterator<Item = (&Field, bool)> {
    options.ordering.iter().filter_map(|name| {
        let (name, descending) = name.strip_prefix('-').map_or((*name, false), |name| (name, true));
        Some((options.field(name)?, descending))
    })
}

/// Reads `1.-2`: columns by their numbers, those after a minus descending. What makes no sense is left out.
fn order(options: &Options, first_column: usize, text: &str) -> Vec<(usize, bool)> {
    let read = |part: &str| {
        let (number, descending) = (part.trim_start_matches('-'), part.starts_with('-'));
        let number: usize = number.parse().ok()?;
        let field = options.field(options.list_display.get(number.checked_sub(first_column)?)?)?;
        is_sortable(field).then_some((number, descending))
    };
    text.split('.').take(options.list_display.len()).filter_map(read).collect()
}

/// Whether rows can be ordered by a field.
pub fn is_sortable(field: &Field) -> bool {
    !field.sql.is_empty() && !matches!(field.kind, Kind::ManyToMany(_))
}
