//! The list of a model's rows (`django.contrib.admin.views.main.ChangeList`).

use super::{
    Context, Registered,
    cell::{Cell, cell_of},
    columns::{Column, columns},
    filters::FilterSpec,
    hierarchy::{self, Hierarchy},
    options::{Index, Options},
    pages::{self, Pages},
    params::Params,
    query::{ListError, OWN, Query},
    record::{self, Record},
    zone::Zone,
};

/// A list.
#[derive(Debug, Clone, Default)]
pub struct ChangeList {
    /// The query as it is.
    pub params: Params,
    /// The heads of its columns.
    pub columns: Vec<Column>,
    /// What it shows.
    pub rows: Vec<Row>,
    /// How many there are, and its other pages; the rows are in `rows`.
    pub pages: Pages,
    /// What is searched for.
    pub query: String,
    /// Whether only what begins with that is found, and a link that finds it anywhere.
    pub anywhere: Option<String>,
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

impl ChangeList {
    /// Reads the list that `params` ask for.
    pub fn new(context: &mut Context<'_>, model: &Registered, params: &Params) -> Result<Self, ListError> {
        let (options, now, zone) = (&model.options, context.now(), context.zone());
        let query = Query::new(context, model, params)?;
        let mut fields = options.list_display.clone();
        fields.extend(model.admin.needs());
        fields.push(options.repr);
        let mut pages = pages::read(context, model, &fields, &query)?;
        let rows = rows(context, model, &zone, std::mem::take(&mut pages.records))?;
        let is_large = query.large.is_some();
        let mut filters = Vec::new();
        for filter in &options.list_filter {
            filters.push(filter.spec(context.db, options, (&zone, now), is_large, &query.params)?);
        }
        // Of very many rows nobody counts those that each choice would leave.
        let counted = params.get("_facets").is_some() && !is_large;
        if counted {
            count_choices(context, model, &query, &mut filters)?;
        }
        let facets = (!filters.is_empty() && !is_large)
            .then(|| (counted, query.params.with([("_facets", (!counted).then(|| "True".to_owned()))]).link()));
        let finds_beginnings = query.large.as_ref().is_some_and(|large| large.finds_beginnings);
        Ok(Self {
            columns: columns(options, &query),
            rows,
            pages,
            anywhere: finds_beginnings
                .then(|| query.params.from_start().with([("anywhere", Some("1".to_owned()))]).link()),
            facets,
            clear: cleared(options, &query),
            clear_order: (!query.order.is_empty()).then(|| query.params.from_start().with([("o", None)]).link()),
            filters,
            hierarchy: drilled(context, model, &query)?,
            query: query.search,
            params: query.params,
        })
    }
}

/// The dates above the list. Of very many rows they are looked up only where an index has them.
fn drilled(context: &mut Context<'_>, model: &Registered, query: &Query) -> Result<Hierarchy, ListError> {
    let (options, zone) = (&model.options, context.zone());
    let field = options.date_hierarchy.and_then(|name| options.field(name));
    let Some(field) = field.filter(|field| query.large.is_none() || field.index == Index::Values) else {
        return Ok(Hierarchy::default());
    };
    let is_chosen = query.params.get(&hierarchy::names(field.name)[0]).is_some();
    let condition = if is_chosen { &query.condition } else { &query.without_date };
    Ok(hierarchy::hierarchy(context.db, options, &zone, field, &query.params, condition)?)
}

fn cleared(options: &Options, query: &Query) -> Option<String> {
    let kept = query.params.only(|name| OWN.contains(&name) && !["p", "after", "before"].contains(&name));
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
