//! Deletes sessions that nobody can use any more (`clearsessions`).

use time::PrimitiveDateTime;

use super::model;
use crate::db::{
    Database, DbError,
    batches::{BATCH, Pace, in_batches},
};

/// Deletes what has expired before `now`, some at a time; `progress` hears of each batch. How many it were in all.
pub fn clear_expired(
    database: &Database,
    now: PrimitiveDateTime,
    pace: Pace,
    progress: impl FnMut(u64),
) -> Result<u64, DbError> {
    in_batches(pace, progress, || Ok(model::delete_expired(&mut *database.get()?, now, BATCH)?))
}

/// Deletes all sessions: after a restore, those that had been ended since the backup would count again.
pub fn clear_all(database: &Database, pace: Pace, progress: impl FnMut(u64)) -> Result<u64, DbError> {
    in_batches(pace, progress, || Ok(model::delete_any(&mut *database.get()?, BATCH)?))
}
