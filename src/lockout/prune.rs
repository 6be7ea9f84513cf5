//! Deletes what counts no more, so that the tables stay as small as there is reason for.

use time::PrimitiveDateTime;

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
        lots::{LOT, Pace, in_lots},
    },
    devices, events,
    settings::LockoutSettings,
};

/// Deletes failures that are forgotten, devices that are known no more, and what the record holds longer than it shall. How
/// many rows it were.
pub fn prune(auth: &Auth, settings: &LockoutSettings) -> Result<u64, DbError> {
    let now = auth.clock.now();
    let mut pruned = lots(auth, |db| Ok(counter::delete_old(db, now, now.saturating_sub(TIER_MEMORY), LOT)?))?;
    pruned += lots(auth, |db| Ok(devices::delete_old(db, now.saturating_sub(settings.device_cookie_age), LOT)?))?;
    if let Some(cool_off) = settings.cooloff_time.0 {
        pruned += lots(auth, |db| Ok(attempt::delete_old(db, now.saturating_sub(cool_off), LOT)?))?;
    }
    if !settings.event_retention.is_zero() {
        pruned += prune_record(auth, now.saturating_sub(settings.event_retention))?;
    }
    Ok(pruned)
}

fn prune_record(auth: &Auth, until: PrimitiveDateTime) -> Result<u64, DbError> {
    Ok(lots(auth, |db| Ok(events::delete_old(db, until, LOT)?))?
        + lots(auth, |db| Ok(log::delete_old(db, Log::Access, until, LOT)?))?
        + lots(auth, |db| Ok(log::delete_old(db, Log::Failures, until, LOT)?))?)
}

fn lots(auth: &Auth, mut delete: impl FnMut(&mut Db) -> Result<usize, DbError>) -> Result<u64, DbError> {
    in_lots(Pace::Gentle, |_| (), || auth.database.get()?.write(&mut delete))
}
