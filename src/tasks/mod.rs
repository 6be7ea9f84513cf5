//! What a serving site does now and then by itself. Of several instances on one database one does it.
//!
//! To add a task: a row in a migration and a line in `TASKS`.

pub mod model;

use std::{sync::Weak, thread};

use time::Duration;

use crate::{
    auth::Auth,
    db::{DbError, batches::Pace},
    jwt::flush,
    lockout::prune,
    sessions::sweep,
    settings::Settings,
};

/// How often somebody looks whether anything is due.
const LOOK_EVERY: std::time::Duration = std::time::Duration::from_mins(1);

struct Task {
    /// Its row in `vestibule_task`.
    name: &'static str,
    /// How often it is due; zero for never.
    every: fn(&Settings) -> Duration,
    /// Does it; how many rows it deleted.
    run: fn(&Auth, &Settings) -> Result<u64, DbError>,
}

const TASKS: [Task; 3] = [
    Task {
        name: "clearsessions",
        every: |settings| settings.sessions.clear_every,
        run: |auth, _| sweep::clear_expired(&auth.database, auth.clock.now(), Pace::Gentle, |_| ()),
    },
    Task {
        name: "flushexpiredtokens",
        every: |_| Duration::HOUR,
        run: |auth, _| flush::flush_expired(auth, Pace::Gentle, |_| ()),
    },
    Task { name: "lockout", every: |_| Duration::HOUR, run: |auth, settings| prune::prune(auth, &settings.lockout) },
];

/// Looks on a thread of its own, as long as the site is there.
pub fn start(auth: Weak<Auth>, settings: Settings) {
    thread::spawn(move || {
        while let Some(auth) = auth.upgrade() {
            run_due(&auth, &settings);
            drop(auth);
            thread::sleep(LOOK_EVERY);
        }
    });
}

/// Does what is due and what nobody else does already. One that fails keeps no other from being done.
pub fn run_due(auth: &Auth, settings: &Settings) {
    for task in &TASKS {
        match run(task, auth, settings) {
            Ok(0) => {}
            Ok(deleted) => tracing::info!(task = task.name, deleted, "rows that count no more were deleted"),
            Err(error) => {
                let task = task.name;
                tracing::warn!(task, %error, "a task of the site itself failed; it is done again when it is due again");
            }
        }
    }
}

fn run(task: &Task, auth: &Auth, settings: &Settings) -> Result<u64, DbError> {
    let every = (task.every)(settings);
    if every.is_zero() || !model::claim(&mut *auth.database.get()?, task.name, auth.clock.now(), every)? {
        return Ok(0);
    }
    (task.run)(auth, settings)
}
