//! Look-ups by a key, made at each request.

use std::{cell::RefCell, collections::HashMap, fmt, thread};

use diesel::QueryResult;

use super::{
    Database, Db, DbError,
    wal_index::{Moment, WalIndex},
};

/// How many rows all workers together remember.
const REMEMBERED: usize = 32_768;

/// Look-ups of one worker. In SQLite a row is found by its key in a fraction of the time that the way to another thread
/// and back takes, and readers wait for nobody (WAL); so it is looked up on the spot, on a connection of the worker's own
/// that never waits. What was found is remembered until anything at all is committed, by whichever process: nobody is
/// ever shown what the database has already ended. Where this fails, and on PostgreSQL, a thread that may wait looks.
pub struct Reader<V> {
    database: Database,
    own: RefCell<Option<Own<V>>>,
    most: usize,
}

struct Own<V> {
    connection: Db,
    /// Known from the first look-up on.
    wal_index: Option<WalIndex>,
    /// What was found, and when.
    found: HashMap<String, V>,
    as_of: Option<Moment>,
}

impl<V: Clone + Send + 'static> Reader<V> {
    /// One worker's look-ups in `database`.
    pub fn new(database: Database) -> Self {
        let workers = thread::available_parallelism().map_or(1, usize::from);
        Self { database, own: RefCell::default(), most: REMEMBERED / workers }
    }

    /// Finds what stands under `key`; `look` may be called twice.
    pub async fn look(
        &self,
        key: &str,
        look: impl Fn(&mut Db, &str) -> QueryResult<V> + Clone + Send + 'static,
    ) -> Result<V, DbError> {
        if let Some(found) = self.at_once(key, &look) {
            return Ok(found);
        }
        let (again, same_key, key) = (look.clone(), key.to_owned(), key.to_owned());
        match self.database.run(move |db| Ok(look(db, &key)?)).await {
            // A server that went away and is back took this connection with it; a look-up may simply be made again.
            Err(DbError::Statement(_)) if self.database.is_remote() => {
                self.database.run(move |db| Ok(again(db, &same_key)?)).await
            }
            found => found,
        }
    }

    fn at_once(&self, key: &str, look: impl Fn(&mut Db, &str) -> QueryResult<V>) -> Option<V> {
        let mut slot = self.own.borrow_mut();
        if slot.is_none() {
            let connection = Db::for_looks(self.database.url())?.ok()?;
            *slot = Some(Own { connection, wal_index: None, found: HashMap::new(), as_of: None });
        }
        let own = slot.as_mut()?;
        // Before the look-up: what is committed meanwhile is found at the next one.
        let moment = own.wal_index.and_then(WalIndex::moment);
        if moment.is_none() || moment != own.as_of || own.found.len() >= self.most {
            own.found.clear();
            own.as_of = moment;
        }
        if let Some(found) = own.found.get(key) {
            return Some(found.clone());
        }
        let Ok(found) = look(&mut own.connection, key) else {
            *slot = None;
            return None;
        };
        if own.wal_index.is_none() {
            own.wal_index = self.database.wal_index(&mut own.connection);
        }
        if own.as_of.is_some() {
            own.found.insert(key.to_owned(), found.clone());
        }
        Some(found)
    }
}

impl<V> fmt::Debug for Reader<V> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Reader").field("database", &self.database).finish_non_exhaustive()
    }
}
