//! `vestibule secretkey status` and `generate`.

use std::io::{Write, stdout};

use anyhow::{Context, bail};
use serde_json::{Value, json};
use time::{Duration, PrimitiveDateTime, format_description::well_known::Rfc3339};

use super::Setup;
use crate::{
    mail::{EmailBackend, MailError, Message},
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
    refuse_without_key(&setup.settings)?;
    // Nothing is sent, and a folder for mail would be made.
    let site = setup.builder().email_backend(NoMail).build().context("the site can't be started")?;
    let status = rotation::status(&site.auth, &site.jwt, &site.settings.account)?;
    let text = if arguments.json {
        format!("{:#}\n", in_json(&status, &site.settings))
    } else {
        format!("{}\n{}", table(&status), remarks(&status, &site.settings).join("\n") + "\n")
    };
    Ok(stdout().write_all(text.as_bytes())?)
}

/// A start would make a key, on which nothing could rest.
fn refuse_without_key(settings: &Settings) -> anyhow::Result<()> {
    if secret_key::existing(&settings.security)?.is_none() {
        bail!(
            "there is no key to count for: SECRET_KEY is empty, and no file {} is there (SECRET_KEY_PATH)",
            settings.security.secret_key_path.display()
        );
    }
    Ok(())
}

/// Takes no mail anywhere.
struct NoMail;

impl EmailBackend for NoMail {
    fn send(&self, _message: &Message) -> Result<(), MailError> {
        Err(MailError::Config("this command sends no mail".to_owned()))
    }
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
        Tokens::OwnKeys { .. } => "-".to_owned(),
    };
    let droppable = match key.droppable {
        Droppable::Signs => "no, it signs".to_owned(),
        Droppable::Same => "the same as SECRET_KEY: drop it now".to_owned(),
        Droppable::OnceServed => "once a site of Vestibule with SECRET_KEY has run".to_owned(),
        Droppable::From(at) => format!("from {} on", moment(at)),
        Droppable::Now => "now".to_owned(),
        Droppable::Unused => "now, it never signed anything".to_owned(),
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
    let unknown = "unknown to these keys: dead, unless another program has their key";
    let mut lines = vec![format!("Sessions {unknown}: {}", status.dead_sessions)];
    if status.dead_sessions * 2 > status.live_sessions {
        lines.push(format!(
            "These are most of all {} sessions that have not expired: is this the site's SECRET_KEY?",
            status.live_sessions
        ));
    }
    match status.tokens {
        Tokens::SecretKey { elsewhere, dead } => {
            lines.push(format!("Refresh tokens {unknown}: {dead}"));
            if elsewhere > 0 {
                lines.push(format!("Refresh tokens that rest on SIMPLE_JWT.VERIFYING_KEY_FALLBACKS: {elsewhere}"));
            }
        }
        Tokens::OwnKeys { dead } => {
            lines.push("Tokens do not rest on these keys: SIMPLE_JWT.SIGNING_KEY signs them.".to_owned());
            lines.push(format!(
                "Refresh tokens unknown to the keys of SIMPLE_JWT: dead, unless another program has their key: {dead}"
            ));
        }
    }
    if let (true, Some(since), Some(until)) =
        (status.keys.len() > 1, status.links_known_since, status.links_unknown_until)
    {
        lines.push(format!(
            "Links are known that were made since {}; older ones may be open until {}, so no fallback should go before.",
            moment(since),
            moment(until)
        ));
    }
    for key in &status.keys {
        lines.extend(remarks_on(key, status, settings));
    }
    if status.keys.len() > 1 {
        lines.push(django(is_counted(status), settings));
    }
    lines
}

fn remarks_on(key: &KeyStatus, status: &Status, settings: &Settings) -> Vec<String> {
    if key.droppable == Droppable::Same {
        return Vec::new();
    }
    let mut lines = if key.place > 0 { remarks_on_use(key, status, settings) } else { Vec::new() };
    let name = key.name();
    match key.audit_entries {
        0 => {}
        1 => lines.push(format!("1 entry of the audit log can be verified only with {name}.")),
        entries => lines.push(format!("{entries} entries of the audit log can be verified only with {name}.")),
    }
    lines
}

/// Who signed with a fallback, and when.
fn remarks_on_use(key: &KeyStatus, status: &Status, settings: &Settings) -> Vec<String> {
    let (name, mut lines) = (key.name(), Vec::new());
    match key.last_current_at {
        Some(at) if key.may_still_sign => lines.push(format!(
            "{name} was SECRET_KEY of a site of Vestibule that ran at {}: if that still runs with it, the date moves on.",
            moment(at)
        )),
        Some(at) => {
            lines.push(format!("{name} was last seen as SECRET_KEY of a running site of Vestibule at {}.", moment(at)));
        }
        None => lines.push(format!("{name} was never seen as SECRET_KEY of a running site of Vestibule.")),
    }
    if key.last_current_at.is_none() && is_counted(status) {
        let access = length(access(settings));
        lines.push(format!("If anybody has signed with {name} all the same, its access tokens last {access}."));
    }
    if let Some(at) = key.last_signed_at {
        lines.push(format!("{name} last signed anything at {}, as far as can be told.", moment(at)));
    }
    if key.seems_to_sign(status.at) {
        lines.push(format!("Something still signs with {name}: a Django or an instance was not switched."));
    } else if key.signed_too_late {
        lines.push(
            "That was after the switch to SECRET_KEY: see that every Django and instance is switched by now."
                .to_owned(),
        );
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
    matches!(status.tokens, Tokens::SecretKey { .. })
}

fn in_json(status: &Status, settings: &Settings) -> Value {
    let is_counted = is_counted(status);
    let keys = status.keys.iter().map(|key| {
        let can_be_dropped_at = match key.droppable {
            Droppable::Signs | Droppable::OnceServed => None,
            Droppable::From(at) => Some(at),
            Droppable::Same | Droppable::Now | Droppable::Unused => Some(status.at),
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
            "signed_after_the_switch": key.signed_too_late,
            "seems_to_sign": key.seems_to_sign(status.at),
            "can_be_dropped_now": key.droppable.is_now(),
            "same_as_secret_key": key.droppable == Droppable::Same,
            "never_signed": key.droppable == Droppable::Unused,
            "can_be_dropped_at": can_be_dropped_at.map(rfc3339),
        })
    });
    let (elsewhere, dead) = match status.tokens {
        Tokens::SecretKey { elsewhere, dead } => (Some(elsewhere), dead),
        Tokens::OwnKeys { dead } => (None, dead),
    };
    json!({
        "at": rfc3339(status.at),
        "keys": keys.collect::<Vec<_>>(),
        "sessions": status.live_sessions,
        "sessions_on_no_key": status.dead_sessions,
        "refresh_tokens_on_no_key": dead,
        "refresh_tokens_on_keys_of_their_own": elsewhere,
        "links_known_since": status.links_known_since.map(rfc3339),
        "links_unknown_until": status.links_unknown_until.map(rfc3339),
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
