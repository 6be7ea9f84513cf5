//! What operators open: axes' rows and ours are deleted, some at a time, and that it was done is an event.

use std::net::IpAddr;

use time::PrimitiveDateTime;

use super::{
    models::{
        attempt::{self, Search},
        counter::{self, Whose},
        hanging,
        log::{self, Log},
    },
    subject::Meant,
};
use crate::{
    client::{Client, Network},
    db::{
        Database, Db, DbError,
        batches::{BATCH, Pace, in_batches},
    },
    events::{self, Event, Kind},
};

/// What is forgotten. What is `None` matters not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Target<'a> {
    /// Of whatever account this name means, and of the name itself.
    pub username: Option<&'a str>,
    /// From this address, and by our counters from its network.
    pub ip: Option<IpAddr>,
}

/// How much was forgotten.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// How many rows of axes' were deleted, as axes counts them.
    pub attempts: usize,
    /// How many of our locks were open.
    pub locks: usize,
}

/// Forgets failures and opens locks for an operator. `detail` says in the event who asked and for what.
pub fn reset(
    database: &Database,
    target: Target<'_>,
    detail: &str,
    now: PrimitiveDateTime,
) -> Result<Forgotten, DbError> {
    let event = Event::new(Kind::LockoutReset, &Client::default());
    reset_with(database, target, &event.typed(target.username.unwrap_or_default()).detail(detail), now)
}

/// The same with the event that is recorded of it.
pub fn reset_with(
    database: &Database,
    target: Target<'_>,
    event: &Event,
    now: PrimitiveDateTime,
) -> Result<Forgotten, DbError> {
    let meant = match target.username {
        Some(typed) => Meant::by_name(&mut *database.get()?, typed)?,
        None => Meant::default(),
    };
    database.get()?.write(|db| events::record(db, event, now))?;
    // Ours first: those who try in the meantime hold them in the order in which they are locked here.
    let locks = open(database, &meant, target, now)?;
    let mut forgotten = delete(database, &meant, target, now)?;
    forgotten.locks += locks;
    Ok(forgotten)
}

/// Our counters and locks.
fn open(database: &Database, meant: &Meant, target: Target<'_>, now: PrimitiveDateTime) -> Result<usize, DbError> {
    let network = target.ip.map(|ip| Network::of(ip).to_string());
    let whose = Whose { username: meant.account.as_deref(), address: network.as_deref() };
    let (mut after, mut opened) = (String::new(), 0);
    let batch = || {
        database.get()?.write(|db| {
            let keys = counter::keys_of(db, whose, &after, BATCH)?;
            opened += counter::forget(db, &keys, now)?;
            let count = keys.len();
            after = keys.into_iter().last().unwrap_or_default();
            Ok::<_, DbError>(count)
        })
    };
    in_batches(Pace::Brisk, |_| (), batch)?;
    Ok(opened)
}

/// axes' rows, and what of ours hangs on them.
fn delete(
    database: &Database,
    meant: &Meant,
    target: Target<'_>,
    now: PrimitiveDateTime,
) -> Result<Forgotten, DbError> {
    // A Django beside us counts under whatever was typed there, most likely the name of the account.
    let search = Search {
        usernames: meant
            .account
            .as_ref()
            .map(|account| [meant.names.as_slice(), std::slice::from_ref(account)].concat()),
        ip_address: target.ip.map(|ip| Some(ip.to_string())),
        user_agent: None,
    };
    let (mut after, mut all) = (0, Forgotten::default());
    let batch = || {
        database.get()?.write(|db| {
            let rows = attempt::list(db, &search, meant.account.as_deref(), after, BATCH)?;
            let ids: Vec<i32> = rows.iter().map(|row| row.id).collect();
            // As failures lock them: first axes' rows, then ours.
            attempt::select_for_update(db, &ids)?;
            all.locks += counter::forget_watching(db, &ids, now)?;
            all.attempts += attempt::delete(db, &ids)?;
            after = ids.last().copied().unwrap_or(after);
            Ok::<_, DbError>(ids.len())
        })
    };
    in_batches(Pace::Brisk, |_| (), batch)?;
    Ok(all)
}

/// Deletes these rows of axes', and forgets and opens what hangs on them, within a transaction of the caller's: up to
/// [`BATCH`] at once. How much it was.
pub fn delete_attempts(db: &mut Db, ids: &[i32], now: PrimitiveDateTime) -> Result<Forgotten, diesel::result::Error> {
    // As failures lock them: first axes' rows, then ours.
    let ids = attempt::select_for_update(db, ids)?;
    let keys = hanging::keys(db, &ids)?;
    let locks = counter::forget(db, &keys, now)?;
    // Among them are all that a deleted row would open by its absence.
    attempt::delete(db, &ids)?;
    Ok(Forgotten { attempts: ids.len(), locks })
}

/// Deletes up to [`BATCH`] rows of axes' whose last failure was at `until` or before, within a transaction of the caller's;
/// how many it were. Locks that are in force stay, with the rows that stand for them.
pub fn delete_expired_attempts(
    db: &mut Db,
    until: PrimitiveDateTime,
    now: PrimitiveDateTime,
) -> Result<usize, diesel::result::Error> {
    let ids = attempt::expired(db, until, now, BATCH)?;
    let ids = attempt::select_for_update(db, &ids)?;
    counter::lock_rows(db, &ids, &[])?;
    counter::stop_watching(db, &ids)?;
    attempt::delete(db, &ids)?;
    Ok(ids.len())
}

/// Deletes what was logged at `until` or before; how much it was.
pub fn reset_log(database: &Database, log: Log, until: PrimitiveDateTime) -> Result<u64, DbError> {
    in_batches(Pace::Brisk, |_| (), || Ok(log::delete_old(&mut *database.get()?, log, until, BATCH)?))
}
