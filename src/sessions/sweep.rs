//! Deletes sessions that nobody can use any more (`clearsessions`).

use std::{thread, time::Duration};

use time::PrimitiveDateTime;

use super::model;
use crate::db::{Database, DbError};

/// How many sessions go in one transaction: those who want to write wait no longer than some milliseconds.
const BATCH: i64 = 200;

/// How much of the database's time a sweep takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Somebody waits for its end.
    Brisk,
    /// Nobody does.
    Gentle,
}

impl Pace {
    fn rest(self) -> Duration {
        Duration::from_millis(if self == Self::Brisk { 1 } else { 20 })
    }
}

/// Deletes what has expired before `now`, some at a time; `progress` hears of each lot. How many it were in all.
pub fn clear_expired(
    database: &Database,
    now: PrimitiveDateTime,
    pace: Pace,
    progress: impl FnMut(u64),
) -> Result<u64, DbError> {
    in_lots(pace, progress, || Ok(model::delete_expired(&mut *database.get()?, now, BATCH)?))
}

/// Deletes all sessions: after a restore, those that had been ended since the backup would count again.
pub fn clear_all(database: &Database, pace: Pace, progress: impl FnMut(u64)) -> Result<u64, DbError> {
    in_lots(pace, progress, || Ok(model::delete_any(&mut *database.get()?, BATCH)?))
}

fn in_lots(
    pace: Pace,
    mut progress: impl FnMut(u64),
    mut delete: impl FnMut() -> Result<usize, DbError>,
) -> Result<u64, DbError> {
    let mut all = 0;
    loop {
        let lot = delete()? as u64;
        if lot == 0 {
            return Ok(all);
        }
        all += lot;
        progress(lot);
        thread::sleep(pace.rest());
    }
}
