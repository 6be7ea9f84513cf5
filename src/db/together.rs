//! What several write at once goes to the disk together. SQLite waits for the disk at each commit; of those who come while
//! it does, one commits for all, each within a savepoint of its own. PostgreSQL does the like by itself.

use std::{
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::{
    sync::oneshot::{self, Receiver, Sender},
    task::spawn_blocking,
};

use super::{Database, Db, DbError};

/// How many go in one transaction: whoever writes by themselves waits no longer than some milliseconds.
const MOST: usize = 200;

/// Who waits to write, and whether somebody writes for them.
#[derive(Default)]
pub(super) struct Queue(Mutex<State>);

#[derive(Default)]
struct State {
    waiting: Vec<Box<dyn Job>>,
    is_led: bool,
}

/// Something to be written, and somebody who waits for it.
trait Job: Send {
    /// Writes it, in a savepoint.
    fn write(&mut self, db: &mut Db);
    /// Says how it went, once it is known what became of the transaction around it.
    fn answer(self: Box<Self>, kept: Result<(), String>);
}

struct Task<T, E, W> {
    work: Option<W>,
    written: Option<Result<T, E>>,
    waiting: Sender<Result<T, E>>,
}

impl<T, E, W> Job for Task<T, E, W>
where
    T: Send,
    E: From<DbError> + From<diesel::result::Error> + Send,
    W: FnOnce(&mut Db) -> Result<T, E> + Send,
{
    fn write(&mut self, db: &mut Db) {
        // Nobody waits any more: nothing need be done.
        if let Some(work) = self.work.take().filter(|_| !self.waiting.is_closed()) {
            self.written = Some(db.write(work));
        }
    }

    fn answer(self: Box<Self>, kept: Result<(), String>) {
        let answer = match (self.written, kept) {
            (Some(Ok(_)) | None, Err(cause)) => Err(DbError::Together(cause).into()),
            (Some(written), _) => written,
            (None, Ok(())) => return,
        };
        let _ = self.waiting.send(answer);
    }
}

impl Queue {
    /// Adds work; whoever is told so must [`lead`].
    pub(super) fn push<T, E>(
        &self,
        work: impl FnOnce(&mut Db) -> Result<T, E> + Send + 'static,
    ) -> (Receiver<Result<T, E>>, bool)
    where
        T: Send + 'static,
        E: From<DbError> + From<diesel::result::Error> + Send + 'static,
    {
        let (waiting, receiver) = oneshot::channel();
        let mut state = self.state();
        state.waiting.push(Box::new(Task { work: Some(work), written: None, waiting }));
        (receiver, !mem::replace(&mut state.is_led, true))
    }

    /// Those who have waited longest; with nobody there, nobody leads any more.
    fn take(&self) -> Vec<Box<dyn Job>> {
        let mut state = self.state();
        let jobs = state.waiting.len().min(MOST);
        state.is_led = jobs > 0;
        state.waiting.drain(..jobs).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes for everybody who waits, until nobody does.
pub(super) fn lead(database: Database) {
    spawn_blocking(move || {
        loop {
            let jobs = database.queue().take();
            if jobs.is_empty() {
                return;
            }
            // A job that panics takes its transaction with it, but not those who come later.
            let work = std::panic::AssertUnwindSafe(|| write(&database, jobs));
            let _ = std::panic::catch_unwind(work);
        }
    });
}

fn write(database: &Database, mut jobs: Vec<Box<dyn Job>>) {
    let kept = database.get().and_then(|mut db| {
        db.write(|db| {
            for job in &mut jobs {
                job.write(db);
            }
            Ok::<_, DbError>(())
        })
    });
    let kept = kept.map_err(|error| error.to_string());
    for job in jobs {
        job.answer(kept.clone());
    }
}
