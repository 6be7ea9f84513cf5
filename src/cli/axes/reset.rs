//! `vestibule axes_reset`, `axes_reset_ip`, `axes_reset_username`, `axes_reset_ip_username`: with axes' arguments and
//! answers. What axes does not know of and was opened too is told on a line of its own.

use std::net::IpAddr;

use clap::builder::NonEmptyStringValueParser;
use serde_json::Value;

use crate::{
    audit::{self, Changes, Entry},
    auth::{Auth, AuthError},
    cli::{self, Setup},
    client::Client,
    lockout::reset::{Forgotten, Target, reset},
};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Ips {
    /// The addresses; of IPv6 the whole /64 is opened
    #[arg(required = true, value_name = "IP", value_parser = super::address)]
    ips: Vec<IpAddr>,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Usernames {
    /// The names, or e-mail addresses; all ways to write the same account are opened
    #[arg(required = true, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    usernames: Vec<String>,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Pair {
    /// The address; of IPv6 the whole /64 is opened
    #[arg(value_name = "IP", value_parser = super::address)]
    ip: IpAddr,
    /// The name, or e-mail address; all ways to write the same account are opened
    #[arg(value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    username: String,
}

pub(in crate::cli) fn all(setup: Setup) -> anyhow::Result<()> {
    run(setup, "axes_reset", &[Target::default()])
}

pub(in crate::cli) fn ips(setup: Setup, arguments: &Ips) -> anyhow::Result<()> {
    let of = |ip: &IpAddr| Target { ip: Some(*ip), username: None };
    run(setup, "axes_reset_ip", &arguments.ips.iter().map(of).collect::<Vec<_>>())
}

pub(in crate::cli) fn usernames(setup: Setup, arguments: &Usernames) -> anyhow::Result<()> {
    let usernames = arguments.usernames.iter();
    let targets: Vec<Target<'_>> = usernames.map(|username| Target { ip: None, username: Some(username) }).collect();
    run(setup, "axes_reset_username", &targets)
}

pub(in crate::cli) fn pair(setup: Setup, arguments: &Pair) -> anyhow::Result<()> {
    let target = Target { ip: Some(arguments.ip), username: Some(&arguments.username) };
    run(setup, "axes_reset_ip_username", &[target])
}

fn run(setup: Setup, command: &str, targets: &[Target<'_>]) -> anyhow::Result<()> {
    cli::refuse_outdated(&setup.settings.database.url)?;
    let auth = setup.site()?.auth;
    let mut all = Forgotten::default();
    for target in targets {
        let ip = target.ip.map(|ip| ip.to_string());
        let words: Vec<&str> = [Some(command), ip.as_deref(), target.username].into_iter().flatten().collect();
        note(&auth, command, *target)?;
        let forgotten = reset(&auth.database, *target, &super::typed(&words), auth.clock.now())?;
        all.attempts += forgotten.attempts;
        all.locks += forgotten.locks;
    }
    print!("{}", told(all));
    Ok(())
}

/// Puts it into the audit log. What was typed may be anybody's name: it stands where it can be erased.
fn note(auth: &Auth, command: &str, target: Target<'_>) -> Result<(), AuthError> {
    let (ip, username) = (target.ip.map(|ip| ip.to_string()), target.username.unwrap_or_default());
    let changes = ip.iter().fold(Changes::new(), |changes, ip| changes.with("ip_address", ip.as_str(), Value::Null));
    let entry = Entry::new(command, &Client::default()).by_command(command).changes(changes);
    let now = auth.clock.now();
    auth.db()?.write(|db| audit::append(db, &auth.keys, &[entry.on("axes.accessattempt", "", username)], now))
}

fn told(forgotten: Forgotten) -> String {
    let attempts = match forgotten.attempts {
        0 => "No attempts found.\n".to_owned(),
        attempts => format!("{attempts} attempts removed.\n"),
    };
    match forgotten.locks {
        0 => attempts,
        1 => attempts + "1 lock opened.\n",
        locks => format!("{attempts}{locks} locks opened.\n"),
    }
}
