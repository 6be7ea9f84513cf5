//! `vestibule backup FILE`: a consistent copy, also while sites run.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, bail};

use super::Setup;
use crate::{db, settings::DatabaseUrl};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The file to be made: an SQLite database, or an archive for PostgreSQL's `pg_restore`
    file: PathBuf,
}

pub(super) fn run(setup: &Setup, arguments: &Arguments) -> anyhow::Result<()> {
    let (url, file) = (&setup.settings.database.url, &arguments.file);
    if file.exists() {
        bail!("{} is there already; name a new file", file.display());
    }
    match url.sqlite_path() {
        Some(path) if !Path::new(path).exists() => bail!("there is no database {path}"),
        Some(_) => db::backup(url, file).with_context(|| format!("no backup in {}", file.display()))?,
        None => pg_dump(url, file)?,
    }
    println!("Backup written to {}", file.display());
    Ok(())
}

/// PostgreSQL's own program knows best. The password travels in the environment, where other users can't see it.
fn pg_dump(url: &DatabaseUrl, file: &Path) -> anyhow::Result<()> {
    let (address, password) = url.without_password();
    let mut command = Command::new("pg_dump");
    command.arg("--format=custom").arg("--file").arg(file).arg("--dbname").arg(address).stdin(Stdio::null());
    if let Some(password) = password {
        command.env("PGPASSWORD", password.expose());
    }
    db::create_private(file).with_context(|| format!("cannot write {}", file.display()))?;
    let ended = command.status().context("pg_dump can't be started; it comes with PostgreSQL's client programs");
    if !matches!(&ended, Ok(status) if status.success()) {
        fs::remove_file(file)?;
        bail!("pg_dump failed ({})", ended?);
    }
    Ok(())
}
