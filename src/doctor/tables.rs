//! Facts about tables: what Django made, and what others put beside it.

use std::{fs::File, io::Read};

use super::{ASK_DJANGO, Examination, Found, Opinion, place, project::Text, python::Value};
use crate::{
    auth::models::user,
    db::{self, APPS, App, Misfit, Recorded, Reference},
    settings::{AuthSettings, SessionSettings},
};

/// What every project has whose people log in.
const NEEDED: [&str; 2] = ["contenttypes", "auth"];
/// An older one can lose writes of a database in WAL when it begins its log anew.
const SAFE_SQLITE: u32 = 3_051_003;
/// Where a file of SQLite holds the version of the library that wrote it last.
const VERSION_AT: usize = 96;

/// The apps that come with Django; the others are of packages beside it.
fn djangos() -> impl Iterator<Item = &'static App> {
    APPS.iter().filter(|app| !["axes", "token_blacklist"].contains(&app.label))
}

fn app(label: &str) -> &'static App {
    APPS.iter().find(|app| app.label == label).unwrap_or_else(|| unreachable!("{label} is one of the apps"))
}

/// Whether it is the one that Django has.
pub(super) fn database(examination: &mut Examination<'_>) -> Found {
    let url = examination.settings.database.url.to_string();
    if !db::has_table(&mut examination.db, "django_migrations")? {
        return Ok(Opinion::differs(
            format!("No Django has made {url}: there is no table django_migrations."),
            "Give DATABASE_URL the database of the Django project.",
        ));
    }
    let Some(project) = examination.project else {
        return Ok(Opinion::agrees(format!("Django's tables are in {url}.")));
    };
    let theirs = place::of(project);
    let same = place::is_same(&examination.settings.database.url, project);
    let hint = "Give both the same database.";
    Ok(match same {
        Some(false) => Opinion::differs(format!("Django has {theirs}, and DATABASE_URL is {url}."), hint),
        None => Opinion::unknown(
            format!("Django has {theirs}, and DATABASE_URL is {url}. Whether that is one, nobody can tell from here."),
            "Name it in Django by its whole path, or by NAME, HOST and PORT.",
        ),
        Some(true) if !project.texts("DATABASE_ROUTERS").is_empty() => Opinion::unknown(
            "Both have the same, but DATABASE_ROUTERS may lead Django elsewhere.",
            "People, sessions, axes and tokens must all be in it. If they are, ".to_owned()
                + &silence("vestibule.D001"),
        ),
        Some(true) => Opinion::agrees(format!("Both have {url}.")),
    })
}

/// Which Django it was, by its migrations.
pub(super) fn version(examination: &mut Examination<'_>) -> Found {
    let mut missing = Vec::new();
    for app in djangos() {
        match db::recorded(&mut examination.db, app)? {
            Recorded::Newer(names) => {
                return Ok(Opinion::differs(
                    format!("This Django is newer than 6.1: {} has {}, unknown here.", app.label, names.join(", ")),
                    "Take a newer Vestibule; or undo what somebody else has added to Django's own app.",
                ));
            }
            Recorded::Partly(names) => missing.push(format!("{} lacks {}", app.label, names.join(", "))),
            Recorded::Nothing if NEEDED.contains(&app.label) => {
                missing.push(format!("{} was never migrated", app.label));
            }
            Recorded::Nothing | Recorded::Everything => {}
        }
    }
    if !missing.is_empty() {
        let message = "This Django is older than 3.1, or was not migrated to its end.";
        return Ok(Opinion::differs(message, "Upgrade Django and run `python manage.py migrate`.").with(missing));
    }
    let id = |db: &mut db::Db, model| db::content_type_of(db, "auth", model);
    let (group, permission) = (id(&mut examination.db, "group")?, id(&mut examination.db, "permission")?);
    let made = match (group, permission) {
        // Since 6.1 content types are made in the order of their names.
        (Some(group), Some(permission)) if group < permission => "first migrated by 6.1 or later",
        _ => "first migrated by one before 6.1",
    };
    let newest = user::newest_password(&mut examination.db)?.and_then(|encoded| by_iterations(&encoded));
    Ok(Opinion::agrees(format!("Django 3.1 to 6.1 by its migrations, {made}.")).with(newest))
}

/// The version that makes PBKDF2 hashes with so many iterations.
fn by_iterations(encoded: &str) -> Option<String> {
    let iterations = encoded.strip_prefix("pbkdf2_sha256$")?.split('$').next()?;
    let version = match iterations {
        "600000" => "4.2",
        "720000" => "5.0",
        "870000" => "5.1",
        "1000000" => "5.2",
        "1200000" => "6.0",
        "1500000" => "6.1",
        _ => return None,
    };
    Some(format!("its newest password was hashed with {iterations} iterations, as Django {version} does"))
}

/// Only Django's own user model is known here.
pub(super) fn user_model(examination: &mut Examination<'_>) -> Found {
    let (known, hint) = (AuthSettings::USER_MODEL, "There is no way: Vestibule knows auth.User alone.");
    if let Some(Text::Is(model)) = examination.project.map(|project| project.text("AUTH_USER_MODEL"))
        && model != known
    {
        return Ok(Opinion::differs(format!("AUTH_USER_MODEL is {model}, a custom user model."), hint));
    }
    Ok(match db::user_table(&mut examination.db)? {
        Some(table) if table != "auth_user" => {
            Opinion::differs(format!("The users of this Django are in {table}: a custom user model."), hint)
        }
        None if !db::has_table(&mut examination.db, "auth_user")? => {
            Opinion::differs("There is no table auth_user: a custom user model.", hint)
        }
        _ => Opinion::agrees(format!("{known}, as here.")),
    })
}

/// Only sessions in the database are known here.
pub(super) fn session_engine(examination: &mut Examination<'_>) -> Found {
    let known = SessionSettings::ENGINE;
    let hint = format!("Set SESSION_ENGINE = \"{known}\" in Django: no other is known here.");
    let engine = examination.project.map(|project| project.text("SESSION_ENGINE"));
    if let Some(Text::Is(engine)) = engine
        && engine != known
    {
        return Ok(Opinion::differs(format!("SESSION_ENGINE is {engine}."), hint));
    }
    if !db::has_table(&mut examination.db, "django_session")? {
        return Ok(Opinion::differs("There is no table django_session, so sessions are kept elsewhere.", hint));
    }
    Ok(match engine {
        Some(Text::Is(_)) => Opinion::agrees(format!("{known}, as here.")),
        _ => Opinion::unknown(
            "There is a table of sessions. Whether Django uses it, only its settings tell.",
            ASK_DJANGO,
        ),
    })
}

/// Columns of the tables that every Django has.
pub(super) fn columns(examination: &mut Examination<'_>) -> Found {
    let mut all = Vec::new();
    for app in djangos() {
        if db::recorded(&mut examination.db, app)? != Recorded::Nothing {
            all.extend(db::misfits(&mut examination.db, app)?);
        }
    }
    Ok(if all.is_empty() {
        Opinion::agrees("All that Django's tables have here is known, and nothing is missing.")
    } else {
        misfitting("Django's tables are not here as Django makes them.", &all, "vestibule.D005")
    })
}

fn misfitting(message: &str, misfits: &[Misfit], id: &str) -> Opinion {
    let hint =
        format!("Undo what was changed by hand. A column more that may be empty does no harm: then {}", silence(id));
    Opinion::differs(message, hint).with(told(misfits))
}

fn silence(id: &str) -> String {
    format!("set SILENCED_SYSTEM_CHECKS = [\"{id}\"] here.")
}

fn told(misfits: &[Misfit]) -> Vec<String> {
    let told = misfits.iter().map(|misfit| match misfit {
        Misfit::NoTable(table) => format!("{table} is no table, or missing"),
        Misfit::Missing(table, column) => format!("{table}.{column} is missing"),
        Misfit::Extra(table, column) => format!("{table}.{column} is one more"),
        Misfit::Demanding(table, column) => {
            format!("{table}.{column} is one more, and without a value in it no row can be added here")
        }
    });
    told.collect()
}

/// Whether the failures of both can be counted together.
pub(super) fn axes(examination: &mut Examination<'_>) -> Found {
    optional(examination, "axes", "vestibule.D006", "failures are counted by Vestibule alone")
}

/// Whether a token that one ends is ended for the other.
pub(super) fn token_blacklist(examination: &mut Examination<'_>) -> Found {
    let without = "its own log-out of tokens does nothing, as nothing notes which are ended";
    optional(examination, "token_blacklist", "vestibule.D007", without)
}

fn optional(examination: &mut Examination<'_>, label: &str, id: &str, without: &str) -> Found {
    let app = app(label);
    let recorded = db::recorded(&mut examination.db, app)?;
    let hint = format!("Run `python manage.py migrate {label}` in a Django with the newest release of the app.");
    let unused = examination.project.filter(|project| !project.has_app(label));
    let unused = unused.map(|_| format!("Not among Django's INSTALLED_APPS: {without}."));
    let opinion = match recorded {
        Recorded::Newer(names) => {
            let message = format!("{label} is newer than known here: {}.", names.join(", "));
            Opinion::differs(message, "Take a newer Vestibule.")
        }
        Recorded::Partly(names) => Opinion::differs(format!("{label} lacks {}.", names.join(", ")), hint),
        Recorded::Nothing => match there(examination, app)?.as_slice() {
            [] => Opinion::agrees("Not there yet: `vestibule migrate` makes them, as Django would."),
            tables => {
                let message = format!("{} is there, and no migration of {label} is noted.", tables.join(", "));
                Opinion::differs(message, format!("Run `python manage.py migrate {label} --fake`, or drop the tables."))
            }
        },
        Recorded::Everything => match db::misfits(&mut examination.db, app)?.as_slice() {
            [] => Opinion::agrees("There, with the columns that are known here."),
            misfits => misfitting("They are not as the app makes them.", misfits, id),
        },
    };
    Ok(opinion.with(unused))
}

/// Which tables of an app are there.
fn there(examination: &mut Examination<'_>, app: &App) -> Result<Vec<String>, db::MigrateError> {
    let mut there = Vec::new();
    for (model, _) in app.models {
        let table = format!("{}_{model}", app.label);
        if db::has_table(&mut examination.db, &table)? {
            there.push(table);
        }
    }
    Ok(there)
}

/// What of other apps belongs to people. What their models say should happen to it, only Django knows.
pub(super) fn foreign_keys(examination: &mut Examination<'_>) -> Found {
    let (id, settings) = ("vestibule.D012", examination.settings);
    let known = |reference: &Reference| {
        settings.security.silenced_checks.iter().any(|silenced| *silenced == format!("{id}.{reference}"))
    };
    let all = db::references(&mut examination.db, "auth_user")?;
    let (holding, going): (Vec<_>, Vec<_>) = all.iter().partition(|reference| reference.holds());
    let (known, new): (Vec<_>, Vec<_>) = holding.into_iter().partition(|reference| known(reference));
    let going = going.iter().map(|reference| format!("{reference} (the database sees to it: {})", reference.on_delete));
    let known = known.iter().map(|reference| format!("{reference} (silenced)"));
    let opinion = if new.is_empty() {
        Opinion::agrees("No table of another app keeps people from being deleted here.")
    } else {
        let silence: Vec<String> = new.iter().map(|reference| format!("\"{id}.{reference}\"")).collect();
        Opinion::differs(
            "Other apps can have rows that belong to people. What Django would do with them when somebody is deleted, the \
             database does not know: here the deletion is refused, and the rows are named.",
            format!(
                "Delete such people in Django. If that will do, set SILENCED_SYSTEM_CHECKS = [{}] here.",
                silence.join(", ")
            ),
        )
        .with(new.iter().map(ToString::to_string))
    };
    Ok(opinion.with(known).with(going))
}

/// Whether both can write at once.
pub(super) fn transactions(examination: &mut Examination<'_>) -> Opinion {
    if !examination.db.is_sqlite() {
        return Opinion::agrees("PostgreSQL needs nothing.");
    }
    let old = examination.sqlite.filter(|version| *version < SAFE_SQLITE).map(|version| {
        format!(
            "Warning: SQLite {} wrote this file last. Before 3.51.3 it can lose what was written while its log begins \
             anew (WAL reset). See `python -c 'import sqlite3; print(sqlite3.sqlite_version)'`.",
            dotted(version)
        )
    });
    let hint = "Set \"OPTIONS\": {\"transaction_mode\": \"IMMEDIATE\"} in Django's DATABASES (Django 5.1 or later).";
    let options = examination.project.map(|project| project.database("OPTIONS"));
    let mode =
        options.map(|options| options.and_then(|options| options.get("transaction_mode")).and_then(Value::as_text));
    let opinion = match mode {
        None => Opinion::unknown(
            "On SQLite, Django needs transaction_mode IMMEDIATE, else what it reads and then writes fails at once when \
             another program writes.",
            ASK_DJANGO,
        ),
        Some(Some(mode)) if mode.eq_ignore_ascii_case("IMMEDIATE") || mode.eq_ignore_ascii_case("EXCLUSIVE") => {
            Opinion::agrees(format!("Django's transaction_mode is {mode}."))
        }
        Some(mode) => Opinion::differs(
            format!(
                "Django's transaction_mode is {}: what it reads and then writes fails at once when another program \
                 writes.",
                mode.unwrap_or("not set")
            ),
            hint,
        ),
    };
    opinion.with(old)
}

/// As SQLite writes its versions: 3.51.3.
fn dotted(version: u32) -> String {
    format!("{}.{}.{}", version / 1_000_000, version / 1_000 % 1_000, version % 1_000)
}

/// The version of the library that wrote a file of SQLite last (<https://www.sqlite.org/fileformat.html>, 1.3.16).
pub(super) fn sqlite_version(path: &str) -> Option<u32> {
    let mut head = [0; VERSION_AT + 4];
    File::open(path).ok()?.read_exact(&mut head).ok()?;
    let version = head.last_chunk().copied().map(u32::from_be_bytes)?;
    (version > 0).then_some(version)
}
