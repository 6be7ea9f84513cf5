//! `vestibule secretkey status` and `generate`.

use std::io::{Write, stdout};

use serde_json::{Value, json};
use time::{Duration, PrimitiveDateTime, format_description::well_known::Rfc3339};

use super::Setup;
use crate::{
    rotation::{self, Droppable, Holding, KeyStatus, Status, Tokens},
    secret_key,
    settings::Settings,
};

const HEADER: [&str; 7] =
    ["Key", "Fingerprint", "Sessions", "Refresh tokens", "Reset links", "Confirmations", "Can be dropped"];

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Count what rests on the secret key and on each fallback, and say from when on those can be dropped
    Status(Arguments),
    /// Print a new key, and nothing else
    Generate,
}

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A key is made where no settings are yet.
pub(super) fn run(setup: impl FnOnce() -> anyhow::Result<Setup>, command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Status(arguments) => status(setup()?, arguments),
        Command::Generate => Ok(writeln!(stdout(), "{}", secret_key::generate())?),
    }
}

fn status(setup: Setup, arguments: &Arguments) -> anyhow::Result<()> {
    super::refuse_outdated(&setup.settings.database.url)?;
    let site = setup.site()?;
    let status = rotation::status(&site.auth, &site.jwt)?;
    let text = if arguments.json {
        format!("{:#}\n", in_json(&status, &site.settings))
    } else {
        format!("{}\n{}", table(&status), remarks(&status, &site.settings).join("\n") + "\n")
    };
    Ok(stdout().write_all(text.as_bytes())?)
}

fn table(status: &Status) -> String {
    let mut lines = vec![HEADER.map(str::to_owned)];
    lines.extend(status.keys.iter().map(|key| cells(key, status)));
    let width = |column: usize| lines.iter().map(|cells| cells[column].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..HEADER.len()).map(width).collect();
    let line = |cells: &[String; HEADER.len()]| {
        let padded = cells.iter().zip(&widths).enumerate().map(|(column, (cell, width))| match column {
            // Numbers end below each other.
            2..=5 => format!("{cell:>width$}"),
            _ => format!("{cell:<width$}"),
        });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    lines.iter().map(line).collect()
}

fn cells(key: &KeyStatus, status: &Status) -> [String; HEADER.len()] {
    let tokens = match status.tokens {
        Tokens::SecretKey { .. } => key.refresh_tokens.number.to_string(),
        Tokens::OwnKeys => "-".to_owned(),
    };
    let droppable = match key.droppable {
        Droppable::Signs => "no, it signs".to_owned(),
        Droppable::OnceServed => "once a site with SECRET_KEY has run".to_owned(),
        Droppable::From(at) => format!("from {} on", moment(at)),
        Droppable::Now => "now".to_owned(),
    };
    [
        key.name(),
        key.fingerprint.clone(),
        key.sessions.number.to_string(),
        tokens,
        key.reset_links.number.to_string(),
        key.confirmation_links.number.to_string(),
        droppable,
    ]
}

/// What the table does not say.
fn remarks(status: &Status, settings: &Settings) -> Vec<String> {
    let mut lines = vec![format!("Sessions that rest on none of these keys, and are dead: {}", status.dead_sessions)];
    match status.tokens {
        Tokens::SecretKey { elsewhere, dead } => {
            lines.push(format!("Refresh tokens that rest on none of these keys, and are dead: {dead}"));
            if elsewhere > 0 {
                lines.push(format!("Refresh tokens that rest on SIMPLE_JWT.VERIFYING_KEY_FALLBACKS: {elsewhere}"));
            }
        }
        Tokens::OwnKeys => {
            lines.push("Tokens do not rest on these keys: SIMPLE_JWT.SIGNING_KEY signs them.".to_owned());
        }
    }
    for key in &status.keys {
        lines.extend(remarks_on(key, is_counted(status), settings));
    }
    if status.keys.len() > 1 {
        lines.push(django(is_counted(status), settings));
    }
    lines
}

fn remarks_on(key: &KeyStatus, signs_tokens: bool, settings: &Settings) -> Vec<String> {
    let (name, mut lines) = (key.name(), Vec::new());
    if key.place > 0 {
        lines.push(match key.last_current_at {
            Some(at) if key.may_still_sign => format!(
                "{name} was SECRET_KEY of a site that ran at {}: if that still runs with it, the date moves on.",
                moment(at)
            ),
            Some(at) => format!("{name} was last seen as SECRET_KEY of a running site at {}.", moment(at)),
            None if signs_tokens => format!(
                "{name} was never seen as SECRET_KEY of a running site. If one has signed with it all the same, its access tokens \
                 last {}.",
                length(access(settings))
            ),
            None => format!("{name} was never seen as SECRET_KEY of a running site."),
        });
    }
    match key.audit_entries {
        0 => {}
        1 => lines.push(format!("1 entry of the audit log can be verified only with {name}.")),
        entries => lines.push(format!("{entries} entries of the audit log can be verified only with {name}.")),
    }
    lines
}

/// Bounds of what nobody can count, from when Django signs with another key.
fn django(signs_tokens: bool, settings: &Settings) -> String {
    let reset = length(settings.account.password_reset_timeout);
    let tokens = if signs_tokens {
        let refresh = length(settings.jwt.refresh_token_lifetime);
        format!(", its refresh tokens {refresh} (REFRESH_TOKEN_LIFETIME) if it lacks the app token_blacklist")
    } else {
        String::new()
    };
    format!(
        "Not counted is what a Django beside this site signs and stores nowhere: once it has another SECRET_KEY, its reset links \
         last {reset} more (PASSWORD_RESET_TIMEOUT){tokens}."
    )
}

fn is_counted(status: &Status) -> bool {
    status.tokens != Tokens::OwnKeys
}

fn in_json(status: &Status, settings: &Settings) -> Value {
    let is_counted = is_counted(status);
    let keys = status.keys.iter().map(|key| {
        let can_be_dropped_at = match key.droppable {
            Droppable::Signs | Droppable::OnceServed => None,
            Droppable::From(at) => Some(at),
            Droppable::Now => Some(status.at),
        };
        json!({
            "name": key.name(),
            "fingerprint": key.fingerprint,
            "sessions": holding(key.sessions),
            "refresh_tokens": is_counted.then(|| holding(key.refresh_tokens)),
            "reset_links": holding(key.reset_links),
            "confirmation_links": holding(key.confirmation_links),
            "audit_entries": key.audit_entries,
            "seals_audit_head": key.seals_audit_head,
            "first_current_at": key.first_current_at.map(rfc3339),
            "last_current_at": key.last_current_at.map(rfc3339),
            "last_signed_at": key.last_signed_at.map(rfc3339),
            "may_still_sign": key.may_still_sign,
            "can_be_dropped_now": key.droppable == Droppable::Now,
            "can_be_dropped_at": can_be_dropped_at.map(rfc3339),
        })
    });
    let (elsewhere, dead) = match status.tokens {
        Tokens::SecretKey { elsewhere, dead } => (Some(elsewhere), Some(dead)),
        Tokens::OwnKeys => (None, None),
    };
    json!({
        "at": rfc3339(status.at),
        "keys": keys.collect::<Vec<_>>(),
        "sessions_on_no_key": status.dead_sessions,
        "refresh_tokens_on_no_key": dead,
        "refresh_tokens_on_keys_of_their_own": elsewhere,
        "tokens_rest_on_secret_key": is_counted,
        "not_counted": {
            "access_tokens_last": is_counted.then(|| access(settings).whole_seconds()),
            "djangos_reset_links_last": settings.account.password_reset_timeout.whole_seconds(),
            "djangos_refresh_tokens_last": is_counted.then(|| settings.jwt.refresh_token_lifetime.whole_seconds()),
        },
    })
}

fn holding(holding: Holding) -> Value {
    json!({ "number": holding.number, "end_at": holding.ends_at.map(rfc3339) })
}

fn access(settings: &Settings) -> Duration {
    settings.jwt.access_token_lifetime.saturating_add(settings.jwt.leeway)
}

fn rfc3339(at: PrimitiveDateTime) -> String {
    at.assume_utc().format(&Rfc3339).unwrap_or_default()
}

/// To the second that has begun by then.
fn moment(at: PrimitiveDateTime) -> String {
    let at = if at.microsecond() == 0 { at } else { at.saturating_add(Duration::SECOND) };
    let (date, (hour, minute, second)) = (at.date(), at.as_hms());
    format!("{date} {hour:02}:{minute:02}:{second:02} UTC")
}

/// A length of time, rounded up.
fn length(length: Duration) -> String {
    let up = |seconds: i64, unit: i64| (seconds + unit - 1) / unit;
    match length.whole_seconds() {
        seconds if seconds >= 172_800 => format!("{} days", up(seconds, 86_400)),
        seconds if seconds >= 7_200 => format!("{} hours", up(seconds, 3_600)),
        seconds if seconds >= 120 => format!("{} minutes", up(seconds, 60)),
        seconds => format!("{seconds} seconds"),
    }
}
