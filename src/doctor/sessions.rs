//! Facts that live sessions tell.

use std::collections::BTreeMap;

use super::{ASK_DJANGO, Examination, Found, Opinion};
use crate::{
    crypto::{SecretKeys, signed_at},
    sessions::{codec, model},
};

/// How many are looked at; the latest.
const LOOKED_AT: i64 = 1_000;
/// Before the paths of Django's own backends.
const DJANGOS: &str = "django.contrib.auth.backends.";
/// The backend that lets nobody in, so no session ever names it.
const NAMELESS: &str = "AxesStandaloneBackend";

/// A live session.
pub(super) struct Sample {
    /// When it was signed, in seconds since 1970; as it says itself.
    signed_at: i64,
    /// Which of the keys signed it: 0 for the current one, then the fallbacks.
    key: Option<usize>,
    /// The backend that it names.
    backend: Option<String>,
}

/// The latest live sessions; none where the table can't be read, which another fact tells.
pub(super) fn sample(examination: &mut Examination<'_>) -> Vec<Sample> {
    let rows = model::latest(&mut examination.db, examination.now, LOOKED_AT).unwrap_or_default();
    let keys: Vec<SecretKeys> = examination.keys.map(SecretKeys::one_by_one).unwrap_or_default();
    let read = |data: &String| {
        let decoded = keys.iter().enumerate().find_map(|(at, key)| Some((at, codec::decode(data, key)?)));
        let backend = decoded.as_ref().and_then(|(_, payload)| payload.get("_auth_user_backend"));
        Some(Sample {
            signed_at: signed_at(data)?,
            key: decoded.as_ref().map(|(at, _)| *at),
            backend: backend.and_then(|json| serde_json::from_str(json).ok()),
        })
    };
    rows.iter().filter_map(read).collect()
}

/// Whether both sign with one key. Each session says when it was signed: what was signed since the first one that the current
/// key made must all be of that key.
pub(super) fn secret_key(examination: &mut Examination<'_>) -> Found {
    let hint = "Give SECRET_KEY (or SECRET_KEY_FILE) the SECRET_KEY of Django's settings, and SECRET_KEY_FALLBACKS \
                Django's as well.";
    let Some(keys) = examination.keys else {
        return Ok(Opinion::differs("SECRET_KEY is not set, and there is no SECRET_KEY_PATH.", hint));
    };
    let samples = &examination.sessions;
    let of = |key: Option<usize>| samples.iter().filter(move |sample| sample.key == key);
    let mut counts =
        vec![format!("{} of the {} latest sessions are signed with SECRET_KEY", of(Some(0)).count(), samples.len())];
    for at in 0..keys.fallbacks().len() {
        counts.push(format!("{} with SECRET_KEY_FALLBACKS[{at}]", of(Some(at + 1)).count()));
    }
    counts.push(format!("{} with none of these keys", of(None).count()));
    if let Some(project) = examination.project {
        let theirs = project.text("SECRET_KEY");
        if theirs != Some(keys.current().expose()) {
            return Ok(Opinion::differs("SECRET_KEY is another than Django's.", hint).with(counts));
        }
        let ours: Vec<&str> = keys.fallbacks().iter().map(|key| key.expose()).collect();
        if project.texts("SECRET_KEY_FALLBACKS") != ours {
            return Ok(Opinion::differs("SECRET_KEY_FALLBACKS are others than Django's.", hint).with(counts));
        }
    }
    let since = of(Some(0)).map(|sample| sample.signed_at).min();
    let later =
        since.map(|since| samples.iter().filter(|sample| sample.key != Some(0) && sample.signed_at >= since).count());
    Ok(match (since, later) {
        (Some(_), Some(0)) => Opinion::agrees("The latest sessions are signed with it.").with(counts),
        (Some(_), _) => {
            Opinion::differs("Sessions are signed with it and, since then, with another key too.", hint).with(counts)
        }
        (None, _) if samples.is_empty() && examination.project.is_some() => {
            Opinion::agrees("It is Django's. There is no live session to try it on.")
        }
        (None, _) if samples.is_empty() => Opinion::unknown(
            "There is no live session to try it on.",
            format!("Log in to Django once and run this again; or: {ASK_DJANGO}"),
        ),
        (None, _) => Opinion::differs("No live session is signed with it.", hint).with(counts),
    })
}

/// Whether each knows the paths that the other's sessions name.
pub(super) fn backends(examination: &mut Examination<'_>) -> Found {
    let ours = &examination.settings.auth.backends;
    let mut named: BTreeMap<&str, usize> = BTreeMap::new();
    for path in examination.sessions.iter().filter_map(|sample| sample.backend.as_deref()) {
        *named.entry(path).or_default() += 1;
    }
    let unknown: Vec<String> = named
        .iter()
        .filter(|(path, _)| !ours.iter().any(|known| known == *path))
        .map(|(path, count)| format!("{count} sessions name {path}: these people are nobody here"))
        .collect();
    let hint = "Name in AUTHENTICATION_BACKENDS what Django names there; what has no counterpart here needs a backend of \
                that name (README, “A backend of one's own”).";
    if !unknown.is_empty() {
        return Ok(Opinion::differs("Sessions name backends that are not configured here.", hint).with(unknown));
    }
    // What a log-in here may record.
    let ours = ours.iter().map(String::as_str).filter(|path| class(path) != NAMELESS);
    let Some(project) = examination.project else {
        let unseen: Vec<&str> = ours.filter(|path| !path.starts_with(DJANGOS) && !named.contains_key(*path)).collect();
        return Ok(if unseen.is_empty() {
            Opinion::agrees("All that sessions name is configured here.").with(counted(&named))
        } else {
            let message = format!("Whether Django knows {}, no session tells.", unseen.join(", "));
            Opinion::unknown(message, ASK_DJANGO)
        });
    };
    let theirs = project.texts("AUTHENTICATION_BACKENDS");
    let nobodys: Vec<String> = ours
        .clone()
        .filter(|path| !theirs.contains(path))
        .map(|path| format!("{path} is not among Django's: who logs in by it here is nobody there"))
        .collect();
    let lost = theirs.iter().filter(|path| class(path) != NAMELESS && !ours.clone().any(|known| known == **path));
    let lost: Vec<String> =
        lost.map(|path| format!("{path} is Django's alone: who logs in by it there is nobody here")).collect();
    Ok(if nobodys.is_empty() && lost.is_empty() {
        Opinion::agrees("Both have the same.").with(counted(&named))
    } else {
        Opinion::differs("Each has backends that the other does not know.", hint).with(nobodys).with(lost)
    })
}

/// The last part of a path.
pub(super) fn class(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

fn counted(named: &BTreeMap<&str, usize>) -> Vec<String> {
    named.iter().map(|(path, count)| format!("{count} sessions name {path}")).collect()
}

/// The paths that live sessions name.
pub(super) fn named(examination: &Examination<'_>) -> Vec<String> {
    let mut named: Vec<String> = examination.sessions.iter().filter_map(|sample| sample.backend.clone()).collect();
    named.sort();
    named.dedup();
    named
}
