//! Deletes sessions that nobody can use any more (`clearsessions`).

use time::PrimitiveDateTime;

use super::model;
use crate::db::{
    Database, DbError,
    lots::{LOT, Pace, in_lots},
};

/// Deletes what has expired before `now`, some at a time; `progress` hears of each lot. How many it were in all.
pub fn clear_expired(
    database: &Database,
    now: PrimitiveDateTime,
    pace: Pace,
    progress: impl FnMut(u64),
) -> Result<u64, DbError> {
    in_lots(pace, progress, || Ok(model::delete_expired(&mut *database.get()?, now, LOT)?))
}

/// Deletes all sessions: after a restore, those that had been ended since the backup would count again.
pub fn clear_all(database: &Database, pace: Pace, progress: impl FnMut(u64)) -> Result<u64, DbError> {
    in_lots(pace, progress, || Ok(model::delete_any(&mut *database.get()?, LOT)?))
}
