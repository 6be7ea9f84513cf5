//! Which columns Django's tables have here, beside those that they should have.

use std::collections::{BTreeMap, BTreeSet};

use diesel::{
    Connection, QueryResult,
    prelude::*,
    sql_types::{Bool, Text},
    sqlite::SqliteConnection,
};
use diesel_migrations::MigrationHarness;

use super::{
    App, Db, MigrateError,
    steps::{harness, steps},
};

/// A column that is there and should not be, or the reverse.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Misfit {
    /// The whole table is not there.
    NoTable(String),
    /// A column is missing from a table.
    Missing(String, String),
    /// A table has one more, which may be left empty.
    Extra(String, String),
    /// A table has one more, without which no row can be added.
    Demanding(String, String),
}

/// By table: its columns, and whether each must be given a value.
type Tables = BTreeMap<String, BTreeMap<String, bool>>;

/// What does not fit in the tables of `app`.
pub fn misfits(db: &mut Db, app: &App) -> Result<Vec<Misfit>, MigrateError> {
    let expected = expected(app)?;
    let found = columns(db, Some(&expected.keys().cloned().collect()))?;
    let mut misfits = BTreeSet::new();
    for (table, columns) in &expected {
        let Some(there) = found.get(table) else {
            misfits.insert(Misfit::NoTable(table.clone()));
            continue;
        };
        let missing = columns.keys().filter(|column| !there.contains_key(*column));
        misfits.extend(missing.map(|column| Misfit::Missing(table.clone(), column.clone())));
        let extra = there.iter().filter(|(column, _)| !columns.contains_key(*column));
        misfits.extend(extra.map(|(column, demanding)| match demanding {
            true => Misfit::Demanding(table.clone(), column.clone()),
            false => Misfit::Extra(table.clone(), column.clone()),
        }));
    }
    Ok(misfits.into_iter().collect())
}

/// The tables as our own step makes them, whose columns have the same names on both databases.
fn expected(app: &App) -> Result<Tables, MigrateError> {
    let connection = SqliteConnection::establish(":memory:")
        .map_err(|cause| MigrateError::Connect { url: "sqlite://:memory:".to_owned(), cause })?;
    let mut db = Db::Sqlite(connection);
    // Makes the table in which steps are noted.
    harness(db.applied_migrations())?;
    let before = columns(&mut db, None)?;
    // SQLite lets it point at tables of other apps that are not there.
    for step in steps(&db, None)?.iter().filter(|step| step.name().version().to_string() == app.version) {
        let failed = |cause: String| MigrateError::Step { name: step.name().to_string(), cause };
        db.run_migration(step).map_err(|error| failed(error.to_string()))?;
    }
    let mut tables = columns(&mut db, None)?;
    tables.retain(|table, _| !before.contains_key(table) && !table.starts_with("sqlite_"));
    Ok(tables)
}

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    table: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Bool)]
    demanding: bool,
}

/// The columns of all tables, or of those with these names; nobody else's may be looked at without harm.
fn columns(db: &mut Db, named: Option<&BTreeSet<String>>) -> QueryResult<Tables> {
    let columns: Vec<Column> = match db {
        Db::Sqlite(db) => diesel::sql_query(format!(
            "SELECT m.name AS \"table\", c.name AS name, \
             c.\"notnull\" = 1 AND c.pk = 0 AND c.dflt_value IS NULL AS demanding \
             FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'{}",
            named.map(|names| format!(" AND m.name IN ({})", quoted(names))).unwrap_or_default()
        ))
        .load(db)?,
        #[cfg(feature = "postgres")]
        Db::Postgres(db) => diesel::sql_query(
            "SELECT table_name::text AS \"table\", column_name::text AS name, \
             is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO' AS demanding \
             FROM information_schema.columns WHERE table_schema = ANY (current_schemas(false))",
        )
        .load(db)?,
    };
    let mut tables = Tables::new();
    for Column { table, name, demanding } in
        columns.into_iter().filter(|column| named.is_none_or(|names| names.contains(&column.table)))
    {
        tables.entry(table).or_default().insert(name, demanding);
    }
    Ok(tables)
}

/// Names, which are our own, as a list in SQL.
fn quoted(names: &BTreeSet<String>) -> String {
    names.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ")
}
