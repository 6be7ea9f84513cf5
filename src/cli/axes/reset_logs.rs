//! `vestibule axes_reset_logs` and `axes_reset_failure_logs`, with axes' arguments and answers.

use time::Duration;

use crate::{
    audit::{self, Entry},
    cli::{self, Setup},
    client::Client,
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
    let removed = reset_log(&auth.database, log, until)?;
    let (command, model) = match log {
        Log::Access => ("axes_reset_logs", "axes.accesslog"),
        Log::Failures => ("axes_reset_failure_logs", "axes.accessfailurelog"),
    };
    let entry = Entry::new(command, &Client::default()).by_command(command).on(model, "", "");
    let (entry, now) = (entry.detail(&format!("{removed} rows deleted")), auth.clock.now());
    auth.db()?.write(|db| audit::append(db, &auth.keys, &[entry], now))?;
    match removed {
        0 => println!("No logs found."),
        removed => println!("{removed} logs removed."),
    }
    Ok(())
}
