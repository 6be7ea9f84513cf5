//! `vestibule audit verify`, `head` and `list`.

use std::{
    fs::File,
    io::{BufReader, Write, stdout},
    path::PathBuf,
};

use anyhow::{Context, bail};
use serde_json::{Value, json};

use super::Setup;
use crate::{
    audit::{self, Head, Recorded},
    auth::models::user,
    client::printable,
};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Check that no entry was changed, put in or taken out
    Verify(Verify),
    /// Print the number and the hash of the last entry, to be kept elsewhere
    Head,
    /// Print the entries, the first first
    List(List),
}

#[derive(Debug, clap::Args)]
pub(super) struct Verify {
    /// A head that was noted elsewhere: it must be in the chain
    #[arg(long, value_name = "NUMBER:HASH")]
    head: Vec<Head>,
    /// A log of this program, of JSON or text: every head in it must be in the chain
    #[arg(long, value_name = "FILE")]
    log: Vec<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(super) struct List {
    /// Only what this user did, and what was done to them
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

/// How many entries are read at once.
const BATCH: i64 = 1_000;

pub(super) fn run(setup: Setup, command: &Command) -> anyhow::Result<()> {
    super::refuse_outdated(&setup.settings.database.url)?;
    match command {
        Command::Verify(arguments) => verify(setup, arguments),
        Command::Head => head(setup),
        Command::List(arguments) => list(setup, arguments),
    }
}

fn verify(setup: Setup, arguments: &Verify) -> anyhow::Result<()> {
    let mut heads = arguments.head.clone();
    for path in &arguments.log {
        let file = File::open(path).with_context(|| path.display().to_string())?;
        heads.extend(Head::all_in(BufReader::new(file)).with_context(|| path.display().to_string())?);
    }
    let auth = setup.site()?.auth;
    let report = audit::verify(&mut *auth.db()?, &auth.keys, &heads)?;
    if report.is_sound() {
        match report.head {
            Some(head) => println!("{} entries, all in order, head {head}", report.entries),
            None => println!("0 entries"),
        }
        return Ok(());
    }
    let mut out = stdout().lock();
    for finding in &report.findings {
        writeln!(out, "{finding}")?;
    }
    let findings = report.findings.len();
    bail!("the audit log is not as it was written ({findings} finding{})", if findings == 1 { "" } else { "s" });
}

fn head(setup: Setup) -> anyhow::Result<()> {
    let auth = setup.site()?.auth;
    match audit::head(&mut *auth.db()?)? {
        Some(head) => println!("{head}"),
        None => println!("0:"),
    }
    Ok(())
}

fn list(setup: Setup, arguments: &List) -> anyhow::Result<()> {
    let auth = setup.site()?.auth;
    let mut db = auth.db()?;
    let ids = match &arguments.user {
        Some(name) => {
            let mut ids = audit::ids_of(&mut db, name)?;
            ids.extend(user::find_by_username(&mut db, name)?.map(|user| user.id));
            Some(ids)
        }
        None => None,
    };
    let is_meant = |entry: &Recorded| {
        let has = |id: Option<i32>| id.is_some_and(|id| ids.as_ref().is_some_and(|ids| ids.contains(&id)));
        ids.is_none() || has(entry.actor_id) || has(entry.subject_id)
    };
    // What somebody put in below the first is shown too.
    let (mut last, mut out) = (i64::MIN, stdout().lock());
    loop {
        let entries = audit::after(&mut db, last, BATCH)?;
        for entry in entries.iter().filter(|entry| is_meant(entry)) {
            writeln!(out, "{}", if arguments.json { in_json(entry).to_string() } else { line(entry) })?;
        }
        match entries.last() {
            Some(entry) if entry.id != last => last = entry.id,
            _ => return Ok(()),
        }
    }
}

fn in_json(entry: &Recorded) -> Value {
    let changes: serde_json::Map<String, Value> =
        entry.changes.iter().map(|(field, old, new)| (field.to_owned(), json!([old, new]))).collect();
    json!({
        "number": entry.id,
        "time": time(entry),
        "action": entry.action,
        "model": entry.model,
        "object_id": entry.object_id,
        "object": entry.object_repr,
        "actor": entry.actor,
        "actor_id": entry.actor_id,
        "subject_id": entry.subject_id,
        "ip_address": entry.ip_address,
        "user_agent": entry.user_agent,
        "changes": changes,
        "detail": entry.detail,
    })
}

/// Strangers chose names: they must not do more on a terminal than show.
fn line(entry: &Recorded) -> String {
    let changes = entry.changes.iter().map(|(field, old, new)| format!("{field}: {old} → {new}"));
    let changes: Vec<String> = changes.chain((!entry.detail.is_empty()).then(|| entry.detail.clone())).collect();
    let object = match (entry.model.as_str(), entry.object_repr.as_str()) {
        ("", _) => String::new(),
        (model, repr) => format!("{model} {} “{repr}”", entry.object_id),
    };
    let (ip, actor) =
        (entry.ip_address.as_deref().unwrap_or("-"), Some(&*entry.actor).filter(|actor| !actor.is_empty()));
    let fields = [
        entry.id.to_string(),
        time(entry),
        actor.unwrap_or("-").to_owned(),
        ip.to_owned(),
        entry.action.clone(),
        object,
        changes.join("; "),
    ];
    fields.iter().map(|field| printable(field, usize::MAX)).collect::<Vec<_>>().join("\t")
}

fn time(entry: &Recorded) -> String {
    let (date, (hour, minute, second)) = (entry.created_at.date(), entry.created_at.as_hms());
    format!("{date}T{hour:02}:{minute:02}:{second:02}Z")
}
