//! What a serving site does now and then by itself. Of several instances on one database one does it.
//!
//! To add a task: a row in a migration and a line in `TASKS`.

pub mod model;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread,
};

use time::Duration;

use crate::{
    accounts::Accounts,
    admin::figures,
    db::{DbError, batches::Pace},
    jwt::flush,
    lockout::prune,
    outbox::{Delivered, MAIL},
    rotation,
    sessions::sweep,
    settings::Settings,
    site::Site,
};

/// How often somebody looks whether anything is due.
const LOOK_EVERY: std::time::Duration = std::time::Duration::from_mins(1);
/// How often somebody looks into the outbox: whoever asked for a letter waits for it.
const DELIVER_EVERY: std::time::Duration = std::time::Duration::from_secs(1);
/// How long a mail server, or whoever else letters are for, is left alone when none could be delivered.
const DELIVERY_PAUSE: std::time::Duration = std::time::Duration::from_secs(10);

struct Task {
    /// Its row in `vestibule_task`.
    name: &'static str,
    /// How often it is due; zero for never.
    every: fn(&Settings) -> Duration,
    /// Does it; how many rows it deleted.
    run: fn(&Accounts, &Settings) -> Result<u64, DbError>,
}

const TASKS: [Task; 5] = [
    Task {
        name: "clearsessions",
        every: |settings| settings.sessions.clear_every,
        run: |accounts, _| {
            let auth = &accounts.auth;
            sweep::clear_expired(&auth.database, auth.clock.now(), Pace::Gentle, |_| ())
        },
    },
    Task {
        name: "flushexpiredtokens",
        every: |_| Duration::HOUR,
        run: |accounts, _| flush::flush_expired(&accounts.auth, Pace::Gentle, |_| ()),
    },
    Task {
        name: "lockout",
        every: |_| Duration::HOUR,
        run: |accounts, settings| prune::prune(&accounts.auth, &settings.lockout),
    },
    Task { name: "account", every: |_| Duration::HOUR, run: |accounts, _| accounts.sweep() },
    Task { name: "figures", every: |_| Duration::HOUR, run: |accounts, _| figures::refresh(&accounts.auth) },
];

/// Looks on threads of its own, as long as the site is there. Each destination of letters has one: one that is slow keeps
/// nothing else waiting.
pub fn start(site: &Site) {
    let (accounts, settings) = (Arc::downgrade(&site.accounts), site.settings.clone());
    thread::spawn(move || {
        while let Some(accounts) = accounts.upgrade() {
            run_due(&accounts, &settings);
            drop(accounts);
            thread::sleep(LOOK_EVERY);
        }
    });
    let office = Arc::downgrade(&site.office);
    thread::spawn(move || keep_delivering(MAIL, || office.upgrade().map(|open| open.deliver())));
    for courier in &site.couriers {
        let (courier, auth) = (Arc::clone(courier), Arc::downgrade(&site.auth));
        let name = courier.destination();
        thread::spawn(move || keep_delivering(name, || auth.upgrade().map(|auth| courier.deliver(&auth))));
    }
}

/// Delivers as long as the site is there. Who can't be reached just now is left alone for a while.
fn keep_delivering(destination: &str, deliver: impl Fn() -> Option<Result<Delivered, DbError>>) {
    while let Some(delivered) = round(destination, &deliver) {
        match delivered {
            Delivered { sent: 0, failed: 1.. } => thread::sleep(DELIVERY_PAUSE),
            Delivered { sent: 0, .. } => thread::sleep(DELIVER_EVERY),
            // There may be more, and what was refused keeps nobody else's waiting.
            Delivered { .. } => {}
        }
    }
}

/// Delivers once. A mistake in this program is met as a receiver that can't be reached: it must not end the thread.
fn round(destination: &str, deliver: impl Fn() -> Option<Result<Delivered, DbError>>) -> Option<Delivered> {
    let failed = Delivered { failed: 1, ..Delivered::default() };
    let Ok(delivered) = catch_unwind(AssertUnwindSafe(deliver)) else {
        tracing::error!(destination, "a delivery panicked; the outbox is looked into again soon");
        return Some(failed);
    };
    Some(delivered?.unwrap_or_else(|error| {
        tracing::warn!(destination, %error, "the outbox could not be read; it is looked into again soon");
        failed
    }))
}

/// Does what is due and what nobody else does already. One that fails keeps no other from being done.
pub fn run_due(accounts: &Accounts, settings: &Settings) {
    // Each instance for itself: others may have another key.
    if let Err(error) = rotation::note(&accounts.auth) {
        tracing::warn!(%error, "with which SECRET_KEY this site signs was not noted; it is tried again soon");
    }
    for task in &TASKS {
        match run(task, accounts, settings) {
            Ok(0) => {}
            Ok(deleted) => tracing::info!(task = task.name, deleted, "rows that count no more were deleted"),
            Err(error) => {
                let task = task.name;
                tracing::warn!(task, %error, "a task of the site itself failed; it is done again when it is due again");
            }
        }
    }
}

fn run(task: &Task, accounts: &Accounts, settings: &Settings) -> Result<u64, DbError> {
    let (auth, every) = (&accounts.auth, (task.every)(settings));
    if every.is_zero() || !model::claim(&mut *auth.database.get()?, task.name, auth.clock.now(), every)? {
        return Ok(0);
    }
    (task.run)(accounts, settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_that_panics_is_one_that_failed() {
        let failed = Delivered { sent: 0, failed: 1 };
        assert_eq!(round("webhook", || panic!("on purpose")), Some(failed));
        assert_eq!(round("webhook", || Some(Err(DbError::Slow))), Some(failed));
        assert_eq!(round("webhook", || None), None, "the site is gone");
    }
}
