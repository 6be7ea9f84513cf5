//! One connection, to either database.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind},
    path::Path,
    time::Duration,
};

use diesel::{Connection, ConnectionResult, QueryResult, RunQueryDsl, sqlite::SqliteConnection};
use percent_encoding::{AsciiSet, CONTROLS};

use super::{afterwards::Afterwards, turn::Turn};
use crate::settings::DatabaseUrl;

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

/// What stands for something else in the path of a URI.
const IN_URI: &AsciiSet = &CONTROLS.add(b'%').add(b'?').add(b'#');
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
        let mut connection = open_sqlite(path)?;
        prepare_sqlite(&mut connection).map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
        Ok(Self::Sqlite(connection))
    }

    /// Opens `url` for look-ups that must not wait: if the file is locked, they fail at once. `None` for PostgreSQL,
    /// where every look-up waits for the network.
    pub(super) fn for_looks(url: &DatabaseUrl) -> Option<ConnectionResult<Self>> {
        let path = url.sqlite_path()?;
        let prepared = open_sqlite(path).and_then(|mut connection| {
            let pragmas = ["PRAGMA busy_timeout = 0", "PRAGMA query_only = ON", "PRAGMA trusted_schema = OFF"];
            run_all(&mut connection, &pragmas).map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
            Ok(Self::Sqlite(connection))
        });
        Some(prepared)
    }

    /// Opens `url` so that nothing can be written there, not even what SQLite writes by itself: no log is written back, no
    /// file is made beside it, and none is left. A file that a crash has left in the middle of a write is not opened.
    pub(super) fn only_look(url: &DatabaseUrl) -> ConnectionResult<Self> {
        let Some(path) = url.sqlite_path() else {
            let mut db = Self::connect_postgres(url)?;
            diesel::sql_query("SET default_transaction_read_only = on")
                .execute(&mut db)
                .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
            return Ok(db);
        };
        let mut connection = SqliteConnection::establish(&only_to_read(path)?)?;
        let pragmas = [&format!("PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}") as &str, "PRAGMA query_only = ON"];
        run_all(&mut connection, &pragmas).map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
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
        diesel::PgConnection::establish(&with_patience(url.expose())).map(Self::Postgres)
    }

    /// Limits what a statement on PostgreSQL may wait for: else one that hangs takes its connection from everybody. Nor does
    /// one take all cores, or compile what is over in some milliseconds: starting either takes longer than our look-ups.
    /// SQLite's statements wait for the writer alone, and that has its limit already.
    #[cfg_attr(not(feature = "postgres"), expect(clippy::unnecessary_wraps, reason = "PostgreSQL may fail"))]
    pub(super) fn limit_statements(&mut self) -> QueryResult<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            #[cfg(feature = "postgres")]
            Self::Postgres(connection) => diesel::connection::SimpleConnection::batch_execute(
                connection,
                "SET statement_timeout = '10s'; SET lock_timeout = '5s'; \
                 SET idle_in_transaction_session_timeout = '30s'; \
                 SET max_parallel_workers_per_gather = 0; SET jit = off",
            ),
        }
    }

    /// Whether the other end is gone, as far as can be told without asking it: the cost is a look at the socket.
    pub(super) fn has_hung_up(&mut self) -> bool {
        match self {
            Self::Sqlite(_) => false,
            // The first look takes in what the server said last, the second finds that it has closed.
            #[cfg(feature = "postgres")]
            Self::Postgres(connection) => {
                (0..2).any(|_| connection.notifications_iter().next().is_some_and(|heard| heard.is_err()))
            }
        }
    }

    #[cfg(not(feature = "postgres"))]
    fn connect_postgres(url: &DatabaseUrl) -> ConnectionResult<Self> {
        let message = format!("{url}: this build knows SQLite only; build with `--features postgres`");
        Err(diesel::ConnectionError::InvalidConnectionUrl(message))
    }

    /// Runs `work` in a transaction that may write from its start: on SQLite it takes the writer's lock at once,
    /// because a reader that becomes a writer fails instead of waiting. Within another, it is a savepoint of that.
    pub fn write<T, E>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E>
    where
        E: From<diesel::result::Error>,
    {
        let _turn = self.is_sqlite().then(|| Turn::wait(Duration::from_millis(BUSY_TIMEOUT_MS.into())));
        self.begin_write()?;
        let afterwards = Afterwards::begin();
        match work(self) {
            Ok(value) => {
                // A COMMIT that fails leaves the transaction open on SQLite.
                if let Err(error) = self.end("COMMIT") {
                    let _ = self.end("ROLLBACK");
                    return Err(error.into());
                }
                afterwards.kept();
                Ok(value)
            }
            Err(error) => {
                let _ = self.end("ROLLBACK");
                Err(error)
            }
        }
    }

    /// As [`Self::write`], for what a power cut may undo: the disk is not waited for. What others then write and wait for
    /// is on the disk with it.
    pub fn write_unsynced<T, E>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E>
    where
        E: From<diesel::result::Error>,
    {
        self.set_synced(false)?;
        let done = self.write(|db| {
            db.skip_sync()?;
            work(db)
        });
        if let Err(error) = self.set_synced(true) {
            self.give_up();
            return Err(error.into());
        }
        done
    }

    /// Marks the connection as broken: the pool drops it, and nobody gets one that does not wait for the disk.
    fn give_up(&mut self) {
        use diesel::connection::{AnsiTransactionManager as Manager, TransactionManager};
        match self {
            Self::Sqlite(connection) => Manager::transaction_manager_status_mut(connection).set_in_error(),
            #[cfg(feature = "postgres")]
            Self::Postgres(connection) => Manager::transaction_manager_status_mut(connection).set_in_error(),
        }
    }

    /// On SQLite whether commits of this connection wait for the disk.
    fn set_synced(&mut self, synced: bool) -> QueryResult<()> {
        match self {
            Self::Sqlite(connection) => {
                let pragma = if synced { "PRAGMA synchronous = FULL" } else { "PRAGMA synchronous = NORMAL" };
                diesel::sql_query(pragma).execute(connection).map(drop)
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => Ok(()),
        }
    }

    /// On PostgreSQL that the commit of this transaction does not wait for the disk.
    #[cfg_attr(not(feature = "postgres"), expect(clippy::unnecessary_wraps, reason = "PostgreSQL may fail"))]
    fn skip_sync(&mut self) -> QueryResult<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            #[cfg(feature = "postgres")]
            Self::Postgres(connection) => {
                diesel::sql_query("SET LOCAL synchronous_commit TO off").execute(connection).map(drop)
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

    /// Whether anything can be written now, found out without writing.
    pub fn can_write(&mut self) -> QueryResult<bool> {
        match self {
            Self::Sqlite(_) => {
                self.set_patience(500)?;
                let begun = self.begin_write().and_then(|()| self.end("ROLLBACK"));
                self.set_patience(BUSY_TIMEOUT_MS)?;
                Ok(begun.is_ok())
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(connection) => {
                diesel::select(diesel::dsl::sql::<diesel::sql_types::Bool>("NOT pg_is_in_recovery()"))
                    .get_result(connection)
            }
        }
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

    /// Whether this is SQLite in WAL mode.
    pub(super) fn is_in_wal_mode(&mut self) -> bool {
        #[derive(diesel::QueryableByName)]
        struct Mode {
            #[diesel(sql_type = diesel::sql_types::Text)]
            journal_mode: String,
        }
        match self {
            Self::Sqlite(connection) => {
                let mode = diesel::sql_query("PRAGMA journal_mode").get_result::<Mode>(connection);
                mode.is_ok_and(|mode| mode.journal_mode == "wal")
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => false,
        }
    }

    /// Whether a transaction stands open that nobody will end.
    pub(super) fn is_in_broken_transaction(&mut self) -> bool {
        use diesel::connection::{AnsiTransactionManager as Manager, TransactionManager};
        match self {
            Self::Sqlite(connection) => Manager::is_broken_transaction_manager(connection),
            #[cfg(feature = "postgres")]
            Self::Postgres(connection) => Manager::is_broken_transaction_manager(connection),
        }
    }

    /// Whether this is SQLite.
    pub fn is_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }

    fn begin_write(&mut self) -> QueryResult<()> {
        use diesel::connection::{AnsiTransactionManager as Manager, TransactionManager};
        match self {
            Self::Sqlite(connection) => {
                match Manager::transaction_manager_status_mut(connection).transaction_depth()? {
                    None => Manager::begin_transaction_sql(connection, "BEGIN IMMEDIATE"),
                    Some(_) => Manager::begin_transaction(connection),
                }
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(connection) => Manager::begin_transaction(connection),
        }
    }

    fn end(&mut self, how: &str) -> QueryResult<()> {
        use diesel::connection::{AnsiTransactionManager as Manager, TransactionManager};
        let commit = how == "COMMIT";
        match self {
            Self::Sqlite(connection) if commit => Manager::commit_transaction(connection),
            Self::Sqlite(connection) => Manager::rollback_transaction(connection),
            #[cfg(feature = "postgres")]
            Self::Postgres(connection) if commit => commit_postgres(connection),
            #[cfg(feature = "postgres")]
            Self::Postgres(connection) => Manager::rollback_transaction(connection),
        }
    }
}

/// After a statement that failed, PostgreSQL rolls back at `COMMIT` and reports success, so that whoever did not look at
/// the failure takes for done what was undone. A statement before it, in the same message, is refused then.
#[cfg(feature = "postgres")]
fn commit_postgres(connection: &mut diesel::PgConnection) -> QueryResult<()> {
    use diesel::connection::{AnsiTransactionManager as Manager, SimpleConnection, TransactionManager};
    match Manager::transaction_manager_status_mut(connection).transaction_depth()? {
        Some(depth) if depth.get() == 1 => connection.batch_execute("SELECT; COMMIT"),
        // The release of a savepoint fails as it should.
        _ => Manager::commit_transaction(connection),
    }
}

/// Opens the file at `path`, or makes it.
/// How SQLite is told to read a file and to write nothing (<https://www.sqlite.org/uri.html>).
fn only_to_read(path: &str) -> ConnectionResult<String> {
    let beside = |suffix: &str| fs::metadata(format!("{path}{suffix}")).is_ok_and(|file| file.len() > 0);
    let bad = |error| diesel::ConnectionError::BadConnection(format!("{path}: {error}"));
    let mut head = [0; 20];
    let read = File::open(path)
        .and_then(|mut file| io::Read::read(&mut file, &mut head))
        .map_err(|error| bad(error.to_string()))?;
    let writes_ahead = read == head.len() && head[18] == 2;
    let mode = match (writes_ahead, beside("-wal"), beside("-shm")) {
        // Another program has it open, and what that program keeps beside the file is used.
        (true, _, true) | (false, ..) => "mode=ro",
        (true, false, false) => "immutable=1",
        (true, true, false) => {
            let how = "a program has left it in the middle of a write; start Django once, so that it is mended";
            return Err(bad(how.to_owned()));
        }
    };
    let path = percent_encoding::utf8_percent_encode(path, IN_URI);
    Ok(format!("file:{path}?{mode}"))
}

fn open_sqlite(path: &str) -> ConnectionResult<SqliteConnection> {
    match create_private(Path::new(path)) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            Err(diesel::ConnectionError::BadConnection(format!("{path}: {error}")))
        }
        _ => SqliteConnection::establish(path),
    }
}

/// Makes a new file that only its owner reads, because it will hold password hashes; SQLite would make it for everybody.
pub fn create_private(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// What each connection to SQLite needs. The timeout comes first, else whatever follows fails while another process
/// holds the file. With `synchronous=FULL` what was acknowledged is kept even when the power goes. What a savepoint may
/// have to undo stays in memory; and what was written goes from the log into the file in larger portions than by default,
/// as tokens and sessions lie all over it.
fn prepare_sqlite(connection: &mut SqliteConnection) -> QueryResult<()> {
    let pragmas = [
        &format!("PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}") as &str,
        "PRAGMA synchronous = FULL",
        "PRAGMA foreign_keys = ON",
        "PRAGMA trusted_schema = OFF",
        "PRAGMA temp_store = MEMORY",
        "PRAGMA wal_autocheckpoint = 4000",
    ];
    run_all(connection, &pragmas)
}

fn run_all(connection: &mut SqliteConnection, statements: &[&str]) -> QueryResult<()> {
    statements.iter().try_for_each(|statement| diesel::sql_query(*statement).execute(connection).map(drop))
}

/// libpq waits for ever for a server that does not answer, unless the address says otherwise.
#[cfg(feature = "postgres")]
fn with_patience(url: &str) -> String {
    let defaults = ["connect_timeout=5", "keepalives_idle=30", "tcp_user_timeout=10000"];
    defaults.iter().fold(url.to_owned(), |url, default| {
        let name = default.split('=').next().unwrap_or_default();
        let separator = if url.contains('?') { '&' } else { '?' };
        if url.contains(&format!("{name}=")) { url } else { format!("{url}{separator}{default}") }
    })
}
