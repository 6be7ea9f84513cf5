//! Settings that both programs have. They are in no database: Django's come from `manage.py diffsettings --all`.

use super::{ASK_DJANGO, Examination, Found, Opinion, project::Project, python::Value};
use crate::settings::Settings;

/// Those by which each must understand what the other does.
const SHARED: &[&str] = &[
    "SESSION_COOKIE_NAME",
    "SESSION_COOKIE_DOMAIN",
    "SESSION_COOKIE_PATH",
    "SESSION_COOKIE_SECURE",
    "SESSION_COOKIE_SAMESITE",
    "SESSION_COOKIE_AGE",
    "CSRF_COOKIE_NAME",
    "CSRF_COOKIE_DOMAIN",
    "CSRF_COOKIE_PATH",
    "CSRF_COOKIE_SECURE",
    "CSRF_COOKIE_SAMESITE",
    "CSRF_HEADER_NAME",
    "PASSWORD_RESET_TIMEOUT",
];
/// Those of axes.
const AXES: &[&str] = &[
    "AXES_ENABLED",
    "AXES_LOCK_OUT_AT_FAILURE",
    "AXES_FAILURE_LIMIT",
    "AXES_COOLOFF_TIME",
    "AXES_LOCKOUT_PARAMETERS",
    "AXES_RESET_ON_SUCCESS",
    "AXES_ONLY_ADMIN_SITE",
];
/// Those of simplejwt, and by which a token of one is one for the other.
const SIMPLE_JWT: &[&str] = &[
    "SIMPLE_JWT.ALGORITHM",
    "SIMPLE_JWT.AUDIENCE",
    "SIMPLE_JWT.ISSUER",
    "SIMPLE_JWT.AUTH_HEADER_TYPES",
    "SIMPLE_JWT.USER_ID_FIELD",
    "SIMPLE_JWT.USER_ID_CLAIM",
    "SIMPLE_JWT.CHECK_REVOKE_TOKEN",
];
/// What must be so in Django, as there is nothing else here.
const FIXED: &[(&str, Value, &str)] = &[
    ("USE_TZ", Value::Bool(true), "times in the database are in UTC"),
    ("CSRF_USE_SESSIONS", Value::Bool(false), "the CSRF secret is in a cookie"),
];
/// Sessions that are no JSON can't be read here.
const SERIALIZER: &str = "django.contrib.sessions.serializers.JSONSerializer";

/// The time zone, on whose clock reset links count.
pub(super) fn time_zone(examination: &mut Examination<'_>) -> Found {
    let ours = shown(examination.settings, "TIME_ZONE");
    let Some(project) = examination.project else {
        let message = format!("{ours} here. It is not in the database, and links to a new password count in it.");
        return Ok(Opinion::unknown(message, ASK_DJANGO));
    };
    Ok(match theirs(examination.settings, project, "TIME_ZONE") {
        Theirs::Value(theirs) if theirs == ours => Opinion::agrees(format!("{ours}, as here.")),
        Theirs::Value(theirs) => Opinion::differs(
            format!(
                "{theirs} in Django and {ours} here, so links to a new password that one makes may be too old or \
                     too new for the other."
            ),
            format!("Set TIME_ZONE = {theirs}."),
        ),
        Theirs::Impossible(theirs) => Opinion::differs(
            format!("Django has {theirs}, which is no time zone here."),
            "Give Django's TIME_ZONE a name of the IANA database.",
        ),
        Theirs::Nothing => Opinion::unknown("Django does not say which it has.", ASK_DJANGO),
    })
}

/// All the others.
pub(super) fn settings(examination: &mut Examination<'_>) -> Found {
    let Some(project) = examination.project else {
        return Ok(Opinion::unknown("They are not in the database.", ASK_DJANGO));
    };
    let mut differences: Vec<String> = Vec::new();
    for (name, needed, why) in FIXED {
        if project.get(name).is_some_and(|value| value != needed) {
            differences.push(format!("{name} must be {} in Django: here {why}", python_bool(needed)));
        }
    }
    if project.text("SESSION_SERIALIZER").is_some_and(|path| path != SERIALIZER) {
        differences.push(format!("SESSION_SERIALIZER must be {SERIALIZER} in Django: here sessions are JSON"));
    }
    for name in names(project) {
        let ours = shown(examination.settings, name);
        match theirs(examination.settings, project, name) {
            Theirs::Value(theirs) if theirs != ours => {
                differences.push(format!("{name} is {theirs} in Django and {ours} here"))
            }
            Theirs::Impossible(theirs) => {
                differences.push(format!("{name} is {theirs} in Django, which can't be had here"))
            }
            Theirs::Value(_) | Theirs::Nothing => {}
        }
    }
    let (ours, theirs) =
        (&examination.settings.jwt.signing_key, project.text("SIMPLE_JWT.SIGNING_KEY").unwrap_or_default());
    // Where neither names one, both sign with SECRET_KEY, which is another fact.
    let secret_key = examination.keys.map(|keys| keys.current().expose()).unwrap_or_default();
    let in_force = |key| if key == "" { secret_key } else { key };
    if has_tokens(project) && in_force(ours.expose()) != in_force(theirs) {
        differences.push("SIMPLE_JWT.SIGNING_KEY is another than Django's".to_owned());
    }
    Ok(if differences.is_empty() {
        Opinion::agrees("Cookies, reset links, lockout and tokens are set alike.")
    } else {
        Opinion::differs("Some are set otherwise.", "Take Django's values, as printed below, or change them there.")
            .with(differences)
    })
}

fn python_bool(value: &Value) -> &'static str {
    if *value == Value::Bool(true) { "True" } else { "False" }
}

/// The settings that this project shares.
pub(super) fn names(project: &Project) -> impl Iterator<Item = &'static str> {
    let axes = if project.has_app("axes") { AXES } else { &[] };
    let tokens = if has_tokens(project) { SIMPLE_JWT } else { &[] };
    SHARED.iter().chain(axes).chain(tokens).copied()
}

fn has_tokens(project: &Project) -> bool {
    project.has_app("rest_framework_simplejwt") || project.get("SIMPLE_JWT").is_some()
}

/// What Django has, as it would be written here.
pub(super) enum Theirs {
    Value(String),
    /// There is no such value here.
    Impossible(String),
    /// It has no such setting, or nobody can read it.
    Nothing,
}

/// Django's value of a setting, in our words.
pub(super) fn theirs(ours: &Settings, project: &Project, name: &str) -> Theirs {
    let Some(value) = project.get(name) else {
        // simplejwt's defaults are ours.
        return if name.contains('.') { Theirs::Value(shown(&Settings::default(), name)) } else { Theirs::Nothing };
    };
    let raw = match (name, value) {
        ("CSRF_HEADER_NAME", Value::Text(text)) => toml::Value::String(header(text)),
        // A bare number counts hours there.
        ("AXES_COOLOFF_TIME", Value::Duration(seconds)) => toml::Value::String(format!("{seconds}s")),
        ("AXES_COOLOFF_TIME", Value::None) => toml::Value::String("None".to_owned()),
        (_, Value::None) => toml::Value::String(String::new()),
        (_, value) => match value.to_toml() {
            Some(raw) => raw,
            None => return Theirs::Nothing,
        },
    };
    let mut there = ours.clone();
    match there.set_value(name, raw) {
        Ok(()) => Theirs::Value(shown(&there, name)),
        Err(_) => Theirs::Impossible(match value {
            Value::Text(text) => format!("“{text}”"),
            Value::None => "None".to_owned(),
            _ => "a value".to_owned(),
        }),
    }
}

/// `HTTP_X_CSRFTOKEN` as it stands in a request.
fn header(name: &str) -> String {
    name.strip_prefix("HTTP_").unwrap_or(name).replace('_', "-")
}

/// A value as a person writes it.
pub(super) fn shown(settings: &Settings, name: &str) -> String {
    let shown = settings.sections().into_iter().find_map(|section| section.show(name)).unwrap_or_default();
    // Names of headers have no case.
    if name == "CSRF_HEADER_NAME" { shown.to_ascii_uppercase() } else { shown }
}
