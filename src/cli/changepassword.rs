//! `vestibule changepassword`, with Django's arguments and answers, and `--password-stdin` for scripts.

use std::io::{IsTerminal, stdin};

use anyhow::{Context, bail};
use zeroize::Zeroizing;

use super::Setup;
use crate::{
    audit::{self, Entry},
    auth::{
        Auth, AuthError,
        models::{User, user},
        own_sessions,
    },
    client::Client,
    events::Kind,
    settings::Secret,
};

/// How often the new password is asked for.
const TRIES: usize = 3;
/// Where the name of whoever runs this stands, in the order in which Python's `getpass` looks.
const LOGIN_NAMES: [&str; 4] = ["LOGNAME", "USER", "LNAME", "USERNAME"];

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Whose password (default: of the user who has your name on this system)
    username: Option<String>,
    /// Take the new password from the first line of standard input instead of asking for it
    #[arg(long)]
    password_stdin: bool,
}

pub(super) fn run(setup: Setup, arguments: &Arguments) -> anyhow::Result<()> {
    if !arguments.password_stdin && !stdin().is_terminal() {
        bail!("Password change skipped due to not running in a TTY; use --password-stdin to send it on standard input");
    }
    let named = arguments.username.clone().or_else(login_name);
    let username = named.context("nobody knows who you are; name the user whose password shall change")?;
    super::refuse_outdated(&setup.settings.database.url)?;
    let accounts = setup.site()?.accounts;
    let auth = &accounts.auth;
    let Some(person) = user::find_by_username(&mut *auth.db()?, &username)? else {
        bail!("user '{username}' does not exist");
    };
    println!("Changing password for user '{username}'");
    let password = if arguments.password_stdin { from_stdin(auth, &person)? } else { from_terminal(auth, &person)? };
    let encoded = auth.hashers.make_password(password.expose());
    let is_there = auth.db()?.write(|db| -> Result<bool, AuthError> {
        own_sessions::end_all_but(db, auth, &person, &[], None)?;
        let is_there = user::set_password(db, person.id, &encoded)?;
        if is_there {
            let client = Client::default();
            accounts.after_password_change(db, &client, &person, Kind::PasswordChanged)?;
            let entry = Entry::new("password_set", &client).by_command("changepassword").on_user(&person);
            audit::append(db, &auth.keys, &[entry], auth.clock.now())?;
        }
        Ok(is_there)
    })?;
    if !is_there {
        bail!("user '{username}' does not exist");
    }
    println!("Password changed successfully for user '{username}'");
    Ok(())
}

fn login_name() -> Option<String> {
    LOGIN_NAMES.into_iter().filter_map(super::variable).find(|name| !name.is_empty())
}

/// The first line as it is, but for its end.
fn from_stdin(auth: &Auth, person: &User) -> anyhow::Result<Secret> {
    let mut line = Zeroizing::new(String::new());
    stdin().read_line(&mut line).context("no password can be read from standard input")?;
    let text = line.strip_suffix('\n').map_or(line.as_str(), |text| text.strip_suffix('\r').unwrap_or(text));
    if text.is_empty() {
        bail!("aborted: there is no password on standard input");
    }
    let objections: Vec<String> =
        auth.validators.validate(text, &person.into()).into_iter().map(|objection| objection.message).collect();
    if !objections.is_empty() {
        bail!("{}", objections.join("\n"));
    }
    Ok(Secret::new(text))
}

fn from_terminal(auth: &Auth, person: &User) -> anyhow::Result<Secret> {
    for _ in 0..TRIES {
        let password = ask("Password: ")?;
        if password != ask("Password (again): ")? {
            println!("Passwords do not match. Please try again.");
            continue;
        }
        let objections = auth.validators.validate(password.expose(), &person.into());
        if objections.is_empty() {
            return Ok(password);
        }
        for objection in objections {
            eprintln!("{}", objection.message);
        }
    }
    bail!("Aborting password change for user '{}' after {TRIES} attempts", person.username);
}

fn ask(prompt: &str) -> anyhow::Result<Secret> {
    let password = Secret::new(rpassword::prompt_password(prompt)?);
    if password.is_empty() {
        bail!("aborted");
    }
    Ok(password)
}
