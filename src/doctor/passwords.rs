//! How passwords are stored.

use std::collections::BTreeMap;

use super::{Examination, Found, Opinion};
use crate::{
    auth::{
        hashers::{Hashers, Scheme},
        models::user,
    },
    db::{self, MigrateError},
    settings::{AuthSettings, Component},
};

/// How many rows are read at once.
const BATCH: i64 = 10_000;
/// How Django tells exactly.
const ASK_FOR_A_HASH: &str = "Give me a hash that Django makes just now, with DJANGO_SETTINGS_MODULE set: --hash \"$(python -c 'from \
                              django.contrib.auth.hashers import make_password as m; print(m(\"x\"))')\"";
const SET: &str = "Set PASSWORD_HASHERS as printed below: first what Django makes, with its parameters.";

/// Whether new hashes are made here as Django makes them: else each rehashes what the other has made, at every log-in, and
/// with each new hash the sessions of its owner end in Django.
pub(super) fn hashers(examination: &mut Examination<'_>) -> Found {
    let hashers = match in_force(examination)? {
        Ok(hashers) => hashers,
        Err(error) => return Ok(Opinion::differs(error, SET)),
    };
    let schemes = schemes(examination, &hashers)?;
    let told: Vec<String> =
        schemes.iter().map(|(scheme, count)| format!("{count} people: {}", words(scheme))).collect();
    if let Some(count) = schemes.get(&Scheme::Unknown) {
        let message = format!("{count} passwords are stored in a way that is not known or not configured here.");
        let hint = "Name the hasher in PASSWORD_HASHERS; if it is none of Django's, these people need a new password.";
        return Ok(Opinion::differs(message, hint).with(told));
    }
    let own = hashers.own_way();
    let opinion = match examination.hash {
        Some(hash) => by_hash(&own, &hashers.way(hash)),
        None => by_rows(examination, &own, &schemes, &hashers)?,
    };
    Ok(opinion.with(told))
}

/// By what Django makes just now.
fn by_hash(own: &Scheme, theirs: &Scheme) -> Opinion {
    if own == theirs {
        return Opinion::agrees(format!("Both make new hashes as {}.", words(own)));
    }
    Opinion::differs(format!("New hashes are made here as {}, and by Django as {}.", words(own), words(theirs)), SET)
}

/// By what Django made before.
fn by_rows(
    examination: &mut Examination<'_>,
    own: &Scheme,
    schemes: &BTreeMap<Scheme, usize>,
    hashers: &Hashers,
) -> Found {
    let Some(newest) = user::newest_password(&mut examination.db)?.map(|encoded| hashers.way(&encoded)) else {
        let message = "Nobody has a password yet, so no row tells with which parameters Django makes hashes.";
        return Ok(Opinion::unknown(message, ASK_FOR_A_HASH));
    };
    if newest != *own {
        let (own, newest) = (words(own), words(&newest));
        let message = format!("New hashes are made here as {own}, and the newest one was made as {newest}.");
        return Ok(Opinion::unknown(message, ASK_FOR_A_HASH));
    }
    let first = examination.project.and_then(|project| project.texts("PASSWORD_HASHERS").first().copied());
    match (first.map(algorithm), own) {
        (Some(None), _) => {
            let message = format!("Django prefers a hasher of its own, {}.", first.unwrap_or_default());
            return Ok(Opinion::unknown(message, ASK_FOR_A_HASH));
        }
        (Some(Some(theirs)), Scheme::Known(ours, _)) if theirs != *ours => {
            let message = format!("Django prefers {theirs}, and new hashes are made here as {}.", words(own));
            return Ok(Opinion::differs(message, ASK_FOR_A_HASH));
        }
        _ => {}
    }
    let alike =
        |scheme: &&Scheme| matches!((scheme, own), (Scheme::Known(one, _), Scheme::Known(other, _)) if one == other);
    Ok(if schemes.keys().filter(alike).count() > 1 {
        let message = format!(
            "The newest hash was made as {}. There are others, and no row tells which Django makes.",
            words(own)
        );
        Opinion::unknown(message, ASK_FOR_A_HASH)
    } else {
        Opinion::agrees(format!("New hashes are made as those that are there: {}.", words(own)))
    })
}

/// The hashers as a site on this database has them.
fn in_force(examination: &mut Examination<'_>) -> Result<Result<Hashers, String>, MigrateError> {
    let settings = &examination.settings.auth;
    let hashers = match Hashers::new(settings) {
        Ok(hashers) => hashers,
        Err(error) => return Ok(Err(error.to_string())),
    };
    // A database that was not adopted yet will be.
    let ours = db::has_table(&mut examination.db, "vestibule_installation")?;
    let follows = settings.password_hashers.is_empty() && (!ours || db::was_adopted(&mut examination.db)?);
    let newest = if follows { user::newest_password(&mut examination.db)? } else { None };
    Ok(Ok(match newest {
        Some(encoded) => hashers.preferring(&encoded),
        None => hashers,
    }))
}

/// By how many people each way is used.
fn schemes(examination: &mut Examination<'_>, hashers: &Hashers) -> Result<BTreeMap<Scheme, usize>, MigrateError> {
    let (mut schemes, mut after) = (BTreeMap::new(), 0);
    loop {
        let rows = user::passwords_after(&mut examination.db, after, BATCH)?;
        let Some((last, _)) = rows.last() else { return Ok(schemes) };
        after = *last;
        for (_, encoded) in &rows {
            *schemes.entry(hashers.way(encoded)).or_default() += 1;
        }
    }
}

/// What a hasher calls itself in a row; `None` if it is not known here.
fn algorithm(path: &str) -> Option<&'static str> {
    let settings = AuthSettings { password_hashers: vec![Component::from(path)], ..AuthSettings::default() };
    match Hashers::new(&settings).ok()?.own_way() {
        Scheme::Known(algorithm, _) => Some(algorithm),
        _ => None,
    }
}

/// `PASSWORD_HASHERS` by which new hashes are made as Django makes them just now, and all that Django reads are read; `None` if
/// that is left out better, as the newest row was made so too, or if no setting can say it.
pub(super) fn setting(examination: &mut Examination<'_>) -> Option<String> {
    let hash = examination.hash?;
    let hashers = Hashers::new(&AuthSettings::default()).ok()?;
    let way = hashers.way(hash);
    if user::newest_password(&mut examination.db).ok()?.is_some_and(|newest| hashers.way(&newest) == way) {
        return None;
    }
    let Scheme::Known(algorithm, parameters) = way else { return None };
    let number = |key: &str| parameters.split(['$', ',']).find_map(|part| part.strip_prefix(key)).map(str::to_owned);
    let (class, options) = match algorithm {
        "pbkdf2_sha256" => ("PBKDF2PasswordHasher", format!("iterations = {parameters}")),
        "pbkdf2_sha1" => ("PBKDF2SHA1PasswordHasher", format!("iterations = {parameters}")),
        "argon2" => (
            "Argon2PasswordHasher",
            format!("memory_cost = {}, time_cost = {}, parallelism = {}", number("m=")?, number("t=")?, number("p=")?),
        ),
        _ => return None,
    };
    let path = |class: &str| format!("django.contrib.auth.hashers.{class}");
    let first = format!("{{ NAME = \"{}\", OPTIONS = {{ {options} }} }}", path(class));
    let others =
        ["PBKDF2", "PBKDF2SHA1", "Argon2", "BCryptSHA256", "Scrypt"].map(|name| format!("{name}PasswordHasher"));
    let others = others.iter().filter(|other| *other != class).map(|other| format!("\"{}\"", path(other)));
    Some(format!("[{}]", [first].into_iter().chain(others).collect::<Vec<_>>().join(", ")))
}

fn words(scheme: &Scheme) -> String {
    match scheme {
        Scheme::Known(algorithm, parameters) => format!("{algorithm}, {parameters}"),
        Scheme::Unknown => "in a way that is not known here".to_owned(),
        Scheme::Unusable => "no password".to_owned(),
    }
}
