//! The list of a model's rows (`django.contrib.admin.views.main.ChangeList`).

use super::{
    Context, Registered, action,
    cell::{Cell, cell_of},
    filters::{self, FilterSpec},
    hierarchy::{self, Hierarchy},
    lookups::{self, BadLookup},
    options::{Field, Kind, Options},
    params::Params,
    record::{self, Record},
    search,
    zone::Zone,
};
use crate::{auth::AuthError, db::statement::Statement};

/// What in a query is the list's own; all else are lookups.
const OWN: [&str; 8] = ["q", "o", "p", "all", "e", "_facets", "_popup", "_to_field"];
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

/// A list.
#[derive(Debug, Clone, Default)]
pub struct ChangeList {
    /// The query as it is.
    pub params: Params,
    /// The heads of its columns.
    pub columns: Vec<Column>,
    /// What it shows.
    pub rows: Vec<Row>,
    /// How many rows the query leaves.
    pub result_count: i64,
    /// How many there are at all.
    pub full_result_count: i64,
    /// What is searched for.
    pub query: String,
    /// The pages; none if there is but one.
    pub pages: Vec<PageLink>,
    /// A link to all on one page, if they are not too many.
    pub show_all: Option<String>,
    /// By what it can be narrowed.
    pub filters: Vec<FilterSpec>,
    /// A link that says how many rows each of them leaves, or one that no longer does.
    pub facets: Option<(bool, String)>,
    /// A link that removes all filters, if there are any.
    pub clear: Option<String>,
    /// By what time it can be drilled into.
    pub hierarchy: Hierarchy,
    /// A link to the same without any order, if there is one.
    pub clear_order: Option<String>,
}

/// The head of a column.
#[derive(Debug, Clone, Default)]
pub struct Column {
    /// What it says.
    pub label: String,
    /// The name of its field.
    pub name: &'static str,
    /// Where it leads: the same list ordered by this first. `None` where it can't be.
    pub sort: Option<String>,
    /// The order it has: its rank, and whether it is descending.
    pub sorted: Option<(usize, bool)>,
    /// Where it leads to leave the order, if others have a part in that.
    pub unsort: Option<String>,
    /// Where it leads to turn at the place that it has in the order, if others have a part in that.
    pub toggle: Option<String>,
}

/// A line of it.
#[derive(Debug, Clone, Default)]
pub struct Row {
    /// What the row is named by outside.
    pub id: String,
    /// What it is called.
    pub repr: String,
    /// What stands in its columns.
    pub cells: Vec<Cell>,
}

/// A link to a page of the list.
#[derive(Debug, Clone)]
pub enum PageLink {
    /// The page that is shown.
    Current(i64),
    /// Another.
    Other(i64, String),
    /// Some are left out.
    Gap,
}

/// What a query asks for, understood.
#[derive(Debug, Clone)]
pub struct Query {
    params: Params,
    search: String,
    /// What it leaves.
    pub condition: Statement,
    without_date: Statement,
    order: Vec<(usize, bool)>,
    first_column: usize,
    page: i64,
    all: bool,
}

impl Query {
    /// Reads a query.
    pub fn new(context: &Context<'_>, model: &Registered, params: &Params) -> Result<Self, ListError> {
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
        let mut parts = filters::conditions(options, zone, now, &lookups)?;
        if !options.search_fields.is_empty() {
            let words = search::words(&search).into_iter().take(MAX_WORDS);
            parts.extend(words.map(|word| lookups::holds_word(options, &options.search_fields, &word)));
        }
        let without_date = all_of(parts.clone());
        if let Some(field) = options.date_hierarchy.and_then(|name| options.field(name)) {
            parts.extend(hierarchy::condition(field, zone, params)?);
        }
        Ok(Self {
            condition: all_of(parts),
            without_date,
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
        })
    }

    /// The order of the rows: by what was asked for, then as always; the key at last, so that it is the same each time.
    pub fn order_by(&self, options: &Options) -> String {
        // NULLs stand where the database has them, as in Django: in SQLite first, in PostgreSQL last.
        let sql = |field: &Field, descending: bool| format!("{}{}", field.sql, if descending { " DESC" } else { "" });
        let asked = self.order.iter().filter_map(|(column, descending)| {
            let field = options.field(options.list_display.get(*column - self.first_column)?)?;
            Some(sql(field, *descending))
        });
        let mut order: Vec<String> = asked.collect();
        order.extend(default_order(options).map(|(field, descending)| sql(field, descending)));
        order.push(format!("{} DESC", options.key().sql));
        order.join(", ")
    }
}

fn default_order(options: &Options) -> impl Iterator<Item = (&Field, bool)> {
    options.ordering.iter().filter_map(|name| {
        let (name, descending) = name.strip_prefix('-').map_or((*name, false), |name| (name, true));
        Some((options.field(name)?, descending))
    })
}

fn all_of(parts: Vec<Statement>) -> Statement {
    let mut all = Statement::default();
    for part in parts {
        all = if all.is_empty() { part } else { all.sql(" AND ").then(part) };
    }
    all
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

fn is_sortable(field: &Field) -> bool {
    !field.sql.is_empty() && !matches!(field.kind, Kind::ManyToMany(_))
}

impl ChangeList {
    /// Reads the list that `params` ask for.
    pub fn new(context: &mut Context<'_>, model: &Registered, params: &Params) -> Result<Self, ListError> {
        let (options, now, zone) = (&model.options, context.now(), context.zone());
        let query = Query::new(context, model, params)?;
        let result_count = record::count(context.db, options, &query.condition)?;
        let full_result_count = if query.condition.is_empty() {
            result_count
        } else {
            record::count(context.db, options, &Statement::default())?
        };
        let pages = (result_count + options.list_per_page - 1) / options.list_per_page;
        let can_show_all = result_count <= options.list_max_show_all;
        let shows_all = (query.all && can_show_all) || pages < 2;
        if !shows_all && !(1..=pages).contains(&query.page) {
            return Err(ListError::Incorrect);
        }
        let window = if shows_all {
            (result_count, 0)
        } else {
            (options.list_per_page, (query.page - 1) * options.list_per_page)
        };
        let mut fields = options.list_display.clone();
        fields.extend(model.admin.needs());
        fields.push(options.repr);
        let records = record::load(context.db, options, &fields, &query.condition, &query.order_by(options), window)?;
        let rows = rows(context, model, &zone, records)?;
        let mut filters = Vec::new();
        for filter in &options.list_filter {
            filters.push(filter.spec(context.db, options, &zone, now, &query.params)?);
        }
        let counted = params.get("_facets").is_some();
        if counted {
            count_choices(context, model, &query, &mut filters)?;
        }
        let hierarchy = match options.date_hierarchy.and_then(|name| options.field(name)) {
            Some(field) => {
                let condition = if query.params.get(&hierarchy::names(field.name)[0]).is_some() {
                    &query.condition
                } else {
                    &query.without_date
                };
                hierarchy::hierarchy(context.db, options, &zone, field, &query.params, condition)?
            }
            None => Hierarchy::default(),
        };
        Ok(Self {
            columns: columns(options, &query),
            rows,
            result_count,
            full_result_count,
            pages: if shows_all { Vec::new() } else { page_links(&query, pages) },
            show_all: (can_show_all && pages > 1 && !shows_all)
                .then(|| query.params.with([("p", None), ("all", Some(String::new()))]).link()),
            facets: (!filters.is_empty())
                .then(|| (counted, query.params.with([("_facets", (!counted).then(|| "True".to_owned()))]).link())),
            clear: cleared(options, &query),
            clear_order: (!query.order.is_empty()).then(|| query.params.with([("o", None)]).link()),
            filters,
            hierarchy,
            query: query.search,
            params: query.params,
        })
    }
}

fn cleared(options: &Options, query: &Query) -> Option<String> {
    let kept = query.params.only(|name| OWN.contains(&name) && name != "p");
    let dates = options.date_hierarchy.map(hierarchy::names).unwrap_or_default();
    let narrowed = query.params.iter().any(|(name, _)| !OWN.contains(&name) && !dates.iter().any(|date| date == name));
    narrowed.then(|| kept.link())
}

fn rows(
    context: &mut Context<'_>,
    model: &Registered,
    zone: &Zone,
    records: Vec<Record>,
) -> Result<Vec<Row>, ListError> {
    let mut rows = Vec::with_capacity(records.len());
    for record in records {
        let mut cells = Vec::with_capacity(model.options.list_display.len());
        for name in &model.options.list_display {
            cells.push(match model.admin.cell(context, name, &record)? {
                Some(cell) => cell,
                None => model.options.field(name).map_or(Cell::Empty, |field| cell_of(field, zone, &record)),
            });
        }
        rows.push(Row {
            id: model.admin.public_id(context, &record.key),
            repr: model.admin.repr(&model.options, &record),
            cells,
        });
    }
    Ok(rows)
}

/// How many rows each choice of each filter would leave.
fn count_choices(
    context: &mut Context<'_>,
    model: &Registered,
    query: &Query,
    filters: &mut [FilterSpec],
) -> Result<(), ListError> {
    let counted = filters.iter_mut().flat_map(|filter| &mut filter.choices).filter(|choice| choice.is_counted());
    for choice in counted {
        let condition = Query::new(context, model, &choice.applied(&query.params).with([("p", None)]))?.condition;
        choice.count = Some(record::count(context.db, &model.options, &condition)?);
    }
    Ok(())
}

fn columns(options: &Options, query: &Query) -> Vec<Column> {
    let written = |order: &[(usize, bool)]| {
        let part = |(column, descending): &(usize, bool)| format!("{}{column}", if *descending { "-" } else { "" });
        order.iter().map(part).collect::<Vec<_>>().join(".")
    };
    // Without another, the list's own order is what the heads show.
    let order: Vec<(usize, bool)> = if query.order.is_empty() && query.params.get("o").is_none_or(str::is_empty) {
        let place = |name: &str| options.list_display.iter().position(|column| *column == name);
        default_order(options)
            .filter_map(|(field, descending)| Some((place(field.name)? + query.first_column, descending)))
            .collect()
    } else {
        query.order.clone()
    };
    let head = |(place, name): (usize, &&'static str)| {
        let number = place + query.first_column;
        let Some(field) = options.field(name) else { return Column { name, ..Column::default() } };
        let rank = order.iter().position(|(column, _)| *column == number);
        let sorted = rank.map(|rank| (rank + 1, order[rank].1));
        let others: Vec<(usize, bool)> = order.iter().filter(|(column, _)| *column != number).copied().collect();
        let toggled = [vec![(number, sorted.is_some_and(|(_, descending)| !descending))], others.clone()].concat();
        let link = |order: &[(usize, bool)]| query.params.with([("p", None), ("o", Some(written(order)))]).link();
        Column {
            label: field.label.to_owned(),
            name,
            sort: is_sortable(field).then(|| link(&toggled)),
            sorted,
            unsort: sorted.filter(|_| order.len() > 1).map(|_| link(&others)),
            toggle: sorted.filter(|_| order.len() > 1).map(|_| {
                let turned = |(column, descending): &(usize, bool)| (*column, (*column == number) != *descending);
                link(&order.iter().map(turned).collect::<Vec<_>>())
            }),
        }
    };
    options.list_display.iter().enumerate().map(head).collect()
}

/// The first two, the last two, and those around the one that is shown.
fn page_links(query: &Query, pages: i64) -> Vec<PageLink> {
    if pages < 2 {
        return Vec::new();
    }
    let wanted = |page: i64| page <= 2 || page > pages - 2 || (page - query.page).abs() <= 2;
    let mut links = Vec::new();
    let numbers = (1..=2).chain(query.page - 2..=query.page + 2).chain(pages - 1..=pages);
    let mut numbers: Vec<i64> = numbers.filter(|page| (1..=pages).contains(page) && wanted(*page)).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let mut last = 0;
    for page in numbers {
        if page > last + 1 {
            links.push(PageLink::Gap);
        }
        last = page;
        links.push(if page == query.page {
            PageLink::Current(page)
        } else {
            PageLink::Other(page, query.params.with([("p", Some(page.to_string()))]).link())
        });
    }
    links
}
