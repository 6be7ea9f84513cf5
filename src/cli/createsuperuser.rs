//! `vestibule createsuperuser`, with Django's arguments, variables and answers.

use std::io::{IsTerminal, Write, stdin, stdout};

use anyhow::{Context, bail};

use super::Setup;
use crate::{
    audit::{self, Changes, Entry},
    auth::{
        Auth, AuthError,
        models::user,
        superuser::{Candidate, Problems},
    },
    client::Client,
    clock::Clock,
    db,
    settings::Secret,
};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The name to log in with
    #[arg(long)]
    username: Option<String>,
    /// The e-mail address
    #[arg(long)]
    email: Option<String>,
    /// Ask nothing: --username is needed, the password comes from DJANGO_SUPERUSER_PASSWORD; without one nobody can
    /// log in to the account by password
    #[arg(long, alias = "no-input")]
    noinput: bool,
}

pub(super) fn run(setup: Setup, arguments: &Arguments) -> anyhow::Result<()> {
    db::migrate(&setup.settings.database.url, &Clock::system(), false)?;
    let site = setup.site()?;
    let candidate = if arguments.noinput {
        from_environment(&site.auth, arguments)?
    } else if stdin().is_terminal() {
        from_terminal(&site.auth, arguments)?
    } else {
        bail!("Superuser creation skipped due to not running in a TTY; use --noinput to create one without questions");
    };
    let new = candidate.hashed(&site.auth);
    let mut db = site.auth.db()?;
    let (keys, now) = (&site.auth.keys, site.auth.clock.now());
    let created = db.write(|db| -> Result<(), AuthError> {
        let user = user::create(db, &new, now)?;
        let entry = Entry::new("superuser_created", &Client::default()).by_command("createsuperuser").on_user(&user);
        audit::append(db, keys, &[entry.changes(Changes::of_new(&user))], now)
    });
    created.context("the superuser was not created")?;
    println!("Superuser created successfully.");
    Ok(())
}

fn variable(name: &str) -> Option<String> {
    super::variable(&format!("DJANGO_SUPERUSER_{name}"))
}

fn from_environment(auth: &Auth, arguments: &Arguments) -> anyhow::Result<Candidate> {
    let Some(username) = arguments.username.clone().or_else(|| variable("USERNAME")) else {
        bail!("You must use --username with --noinput.");
    };
    let candidate = Candidate {
        username,
        email: arguments.email.clone().or_else(|| variable("EMAIL")).unwrap_or_default(),
        password: variable("PASSWORD").map(Secret::new),
    };
    let candidate = candidate.normalized();
    let mut problems = candidate.check(&mut *auth.db()?, auth)?;
    // As in Django, whoever scripts this answers for the password.
    problems.password.clear();
    match problems.all().next() {
        // Scripts look for Django's words.
        Some(problem) if problem.contains("already exists") => bail!("That username is already taken."),
        Some(problem) => bail!("{problem}"),
        None => Ok(candidate),
    }
}

fn from_terminal(auth: &Auth, arguments: &Arguments) -> anyhow::Result<Candidate> {
    let named = |username| Candidate { username, ..Candidate::default() };
    let username = ask_until_good(auth, "Username", arguments.username.clone(), named, |problems| problems.username)?;
    let addressed = |email| Candidate { email, ..Candidate::default() };
    let email = ask_until_good(auth, "Email address", arguments.email.clone(), addressed, |problems| problems.email)?;
    let mut candidate = Candidate { username, email, password: None }.normalized();
    candidate.password = Some(ask_password(auth, &candidate)?);
    Ok(candidate)
}

/// Asks for one field, again while something is wrong with it. `given` is what an argument said.
fn ask_until_good(
    auth: &Auth,
    label: &str,
    mut given: Option<String>,
    candidate: impl Fn(String) -> Candidate,
    problems_of: impl Fn(Problems) -> Vec<String>,
) -> anyhow::Result<String> {
    loop {
        let text = match given.take() {
            Some(text) => text,
            None => ask(label)?,
        };
        let problems = problems_of(candidate(text.clone()).normalized().check(&mut *auth.db()?, auth)?);
        if problems.is_empty() {
            return Ok(text);
        }
        for problem in problems {
            eprintln!("Error: {problem}");
        }
    }
}

fn ask(label: &str) -> anyhow::Result<String> {
    print!("{label}: ");
    stdout().flush()?;
    let mut line = String::new();
    if stdin().read_line(&mut line)? == 0 {
        bail!("Operation cancelled.");
    }
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn ask_password(auth: &Auth, candidate: &Candidate) -> anyhow::Result<Secret> {
    loop {
        let first = rpassword::prompt_password("Password: ")?;
        if first != rpassword::prompt_password("Password (again): ")? {
            eprintln!("Error: Your passwords didn't match.");
            continue;
        }
        if first.trim().is_empty() {
            eprintln!("Error: Blank passwords aren't allowed.");
            continue;
        }
        let objections = auth.validators.validate(&first, &candidate.person());
        for objection in &objections {
            eprintln!("{}", objection.message);
        }
        if objections.is_empty()
            || ask("Bypass password validation and create user anyway? [y/N]")?.eq_ignore_ascii_case("y")
        {
            return Ok(Secret::new(first));
        }
    }
}
