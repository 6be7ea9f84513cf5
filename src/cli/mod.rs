//! The commands of `manage.py`, one file each.
//!
//! To add one: a file with its arguments and `run`, and a line in `Command`.

mod changepassword;
mod check;
mod completions;
mod createsuperuser;
mod diffsettings;
mod migrate;
mod serve;
mod settings;

use std::{
    env,
    io::{BufWriter, IsTerminal, stderr},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, bail};
use clap::{Parser, Subcommand};
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

use crate::{
    db,
    settings::{DatabaseUrl, Environment, Settings},
    site::{Builder, Site},
};

/// How many lines of log may wait to be written.
const LOG_LINES: usize = 8_192;
/// How many bytes of them are written at once.
const LOG_BYTES: usize = 32_768;
/// Read when no other file is named.
const DEFAULT_FILE: &str = "vestibule.toml";

/// Django's authentication as one program.
#[derive(Debug, Parser)]
#[command(name = "vestibule", version, about, long_about = None)]
struct Arguments {
    /// The settings file (default: vestibule.toml, if it is there)
    #[arg(long, global = true, value_name = "FILE")]
    settings: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the site (what happens without a command)
    Serve(serve::Arguments),
    /// Bring the database up to date, or adopt one that Django made
    Migrate(migrate::Arguments),
    /// Create a user who may do everything
    Createsuperuser(createsuperuser::Arguments),
    /// Give somebody another password, which ends their sessions
    Changepassword(changepassword::Arguments),
    /// Look for what is wrong with settings and database, with --deploy also for what is unsafe
    Check(check::Arguments),
    /// Print all settings: value, where it came from, default and meaning
    Settings(settings::Arguments),
    /// Print the settings that differ from their defaults
    Diffsettings(diffsettings::Arguments),
    /// Print a script that completes commands and options in a shell
    Completions(completions::Arguments),
}

/// What a command needs.
struct Setup {
    settings: Settings,
    customize: Box<dyn FnOnce(Builder) -> Builder>,
}

/// Runs the program.
pub fn main() -> ExitCode {
    main_with(|site| site)
}

/// Runs the program with a site that was changed, for library users: backends of their own, receivers, second steps.
pub fn main_with(customize: impl FnOnce(Builder) -> Builder + 'static) -> ExitCode {
    let arguments = Arguments::parse();
    // Writes what is left when dropped.
    let _log = log_to_stderr();
    match run(arguments, Box::new(customize)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments, customize: Box<dyn FnOnce(Builder) -> Builder>) -> anyhow::Result<()> {
    // Not read for commands that must work where the settings don't.
    let file = arguments.settings;
    let setup = || anyhow::Ok(Setup { settings: load_settings(file.as_deref())?, customize });
    match arguments.command.unwrap_or(Command::Serve(serve::Arguments::default())) {
        Command::Serve(arguments) => serve::run(setup()?, &arguments),
        Command::Migrate(arguments) => migrate::run(&setup()?, &arguments),
        Command::Createsuperuser(arguments) => createsuperuser::run(setup()?, &arguments),
        Command::Changepassword(arguments) => changepassword::run(setup()?, &arguments),
        Command::Check(arguments) => check::run(setup()?, &arguments),
        Command::Settings(arguments) => settings::run(&setup()?, &arguments),
        Command::Diffsettings(arguments) => diffsettings::run(&setup()?, &arguments),
        Command::Completions(arguments) => completions::run(&arguments),
    }
}

impl Setup {
    fn site(self) -> anyhow::Result<Site> {
        (self.customize)(Site::builder(self.settings)).build().context("the site can't be started")
    }
}

fn load_settings(named: Option<&Path>) -> anyhow::Result<Settings> {
    let default = Path::new(DEFAULT_FILE);
    let path = named.or_else(|| default.is_file().then_some(default));
    Ok(Settings::load(path, &environment())?)
}

/// The steps that the database lacks. Unlike [`db::pending`], makes no file where there is none.
fn pending(url: &DatabaseUrl) -> anyhow::Result<Vec<String>> {
    if let Some(path) = url.sqlite_path()
        && !Path::new(path).exists()
    {
        bail!("there is no database {path}");
    }
    Ok(db::pending(url)?)
}

/// A variable that is no setting: one of Django's for a single command, or the system's.
#[expect(clippy::disallowed_methods, reason = "the one place for variables that are no settings")]
fn variable(name: &str) -> Option<String> {
    env::var(name).ok()
}

/// The variables that are text; others can't be settings of ours.
fn environment() -> Environment {
    env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))).collect()
}

/// Lines for people on a terminal, JSON for machines elsewhere. `RUST_LOG` chooses what is logged.
///
/// A thread of its own writes them, many at once when there are many. Whoever does not read them can't stop the server:
/// lines that find no room are lost.
fn log_to_stderr() -> WorkerGuard {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("info,actix_server=warn,actix_session=error,actix_identity=error"));
    let (writer, guard) = NonBlockingBuilder::default()
        .buffered_lines_limit(LOG_LINES)
        .thread_name("log")
        .finish(BufWriter::with_capacity(LOG_BYTES, stderr()));
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).with_target(false);
    if stderr().is_terminal() {
        subscriber.init();
    } else {
        subscriber.json().flatten_event(true).with_span_list(false).init();
    }
    guard
}
