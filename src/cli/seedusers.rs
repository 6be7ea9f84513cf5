//! `vestibule seedusers`: made-up people, to try a site with very many. Django has no such command.

use anyhow::bail;
use indicatif::{ProgressBar, ProgressStyle};

use super::Setup;
use crate::users::seed::{self, BATCH, Plan};

/// How many users a database may have that nobody would miss.
const FEW: i64 = 5;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// How many
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    count: u64,
    /// How many of them may enter the admin
    #[arg(long, default_value_t = 100)]
    staff: u64,
    /// Of how many one is not active; 0 for none
    #[arg(long, default_value_t = 30, value_name = "N")]
    inactive_every: u64,
    /// How many groups, from one with a third of all to one with a few
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u8).range(0..=5))]
    groups: u8,
    /// Also into a database that has users of its own
    #[arg(long)]
    yes: bool,
}

pub(super) fn run(setup: Setup, arguments: &Arguments) -> anyhow::Result<()> {
    super::refuse_outdated(&setup.settings.database.url)?;
    let auth = setup.site()?.auth;
    let mut db = auth.db()?;
    if !arguments.yes && seed::count_to(&mut db, FEW)? > FEW {
        bail!("this database has users of its own; made-up people are put beside them only with --yes");
    }
    let Arguments { count, staff, inactive_every, groups, .. } = *arguments;
    let (plan, now) = (Plan { count, staff, inactive_every }, auth.clock.now());
    let groups = seed::make_groups(&mut db, usize::from(groups))?;
    let first = seed::first_number(&mut db)?;
    // Draws nothing where there is no terminal.
    let style = ProgressStyle::with_template("{wide_bar} {human_pos} of {human_len} users, {eta} left")?;
    let bar = ProgressBar::new(count).with_style(style);
    let (mut start, end) = (first, first + count);
    while start < end {
        let until = end.min(start + BATCH);
        seed::make(&mut db, plan, first, (start, until), &groups, now)?;
        bar.inc(until - start);
        start = until;
    }
    bar.finish_and_clear();
    seed::analyze(&mut db)?;
    println!("Made {count} users, who cannot log in.");
    Ok(())
}
