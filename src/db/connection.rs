//! Connections and their pool.

use std::time::Duration;

use diesel::{
    Connection, ConnectionResult, QueryResult, RunQueryDsl,
    r2d2::{ManageConnection, Pool, PooledConnection},
    sqlite::SqliteConnection,
};

use super::DbError;
use crate::settings::{DatabaseSettings, DatabaseUrl};

/// A connection to either database.
///
/// What Diesel can't express for both at once (`on_conflict`, several rows in one insert) is matched on the two
/// variants in the file that owns the rows.
#[derive(diesel::MultiConnection)]
pub enum Db {
    /// SQLite.
    Sqlite(SqliteConnection),
    /// PostgreSQL.
    #[cfg(feature = "postgres")]
    Postgres(diesel::PgConnection),
}

/// A pool of connections. Clones share it.
pub type DbPool = Pool<Manager>;
/// A connection out of the pool; goes back when dropped.
pub type Pooled = PooledConnection<Manager>;

/// How long a statement waits for SQLite's writer.
const BUSY_TIMEOUT_MS: u32 = 5_000;

impl Db {
    /// Opens `url`. Diesel's own `establish` on an enum of connections hides why it failed.
    pub fn connect(url: &DatabaseUrl) -> ConnectionResult<Self> {
        let mut db = Self::look(url)?;
        db.use_wal().map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
        Ok(db)
    }

    /// Opens `url` and changes nothing there, not even SQLite's journal mode: it may be somebody else's.
    pub(super) fn look(url: &DatabaseUrl) -> ConnectionResult<Self> {
        let Some(path) = url.sqlite_path() else {
            return Self::connect_postgres(url);
        };
        create_private(path).map_err(|error| diesel::ConnectionError::BadConnection(format!("{path}: {error}")))?;
        let mut connection = SqliteConnection::establish(path)?;
        prepare_sqlite(&mut connection).map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
        Ok(Self::Sqlite(connection))
    }

    /// Makes SQLite write ahead, so that readers and the writer don't wait for one another. Stays with the file.
    pub(super) fn use_wal(&mut self) -> QueryResult<()> {
        match self {
            Self::Sqlite(connection) => diesel::sql_query("PRAGMA journal_mode = WAL").execute(connection).map(drop),
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => Ok(()),
        }
    }

    #[cfg(feature = "postgres")]
    fn connect_postgres(url: &DatabaseUrl) -> ConnectionResult<Self> {
        diesel::PgConnection::establish(url.expose()).map(Self::Postgres)
    }

    #[cfg(not(feature = "postgres"))]
    fn connect_postgres(url: &DatabaseUrl) -> ConnectionResult<Self> {
        let message = format!("{url}: this build knows SQLite only; build with `--features postgres`");
        Err(diesel::ConnectionError::InvalidConnectionUrl(message))
    }

    /// Runs `work` in a transaction that may write from its start: on SQLite it takes the writer's lock at once,
    /// because a reader that becomes a writer fails instead of waiting.
    pub fn write<T, E>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E>
    where
        E: From<diesel::result::Error>,
    {
        self.begin_write()?;
        match work(self) {
            Ok(value) => {
                // A COMMIT that fails leaves the transaction open on SQLite.
                if let Err(error) = self.end("COMMIT") {
                    let _ = self.end("ROLLBACK");
                    return Err(error.into());
                }
                Ok(value)
            }
            Err(error) => {
                let _ = self.end("ROLLBACK");
                Err(error)
            }
        }
    }

    /// Runs one statement that is not worth waiting for: if somebody else is writing, it fails at once.
    pub fn impatiently<T>(&mut self, work: impl FnOnce(&mut Self) -> QueryResult<T>) -> QueryResult<T> {
        self.set_patience(0)?;
        let outcome = work(self);
        self.set_patience(BUSY_TIMEOUT_MS)?;
        outcome
    }

    fn set_patience(&mut self, milliseconds: u32) -> QueryResult<()> {
        match self {
            Self::Sqlite(connection) => {
                diesel::sql_query(format!("PRAGMA busy_timeout = {milliseconds}")).execute(connection).map(drop)
            }
            // Rows of different sessions don't wait for one another there.
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => Ok(()),
        }
    }

    fn begin_write(&mut self) -> QueryResult<()> {
        use diesel::connection::AnsiTransactionManager;
        #[cfg(feature = "postgres")]
        use diesel::connection::TransactionManager;
        match self {
            Self::Sqlite(connection) => AnsiTransactionManager::begin_transaction_sql(connection, "BEGIN IMMEDIATE"),
            #[cfg(feature = "postgres")]
            Self::Postgres(connection) => AnsiTransactionManager::begin_transaction(connection),
        }
    }

    fn end(&mut self, how: &str) -> QueryResult<()> {
        use diesel::connection::{AnsiTransactionManager as Manager, TransactionManager};
        let commit = how == "COMMIT";
        match self {
            Self::Sqlite(connection) if commit => Manager::commit_transaction(connection),
            Self::Sqlite(connection) => Manager::rollback_transaction(connection),
            #[cfg(feature = "postgres")]
            Self::Postgres(connection) if commit => Manager::commit_transaction(connection),
            #[cfg(feature = "postgres")]
            Self::Postgres(connection) => Manager::rollback_transaction(connection),
        }
    }
}

/// Makes a new database file that only its owner reads: it holds password hashes. SQLite would make it for everybody.
fn create_private(path: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// What each connection to SQLite needs. The timeout comes first, else whatever follows fails while another process
/// holds the file. With `synchronous=FULL` what was acknowledged is kept even when the power goes.
fn prepare_sqlite(connection: &mut SqliteConnection) -> QueryResult<()> {
    let pragmas = [
        &format!("PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}") as &str,
        "PRAGMA synchronous = FULL",
        "PRAGMA foreign_keys = ON",
        "PRAGMA trusted_schema = OFF",
    ];
    pragmas.iter().try_for_each(|pragma| diesel::sql_query(*pragma).execute(connection).map(drop))
}

/// Opens connections for the pool.
#[derive(Debug)]
pub struct Manager {
    url: DatabaseUrl,
}

impl ManageConnection for Manager {
    type Connection = Db;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<Db, Self::Error> {
        Db::connect(&self.url).map_err(diesel::r2d2::Error::ConnectionError)
    }

    fn is_valid(&self, connection: &mut Db) -> Result<(), Self::Error> {
        diesel::sql_query("SELECT 1").execute(connection).map(drop).map_err(diesel::r2d2::Error::QueryError)
    }

    fn has_broken(&self, connection: &mut Db) -> bool {
        use diesel::connection::{AnsiTransactionManager as Manager, TransactionManager};
        // A panic inside a transaction must not hand it on to the next request.
        std::thread::panicking()
            || match connection {
                Db::Sqlite(connection) => Manager::is_broken_transaction_manager(connection),
                #[cfg(feature = "postgres")]
                Db::Postgres(connection) => Manager::is_broken_transaction_manager(connection),
            }
    }
}

/// Opens a pool. Connections are made when they are first needed, so this fails only if the database can't be
/// reached at all.
pub fn open(settings: &DatabaseSettings) -> Result<DbPool, DbError> {
    let timeout = Duration::try_from(settings.pool_timeout).unwrap_or(Duration::from_secs(5));
    let sqlite = settings.url.sqlite_path().is_some();
    Ok(Pool::builder()
        .max_size(settings.pool_size.max(1))
        .min_idle(Some(1))
        .connection_timeout(timeout)
        // A file does not go away; a server may, and a dead connection must not reach a request.
        .test_on_check_out(!sqlite)
        .build(Manager { url: settings.url.clone() })?)
}
