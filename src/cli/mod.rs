//! The commands of `manage.py`, one file each.
//!
//! To add one: a file with its arguments and `run`, and a line in `Command`.

mod audit;
mod axes;
mod backup;
mod changepassword;
mod check;
mod clearsessions;
mod completions;
mod createsuperuser;
mod diffsettings;
mod doctor;
mod flushexpiredtokens;
mod log;
mod migrate;
mod person;
mod secretkey;
mod seedusers;
mod sendtestemail;
mod serve;
mod settings;

use std::{
    env, fmt,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, bail};
use clap::{Parser, Subcommand};

use crate::{
    db::{self, Migrations},
    lockout::models::log::Log,
    settings::{DatabaseUrl, Environment, Settings},
    site::{Builder, Site},
    web::urls::{Url, Urls},
};

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
    /// Delete expired sessions; a serving site does so by itself now and then
    Clearsessions(clearsessions::Arguments),
    /// Delete refresh tokens that have expired; a serving site does so by itself now and then
    Flushexpiredtokens,
    /// Make up very many users, who cannot log in, to try a site with them
    Seedusers(seedusers::Arguments),
    /// Send a test message at once, to see whether the mail settings work
    Sendtestemail(sendtestemail::Arguments),
    /// Export or erase all that is kept of one person
    #[command(subcommand)]
    Person(person::Arguments),
    /// Tell what rests on which secret key, or make a new one
    #[command(subcommand)]
    Secretkey(secretkey::Command),
    /// Copy the database into a file, also while sites run
    Backup(backup::Arguments),
    /// Check the audit log, or list what is in it
    #[command(subcommand)]
    Audit(audit::Command),
    /// Look for what is wrong with settings and database, with --deploy also for what is unsafe
    Check(check::Arguments),
    /// Say whether a Django on this database, and its settings, agree with the settings here; changes nothing
    Doctor(doctor::Arguments),
    /// List the failed log-ins that are counted: address, name, failures
    #[command(name = "axes_list_attempts")]
    AxesListAttempts,
    /// Forget all failed log-ins and open all locks
    #[command(name = "axes_reset")]
    AxesReset,
    /// Forget the failed log-ins from addresses and open their locks
    #[command(name = "axes_reset_ip")]
    AxesResetIp(axes::reset::Ips),
    /// Forget the failed log-ins of accounts and open their locks
    #[command(name = "axes_reset_username")]
    AxesResetUsername(axes::reset::Usernames),
    /// Forget the failed log-ins of one account from one address and open their lock
    #[command(name = "axes_reset_ip_username")]
    AxesResetIpUsername(axes::reset::Pair),
    /// Delete old rows of the log of log-ins
    #[command(name = "axes_reset_logs")]
    AxesResetLogs(axes::reset_logs::Arguments),
    /// Delete old rows of the log of failed log-ins
    #[command(name = "axes_reset_failure_logs")]
    AxesResetFailureLogs(axes::reset_logs::Arguments),
    /// Say whether somebody is locked, why, until when, and how to open it
    #[command(name = "axes_explain")]
    AxesExplain(axes::explain::Arguments),
    /// Replay the recorded log-ins against another lockout policy: who would have been locked
    #[command(name = "axes_simulate")]
    AxesSimulate(axes::simulate::Arguments),
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
    program: Program,
}

/// The program, with what a library user changes.
pub struct Program {
    customize: Box<dyn FnOnce(Builder) -> Builder>,
    urls: Urls,
    migrations: Option<Migrations>,
}

impl Default for Program {
    fn default() -> Self {
        Self::new()
    }
}

impl Program {
    /// As it comes.
    pub fn new() -> Self {
        Self { customize: Box::new(|site| site), urls: Urls::default(), migrations: None }
    }

    /// With a site that was changed: backends of one's own, receivers, second steps, claims.
    #[must_use]
    pub fn site(mut self, customize: impl FnOnce(Builder) -> Builder + 'static) -> Self {
        self.customize = Box::new(customize);
        self
    }

    /// With paths of one's own in the table.
    #[must_use]
    pub fn urls(mut self, urls: fn() -> Vec<Url>) -> Self {
        self.urls = Urls::with(urls);
        self
    }

    /// With tables of one's own, which `migrate` and `serve` make after ours.
    #[must_use]
    pub fn migrations(mut self, migrations: Migrations) -> Self {
        self.migrations = Some(migrations);
        self
    }

    /// Runs the command that the arguments name.
    pub fn run(self) -> ExitCode {
        let arguments = Arguments::parse();
        // Writes what is left when dropped.
        let _log = log::to_stderr();
        match run(arguments, self) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("Error: {error:#}");
                ExitCode::FAILURE
            }
        }
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Program").field("urls", &self.urls).finish_non_exhaustive()
    }
}

/// Runs the program.
pub fn main() -> ExitCode {
    Program::new().run()
}

/// Runs the program with a site that was changed, for library users.
pub fn main_with(customize: impl FnOnce(Builder) -> Builder + 'static) -> ExitCode {
    Program::new().site(customize).run()
}

fn run(arguments: Arguments, program: Program) -> anyhow::Result<()> {
    // Not read for commands that must work where the settings don't.
    let file = arguments.settings;
    let setup = || anyhow::Ok(Setup { settings: load_settings(file.as_deref())?, program });
    match arguments.command.unwrap_or(Command::Serve(serve::Arguments::default())) {
        Command::Serve(arguments) => serve::run(setup()?, &arguments),
        Command::Migrate(arguments) => migrate::run(&setup()?, &arguments),
        Command::Createsuperuser(arguments) => createsuperuser::run(setup()?, &arguments),
        Command::Changepassword(arguments) => changepassword::run(setup()?, &arguments),
        Command::Clearsessions(arguments) => clearsessions::run(setup()?, &arguments),
        Command::Flushexpiredtokens => flushexpiredtokens::run(setup()?),
        Command::Seedusers(arguments) => seedusers::run(setup()?, &arguments),
        Command::Sendtestemail(arguments) => sendtestemail::run(setup()?, &arguments),
        Command::Person(arguments) => person::run(setup()?, &arguments),
        Command::Secretkey(command) => secretkey::run(setup, &command),
        Command::Backup(arguments) => backup::run(&setup()?, &arguments),
        Command::Audit(command) => audit::run(setup()?, &command),
        Command::Check(arguments) => check::run(setup()?, &arguments),
        Command::Doctor(arguments) => doctor::run(setup()?, &arguments),
        Command::AxesListAttempts => axes::list_attempts::run(setup()?),
        Command::AxesReset => axes::reset::all(setup()?),
        Command::AxesResetIp(arguments) => axes::reset::ips(setup()?, &arguments),
        Command::AxesResetUsername(arguments) => axes::reset::usernames(setup()?, &arguments),
        Command::AxesResetIpUsername(arguments) => axes::reset::pair(setup()?, &arguments),
        Command::AxesResetLogs(arguments) => axes::reset_logs::run(setup()?, Log::Access, &arguments),
        Command::AxesResetFailureLogs(arguments) => axes::reset_logs::run(setup()?, Log::Failures, &arguments),
        Command::AxesExplain(arguments) => axes::explain::run(setup()?, &arguments),
        Command::AxesSimulate(arguments) => axes::simulate::run(setup()?, &arguments),
        Command::Settings(arguments) => settings::run(&setup()?, &arguments),
        Command::Diffsettings(arguments) => diffsettings::run(&setup()?, &arguments),
        Command::Completions(arguments) => completions::run(&arguments),
    }
}

impl Setup {
    fn builder(self) -> Builder {
        (self.program.customize)(Site::builder(self.settings))
    }

    fn site(self) -> anyhow::Result<Site> {
        self.builder().build().context("the site can't be started")
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

/// For commands that need a database as this version knows it, and leave the making of it to others.
fn refuse_outdated(url: &DatabaseUrl) -> anyhow::Result<()> {
    if !pending(url)?.is_empty() {
        bail!("the database is not up to date; run `vestibule migrate` first");
    }
    Ok(())
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
