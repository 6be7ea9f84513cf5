//! The steps that make tables.
//!
//! To add one: a folder in `migrations/sqlite` and one of the same name in `migrations/postgres`. Another crate brings steps
//! for tables of its own as [`Migrations`].

use std::fmt;

use diesel::{
    OptionalExtension, QueryResult,
    migration::{Migration, MigrationSource},
    prelude::*,
};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use time::{Duration, PrimitiveDateTime};

use super::{Db, connection::MultiBackend as DbBackend, migrate::MigrateError};

static SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
#[cfg(feature = "postgres")]
static POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// What the versions of our steps begin with, and no others.
pub(super) const OURS: &str = "0000";

pub(super) type Step = Box<dyn Migration<DbBackend>>;

/// Steps of another crate, which make tables of its own. They run after ours and in the same transaction, and are noted in
/// the same table, so their names begin with a date, as Diesel's command makes them.
#[derive(Clone, Copy)]
pub struct Migrations {
    sqlite: &'static EmbeddedMigrations,
    #[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "there is but one database"))]
    postgres: &'static EmbeddedMigrations,
}

impl Migrations {
    /// Those for either database: the same steps in the words of each.
    pub const fn new(sqlite: &'static EmbeddedMigrations, postgres: &'static EmbeddedMigrations) -> Self {
        Self { sqlite, postgres }
    }
}

impl fmt::Debug for Migrations {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Migrations").finish_non_exhaustive()
    }
}

diesel::table! {
    /// Diesel's own notes: which step ran, and when.
    __diesel_schema_migrations (version) {
        version -> Text,
        run_on -> Timestamp,
    }
}

/// When a step ran, if the database was made before; `None` if it came with the first ones.
pub fn came_later(db: &mut Db, version: &str) -> QueryResult<Option<PrimitiveDateTime>> {
    use __diesel_schema_migrations::{run_on, table, version as name};
    /// Steps that are run together take seconds at most.
    const TOGETHER: Duration = Duration::MINUTE;
    let first: Option<PrimitiveDateTime> = table.order(run_on).select(run_on).first(db).optional()?;
    let own: Option<PrimitiveDateTime> = table.filter(name.eq(version)).select(run_on).get_result(db).optional()?;
    Ok(first.zip(own).filter(|(first, own)| *own - *first > TOGETHER).map(|(_, own)| own))
}

/// All steps in their order, ours first.
pub(super) fn steps(db: &Db, others: Option<Migrations>) -> Result<Vec<Step>, MigrateError> {
    let (ours, others) = match db {
        Db::Sqlite(_) => (&SQLITE, others.map(|others| others.sqlite)),
        #[cfg(feature = "postgres")]
        Db::Postgres(_) => (&POSTGRES, others.map(|others| others.postgres)),
    };
    let read = |source| harness(MigrationSource::<DbBackend>::migrations(source));
    let (mut steps, others) = (read(ours)?, others.map_or(Ok(Vec::new()), read)?);
    for step in others {
        let name = step.name().to_string();
        if name.starts_with(OURS) {
            return Err(MigrateError::Step { name, cause: format!("names that begin with {OURS} are Vestibule's") });
        }
        steps.push(step);
    }
    steps.sort_by_key(|step| step.name().version().to_string());
    Ok(steps)
}

pub(super) fn harness<T>(result: Result<T, Box<dyn std::error::Error + Send + Sync>>) -> Result<T, MigrateError> {
    result.map_err(|error| MigrateError::Step { name: "of migrations".to_owned(), cause: error.to_string() })
}
