//! Brings a database up to date, whether it is empty, ours from before, or made by Django.
//!
//! Everything happens in one transaction under a lock, so two processes starting at once apply each step once, and
//! one that is killed midway leaves nothing half done.
//!
//! The steps themselves are in [`steps`](super::steps).

use std::collections::BTreeSet;

use diesel::{
    QueryResult,
    migration::MigrationVersion,
    prelude::*,
    sql_types::{Nullable, Text},
};
use diesel_migrations::MigrationHarness;

use super::{
    Db, backup,
    django::{self, APPS, App, Recorded},
    indexes::{self, Index},
    schema::vestibule_installation,
    steps::{Migrations, OURS, Step, harness, steps},
};
use crate::{clock::Clock, settings::DatabaseUrl};

/// What PostgreSQL's advisory lock is known by; any number that nobody else uses.
#[cfg(feature = "postgres")]
const LOCK: i64 = 0x7665_7374_6962_756c;

/// Why a database can't be used or brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// It can't be opened.
    #[error("cannot open {url}: {cause}")]
    Connect {
        /// Without its password.
        url: String,
        /// What the driver said.
        cause: diesel::ConnectionError,
    },
    /// A later version of this program was here.
    #[error("the database is newer than this program: it holds migration {0}; install the newer version")]
    Newer(String),
    /// A Django app has migrations that this version does not know.
    #[error("the database is newer than this program: Django's app {app} has migrations it does not know: {names}")]
    NewerDjango {
        /// The app.
        app: &'static str,
        /// Their names.
        names: String,
    },
    /// A Django app stopped in the middle.
    #[error("Django's app {app} is not fully migrated, {names} missing; run `manage.py migrate {app}` first")]
    PartlyMigrated {
        /// The app.
        app: &'static str,
        /// The missing migrations.
        names: String,
    },
    /// The project has a user model of its own.
    #[error("custom user model: this Django keeps its users in {0}, and Vestibule knows auth_user (auth.User) only")]
    CustomUserModel(String),
    /// The project keeps its sessions elsewhere.
    #[error(
        "session engine: this Django has no django_session table, so its SESSION_ENGINE is not \
         django.contrib.sessions.backends.db, the only one that Vestibule knows"
    )]
    SessionEngine,
    /// Made by Django and not adopted yet.
    #[error("this database was made by Django; run `vestibule migrate` once to adopt it")]
    NotAdopted,
    /// The file is damaged.
    #[error("{url} is damaged and is left as it is: {fault}; restore a backup")]
    Damaged {
        /// Which.
        url: String,
        /// The first fault that was found.
        fault: String,
    },
    /// Another program keeps SQLite from changing how it writes.
    #[error(
        "SQLite's journal mode cannot be changed to WAL while another program uses the file; stop it for a moment and \
         try again ({0})"
    )]
    JournalMode(diesel::result::Error),
    /// A statement failed.
    #[error("migration: {0}")]
    Statement(#[from] diesel::result::Error),
    /// A migration failed.
    #[error("migration {name}: {cause}")]
    Step {
        /// Its folder.
        name: String,
        /// What the database said.
        cause: String,
    },
}

/// What [`migrate`] did.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Migrated {
    /// The steps that ran.
    pub applied: Vec<String>,
    /// The Django apps whose tables were there already.
    pub adopted: Vec<&'static str>,
    /// Our indexes on Django's tables that were lost and are there again.
    pub indexes: Vec<&'static str>,
}

/// Brings the database at `url` up to date. With `adopt`, also one that Django made.
pub fn migrate(url: &DatabaseUrl, clock: &Clock, adopt: bool) -> Result<Migrated, MigrateError> {
    migrate_with(url, clock, adopt, None)
}

/// As [`migrate`], with tables of another crate.
pub fn migrate_with(
    url: &DatabaseUrl,
    clock: &Clock,
    adopt: bool,
    others: Option<Migrations>,
) -> Result<Migrated, MigrateError> {
    let mut db = connect(url)?;
    refuse_damaged(&mut db, url)?;
    looked_at(
        &mut db,
        others,
        |state| if state.made_by_django && !adopt { Err(MigrateError::NotAdopted) } else { Ok(()) },
    )?;
    db.use_wal().map_err(MigrateError::JournalMode)?;
    db.write(|db| {
        lock(db)?;
        let state = State::read(db, others)?;
        let by_django = state.made_by_django;
        let migrated = state.apply(db, clock)?;
        note_installation(db, clock, by_django)?;
        Ok(migrated)
    })
}

/// The names of the steps that [`migrate`] would run.
pub fn pending(url: &DatabaseUrl) -> Result<Vec<String>, MigrateError> {
    pending_with(url, None)
}

/// The names of the steps that [`migrate_with`] would run.
pub fn pending_with(url: &DatabaseUrl, others: Option<Migrations>) -> Result<Vec<String>, MigrateError> {
    looked_at(&mut connect(url)?, others, |state| {
        Ok(state.pending.iter().map(|step| step.name().to_string()).collect())
    })
}

/// What [`migrate_with`] would do: steps, and indexes that were lost.
pub fn plan_with(url: &DatabaseUrl, others: Option<Migrations>) -> Result<Vec<String>, MigrateError> {
    looked_at(&mut connect(url)?, others, |state| {
        let steps = state.pending.iter().map(|step| step.name().to_string());
        Ok(steps.chain(state.lost.iter().map(|index| format!("index {}", index.name))).collect())
    })
}

/// Whether a database holds every step that this version knows.
pub fn is_current(db: &mut Db) -> QueryResult<bool> {
    let steps = steps(db, None).map_err(|error| diesel::result::Error::DeserializationError(error.into()))?;
    let sql = "SELECT version AS name FROM __diesel_schema_migrations";
    let found: Vec<Found> = match db {
        Db::Sqlite(connection) => diesel::sql_query(sql).load(connection)?,
        #[cfg(feature = "postgres")]
        Db::Postgres(connection) => diesel::sql_query(sql).load(connection)?,
    };
    let applied: BTreeSet<String> = found.into_iter().filter_map(|row| row.name).collect();
    Ok(steps.iter().all(|step| applied.contains(&step.name().version().to_string())))
}

/// Looks at a database, refuses one that is not ours to use, and leaves nothing behind: Diesel makes its table when it is
/// first asked.
fn looked_at<T>(
    db: &mut Db,
    others: Option<Migrations>,
    look: impl FnOnce(&State) -> Result<T, MigrateError>,
) -> Result<T, MigrateError> {
    let mut seen = None;
    let looked = db.write(|db| {
        lock(db)?;
        let state = State::read(db, others)?;
        state.refuse_what_is_not_ours(db)?;
        seen = Some(look(&state)?);
        Err::<(), _>(MigrateError::Statement(diesel::result::Error::RollbackTransaction))
    });
    match (looked, seen) {
        (Err(MigrateError::Statement(diesel::result::Error::RollbackTransaction)), Some(seen)) => Ok(seen),
        (Err(error), _) => Err(error),
        (Ok(()), _) => unreachable!("a look ends in an error of its own"),
    }
}

fn refuse_damaged(db: &mut Db, url: &DatabaseUrl) -> Result<(), MigrateError> {
    match backup::fault(db)? {
        Some(fault) => Err(MigrateError::Damaged { url: url.to_string(), fault }),
        None => Ok(()),
    }
}

/// Opens a database of somebody else's, in which this connection can change nothing.
pub fn look(url: &DatabaseUrl) -> Result<Db, MigrateError> {
    Db::only_look(url).map_err(|cause| MigrateError::Connect { url: url.to_string(), cause })
}

fn connect(url: &DatabaseUrl) -> Result<Db, MigrateError> {
    Db::look(url).map_err(|cause| MigrateError::Connect { url: url.to_string(), cause })
}

/// Keeps other processes out until the transaction ends. On SQLite its writer's lock does that already.
#[cfg_attr(not(feature = "postgres"), expect(clippy::unnecessary_wraps, reason = "PostgreSQL may fail"))]
fn lock(db: &mut Db) -> QueryResult<()> {
    match db {
        Db::Sqlite(_) => Ok(()),
        #[cfg(feature = "postgres")]
        Db::Postgres(connection) => diesel::sql_query("SELECT pg_advisory_xact_lock($1)")
            .bind::<diesel::sql_types::BigInt, _>(LOCK)
            .execute(connection)
            .map(drop),
    }
}

/// What a database holds, against what it should.
struct State {
    made_by_django: bool,
    pending: Vec<Step>,
    lost: Vec<Index>,
}

impl State {
    fn read(db: &mut Db, others: Option<Migrations>) -> Result<Self, MigrateError> {
        let ours = has_table(db, "vestibule_installation")?;
        let made_by_django = !ours && has_table(db, "django_migrations")?;
        let applied: BTreeSet<String> =
            harness(db.applied_migrations())?.iter().map(MigrationVersion::to_string).collect();
        let steps = steps(db, others)?;
        let known: BTreeSet<String> = steps.iter().map(|step| step.name().version().to_string()).collect();
        let unknown = applied.difference(&known).filter(|version| version.starts_with(OURS));
        if let Some(unknown) = unknown.max() {
            return Err(MigrateError::Newer(unknown.clone()));
        }
        let lost = if applied.contains(indexes::STEP) { indexes::missing(db)? } else { Vec::new() };
        let pending = steps.into_iter().filter(|step| !applied.contains(&step.name().version().to_string())).collect();
        Ok(Self { made_by_django, pending, lost })
    }

    fn refuse_what_is_not_ours(&self, db: &mut Db) -> Result<(), MigrateError> {
        if !has_table(db, "django_migrations")? {
            return Ok(());
        }
        for app in APPS {
            match django::recorded(db, app)? {
                Recorded::Newer(names) => {
                    return Err(MigrateError::NewerDjango { app: app.label, names: names.join(", ") });
                }
                Recorded::Partly(names) => {
                    return Err(MigrateError::PartlyMigrated { app: app.label, names: names.join(", ") });
                }
                Recorded::Everything | Recorded::Nothing => {}
            }
        }
        if self.made_by_django {
            refuse_custom_user_model(db)?;
        }
        if self.made_by_django && !has_table(db, "django_session")? {
            return Err(MigrateError::SessionEngine);
        }
        Ok(())
    }

    fn apply(self, db: &mut Db, clock: &Clock) -> Result<Migrated, MigrateError> {
        let mut migrated = Migrated::default();
        let mut made = Vec::new();
        for step in &self.pending {
            let version = step.name().version().to_string();
            let app = APPS.iter().find(|app| app.version == version);
            match app {
                Some(app) if holds(db, app)? => {
                    mark_applied(db, &version)?;
                    migrated.adopted.push(app.label);
                    continue;
                }
                _ => run(db, step)?,
            }
            made.extend(app);
            migrated.applied.push(step.name().to_string());
        }
        django::record(db, made, clock)?;
        indexes::make(db, &self.lost)?;
        migrated.indexes = self.lost.iter().map(|index| index.name).collect();
        Ok(migrated)
    }
}

/// Whether Django made an app's tables here.
fn holds(db: &mut Db, app: &App) -> QueryResult<bool> {
    // The first step makes django_migrations itself.
    Ok(has_table(db, "django_migrations")? && django::recorded(db, app)? == Recorded::Everything)
}

fn run(db: &mut Db, step: &Step) -> Result<(), MigrateError> {
    let failed = |cause: String| MigrateError::Step { name: step.name().to_string(), cause };
    db.run_migration(step).map(drop).map_err(|error| failed(error.to_string()))
}

fn mark_applied(db: &mut Db, version: &str) -> QueryResult<()> {
    let insert = format!("INSERT INTO __diesel_schema_migrations (version) VALUES ('{version}')");
    execute(db, &insert)
}

fn execute(db: &mut Db, sql: &str) -> QueryResult<()> {
    match db {
        Db::Sqlite(connection) => diesel::sql_query(sql).execute(connection).map(drop),
        #[cfg(feature = "postgres")]
        Db::Postgres(connection) => diesel::sql_query(sql).execute(connection).map(drop),
    }
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Nullable<Text>)]
    name: Option<String>,
}

/// Whether there is a table of this name.
pub fn has_table(db: &mut Db, name: &str) -> QueryResult<bool> {
    indexes::has(db, "table", name)
}

/// A project that changed its user model may still have the table of the old one, so what counts is whom the admin log
/// speaks of.
fn refuse_custom_user_model(db: &mut Db) -> Result<(), MigrateError> {
    match user_table(db)? {
        Some(table) if table != "auth_user" => Err(MigrateError::CustomUserModel(table)),
        None if !has_table(db, "auth_user")? => Err(MigrateError::CustomUserModel("another table".to_owned())),
        _ => Ok(()),
    }
}

/// The table to which the admin log's column `user_id` points: the one of `AUTH_USER_MODEL`.
pub fn user_table(db: &mut Db) -> QueryResult<Option<String>> {
    let found: Vec<Found> = match db {
        Db::Sqlite(connection) => diesel::sql_query(
            "SELECT \"table\" AS name FROM pragma_foreign_key_list('django_admin_log') WHERE \"from\" = 'user_id'",
        )
        .load(connection)?,
        #[cfg(feature = "postgres")]
        Db::Postgres(connection) => diesel::sql_query(
            "SELECT c.confrelid::regclass::text AS name FROM pg_constraint c \
             JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey) \
             WHERE c.contype = 'f' AND c.conrelid = to_regclass('django_admin_log') AND a.attname = 'user_id'",
        )
        .load(connection)?,
    };
    Ok(found.into_iter().find_map(|row| row.name))
}

/// Writes down, once, whether the database was adopted.
fn note_installation(db: &mut Db, clock: &Clock, adopted: bool) -> QueryResult<()> {
    let noted: i64 = vestibule_installation::table.count().get_result(db)?;
    if noted == 0 {
        diesel::insert_into(vestibule_installation::table)
            .values((
                vestibule_installation::id.eq(1),
                vestibule_installation::created_at.eq(clock.now()),
                vestibule_installation::adopted.eq(adopted),
            ))
            .execute(db)?;
    }
    Ok(())
}

/// Whether Django made this database.
pub fn was_adopted(db: &mut Db) -> QueryResult<bool> {
    vestibule_installation::table.select(vestibule_installation::adopted).get_result(db)
}
