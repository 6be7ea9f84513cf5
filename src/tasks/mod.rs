//! What a serving site does now and then by itself. Of several instances on one database one does it.
//!
//! To add a task: a row in a migration and a line in [`run_due`].

pub mod model;

use std::{sync::Weak, thread, time::Duration};

use crate::{
    auth::Auth,
    db::DbError,
    sessions::sweep::{self, Pace},
    settings::SessionSettings,
};

/// How often somebody looks whether anything is due.
const LOOK_EVERY: Duration = Duration::from_mins(1);

/// Looks on a thread of its own, as long as the site is there.
pub fn start(auth: Weak<Auth>, settings: SessionSettings) {
    thread::spawn(move || {
        while let Some(auth) = auth.upgrade() {
            if let Err(error) = run_due(&auth, &settings) {
                tracing::warn!(%error, "a task of the site itself failed; it is done again when it is due again");
            }
            drop(auth);
            thread::sleep(LOOK_EVERY);
        }
    });
}

/// Does what is due and what nobody else does already.
pub fn run_due(auth: &Auth, settings: &SessionSettings) -> Result<(), DbError> {
    let every = settings.clear_every;
    if every.is_zero() || !model::claim(&mut *auth.database.get()?, "clearsessions", auth.clock.now(), every)? {
        return Ok(());
    }
    let cleared = sweep::clear_expired(&auth.database, auth.clock.now(), Pace::Gentle, |_| ())?;
    if cleared > 0 {
        tracing::info!(cleared, "expired sessions were deleted");
    }
    Ok(())
}
