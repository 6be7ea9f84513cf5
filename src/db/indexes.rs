//! Our indexes on Django's tables. On SQLite Django makes a table anew when it changes a column, and leaves out indexes that it
//! does not know; then they are made again by the next `migrate`.

use diesel::{
    QueryResult,
    prelude::*,
    sql_types::{Nullable, Text},
};

use super::Db;

/// The step that makes them.
pub(super) const STEP: &str = "00000000000107";

const SQLITE: &str = include_str!("../../migrations/sqlite/00000000000107_lists/up.sql");
#[cfg(feature = "postgres")]
const POSTGRES: &str = include_str!("../../migrations/postgres/00000000000107_lists/up.sql");

/// An index that should be there.
pub(super) struct Index {
    pub(super) name: &'static str,
    table: &'static str,
    sql: &'static str,
}

/// What makes indexes, one statement each.
fn all(db: &Db) -> impl Iterator<Item = Index> + use<> {
    let script = match db {
        Db::Sqlite(_) => SQLITE,
        #[cfg(feature = "postgres")]
        Db::Postgres(_) => POSTGRES,
    };
    script.lines().filter_map(|sql| {
        let (name, rest) = sql.strip_prefix("CREATE INDEX IF NOT EXISTS ")?.split_once(" ON ")?;
        Some(Index { name, table: rest.split_once(' ')?.0, sql })
    })
}

/// Those that are missing from a table that is there.
pub(super) fn missing(db: &mut Db) -> QueryResult<Vec<Index>> {
    let mut missing = Vec::new();
    for index in all(db) {
        if has(db, "table", index.table)? && !has(db, "index", index.name)? {
            missing.push(index);
        }
    }
    Ok(missing)
}

/// Makes them.
pub(super) fn make(db: &mut Db, indexes: &[Index]) -> QueryResult<()> {
    indexes.iter().try_for_each(|index| match db {
        Db::Sqlite(connection) => diesel::sql_query(index.sql).execute(connection).map(drop),
        #[cfg(feature = "postgres")]
        Db::Postgres(connection) => diesel::sql_query(index.sql).execute(connection).map(drop),
    })
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Nullable<Text>)]
    name: Option<String>,
}

/// Whether there is a table, or an index, of this name.
pub(super) fn has(db: &mut Db, kind: &str, name: &str) -> QueryResult<bool> {
    let found: Vec<Found> = match db {
        Db::Sqlite(connection) => diesel::sql_query("SELECT name FROM sqlite_master WHERE type = ? AND name = ?")
            .bind::<Text, _>(kind)
            .bind::<Text, _>(name)
            .load(connection)?,
        // Tables and indexes share their names there.
        #[cfg(feature = "postgres")]
        Db::Postgres(connection) => diesel::sql_query("SELECT to_regclass(quote_ident($1))::text AS name")
            .bind::<Text, _>(name)
            .load(connection)?,
    };
    Ok(found.iter().any(|row| row.name.is_some()))
}
