//! Work on many rows, some at a time, so that others who want to write don't wait for all of it.

use std::{thread, time::Duration};

/// How many rows go in one transaction: others wait no longer than some milliseconds.
pub const BATCH: i64 = 200;

/// How much of the database's time it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Somebody waits for its end.
    Brisk,
    /// Nobody does.
    Gentle,
}

impl Pace {
    /// How long others have their turn between two batches.
    fn rest(self) -> Duration {
        Duration::from_millis(if self == Self::Brisk { 1 } else { 20 })
    }
}

/// Calls `work`, which says how many rows it was, until there are none left; `progress` hears of each batch. How many it
/// were in all.
pub fn in_batches<E>(
    pace: Pace,
    mut progress: impl FnMut(u64),
    mut work: impl FnMut() -> Result<usize, E>,
) -> Result<u64, E> {
    let mut all = 0;
    loop {
        let batch = work()? as u64;
        if batch == 0 {
            return Ok(all);
        }
        all += batch;
        progress(batch);
        thread::sleep(pace.rest());
    }
}
