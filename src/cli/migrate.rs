//! `vestibule migrate`.

use anyhow::bail;

use super::Setup;
use crate::{clock::Clock, db};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Only print what would be done
    #[arg(long)]
    plan: bool,
    /// Exit with 1 if anything would be done
    #[arg(long)]
    check: bool,
}

pub(super) fn run(setup: &Setup, arguments: &Arguments) -> anyhow::Result<()> {
    let (url, others) = (&setup.settings.database.url, setup.program.migrations);
    if arguments.plan || arguments.check {
        let pending = db::plan_with(url, others)?;
        for name in &pending {
            println!("{name}");
        }
        if arguments.check && !pending.is_empty() {
            bail!("{} migrations are pending", pending.len());
        }
        return Ok(());
    }
    let migrated = db::migrate_with(url, &Clock::system(), true, others)?;
    for name in &migrated.applied {
        println!("Applied {name}");
    }
    for name in &migrated.indexes {
        println!("Made the index {name} again");
    }
    if !migrated.adopted.is_empty() {
        println!("Adopted from Django, unchanged: {}", migrated.adopted.join(", "));
        println!("Added: tables whose names begin with vestibule_, and __diesel_schema_migrations");
        println!(
            "Added: indexes whose names begin with vestibule_, also on Django’s tables, which Django leaves alone"
        );
        if url.sqlite_path().is_some() {
            println!("Changed: SQLite's journal mode is now WAL, which Django reads as well");
        }
    }
    if migrated == db::Migrated::default() {
        println!("No migrations to apply.");
    }
    Ok(())
}
