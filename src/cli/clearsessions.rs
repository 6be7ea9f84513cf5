//! `vestibule clearsessions`: as Django's, silent unless somebody watches.

use indicatif::{ProgressBar, ProgressStyle};

use super::Setup;
use crate::db::batches::Pace;
use crate::sessions::{model, sweep};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// End all sessions: after a restore, those that had been ended since the backup would count again
    #[arg(long)]
    all: bool,
}

pub(super) fn run(setup: Setup, arguments: &Arguments) -> anyhow::Result<()> {
    super::refuse_outdated(&setup.settings.database.url)?;
    let auth = setup.site()?.auth;
    let (database, now) = (&auth.database, auth.clock.now());
    let mut db = database.get()?;
    let total = if arguments.all { model::count(&mut db)? } else { model::count_expired(&mut db, now)? };
    drop(db);
    // Draws nothing where there is no terminal.
    let style = ProgressStyle::with_template("{wide_bar} {human_pos} of {human_len} sessions, {eta} left")?;
    let bar = ProgressBar::new(total.unsigned_abs()).with_style(style);
    let advance = |batch| bar.inc(batch);
    if arguments.all {
        sweep::clear_all(database, Pace::Brisk, advance)?;
    } else {
        sweep::clear_expired(database, now, Pace::Brisk, advance)?;
    }
    bar.finish_and_clear();
    Ok(())
}
