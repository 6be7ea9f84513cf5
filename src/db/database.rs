//! The database as the program uses it: a pool, and for each way to wait a door to it.

use std::{fmt, sync::Arc, time::Duration};

use diesel::{
    RunQueryDsl,
    r2d2::{ManageConnection, Pool, PooledConnection, State},
};
use tokio::{
    sync::Semaphore,
    task::spawn_blocking,
    time::{Instant, timeout_at},
};

use super::{
    Db, DbError,
    together::{self, Queue},
    wal_index::{WalIndex, WalIndexes},
};
use crate::settings::{DatabaseSettings, DatabaseUrl};

/// A connection out of the pool; goes back when dropped.
pub type Pooled = PooledConnection<Manager>;

/// A pool of connections and the order in which they are had. Clones share it.
#[derive(Clone)]
pub struct Database(Arc<Inner>);

struct Inner {
    url: DatabaseUrl,
    pool: Pool<Manager>,
    /// As many as there are connections: who waits for one waits here, not on a thread.
    places: Arc<Semaphore>,
    wait_for_place: Duration,
    wait_for_answer: Duration,
    wal_indexes: WalIndexes,
    queue: Queue,
}

impl Database {
    /// Opens a pool. Connections are made when they are first needed, so this fails only if the database can't be
    /// reached at all.
    pub fn open(settings: &DatabaseSettings) -> Result<Self, DbError> {
        let seconds = |duration: time::Duration| Duration::try_from(duration).unwrap_or(Duration::from_secs(5));
        let (size, wait_for_place) = (settings.pool_size.max(1), seconds(settings.pool_timeout));
        let pool = Pool::builder()
            .max_size(size)
            // None in advance: a thread that is still connecting when a command ends crashes it, as OpenSSL clears up
            // under it.
            .min_idle(Some(0))
            .connection_timeout(wait_for_place)
            .test_on_check_out(true)
            .build(Manager { url: settings.url.clone() })?;
        drop(pool.get()?);
        Ok(Self(Arc::new(Inner {
            url: settings.url.clone(),
            pool,
            places: Arc::new(Semaphore::new(size as usize)),
            wait_for_place,
            wait_for_answer: seconds(settings.timeout),
            wal_indexes: WalIndexes::default(),
            queue: Queue::default(),
        })))
    }

    /// A connection, for a thread that may wait.
    pub fn get(&self) -> Result<Pooled, DbError> {
        Ok(self.0.pool.get()?)
    }

    /// Runs `work` on a thread that may wait. Fails if no connection is free in time, or if there is no answer in time;
    /// what the work wrote then may or may not have been kept.
    pub async fn run<T, E>(&self, work: impl FnOnce(&mut Db) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let now = Instant::now();
        let place = timeout_at(now + self.0.wait_for_place, Arc::clone(&self.0.places).acquire_owned());
        let place = place.await.map_err(|_| DbError::Busy)?.map_err(|_| DbError::Cancelled)?;
        let database = self.clone();
        let working = spawn_blocking(move || {
            let done = database.get().map_err(E::from).and_then(|mut db| work(&mut db));
            drop(place);
            done
        });
        let done = timeout_at(now + self.0.wait_for_answer, working).await.map_err(|_| DbError::Slow)?;
        done.map_err(|_| DbError::Cancelled)?
    }

    /// As [`Self::run`], for work that is one transaction: what several write at once goes to the disk together.
    pub async fn run_together<T, E>(&self, work: impl FnOnce(&mut Db) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + From<diesel::result::Error> + Send + 'static,
    {
        if self.is_remote() {
            return self.run(|db| db.write(work)).await;
        }
        let (written, must_lead) = self.0.queue.push(work);
        if must_lead {
            together::lead(self.clone());
        }
        let deadline = Instant::now() + self.0.wait_for_place + self.0.wait_for_answer;
        let written = timeout_at(deadline, written).await.map_err(|_| DbError::Slow)?;
        written.map_err(|_| DbError::Cancelled)?
    }

    /// Who waits to write.
    pub(super) fn queue(&self) -> &Queue {
        &self.0.queue
    }

    /// Where it is.
    pub(super) fn url(&self) -> &DatabaseUrl {
        &self.0.url
    }

    /// By what one sees that something was committed; `None` where that can't be seen. `connection` must have looked
    /// something up already.
    pub(super) fn wal_index(&self, connection: &mut Db) -> Option<WalIndex> {
        self.0.wal_indexes.of(self.0.url.sqlite_path()?, connection)
    }

    /// Whether the database is another process, which may go away.
    pub(super) fn is_remote(&self) -> bool {
        self.0.url.sqlite_path().is_none()
    }

    /// How many connections there are, and how many of them are free.
    pub fn state(&self) -> State {
        self.0.pool.state()
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Database").field("url", &self.0.url).finish_non_exhaustive()
    }
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
        let mut db = Db::connect(&self.url).map_err(diesel::r2d2::Error::ConnectionError)?;
        db.limit_statements().map_err(diesel::r2d2::Error::QueryError)?;
        Ok(db)
    }

    /// Called before each use, so it must not cost a round trip. A server that went away has closed its end.
    fn is_valid(&self, connection: &mut Db) -> Result<(), Self::Error> {
        if connection.has_hung_up() {
            return diesel::sql_query("SELECT 1").execute(connection).map(drop).map_err(Self::Error::QueryError);
        }
        Ok(())
    }

    fn has_broken(&self, connection: &mut Db) -> bool {
        // A panic inside a transaction must not hand it on to the next request.
        std::thread::panicking() || connection.is_in_broken_transaction()
    }
}
