//! Rows that were chosen in a list, and what is done with all of them at once.

use super::{
    Context, Registered,
    deletion::{self, Deleted, Goes},
    params::Params,
    query::{ListError, Query},
    record::{self, Record},
};
use crate::{
    auth::AuthError,
    db::{batches::BATCH, statement::Statement},
};

/// How many rows go in one transaction, all or none.
pub const MOST_AT_ONCE: i64 = 1_000;
/// How many rows a confirmation names.
pub const MOST_NAMED: usize = 100;

/// What was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chosen {
    /// The rows of these names, as far as they are in the list.
    Named(Vec<String>),
    /// All that the list's query leaves, on all of its pages.
    All,
}

/// The rows that were chosen.
#[derive(Debug, Clone)]
pub struct Selection {
    /// What they have in common.
    condition: Statement,
    /// The order of the list.
    order: String,
}

/// What a confirmation says before rows are deleted.
#[derive(Debug, Clone, Default)]
pub struct Forecast {
    /// What names each of them; of very many the first.
    pub names: Vec<String>,
    /// The first of them: what names each, and what it is called.
    pub named: Vec<(String, String)>,
    /// Those that may not be deleted, whatever permissions say.
    pub kept: Vec<String>,
    /// What goes with them.
    pub goes: Vec<Goes>,
}

impl Forecast {
    /// Whether the editor may delete all of it.
    pub fn is_allowed(&self) -> bool {
        self.kept.is_empty() && self.goes.iter().all(|goes| goes.is_allowed)
    }
}

/// Some rows of very many were deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// How many.
    pub deleted: usize,
    /// How many were left, as they may not be deleted.
    pub left: usize,
    /// The key after which to go on. It never leaves the program.
    pub last: String,
}

impl Selection {
    /// What `chosen` means in the list with this query.
    pub fn new(
        context: &mut Context<'_>,
        model: &Registered,
        params: &Params,
        chosen: &Chosen,
    ) -> Result<Self, ListError> {
        let options = &model.options;
        let query = Query::new(context, model, params)?;
        let order = query.order_by(options);
        let condition = match chosen {
            Chosen::All => query.condition,
            Chosen::Named(names) => {
                // What names no row is passed over.
                let keys: Vec<String> = names.iter().filter_map(|name| model.admin.key_of(context, name)).collect();
                and(record::with_keys(options, &keys), query.condition)
            }
        };
        Ok(Self { condition, order })
    }

    /// How many there are.
    pub fn count(&self, context: &mut Context<'_>, model: &Registered) -> Result<i64, AuthError> {
        record::count(context.db, &model.options, &self.condition)
    }

    /// The first of them, with all of their fields, in the order of the list.
    pub fn records(&self, context: &mut Context<'_>, model: &Registered, limit: i64) -> Result<Vec<Record>, AuthError> {
        record::load(context.db, &model.options, &all_fields(model), &self.condition, &self.order, (limit, 0))
    }

    /// What would go, if it went.
    pub fn forecast(&self, context: &mut Context<'_>, model: &Registered) -> Result<Forecast, AuthError> {
        let mut forecast =
            Forecast { goes: deletion::collect_of(context, &model.options, &self.condition)?, ..Forecast::default() };
        for record in self.records(context, model, MOST_AT_ONCE)? {
            let id = model.admin.public_id(context, &record.key);
            forecast.names.push(id.clone());
            let may_go = model.admin.allows(context, "delete", &record)?;
            if may_go && forecast.named.len() >= MOST_NAMED {
                continue;
            }
            let name = model.admin.name_of(context, &model.options, &record)?;
            if !may_go && forecast.kept.len() < MOST_NAMED {
                forecast.kept.push(name.clone());
            }
            if forecast.named.len() < MOST_NAMED {
                forecast.named.push((id, name));
            }
        }
        Ok(forecast)
    }

    /// Deletes all of them or none.
    pub fn delete(&self, context: &mut Context<'_>, model: &Registered) -> Result<Deleted, AuthError> {
        let records = self.records(context, model, MOST_AT_ONCE)?;
        if records.is_empty() {
            return Ok(Deleted::Gone(0));
        }
        model.admin.delete(context, &model.options, &records)
    }

    /// Deletes some of them, those that come next after the row with the key `last`; `None` when there are no more.
    pub fn delete_batch(
        &self,
        context: &mut Context<'_>,
        model: &Registered,
        last: Option<&str>,
    ) -> Result<Option<Batch>, AuthError> {
        let (options, key) = (&model.options, model.options.key().sql);
        let mut condition = self.condition.clone();
        if let Some(value) = last.and_then(|last| record::key_value(options, last)) {
            condition = and(Statement::new(format!("{key} > ")).bind(value), condition);
        }
        let records = record::load(context.db, options, &all_fields(model), &condition, key, (BATCH, 0))?;
        let Some(last) = records.last().map(|record| record.key.clone()) else { return Ok(None) };
        let (mut going, all) = (Vec::new(), records.len());
        for record in records {
            if model.admin.allows(context, "delete", &record)? {
                going.push(record);
            }
        }
        let deleted = match going.as_slice() {
            [] => 0,
            going => match model.admin.delete(context, options, going)? {
                Deleted::Gone(count) => count,
                Deleted::Refused(_) => 0,
            },
        };
        Ok(Some(Batch { deleted, left: all - deleted, last }))
    }
}

/// What those rows are called with which the editor may not do `action`, whatever permissions say.
pub fn kept(
    context: &mut Context<'_>,
    model: &Registered,
    action: &str,
    records: &[Record],
) -> Result<Vec<String>, AuthError> {
    let mut kept = Vec::new();
    for record in records {
        if !model.admin.allows(context, action, record)? {
            kept.push(model.admin.name_of(context, &model.options, record)?);
        }
    }
    Ok(kept)
}

fn and(first: Statement, second: Statement) -> Statement {
    if second.is_empty() { first } else { first.sql(" AND (").then(second).sql(")") }
}

fn all_fields(model: &Registered) -> Vec<&'static str> {
    model.options.fields.iter().map(|field| field.name).collect()
}
