//! Rows are deleted, with what goes with them: the confirmation names it first.

use super::{
    Context, log,
    options::{Kind, Options, Related},
    record::{self, Record},
};
use crate::{
    auth::AuthError,
    db::{
        self,
        statement::{Statement, Value, text_of},
    },
};

/// How many rows of one kind a confirmation names.
const MOST_NAMED: i64 = 100;

/// How a deletion ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deleted {
    /// All are gone; how many it were.
    Gone(usize),
    /// None is, and why.
    Refused(String),
}

/// What goes with rows that are deleted, of one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Goes {
    /// What they are.
    pub verbose_name_plural: String,
    /// How many.
    pub count: i64,
    /// Some of them, in words.
    pub named: Vec<String>,
    /// Whether the editor may delete such rows.
    pub is_allowed: bool,
}

/// What goes with these rows; what the editor may not delete keeps all of it.
pub fn collect(context: &mut Context<'_>, options: &Options, records: &[Record]) -> Result<Vec<Goes>, AuthError> {
    let keys: Vec<String> = records.iter().map(|record| record.key.clone()).collect();
    collect_of(context, options, &record::with_keys(options, &keys))
}

/// What goes with all rows that `condition` leaves, however many they are.
pub fn collect_of(context: &mut Context<'_>, options: &Options, condition: &Statement) -> Result<Vec<Goes>, AuthError> {
    let keys = Statement::new(format!("(SELECT {}", options.key().sql));
    let keys = keys.then(record::from(options, condition)).sql(")");
    let mut all = Vec::new();
    for related in &options.related {
        let goes = goes(context, related, &keys)?;
        if goes.count > 0 {
            all.push(goes);
        }
    }
    for (reference, count) in db::holding(context.db, options.table, &keys)? {
        let table = reference.table();
        // What points at rows of its own table may go together with them.
        if table != options.table && options.related.iter().all(|related| related.table != table) {
            let verbose_name_plural = format!("Rows of another application, in {reference}");
            all.push(Goes { verbose_name_plural, count, named: Vec::new(), is_allowed: false });
        }
    }
    Ok(all)
}

fn goes(context: &mut Context<'_>, related: &Related, keys: &Statement) -> Result<Goes, AuthError> {
    let Related { from, column, repr, verbose_name_plural, model, .. } = related;
    let condition = Statement::new(format!(" {from} WHERE {column} IN ")).then(keys.clone());
    let count = Statement::new("SELECT CAST(count(*) AS text)").then(condition.clone()).number(context.db)?;
    let named = if repr.is_empty() || count == 0 {
        Vec::new()
    } else {
        let statement = Statement::new(format!("SELECT {}", text_of(repr)));
        let rows = statement.then(condition).sql(format!(" ORDER BY 1 LIMIT {MOST_NAMED}")).rows(context.db)?;
        rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect()
    };
    let known = model.and_then(|(app_label, model)| context.admin.find(app_label, model));
    let is_allowed = known.is_none_or(|known| context.may(known, "delete"));
    Ok(Goes { verbose_name_plural: (*verbose_name_plural).to_owned(), count, named, is_allowed })
}

fn keys(options: &Options, records: &[Record]) -> Vec<Value> {
    records.iter().filter_map(|record| record::key_value(options, &record.key)).collect()
}

/// Deletes rows with what goes with them, in one transaction, and logs each.
pub fn delete(
    context: &mut Context<'_>,
    options: &Options,
    named: &dyn Fn(&Record) -> String,
    records: &[Record],
) -> Result<Deleted, AuthError> {
    let deleted = context.write(|context| -> Result<usize, AuthError> {
        for record in records {
            log::log_deletion(context, options, record, (&record.key, &named(record)))?;
        }
        delete_rows(context, options, records)
    });
    match deleted {
        Ok(count) => Ok(Deleted::Gone(count)),
        Err(AuthError::Db(error)) if error.is_foreign_key_violation() => {
            Ok(Deleted::Refused("Something else still belongs to what you chose. Nothing was deleted.".to_owned()))
        }
        Err(error) => Err(error),
    }
}

/// Deletes rows with what goes with them, within a transaction; how many rows of the table itself it were.
pub fn delete_rows(context: &mut Context<'_>, options: &Options, records: &[Record]) -> Result<usize, AuthError> {
    let keys = keys(options, records);
    if keys.is_empty() {
        return Ok(0);
    }
    for related in options.related.iter().filter(|related| !related.cascades) {
        let column = related.column.strip_prefix("r.").unwrap_or(related.column);
        Statement::new(format!("DELETE FROM {} WHERE {column} IN ", related.table))
            .bind_all(keys.iter().cloned())
            .execute(context.db)?;
    }
    for field in &options.fields {
        if let Kind::ManyToMany(through) = &field.kind {
            Statement::new(format!("DELETE FROM {} WHERE {} IN ", through.table, through.own))
                .bind_all(keys.iter().cloned())
                .execute(context.db)?;
        }
    }
    let column = options.key().column.unwrap_or("id");
    Ok(Statement::new(format!("DELETE FROM {} WHERE {column} IN ", options.table))
        .bind_all(keys)
        .execute(context.db)?)
}
