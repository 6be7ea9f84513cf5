//! Rows of `vestibule_destination`: who wants to hear of what happens. They are written from the settings when a site
//! starts, and read where something is recorded, by whatever process does.

use std::collections::BTreeSet;

use diesel::QueryResult;
#[cfg(feature = "postgres")]
use diesel::RunQueryDsl;
use time::PrimitiveDateTime;

use crate::{
    db::{
        Db, DbError,
        statement::{Statement, Value},
    },
    outbox::MAIL,
};

/// Stands for all kinds.
const ALL: &str = "";

/// Makes `wanted`, names and the kinds that each wants, those who hear of what happens from now on; no kind means all. What
/// waits for a destination that is not among them any more is thrown away.
pub fn subscribe(db: &mut Db, wanted: &[(&str, &[String])]) -> Result<(), DbError> {
    let rows: BTreeSet<(String, String)> = wanted.iter().flat_map(|(name, kinds)| rows_of(name, kinds)).collect();
    // A site that starts as it started before writes nothing.
    if subscribed(db)? == rows {
        return Ok(());
    }
    db.write(|db| {
        // Instances start together, and one does not see what another is about to write. Who reads does not wait.
        #[cfg(feature = "postgres")]
        if let Db::Postgres(db) = db {
            diesel::sql_query("LOCK TABLE vestibule_destination IN SHARE ROW EXCLUSIVE MODE").execute(db)?;
        }
        Statement::new("DELETE FROM vestibule_destination").execute(db)?;
        for (name, kind) in &rows {
            let row = [Value::from(name.as_str()), Value::from(kind.as_str())];
            Statement::new("INSERT INTO vestibule_destination (name, kind) VALUES ").bind_all(row).execute(db)?;
        }
        let kept = wanted.iter().map(|(name, _)| *name).chain([MAIL]).map(Value::from);
        Statement::new("DELETE FROM vestibule_outbox WHERE destination NOT IN ").bind_all(kept).execute(db)?;
        Ok(())
    })
}

fn rows_of(name: &str, kinds: &[String]) -> Vec<(String, String)> {
    let all = [ALL.to_owned()];
    let kinds = if kinds.is_empty() { &all[..] } else { kinds };
    kinds.iter().map(|kind| (name.to_owned(), kind.clone())).collect()
}

fn subscribed(db: &mut Db) -> QueryResult<BTreeSet<(String, String)>> {
    let rows = Statement::new("SELECT name, kind FROM vestibule_destination").rows(db)?;
    let pair = |row: Vec<Option<String>>| {
        let mut values = row.into_iter().map(Option::unwrap_or_default);
        (values.next().unwrap_or_default(), values.next().unwrap_or_default())
    };
    Ok(rows.into_iter().map(pair).collect())
}

/// Puts `letter` into the outbox of everybody who wants to hear of `kind`; it goes with the caller's transaction or not at
/// all.
pub fn announce(db: &mut Db, kind: &str, letter: &str, now: PrimitiveDateTime) -> QueryResult<()> {
    // One row for each, also for who wants this kind and all.
    Statement::new(
        "INSERT INTO vestibule_outbox (destination, letter, created_at, due_at, attempts) SELECT DISTINCT name, ",
    )
    .bind(letter.into())
    .sql(", ")
    .bind(Value::Time(now))
    .sql(", ")
    .bind(Value::Time(now))
    .sql(", 0 FROM vestibule_destination WHERE kind IN ")
    .bind_all([ALL, kind].map(Value::from))
    .execute(db)
    .map(drop)
}
