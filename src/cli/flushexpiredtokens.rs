//! `vestibule flushexpiredtokens`: as simplejwt's, silent unless somebody watches.

use indicatif::{ProgressBar, ProgressStyle};

use super::Setup;
use crate::{db::batches::Pace, jwt::flush};

pub(super) fn run(setup: Setup) -> anyhow::Result<()> {
    super::refuse_outdated(&setup.settings.database.url)?;
    let auth = setup.site()?.auth;
    // Draws nothing where there is no terminal.
    let bar = ProgressBar::no_length().with_style(ProgressStyle::with_template("{spinner} {human_pos} tokens")?);
    flush::flush_expired(&auth, Pace::Brisk, |batch| bar.inc(batch))?;
    bar.finish_and_clear();
    Ok(())
}
