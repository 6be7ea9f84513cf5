//! `vestibule person export` and `erase`: a data officer's work.

use std::{
    fs::OpenOptions,
    io::{IsTerminal, Write, stdin, stdout},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use clap::Subcommand;

use super::Setup;
use crate::{
    accounts::{Accounts, Erased},
    audit,
    auth::{models::user, own_sessions},
    client::Client,
    deletion::{self, DeletionError},
};

#[derive(Debug, Subcommand)]
pub(super) enum Arguments {
    /// Write all that is kept of somebody as JSON
    Export(Export),
    /// Delete somebody's account, and their name wherever else it stands; the audit log keeps a pseudonym
    Erase(Erase),
}

#[derive(Debug, clap::Args)]
pub(super) struct Export {
    /// Whose
    username: String,
    /// The file to write, which must not be there yet (default: standard output)
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(super) struct Erase {
    /// Whom; of somebody whose account is gone, what is still known under this name or address
    username: String,
    /// Don't ask
    #[arg(long)]
    yes: bool,
}

pub(super) fn run(setup: Setup, arguments: &Arguments) -> anyhow::Result<()> {
    super::refuse_outdated(&setup.settings.database.url)?;
    match arguments {
        Arguments::Export(arguments) => export(setup, arguments),
        Arguments::Erase(arguments) => erase(setup, arguments),
    }
}

fn export(setup: Setup, Export { username, output }: &Export) -> anyhow::Result<()> {
    let sessions = setup.settings.sessions.clone();
    let accounts = setup.site()?.accounts;
    let auth = &accounts.auth;
    let mut db = auth.db()?;
    let Some(person) = user::find_by_username(&mut db, username)? else {
        bail!("user '{username}' does not exist");
    };
    let data = accounts.export_of(&mut db, &person, &sessions, |_| true)?;
    let text = serde_json::to_string_pretty(&data)? + "\n";
    // Noted first: what was not noted is not told.
    let entry = audit::Entry::new("exported", &Client::default()).by_command("person export").on_user(&person);
    db.write(|db| audit::append(db, &auth.keys, &[entry], auth.clock.now()))?;
    match output {
        Some(path) => write(path, &text).with_context(|| format!("cannot write {}", path.display())),
        None => Ok(stdout().write_all(text.as_bytes())?),
    }
}

/// Into a file that only its owner reads.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn erase(setup: Setup, Erase { username, yes }: &Erase) -> anyhow::Result<()> {
    let accounts = setup.site()?.accounts;
    let found = user::find_by_username(&mut *accounts.auth.db()?, username)?;
    let what = match &found {
        Some(person) => format!("the account of '{}' and everything that names them", person.username),
        None => format!("everything that is still known under '{username}', who has no account"),
    };
    if !yes {
        if !stdin().is_terminal() {
            bail!("this would delete {what}, for good; --yes says that it shall");
        }
        print!("This deletes {what}, for good. Type the name to go on: ");
        stdout().flush()?;
        let mut typed = String::new();
        stdin().read_line(&mut typed)?;
        if typed.trim_end_matches(['\r', '\n']) != username {
            bail!("nothing was deleted");
        }
    }
    match forget(&accounts, username)? {
        Erased::Done { pseudonym, rows } => {
            println!(
                "'{username}' was erased; where a name must stand it is {pseudonym} now. Other rows deleted or changed: {rows}."
            );
            Ok(())
        }
        Erased::LastSuperuser => bail!("'{username}' is the last superuser; nothing was deleted"),
        Erased::Changed => bail!("'{username}' was changed just now; nothing was deleted"),
        Erased::HasAccount(other) => bail!("that is the name or address of user '{other}'; nothing was deleted"),
        Erased::Gone => bail!("user '{username}' does not exist"),
    }
}

fn forget(accounts: &Accounts, username: &str) -> anyhow::Result<Erased> {
    let (auth, client) = (&accounts.auth, Client::default());
    let mut db = auth.db()?;
    let Some(person) = user::find_by_username(&mut db, username)? else {
        return Ok(db.write(|db| accounts.erase_traces(db, &client, username))?);
    };
    let sessions = own_sessions::keys(&mut db, auth, &person)?;
    let erased = db.write(|db| match accounts.hold(db, None, &person)? {
        Ok(person) => accounts.erase(db, None, &client, &person, &sessions),
        Err(why) => Ok(why),
    });
    match erased {
        Err(error @ DeletionError::InUse) => {
            bail!("{error}, in {}; nothing was deleted", deletion::held_by(&mut db, &person)?.join(", "))
        }
        other => Ok(other?),
    }
}
