//! The pages of a list. A list of few rows has numbers for them, as Django's; one of very many leads to the next page and the
//! one before by the place of a row ([`keyset`](super::keyset)).

use std::fmt;

use super::{
    Context, Registered,
    keyset::{Order, Place},
    narrow::{COUNTED, Known},
    query::{Large, ListError, Query},
    record::{self, Record},
    size,
};
use crate::{auth::AuthError, db::statement::Statement};

/// A part of a list.
#[derive(Debug, Clone, Default)]
pub struct Pages {
    /// The rows.
    pub records: Vec<Record>,
    /// How many rows the query leaves.
    pub count: Count,
    /// How many there are at all.
    pub total: Count,
    /// The pages; none if there is but one, or if nobody knows how many.
    pub links: Vec<PageLink>,
    /// Where to turn, if there are no numbers.
    pub turns: Turns,
    /// A link to all on one page, if they are not too many.
    pub show_all: Option<String>,
}

/// How many rows there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// So many, or at least one more.
    pub rows: i64,
    /// Whether there are more.
    pub is_more: bool,
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

/// Links to pages without numbers.
#[derive(Debug, Clone, Default)]
pub struct Turns {
    /// The first page, if another is shown.
    pub first: Option<String>,
    /// The one before.
    pub previous: Option<String>,
    /// The next.
    pub next: Option<String>,
    /// The last, where it is soon found.
    pub last: Option<String>,
}

impl Turns {
    /// Whether there is anywhere to turn.
    pub fn is_empty(&self) -> bool {
        [&self.first, &self.previous, &self.next, &self.last].iter().all(|link| link.is_none())
    }
}

impl Count {
    fn exactly(rows: i64) -> Self {
        Self { rows, is_more: false }
    }

    fn more_than(rows: i64) -> Self {
        Self { rows, is_more: true }
    }

    /// Whether it is one.
    pub fn is_one(&self) -> bool {
        *self == Self::exactly(1)
    }
}

/// "12", "more than 10,000".
impl fmt::Display for Count {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.is_more {
            return write!(formatter, "{}", self.rows);
        }
        let digits = self.rows.to_string();
        let (first, rest) = digits.split_at(digits.len() - digits.len().saturating_sub(1) / 3 * 3);
        write!(formatter, "more than {first}")?;
        (0..rest.len() / 3).try_for_each(|group| write!(formatter, ",{}", &rest[group * 3..group * 3 + 3]))
    }
}

/// The part of the list that `query` asks for.
pub fn read(
    context: &mut Context<'_>,
    model: &Registered,
    fields: &[&'static str],
    query: &Query,
) -> Result<Pages, ListError> {
    match &query.large {
        Some(large) => read_large(context, model, fields, query, large),
        None => read_small(context, model, fields, query),
    }
}

fn read_small(
    context: &mut Context<'_>,
    model: &Registered,
    fields: &[&'static str],
    query: &Query,
) -> Result<Pages, ListError> {
    let options = &model.options;
    let count = record::count(context.db, options, &query.condition)?;
    let total =
        if query.condition.is_empty() { count } else { record::count(context.db, options, &Statement::default())? };
    let pages = (count + options.list_per_page - 1) / options.list_per_page;
    let can_show_all = count <= options.list_max_show_all;
    let shows_all = (query.all && can_show_all) || pages < 2;
    if !shows_all && !(1..=pages).contains(&query.page) {
        return Err(ListError::Incorrect);
    }
    let window = if shows_all { (count, 0) } else { (options.list_per_page, (query.page - 1) * options.list_per_page) };
    let order = query.order_by(options);
    Ok(Pages {
        records: record::load(context.db, options, fields, &query.condition, &order, window)?,
        count: Count::exactly(count),
        total: Count::exactly(total),
        links: if shows_all { Vec::new() } else { page_links(query, pages) },
        turns: Turns::default(),
        show_all: (can_show_all && pages > 1 && !shows_all)
            .then(|| query.params.from_start().with([("all", Some(String::new()))]).link()),
    })
}

/// Keys and places of the rows of a page, and whether there are others before and after it.
struct Window {
    keys: Vec<(String, Place)>,
    has_previous: bool,
    has_next: bool,
}

fn read_large(
    context: &mut Context<'_>,
    model: &Registered,
    fields: &[&'static str],
    query: &Query,
    large: &Large,
) -> Result<Pages, ListError> {
    let options = &model.options;
    let order =
        if large.segments.is_empty() { query.order(options) } else { Order::of_segments(large.segments.clone()) };
    let by_place = query.params.get("after").is_some() || query.params.get("before").is_some();
    let window = window(context, model, query, large, &order)?;
    let count = count(context, model, query, large, &window, by_place)?;
    let keys: Vec<String> = window.keys.iter().map(|(key, _)| key.clone()).collect();
    // Of few, each page is found as soon as the first; numbers end where they lead no further.
    let is_numbered = !count.is_more && !by_place && large.is_of_few && count.rows <= COUNTED;
    let pages = (count.rows + options.list_per_page - 1) / options.list_per_page;
    let from_start = query.params.from_start();
    let turn = |name: &str, place: Option<&(String, Place)>| {
        let sealed = place.map(|(_, place)| order.seal(&context.auth.keys, options, place)).unwrap_or_default();
        from_start.with([(name, Some(sealed))]).link()
    };
    let turns = Turns {
        first: window.has_previous.then(|| from_start.link()),
        previous: window.has_previous.then(|| turn("before", window.keys.first())),
        next: window.has_next.then(|| turn("after", window.keys.last())),
        last: (window.has_next && order.segments() == 1).then(|| turn("before", None)),
    };
    Ok(Pages {
        records: record::load_in_order(context.db, options, fields, &keys)?,
        count,
        total: Count::more_than(size::SMALL),
        links: if is_numbered { page_links(query, pages) } else { Vec::new() },
        turns: if is_numbered { Turns::default() } else { turns },
        show_all: None,
    })
}

/// Which rows the page has.
fn window(
    context: &mut Context<'_>,
    model: &Registered,
    query: &Query,
    large: &Large,
    order: &Order,
) -> Result<Window, ListError> {
    let options = &model.options;
    let per_page = usize::try_from(options.list_per_page).unwrap_or(usize::MAX);
    let open = |context: &Context<'_>, sealed: &str| {
        order.open(&context.auth.keys, options, sealed).ok_or(ListError::Incorrect)
    };
    let keys = |context: &mut Context<'_>, from: Option<&Place>, backward: bool, limit: usize| {
        order.keys(context.db, options, &large.condition, (from, backward), limit)
    };
    if let Some(sealed) = query.params.get("after") {
        let place = open(context, sealed)?;
        let mut found = keys(context, Some(&place), false, per_page + 1)?;
        let has_next = found.len() > per_page;
        found.truncate(per_page);
        if !found.is_empty() {
            return Ok(Window { keys: found, has_previous: true, has_next });
        }
    }
    let before = query.params.get("before").or(query.params.get("after").map(|_| ""));
    if let Some(sealed) = before {
        let place = if sealed.is_empty() { None } else { Some(open(context, sealed)?) };
        let mut found = keys(context, place.as_ref(), true, per_page + 1)?;
        let has_previous = found.len() > per_page;
        found.truncate(per_page);
        found.reverse();
        // With fewer than a page before it, what comes first is the first page.
        if has_previous || place.is_none() {
            return Ok(Window { keys: found, has_previous, has_next: place.is_some() });
        }
    }
    let page = if before.is_some() { 1 } else { query.page };
    let offset = page.checked_sub(1).and_then(|before| before.checked_mul(options.list_per_page));
    let offset = offset.filter(|offset| (0..COUNTED).contains(offset)).ok_or(ListError::Incorrect)?;
    let offset = usize::try_from(offset).unwrap_or_default();
    let found = keys(context, None, false, offset + per_page + 1)?;
    // As in Django: where there is but one page, any number is that one.
    if found.len() <= per_page {
        return Ok(Window { keys: found, has_previous: false, has_next: false });
    }
    let has_next = found.len() > offset + per_page;
    let found: Vec<_> = found.into_iter().skip(offset).take(per_page).collect();
    if found.is_empty() {
        return Err(ListError::Incorrect);
    }
    Ok(Window { keys: found, has_previous: page > 1, has_next })
}

/// How many rows there are, as far as that is known without looking at all of them.
fn count(
    context: &mut Context<'_>,
    model: &Registered,
    query: &Query,
    large: &Large,
    window: &Window,
    by_place: bool,
) -> Result<Count, AuthError> {
    let seen = i64::try_from(window.keys.len()).unwrap_or(i64::MAX);
    if !window.has_previous && !window.has_next {
        return Ok(Count::exactly(seen));
    }
    if large.condition.is_empty() && large.segments.is_empty() {
        return Ok(Count::more_than(size::SMALL));
    }
    Ok(match large.known {
        Known::Exactly(rows) => Count::exactly(rows),
        Known::MoreThan(rows) => Count::more_than(rows),
        Known::Nothing if large.is_of_few => {
            Count::exactly(record::count(context.db, &model.options, &large.condition)?)
        }
        Known::Nothing if by_place => Count::more_than(seen),
        Known::Nothing => {
            let rows = (query.page - 1) * model.options.list_per_page + seen;
            if window.has_next { Count::more_than(rows) } else { Count::exactly(rows) }
        }
    })
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
            PageLink::Other(page, query.params.from_start().with([("p", Some(page.to_string()))]).link())
        });
    }
    links
}
