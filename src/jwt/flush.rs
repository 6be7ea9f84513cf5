//! What has expired goes (`flushexpiredtokens`).

use super::models::{outstanding, token};
use crate::{
    auth::Auth,
    db::{
        DbError,
        batches::{BATCH, Pace, in_batches},
    },
};

/// Deletes the rows of expired tokens, some at a time; how many of simplejwt's it were.
pub fn flush_expired(auth: &Auth, pace: Pace, progress: impl FnMut(u64)) -> Result<u64, DbError> {
    let now = auth.clock.now();
    in_batches(
        pace,
        |_| (),
        || -> Result<usize, DbError> { Ok(auth.database.get()?.write(|db| token::delete_expired(db, now, BATCH))?) },
    )?;
    in_batches(pace, progress, || -> Result<usize, DbError> {
        Ok(auth.database.get()?.write(|db| outstanding::delete_expired(db, now, BATCH))?)
    })
}
