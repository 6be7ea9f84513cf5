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

/// Whether new hashes are made here as Django makes them: else each rehashes what the other has made, at every log-in, and
/// with each new hash the sessions of its owner end in Django.
pub(super) fn hashers(examination: &mut Examination<'_>) -> Found {
    let hint = "Leave PASSWORD_HASHERS out, so that new hashes are made as the newest row was; or name there, first, what \
                Django's PASSWORD_HASHERS names first, with its parameters.";
    let hashers = match in_force(examination)? {
        Ok(hashers) => hashers,
        Err(error) => return Ok(Opinion::differs(error, hint)),
    };
    let schemes = schemes(examination, &hashers)?;
    let told = schemes.iter().map(|(scheme, count)| format!("{count} people: {}", words(scheme)));
    let told: Vec<String> = told.collect();
    if let Some(count) = schemes.get(&Scheme::Unknown) {
        let message = format!("{count} passwords are stored in a way that is not known or not configured here.");
        let hint = "Name the hasher in PASSWORD_HASHERS; if it is none of Django's, these people need a new password.";
        return Ok(Opinion::differs(message, hint).with(told));
    }
    let (own, newest) = (hashers.own_way(), user::newest_password(&mut examination.db)?);
    let Some(newest) = newest.map(|encoded| hashers.way(&encoded)) else {
        return Ok(Opinion::unknown(
            "Nobody has a password yet, so no row tells with which parameters Django makes hashes.",
            "Make a user in Django and run this again.",
        )
        .with(told));
    };
    let preferred = examination.project.and_then(|project| project.texts("PASSWORD_HASHERS").first().copied());
    let difference = if newest == own {
        preferred.and_then(|first| unlike(first, &own))
    } else {
        let (own, newest) = (words(&own), words(&newest));
        Some(format!("New hashes are made here as {own}, and the newest one was made as {newest}."))
    };
    Ok(match difference {
        None => Opinion::agrees(format!("New hashes are made as the newest one was: {}.", words(&own))).with(told),
        Some(difference) => Opinion::differs(difference, hint).with(told),
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

/// In what the hasher that Django prefers differs from what is made here.
fn unlike(first: &str, own: &Scheme) -> Option<String> {
    let settings = AuthSettings { password_hashers: vec![Component::from(first)], ..AuthSettings::default() };
    let algorithm = Hashers::new(&settings).ok().and_then(|hashers| match hashers.own_way() {
        Scheme::Known(algorithm, _) => Some(algorithm),
        _ => None,
    });
    match (algorithm, own) {
        (None, _) => Some(format!("Django prefers {first}, which is not known here.")),
        (Some(theirs), Scheme::Known(ours, _)) if theirs != *ours => {
            Some(format!("Django prefers {theirs}, and new hashes are made here as {}.", words(own)))
        }
        _ => None,
    }
}

fn words(scheme: &Scheme) -> String {
    match scheme {
        Scheme::Known(algorithm, parameters) => format!("{algorithm}, {parameters}"),
        Scheme::Unknown => "in a way that is not known here".to_owned(),
        Scheme::Unusable => "no password".to_owned(),
    }
}
