//! Deletes what counts no more, so that the tables stay as small as there is reason for.

use diesel::result::Error;
use time::{Duration, PrimitiveDateTime};

use super::{
    models::{
        attempt, counter,
        log::{self, Log},
    },
    policy::TIER_MEMORY,
};
use crate::{
    auth::Auth,
    db::{
        Db, DbError,
        batches::{BATCH, Pace, in_batches},
    },
    devices, events,
    settings::LockoutSettings,
};

/// Deletes failures that are forgotten, devices that are known no more, and what the record holds longer than it shall. How
/// many rows it were.
pub fn prune(auth: &Auth, settings: &LockoutSettings) -> Result<u64, DbError> {
    let now = auth.clock.now();
    let mut pruned = delete(auth, |db, limit| counter::delete_old(db, now, now.saturating_sub(TIER_MEMORY), limit))?;
    let unknown = now.saturating_sub(settings.device_cookie_age);
    pruned += delete(auth, |db, limit| devices::delete_old(db, unknown, limit))?;
    if let Some(cool_off) = settings.cooloff_time.0 {
        let forgotten = now.saturating_sub(cool_off);
        pruned += delete(auth, |db, limit| attempt::delete_old(db, forgotten, now, limit))?;
    }
    if !settings.event_retention.is_zero() {
        pruned += prune_record(auth, now.saturating_sub(settings.event_retention))?;
    }
    Ok(pruned)
}

fn prune_record(auth: &Auth, until: PrimitiveDateTime) -> Result<u64, DbError> {
    // What goes is counted before, by whole quarters of an hour.
    let until = events::counts::quarter(until);
    events::counts::keep_up(&auth.database, until, auth.clock.now())?;
    let until = until.saturating_sub(Duration::MICROSECOND);
    Ok(delete(auth, |db, limit| events::delete_old(db, until, limit))?
        + delete(auth, |db, limit| log::delete_old(db, Log::Access, until, limit))?
        + delete(auth, |db, limit| log::delete_old(db, Log::Failures, until, limit))?)
}

fn delete(auth: &Auth, mut batch: impl FnMut(&mut Db, i64) -> Result<usize, Error>) -> Result<u64, DbError> {
    in_batches(Pace::Gentle, |_| (), || auth.database.get()?.write(|db| Ok(batch(db, BATCH)?)))
}
