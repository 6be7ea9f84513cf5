//! The rows in which Django notes what a database holds: migrations, content types and permissions.
//!
//! Written so that `manage.py migrate` of a Django pointed at a database made here says "No migrations to apply".

use diesel::{QueryResult, prelude::*};

use super::{
    Db,
    schema::{auth_permission, django_content_type, django_migrations},
};
use crate::clock::Clock;

/// A Django app whose tables are kept here.
#[derive(Debug)]
pub struct App {
    /// Its label, as in `django_migrations.app`.
    pub label: &'static str,
    /// The Diesel migration that makes its tables.
    pub version: &'static str,
    /// Every migration that those tables stand for, in order.
    pub migrations: &'static [&'static str],
    /// Its models: name and verbose name.
    pub models: &'static [(&'static str, &'static str)],
}

/// The apps, in the order in which their tables can be made.
pub const APPS: &[App] = &[
    App {
        label: "contenttypes",
        version: "00000000000001",
        migrations: &["0001_initial", "0002_remove_content_type_name"],
        models: &[("contenttype", "content type")],
    },
    App {
        label: "auth",
        version: "00000000000002",
        migrations: &[
            "0001_initial",
            "0002_alter_permission_name_max_length",
            "0003_alter_user_email_max_length",
            "0004_alter_user_username_opts",
            "0005_alter_user_last_login_null",
            "0006_require_contenttypes_0002",
            "0007_alter_validators_add_error_messages",
            "0008_alter_user_username_max_length",
            "0009_alter_user_last_name_max_length",
            "0010_alter_group_name_max_length",
            "0011_update_proxy_permissions",
            "0012_alter_user_first_name_max_length",
        ],
        models: &[("permission", "permission"), ("group", "group"), ("user", "user")],
    },
    App {
        label: "admin",
        version: "00000000000003",
        migrations: &["0001_initial", "0002_logentry_remove_auto_add", "0003_logentry_add_action_flag_choices"],
        models: &[("logentry", "log entry")],
    },
    App {
        label: "sessions",
        version: "00000000000004",
        migrations: &["0001_initial"],
        models: &[("session", "session")],
    },
    App {
        label: "token_blacklist",
        version: "00000000000005",
        migrations: &[
            "0001_initial",
            "0002_outstandingtoken_jti_hex",
            "0003_auto_20171017_2007",
            "0004_auto_20171017_2013",
            "0005_remove_outstandingtoken_jti",
            "0006_auto_20171017_2113",
            "0007_auto_20171017_2214",
            "0008_migrate_to_bigautofield",
            "0010_fix_migrate_to_bigautofield",
            "0011_linearizes_history",
            "0012_alter_outstandingtoken_user",
            "0013_alter_blacklistedtoken_options_and_more",
        ],
        models: &[("blacklistedtoken", "Blacklisted Token"), ("outstandingtoken", "Outstanding Token")],
    },
    App {
        label: "axes",
        version: "00000000000006",
        migrations: &[
            "0001_initial",
            "0002_auto_20151217_2044",
            "0003_auto_20160322_0929",
            "0004_auto_20181024_1538",
            "0005_remove_accessattempt_trusted",
            "0006_remove_accesslog_trusted",
            "0007_alter_accessattempt_unique_together",
            "0008_accessfailurelog",
            "0009_add_session_hash",
            "0010_accessattemptexpiration",
        ],
        models: &[
            ("accessattempt", "access attempt"),
            ("accesslog", "access log"),
            ("accessfailurelog", "access failure"),
            ("accessattemptexpiration", "access attempt expiration"),
        ],
    },
];

/// What Django makes permissions for, in its order.
const ACTIONS: [&str; 4] = ["add", "change", "delete", "view"];

/// How much of an app a database holds.
#[derive(Debug, PartialEq, Eq)]
pub enum Recorded {
    /// None of its migrations.
    Nothing,
    /// All of them.
    Everything,
    /// Only some: these are missing.
    Partly(Vec<&'static str>),
    /// More than this program knows: these are unknown.
    Newer(Vec<String>),
}

/// Compares an app with the rows of `django_migrations`.
pub fn recorded(db: &mut Db, app: &App) -> QueryResult<Recorded> {
    let names: Vec<String> = django_migrations::table
        .filter(django_migrations::app.eq(app.label))
        .select(django_migrations::name)
        .load(db)?;
    let unknown: Vec<String> = names.iter().filter(|name| !app.migrations.contains(&name.as_str())).cloned().collect();
    let missing: Vec<&str> =
        app.migrations.iter().filter(|name| !names.iter().any(|known| known == *name)).copied().collect();
    Ok(if !unknown.is_empty() {
        Recorded::Newer(unknown)
    } else if names.is_empty() {
        Recorded::Nothing
    } else if missing.is_empty() {
        Recorded::Everything
    } else {
        Recorded::Partly(missing)
    })
}

/// Notes apps whose tables were just made: their migrations, content types and permissions.
pub(super) fn record(db: &mut Db, mut apps: Vec<&App>, clock: &Clock) -> QueryResult<()> {
    for app in &apps {
        for name in app.migrations {
            diesel::insert_into(django_migrations::table)
                .values((
                    django_migrations::app.eq(app.label),
                    django_migrations::name.eq(name),
                    django_migrations::applied.eq(clock.now()),
                ))
                .execute(db)?;
        }
    }
    // Django numbers content types in the order of INSTALLED_APPS, where the admin stands first.
    apps.sort_by_key(|app| ["admin", "auth"].iter().position(|first| *first == app.label).unwrap_or(2));
    for app in apps {
        for (model, verbose) in app.models {
            record_model(db, app.label, model, verbose)?;
        }
    }
    Ok(())
}

/// As Django's own `create_contenttypes` and `create_permissions`: what is there already stays, as after
/// `manage.py migrate axes zero`, which leaves content types behind.
fn record_model(db: &mut Db, label: &str, model: &str, verbose: &str) -> QueryResult<()> {
    let content_type = content_type(db, label, model)?;
    for action in ACTIONS {
        let codename = format!("{action}_{model}");
        let known = auth_permission::table
            .filter(auth_permission::content_type_id.eq(content_type))
            .filter(auth_permission::codename.eq(&codename));
        if diesel::select(diesel::dsl::exists(known)).get_result(db)? {
            continue;
        }
        diesel::insert_into(auth_permission::table)
            .values((
                auth_permission::content_type_id.eq(content_type),
                auth_permission::codename.eq(codename),
                auth_permission::name.eq(format!("Can {action} {verbose}")),
            ))
            .execute(db)?;
    }
    Ok(())
}

/// The number of a content type; `None` if nobody has noted it.
pub fn content_type_of(db: &mut Db, label: &str, model: &str) -> QueryResult<Option<i32>> {
    django_content_type::table
        .filter(django_content_type::app_label.eq(label))
        .filter(django_content_type::model.eq(model))
        .select(django_content_type::id)
        .get_result(db)
        .optional()
}

/// Notes models of no Django: content type and permissions, so that those can be granted. What is there stays.
pub fn record_models(db: &mut Db, models: &[(&str, &str, &str)]) -> QueryResult<()> {
    let mut missing = Vec::new();
    for (label, model, verbose) in models {
        if content_type_of(db, label, model)?.is_none() {
            missing.push((label, model, verbose));
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    db.write(|db| missing.iter().try_for_each(|(label, model, verbose)| record_model(db, label, model, verbose)))
}

fn content_type(db: &mut Db, label: &str, model: &str) -> QueryResult<i32> {
    match content_type_of(db, label, model)? {
        Some(id) => Ok(id),
        None => diesel::insert_into(django_content_type::table)
            .values((django_content_type::app_label.eq(label), django_content_type::model.eq(model)))
            .returning(django_content_type::id)
            .get_result(db),
    }
}
