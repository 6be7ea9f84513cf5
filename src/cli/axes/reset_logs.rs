//! `vestibule axes_reset_logs` and `axes_reset_failure_logs`, with axes' arguments and answers.

use time::Duration;

use crate::{
    cli::{self, Setup},
    lockout::{models::log::Log, policy::NEVER, reset::reset_log},
};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// For how many days rows are kept
    #[arg(long, value_name = "DAYS", default_value_t = 30, allow_negative_numbers = true)]
    age: u32,
}

pub(in crate::cli) fn run(setup: Setup, log: Log, arguments: &Arguments) -> anyhow::Result<()> {
    cli::refuse_outdated(&setup.settings.database.url)?;
    let auth = setup.site()?.auth;
    // PostgreSQL knows no times long before Christ.
    let until = auth.clock.now().saturating_sub(Duration::days(i64::from(arguments.age))).max(NEVER);
    match reset_log(&auth.database, log, until)? {
        0 => println!("No logs found."),
        removed => println!("{removed} logs removed."),
    }
    Ok(())
}
