//! Facts that live sessions tell.

use std::collections::BTreeMap;

use time::PrimitiveDateTime;

use super::{
    ASK_DJANGO, Examination, Found, Opinion, model,
    project::{Project, Text},
};
use crate::{
    crypto::{SecretKeys, signed_at},
    db::{self, Db, MigrateError},
    sessions::codec,
};

/// How many are read at once.
const BATCH: i64 = 1_000;
/// By how much clocks may differ, in seconds. What says that it was signed later than that is no session.
const SKEW: i64 = 3_600;
/// Before the paths of Django's own backends.
const DJANGOS: &str = "django.contrib.auth.backends.";
/// What the backends are called that let nobody in and count failures; no session ever names one.
const COUNTING: [&str; 2] = ["AxesStandaloneBackend", "AxesBackend"];

/// What live sessions tell.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    /// How many each key signed: the current one, then the fallbacks.
    by_key: Vec<usize>,
    /// How many are signed with none of them, or are no sessions.
    foreign: usize,
    /// When the first was signed with the current key, in seconds since 1970.
    since: Option<i64>,
    /// When those were signed that the current key did not sign, and whether any other of ours did.
    others: Vec<(i64, bool)>,
    /// How many name which backend.
    backends: BTreeMap<String, usize>,
}

impl Sessions {
    /// Reads all of them; none where there is no table of them.
    pub(super) fn read(db: &mut Db, keys: Option<&SecretKeys>, now: PrimitiveDateTime) -> Result<Self, MigrateError> {
        let mut sessions = Self { by_key: vec![0; keys.map_or(0, |keys| keys.all().count())], ..Self::default() };
        // Another fact tells of that.
        if !db::has_table(db, "django_session")? {
            return Ok(sessions);
        }
        let (latest, mut last) = (now.assume_utc().unix_timestamp() + SKEW, String::new());
        loop {
            let rows = model::live_after(db, &last, now, BATCH)?;
            let Some(row) = rows.last() else { return Ok(sessions) };
            last.clone_from(&row.key);
            for row in &rows {
                sessions.count(&row.data, keys, latest);
            }
        }
    }

    fn count(&mut self, data: &str, keys: Option<&SecretKeys>, latest: i64) {
        let Some((payload, seal)) = keys.and_then(|keys| codec::decode_sealed(data, keys)) else {
            self.foreign += 1;
            self.others.extend(signed_at(data).filter(|at| *at <= latest).map(|at| (at, false)));
            return;
        };
        self.by_key[seal.key] += 1;
        if seal.key == 0 {
            self.since = Some(self.since.map_or(seal.at, |since| since.min(seal.at)));
        } else {
            self.others.push((seal.at, true));
        }
        if let Some(backend) = payload.get("_auth_user_backend").and_then(|json| serde_json::from_str(json).ok()) {
            *self.backends.entry(backend).or_default() += 1;
        }
    }

    /// The paths that they name.
    pub(super) fn named(&self) -> impl Iterator<Item = &str> {
        self.backends.keys().map(String::as_str)
    }

    /// How many were signed with another key since the current one first did; of ours too, or of others alone.
    fn since(&self, of_ours: bool) -> usize {
        let since = self.since.unwrap_or(i64::MAX);
        self.others.iter().filter(|(at, ours)| *at >= since && (of_ours || !ours)).count()
    }

    fn counts(&self) -> Vec<String> {
        let all = self.by_key.iter().sum::<usize>() + self.foreign;
        let by = |(place, count): (usize, &usize)| match place.checked_sub(1) {
            None => format!("{count} of {all} live sessions are signed with SECRET_KEY"),
            Some(at) => format!("{count} with SECRET_KEY_FALLBACKS[{at}]"),
        };
        let mut counts: Vec<String> = self.by_key.iter().enumerate().map(by).collect();
        counts.push(format!("{} with none of these keys", self.foreign));
        counts
    }
}

/// Whether both sign with one key. Each session says when it was signed: what was signed since the first one that the current
/// key made must all be of that key.
pub(super) fn secret_key(examination: &mut Examination<'_>) -> Found {
    let hint = "Give SECRET_KEY (or SECRET_KEY_FILE) the SECRET_KEY of Django's settings, and SECRET_KEY_FALLBACKS (or \
                SECRET_KEY_FALLBACKS_FILE, as a list in JSON) Django's as well.";
    let Some(keys) = examination.keys else {
        return Ok(Opinion::differs("SECRET_KEY is not set, and there is no SECRET_KEY_PATH.", hint));
    };
    let told = examination.project.map_or(Told::Nothing, |project| same_keys(project, keys));
    let sessions = examination.sessions()?;
    let counts = sessions.counts();
    let (current, older) = (sessions.by_key[0], sessions.by_key[1..].iter().sum::<usize>());
    let opinion = match told {
        Told::Others(what) => Opinion::differs(what, hint),
        // A change of the key may be under way, and both know both keys.
        Told::Same if current == 0 && sessions.foreign > 0 && older == 0 => Opinion::differs(
            "It is what Django says, and yet no live session is signed with it.",
            "Ask for the settings with which Django serves: DJANGO_SETTINGS_MODULE and its environment choose them.",
        ),
        _ if current > 0 && sessions.since(told != Told::Same) > 0 => {
            Opinion::differs("Sessions are signed with it and, since then, with another key too.", hint)
        }
        Told::Same if current + older == 0 => Opinion::agrees("It is Django's. There is no live session to try it on."),
        Told::Same => Opinion::agrees("It is Django's, and signs its sessions."),
        _ if current + older + sessions.foreign == 0 => Opinion::unknown(
            "There is no live session to try it on.",
            format!("Log in to Django once and run this again; or: {ASK_DJANGO}"),
        ),
        _ if current == 0 => Opinion::differs("No live session is signed with it.", hint),
        _ if sessions.foreign > 0 => Opinion::unknown(
            "The latest sessions are signed with it. Older ones are of a key that is not known here: if Django still takes \
             them, it is one of SECRET_KEY_FALLBACKS.",
            ASK_DJANGO,
        ),
        Told::Nothing => Opinion::agrees("The latest sessions are signed with it."),
    };
    Ok(opinion.with(counts))
}

#[derive(PartialEq, Eq)]
enum Told {
    Same,
    /// In words.
    Others(String),
    /// Django can't say.
    Nothing,
}

fn same_keys(project: &Project, keys: &SecretKeys) -> Told {
    match project.text("SECRET_KEY") {
        Text::Is(theirs) if theirs == keys.current().expose() => {}
        Text::Is(_) => return Told::Others("SECRET_KEY is another than Django's.".to_owned()),
        Text::Unreadable | Text::Absent => return Told::Nothing,
    }
    let ours: Vec<&str> = keys.fallbacks().iter().map(crate::settings::Secret::expose).collect();
    let theirs = project.texts("SECRET_KEY_FALLBACKS");
    if theirs == ours {
        return Told::Same;
    }
    let (django, here) = (theirs.len(), ours.len());
    Told::Others(format!("SECRET_KEY_FALLBACKS are others than Django's: {django} there, {here} here."))
}

/// Whether each knows the paths that the other's sessions name, and both count failures.
pub(super) fn backends(examination: &mut Examination<'_>) -> Found {
    let (ours, project) = (&examination.settings.auth.backends, examination.project);
    let sessions = examination.sessions()?;
    let unknown = sessions.backends.iter().filter(|(path, _)| !ours.contains(path));
    let unknown = unknown.map(|(path, count)| format!("{count} sessions name {path}: these people are nobody here"));
    let unknown: Vec<String> = unknown.collect();
    let hint = "Name in AUTHENTICATION_BACKENDS what Django names there; what has no counterpart here needs a backend of \
                that name (README, “A backend of one's own”).";
    if !unknown.is_empty() {
        return Ok(Opinion::differs("Sessions name backends that are not configured here.", hint).with(unknown));
    }
    let named = sessions.backends.iter().map(|(path, count)| format!("{count} sessions name {path}"));
    let named: Vec<String> = named.collect();
    // What a log-in may record.
    let ours: Vec<&str> = ours.iter().map(String::as_str).collect();
    let records = |path: &&&str| !COUNTING.contains(&class(path));
    let Some(project) = project else {
        let unseen = ours.iter().filter(records).filter(|path| !path.starts_with(DJANGOS));
        let unseen: Vec<&str> = unseen.filter(|path| !sessions.backends.contains_key(**path)).copied().collect();
        return Ok(if unseen.is_empty() {
            Opinion::agrees("All that sessions name is configured here.").with(named)
        } else {
            Opinion::unknown(format!("Whether Django knows {}, no session tells.", unseen.join(", ")), ASK_DJANGO)
        });
    };
    let theirs = project.texts("AUTHENTICATION_BACKENDS");
    let mut differences: Vec<String> = Vec::new();
    for path in ours.iter().filter(records).filter(|path| !theirs.contains(path)) {
        differences.push(format!("{path} is not among Django's: who logs in by it here is nobody there"));
    }
    for path in theirs.iter().filter(records).filter(|path| !ours.contains(path)) {
        differences.push(format!("{path} is Django's alone: who logs in by it there is nobody here"));
    }
    let counts = |paths: &[&str]| paths.iter().any(|path| COUNTING.contains(&class(path)));
    match (project.has_axes(), counts(&theirs), counts(&ours)) {
        (true, true, false) => differences.push("axes counts failures in Django, and nobody does here".to_owned()),
        (true, false, _) => {
            differences.push("Django has axes and not its backend: nobody counts failures there".to_owned());
        }
        _ => {}
    }
    Ok(if differences.is_empty() {
        Opinion::agrees("Each knows the other's.").with(named)
    } else {
        Opinion::differs("Each has backends that the other does not know.", hint).with(differences)
    })
}

/// The last part of a path.
pub(super) fn class(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}
