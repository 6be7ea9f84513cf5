//! `vestibule axes_simulate`: who another lockout policy would have locked, as far as the record tells.

use std::{
    io::{self, Write},
    num::NonZeroU32,
};

use anyhow::Context;
use serde_json::json;
use time::{
    Date, Duration, PrimitiveDateTime, Time,
    format_description::BorrowedFormatItem,
    macros::{datetime, format_description},
};

use crate::{
    cli::{Setup, refuse_outdated},
    client::printable,
    db::Db,
    lockout::{
        self, Lockout,
        simulate::{Locked, Replay, Replayed, Totals},
    },
    settings::{CoolOff, LockoutParameters, LockoutSettings, Rate, Raw, Settings, Value},
};

/// Times are in UTC.
const TIME: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
const DAY: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");
/// Before anything was recorded.
const EVER: PrimitiveDateTime = datetime!(1970-01-01 00:00:00);
/// What the record does not tell.
const LIMITS: &str = "Not replayed, because the record does not tell: known devices, which strangers' failures don't lock; \
                      tries during a lock after its 50th; failures that only a Django counted; locks opened by hand. \
                      Log-ins by a proxy's header are taken for typed ones.";

// One value each, which clap would take for a list of values.
type Tiers = Vec<Duration>;
type Rates = Vec<Rate>;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// Instead of `AXES_FAILURE_LIMIT`
    #[arg(long, value_name = "N", value_parser = value::<NonZeroU32>)]
    failure_limit: Option<NonZeroU32>,
    /// Instead of `AXES_COOLOFF_TIME`
    #[arg(long, value_name = "TIME", value_parser = value::<CoolOff>)]
    cooloff_time: Option<CoolOff>,
    /// Instead of `AXES_LOCKOUT_PARAMETERS`
    #[arg(long, value_name = "[[\"username\", …], …]", value_parser = value::<LockoutParameters>)]
    lockout_parameters: Option<LockoutParameters>,
    /// Instead of `AXES_RESET_ON_SUCCESS`
    #[arg(long, value_name = "true|false", value_parser = value::<bool>)]
    reset_on_success: Option<bool>,
    /// Instead of `LOCKOUT_TIERS`
    #[arg(long, value_name = "[\"1h\", …]", value_parser = value::<Tiers>)]
    tiers: Option<Tiers>,
    /// Instead of `LOCKOUT_ADDRESS_LIMITS`
    #[arg(long, value_name = "[\"10/m\", …]", value_parser = value::<Rates>)]
    address_limits: Option<Rates>,
    /// Replay what happened since then (UTC), as if nothing had failed before (default: all)
    #[arg(long, value_name = "YYYY-MM-DD[ HH:MM:SS]", value_parser = moment)]
    since: Option<PrimitiveDateTime>,
    /// Replay the last days
    #[arg(long, value_name = "N", conflicts_with = "since")]
    days: Option<u32>,
    /// Print an object for each lock and one for the sums, each on a line
    #[arg(long)]
    json: bool,
}

pub(in crate::cli) fn run(setup: Setup, arguments: &Arguments) -> anyhow::Result<()> {
    refuse_outdated(&setup.settings.database.url)?;
    let settings = setup.settings.clone();
    let auth = setup.site()?.auth;
    let since = match arguments.days {
        Some(days) => auth.clock.now().saturating_sub(Duration::days(days.into())),
        None => arguments.since.unwrap_or(EVER),
    };
    let replay = Replay::new(Lockout::new(&arguments.over(&settings)), Lockout::new(&settings), since);
    match tell(replay, &mut *auth.db()?, arguments.json) {
        // Somebody has read enough.
        Err(error) if is_closed_pipe(&error) => Ok(()),
        told => told,
    }
}

fn tell(mut replay: Replay, db: &mut Db, json: bool) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    while let Some(locks) = replay.next_page(db).context("what was recorded can't be read")? {
        for lock in locks {
            writeln!(out, "{}", if json { as_json(&lock) } else { as_line(&lock) })?;
        }
    }
    let (replayed, totals) = (replay.replayed(), replay.totals());
    write!(out, "{}", if json { sums_as_json(replayed, totals) } else { sums(replayed, totals) })?;
    Ok(())
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

impl Arguments {
    /// The settings with these over them; what they lock is what is asked, also where nothing locks yet.
    fn over(&self, settings: &Settings) -> Settings {
        let mut changed = settings.clone();
        changed.auth.backends.insert(0, format!("axes.backends.{}", lockout::BACKEND));
        let in_force = &settings.lockout;
        changed.lockout = LockoutSettings {
            enabled: true,
            lock_out_at_failure: true,
            failure_limit: self.failure_limit.unwrap_or(in_force.failure_limit),
            cooloff_time: self.cooloff_time.unwrap_or(in_force.cooloff_time),
            parameters: self.lockout_parameters.clone().unwrap_or_else(|| in_force.parameters.clone()),
            reset_on_success: self.reset_on_success.unwrap_or(in_force.reset_on_success),
            tiers: self.tiers.clone().unwrap_or_else(|| in_force.tiers.clone()),
            address_limits: self.address_limits.clone().unwrap_or_else(|| in_force.address_limits.clone()),
            ..in_force.clone()
        };
        changed
    }
}

/// Reads a value as the settings do.
fn value<T: Value>(text: &str) -> Result<T, String> {
    T::read(&Raw::Text(text.to_owned())).map_err(|_| format!("expected {}", T::EXPECTED))
}

fn moment(text: &str) -> Result<PrimitiveDateTime, String> {
    let day = Date::parse(text, DAY).map(|day| day.with_time(Time::MIDNIGHT));
    day.or_else(|_| PrimitiveDateTime::parse(text, TIME))
        .map_err(|_| "expected a day or a time in UTC, as in \"2026-11-24\" or \"2026-11-24 12:00:00\"".to_owned())
}

/// To the second: so are they read.
fn shown(time: PrimitiveDateTime) -> String {
    time.format(TIME).unwrap_or_default()
}

fn as_line(lock: &Locked) -> String {
    let subject = &lock.subject;
    let parts = [("account", &subject.username), ("address", &subject.address), ("browser", &subject.user_agent)];
    let whom: Vec<String> = parts
        .into_iter()
        .filter(|(_, part)| !part.is_empty())
        .map(|(name, part)| format!("{name} {}", printable(part, 255)))
        .collect();
    let until = lock.until.map_or_else(|| "for ever".to_owned(), |until| format!("until {}", shown(until)));
    format!(
        "{} {}: {}; {until}; failures: {}, attempts stopped: {}, of these log-ins: {}",
        shown(lock.since),
        subject.rule.name,
        whom.join(", "),
        lock.failures,
        lock.stopped.guesses + lock.stopped.log_ins,
        lock.stopped.log_ins,
    )
}

fn as_json(lock: &Locked) -> String {
    let subject = &lock.subject;
    let named = |part: &str| (!part.is_empty()).then(|| part.to_owned());
    json!({
        "since": shown(lock.since),
        "until": lock.until.map(shown),
        "rule": subject.rule.name,
        "account": named(&subject.username),
        "address": named(&subject.address),
        "browser": named(&subject.user_agent),
        "failures": lock.failures,
        "stopped": lock.stopped.guesses + lock.stopped.log_ins,
        "stopped_log_ins": lock.stopped.log_ins,
    })
    .to_string()
}

fn sums(replayed: Replayed, totals: [Totals; 2]) -> String {
    let Replayed { failed, logged_in, unread } = replayed;
    let attempts = failed + logged_in + unread;
    let mut text = format!(
        "\n{attempts} attempts: {failed} failed, {logged_in} successful, {unread} during a lock, taken for failures\n\n\
         {:<44}{:>12}{:>12}\n",
        "", "simulated", "in force"
    );
    text.extend(rows(totals).map(|(name, [simulated, in_force])| format!("{name:<44}{simulated:>12}{in_force:>12}\n")));
    format!("{text}\n{LIMITS}\n")
}

fn rows([simulated, in_force]: [Totals; 2]) -> [(&'static str, [u64; 2]); 5] {
    let row = |number: fn(&Totals) -> u64| [number(&simulated), number(&in_force)];
    [
        ("locks", row(|totals| totals.locks)),
        ("accounts locked", row(|totals| totals.accounts)),
        ("addresses locked", row(|totals| totals.addresses)),
        ("guesses stopped", row(|totals| totals.stopped.guesses)),
        ("log-ins refused that in truth succeeded", row(|totals| totals.stopped.log_ins)),
    ]
}

fn sums_as_json(replayed: Replayed, [simulated, in_force]: [Totals; 2]) -> String {
    let policy = |totals: Totals| {
        json!({
            "locks": totals.locks,
            "accounts": totals.accounts,
            "addresses": totals.addresses,
            "stopped_guesses": totals.stopped.guesses,
            "stopped_log_ins": totals.stopped.log_ins,
        })
    };
    let sums = json!({
        "failed": replayed.failed,
        "logged_in": replayed.logged_in,
        "during_a_lock": replayed.unread,
        "simulated": policy(simulated),
        "in_force": policy(in_force),
        "not_replayed": LIMITS,
    });
    format!("{sums}\n")
}
