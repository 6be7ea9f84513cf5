//! How a list of very many rows is narrowed within some milliseconds: what leaves few rows is looked up by an index and the
//! rest only tested; what leaves many is tested while walking along the order, as enough rows are met soon.

use super::{
    keyset::{Segment, Term, lowered},
    lookups::{escape_like, integer, is_wanted, truth},
    options::{Field, Kind, Options},
};
use crate::{
    auth::AuthError,
    db::{
        Db,
        statement::{Statement, Value},
    },
};

/// Up to how many rows are counted.
pub const COUNTED: i64 = 10_000;
/// Up to how many keys are looked up and then ordered.
const FEW: i64 = 4_000;
/// The same of values, as days: those of long ago are met last.
const FEW_VALUES: i64 = 20_000;
/// The same of a word: PostgreSQL must look at each row that an index of lower-case texts leads to.
const FEW_FOUND: i64 = 1_000;

/// What index there is of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Index {
    /// None that a list may count on.
    None,
    /// One of its text in lower case, by which what begins so is found.
    Prefix,
    /// One of its values.
    Values,
    /// One of the few rows in which it is this.
    Rare(bool),
}

/// A condition of a query.
#[derive(Debug, Clone)]
pub struct Part {
    /// What holds for the rows that it leaves.
    pub test: Statement,
    /// Their keys, where an index has them.
    pub keys: Option<Keys>,
}

/// A statement that selects keys.
#[derive(Debug, Clone)]
pub struct Keys {
    select: Statement,
    /// Whether none comes twice.
    is_distinct: bool,
    /// Whether the index has the order of the list too.
    is_ordered: bool,
    /// Up to how many are looked up, and up to how many counted before.
    limits: (i64, i64),
}

/// A word, as a search of very many rows takes it: rows in which one of the fields begins with it.
#[derive(Debug, Clone)]
pub struct Beginning {
    /// The condition.
    pub part: Part,
    /// The rows in the order of how they are found: those whose first field begins so, then those whose second, and so on.
    pub segments: Vec<Segment>,
}

/// How many rows there are, as far as it was looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// So many.
    Exactly(i64),
    /// More than so many.
    MoreThan(i64),
    /// Nobody has looked.
    Nothing,
}

/// How a list is narrowed.
#[derive(Debug, Clone)]
pub struct Narrowed {
    /// The condition of all.
    pub condition: Statement,
    /// Whether few keys are looked up; else the rows are walked in order.
    pub is_of_few: bool,
    /// How many rows are left.
    pub known: Known,
}

impl Keys {
    fn of_rows(options: &Options, test: &Statement, is_ordered: bool) -> Self {
        let select = Statement::new(format!("SELECT {} FROM {} t WHERE ", options.key().sql, options.table));
        Self { select: select.then(test.clone()), is_distinct: true, is_ordered, limits: (FEW, COUNTED) }
    }

    /// How many there are, at most one more than the limit.
    fn probe(&self, db: &mut Db) -> Result<i64, AuthError> {
        let limit = Value::Int(self.limits.1 + 1);
        let some = Statement::new("SELECT CAST(count(*) AS text) FROM (SELECT 1 FROM (").then(self.select.clone());
        Ok(some.sql(") k LIMIT ").bind(limit).sql(") c").number(db)?)
    }

    /// The condition that a row has one of them.
    fn hold(&self, options: &Options) -> Statement {
        let key = Statement::new(options.key().sql).either(" IN (", " = ANY (ARRAY(");
        key.then(self.select.clone()).either(")", "))")
    }
}

/// The keys that a lookup leaves, if an index has them: of one value of one field.
pub fn keys(options: &Options, name: &str, values: &[&str], test: &Statement) -> Option<Keys> {
    let ([value], path) = (values, name.split("__").collect::<Vec<_>>()) else { return None };
    let field = options.field(path[0])?;
    match (&field.kind, &path[1..]) {
        (Kind::ManyToMany(through), ["isnull"]) if !is_wanted(value) => {
            let select = Statement::new(format!("SELECT m.{} FROM {} m", through.own, through.table));
            Some(Keys { select, is_distinct: false, is_ordered: false, limits: (FEW, COUNTED) })
        }
        (Kind::ManyToMany(_), ["isnull"]) => None,
        (Kind::ManyToMany(through), _) => {
            let select = Statement::new(format!(
                "SELECT m.{} FROM {} m WHERE m.{} = ",
                through.own, through.table, through.other
            ));
            let select = select.bind(Value::Int(integer(value)?));
            Some(Keys { select, is_distinct: true, is_ordered: false, limits: (FEW, COUNTED) })
        }
        (Kind::Boolean, _) if matches!(field.index, Index::Rare(rare) if truth(value) == Some(rare)) => {
            Some(Keys::of_rows(options, test, true))
        }
        _ if field.index == Index::Values || field.is_key() => Some(of_values(options, field, test)),
        _ => None,
    }
}

/// The keys of the rows of some days, if an index has them.
pub fn dated(options: &Options, field: &Field, test: &Statement) -> Option<Keys> {
    (field.index == Index::Values).then(|| of_values(options, field, test))
}

fn of_values(options: &Options, field: &Field, test: &Statement) -> Keys {
    let is_ordered = options.ordering.first().is_some_and(|name| name.trim_start_matches('-') == field.name);
    Keys { limits: (FEW_VALUES, FEW_VALUES), ..Keys::of_rows(options, test, is_ordered) }
}

/// A word of a search, if all fields have an index of what they begin with.
pub fn beginning(options: &Options, word: &str) -> Option<Beginning> {
    let fields: Vec<&Field> = options.search_fields.iter().filter_map(|name| options.field(name)).collect();
    if fields.is_empty() || fields.iter().any(|field| field.index != Index::Prefix) {
        return None;
    }
    let (mut any, mut select, mut segments) = (Statement::new("("), Statement::default(), Vec::<Segment>::new());
    let key = options.key();
    for field in fields {
        for form in forms(word) {
            let range = range(field, &form);
            let begins = if segments.is_empty() { any.clone() } else { any.clone().sql(" OR ") };
            // Whoever was found by a field before is not found again.
            let others = Statement::new("NOT coalesce(").then(any.clone()).sql("), false)").hidden();
            let condition = if segments.is_empty() { range.clone() } else { range.clone().sql(" AND ").then(others) };
            let terms = vec![Term::lowered(field), Term::of(key, false)];
            select = if segments.is_empty() { select } else { select.sql(" UNION ALL ") };
            // In the order of the index: else PostgreSQL looks at all of them, however few are wanted.
            select = select
                .sql(format!("SELECT * FROM (SELECT {} FROM {} t WHERE ", key.sql, options.table))
                .then(range.clone())
                .sql(format!(" ORDER BY {}", lowered(field)))
                .either("", " USING ~<~")
                .sql(format!(" LIMIT {}) k{}", FEW_FOUND + 1, segments.len()));
            segments.push(Segment { condition, terms });
            any = begins.then(begins_with(field, &form));
        }
    }
    let keys = Keys { select, is_distinct: false, is_ordered: false, limits: (FEW_FOUND, FEW_FOUND) };
    Some(Beginning { part: Part { test: any.sql(")"), keys: Some(keys) }, segments })
}

/// A word in lower case, and what SQLite's `lower` leaves of it, which knows ASCII alone.
fn forms(word: &str) -> Vec<String> {
    let mut forms = Vec::new();
    // Letter by letter, as databases do: Rust writes the last sigma of a word in another way.
    let lower: String = word.chars().flat_map(char::to_lowercase).collect();
    for form in [lower, word.to_ascii_lowercase(), word.to_uppercase().to_ascii_lowercase()] {
        if !forms.contains(&form) {
            forms.push(form);
        }
    }
    forms
}

/// That a field, in lower case, begins with a text.
fn range(field: &Field, text: &str) -> Statement {
    let sql = lowered(field);
    let from = Statement::new(format!("({sql}")).either(" >= ", " ~>=~ ").bind(text.into());
    match end(text) {
        Some(end) => from.sql(format!(" AND {sql}")).either(" < ", " ~<~ ").bind(Value::Text(end)),
        None => from,
    }
    .sql(")")
}

/// The same as a test of a row that is read anyway: as fast as either database has it, and by no index.
fn begins_with(field: &Field, text: &str) -> Statement {
    let (sqlite, postgres) = (field.sql.to_owned(), format!("starts_with({}, ", lowered(field)));
    let pattern = format!("{}%", escape_like(text));
    Statement::default().each(
        Statement::new(sqlite).sql(" LIKE ").bind(pattern.as_str().into()).sql(" ESCAPE '\\'"),
        Statement::new(postgres).bind(text.into()).sql(")"),
    )
}

/// The first text after all that begin with `text`; `None` if there is none.
fn end(text: &str) -> Option<String> {
    let mut letters: Vec<char> = text.chars().collect();
    while let Some(last) = letters.pop() {
        if let Some(next) = (last as u32 + 1..=char::MAX as u32).find_map(char::from_u32) {
            letters.push(next);
            return Some(letters.into_iter().collect());
        }
    }
    None
}

/// Finds out which of the conditions leaves few rows. If none does, that of `walked` is left to those who walk along its
/// [`Beginning::segments`].
pub fn narrow(db: &mut Db, options: &Options, parts: &[Part], walked: Option<usize>) -> Result<Narrowed, AuthError> {
    let (mut fewest, mut known) = (None, Known::Nothing);
    for (place, part) in parts.iter().enumerate() {
        let Some(keys) = &part.keys else { continue };
        let number = keys.probe(db)?;
        if number <= keys.limits.0 && fewest.is_none_or(|(least, _)| number < least) {
            fewest = Some((number, place));
        }
        known = match (parts.len(), number > keys.limits.1) {
            (1, true) if keys.is_distinct => Known::MoreThan(keys.limits.1),
            (1, false) if keys.is_distinct => Known::Exactly(number),
            _ => Known::Nothing,
        };
    }
    let mut is_walked = walked.is_some();
    let tests = parts.iter().enumerate().map(|(place, part)| match (fewest, &part.keys) {
        (Some((_, driver)), Some(keys)) if driver == place => keys.hold(options),
        (None, _) if walked == Some(place) => Statement::default(),
        // Along this index the rows stand in order.
        (None, Some(keys)) if keys.is_ordered && !is_walked => {
            is_walked = true;
            part.test.clone()
        }
        _ => part.test.clone().hidden(),
    });
    Ok(Narrowed { condition: Statement::all_of(tests), is_of_few: fewest.is_some(), known })
}

#[cfg(test)]
mod tests {
    use super::{end, forms};

    #[test]
    fn a_beginning_ends_before_the_next_letter() {
        assert_eq!(end("ann").as_deref(), Some("ano"));
        assert_eq!(end("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(end("\u{d7ff}").as_deref(), Some("\u{e000}"), "no half of a pair");
        assert_eq!(end("\u{10ffff}"), None);
    }

    #[test]
    fn a_word_has_the_forms_that_either_database_keeps() {
        assert_eq!(forms("Ann"), ["ann"]);
        assert_eq!(forms("ÉMILE"), ["émile", "Émile"]);
    }
}
