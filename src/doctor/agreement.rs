//! Settings that both programs have. They are in no database: Django's come from `manage.py diffsettings --all`.

use super::{
    ASK_DJANGO, Examination, Opinion,
    project::{Project, Text},
    python::Value,
};
use crate::settings::{Component, Raw, Settings, Value as _};

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
    "AXES_ONLY_WHITELIST",
    "AXES_NEVER_LOCKOUT_WHITELIST",
    "AXES_NEVER_LOCKOUT_GET",
    "AXES_IP_WHITELIST",
    "AXES_IP_BLACKLIST",
];
/// Those of simplejwt, by which a token of one is one for the other.
const SIMPLE_JWT: &[&str] = &[
    "SIMPLE_JWT.ALGORITHM",
    "SIMPLE_JWT.AUDIENCE",
    "SIMPLE_JWT.ISSUER",
    "SIMPLE_JWT.LEEWAY",
    "SIMPLE_JWT.AUTH_HEADER_TYPES",
    "SIMPLE_JWT.USER_ID_FIELD",
    "SIMPLE_JWT.USER_ID_CLAIM",
    "SIMPLE_JWT.CHECK_REVOKE_TOKEN",
];
/// In which both may differ and still understand each other: then people meet two policies.
const POLICY: &[&str] = &[
    "SESSION_EXPIRE_AT_BROWSER_CLOSE",
    "SESSION_SAVE_EVERY_REQUEST",
    "SESSION_COOKIE_HTTPONLY",
    "CSRF_COOKIE_HTTPONLY",
    "CSRF_TRUSTED_ORIGINS",
    "SIMPLE_JWT.ACCESS_TOKEN_LIFETIME",
    "SIMPLE_JWT.REFRESH_TOKEN_LIFETIME",
    "SIMPLE_JWT.ROTATE_REFRESH_TOKENS",
    "SIMPLE_JWT.BLACKLIST_AFTER_ROTATION",
    "SIMPLE_JWT.UPDATE_LAST_LOGIN",
];
/// What simplejwt has where a project says nothing and we have something else.
const SIMPLE_JWT_DEFAULTS: &[(&str, Value)] = &[
    ("SIMPLE_JWT.ACCESS_TOKEN_LIFETIME", Value::Duration(300)),
    ("SIMPLE_JWT.REFRESH_TOKEN_LIFETIME", Value::Duration(86_400)),
    ("SIMPLE_JWT.ROTATE_REFRESH_TOKENS", Value::Bool(false)),
    ("SIMPLE_JWT.BLACKLIST_AFTER_ROTATION", Value::Bool(false)),
];
/// What must be so in Django, as there is nothing else here.
const FIXED: &[(&str, &str)] = &[
    ("USE_TZ", "True"),
    ("CSRF_USE_SESSIONS", "False"),
    ("SESSION_SERIALIZER", "'django.contrib.sessions.serializers.JSONSerializer'"),
    ("AXES_HANDLER", "'axes.handlers.database.AxesDatabaseHandler'"),
    ("AXES_USE_ATTEMPT_EXPIRATION", "False"),
    ("AXES_USERNAME_CALLABLE", "None"),
    ("AXES_WHITELIST_CALLABLE", "None"),
    ("SIMPLE_JWT.TOKEN_TYPE_CLAIM", "'token_type'"),
    ("SIMPLE_JWT.JTI_CLAIM", "'jti'"),
    ("SIMPLE_JWT.REVOKE_TOKEN_CLAIM", "'hash_password'"),
    ("SIMPLE_JWT.AUTH_HEADER_NAME", "'HTTP_AUTHORIZATION'"),
    ("SIMPLE_JWT.JWK_URL", "None"),
];

/// The time zone, on whose clock reset links count.
pub(super) fn time_zone(examination: &mut Examination<'_>) -> Opinion {
    let ours = shown(examination.settings, "TIME_ZONE");
    let Some(project) = examination.project else {
        let message = format!("{ours} here. It is not in the database, and links to a new password count in it.");
        return Opinion::unknown(message, ASK_DJANGO);
    };
    match theirs(examination.settings, project, "TIME_ZONE") {
        Theirs::Value { shown, .. } if shown == ours => Opinion::agrees(format!("{ours}, as here.")),
        Theirs::Value { shown, .. } => Opinion::differs(
            format!(
                "{shown} in Django and {ours} here, so links to a new password that one makes may be too old or too new \
                 for the other."
            ),
            format!("Set TIME_ZONE = {shown}."),
        ),
        Theirs::Impossible(theirs) => Opinion::differs(
            format!("Django has {theirs}, which is no time zone here."),
            "Give Django's TIME_ZONE a name of the IANA database.",
        ),
        Theirs::Unreadable | Theirs::Nothing => Opinion::unknown("Django does not say which it has.", ASK_DJANGO),
    }
}

/// All the others.
pub(super) fn settings(examination: &mut Examination<'_>) -> Opinion {
    let Some(project) = examination.project else {
        return Opinion::unknown("They are not in the database.", ASK_DJANGO);
    };
    let (mut differences, mut unreadable) = (Vec::new(), Vec::new());
    for (name, needed) in FIXED {
        match project.get(name) {
            Some(Value::Other) if applies(project, name) => unreadable.push((*name).to_owned()),
            Some(value) if *value != Value::parse(needed) => {
                differences.push(format!("{name} must be {needed} in Django: there is no other way here"));
            }
            _ => {}
        }
    }
    match project.database("TIME_ZONE") {
        None | Some(Value::None) => {}
        Some(Value::Text(zone)) if zone == "UTC" => {}
        Some(_) => differences.push("TIME_ZONE must not stand in DATABASES: here times there are in UTC".to_owned()),
    }
    for name in names(project) {
        let ours = shown(examination.settings, name);
        match theirs(examination.settings, project, name) {
            Theirs::Value { shown, .. } if shown != ours => {
                differences.push(format!("{name} is {shown} in Django and {ours} here"));
            }
            Theirs::Impossible(theirs) => {
                differences.push(format!("{name} is {theirs} in Django, which can't be had here"));
            }
            Theirs::Unreadable => unreadable.push(name.to_owned()),
            Theirs::Value { .. } | Theirs::Nothing => {}
        }
    }
    match signing_key(examination, project) {
        Some(true) => {}
        Some(false) => differences.push("SIMPLE_JWT.SIGNING_KEY is another than Django's".to_owned()),
        None => unreadable.push("SIMPLE_JWT.SIGNING_KEY".to_owned()),
    }
    let unreadable = unreadable.into_iter().map(|name| format!("{name}: what Django has there, only Python can say"));
    let unreadable: Vec<String> = unreadable.collect();
    let opinion = if !differences.is_empty() {
        let hint = "Take Django's values, where they are printed below, or change them there.";
        Opinion::differs("Some are set otherwise.", hint).with(differences)
    } else if unreadable.is_empty() {
        Opinion::agrees("Each understands the other's cookies, reset links, locks and tokens.")
    } else {
        let hint =
            "See for yourself that they say the same as here, and set SILENCED_SYSTEM_CHECKS = [\"vestibule.D013\"].";
        Opinion::unknown("Some can't be read.", hint)
    };
    opinion.with(unreadable).with(remarks(examination.settings, project))
}

/// What is as it should be, and yet to be known.
fn remarks(ours: &Settings, project: &Project) -> Vec<String> {
    let mut remarks = Vec::new();
    if project.get("AXES_CLIENT_IP_CALLABLE") == Some(&Value::None) {
        remarks.push(
            "Behind a proxy axes sees the proxy's address alone, unless AXES_CLIENT_IP_CALLABLE reads another"
                .to_owned(),
        );
    }
    if project.get("AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT") == Some(&Value::Bool(true)) {
        remarks.push("A failure during a lock makes it longer in Django, and not here".to_owned());
    }
    for name in policies(project) {
        let own = shown(ours, name);
        match theirs(ours, project, name) {
            Theirs::Value { shown, .. } if shown != own => {
                remarks.push(format!("Another policy: {name} is {shown} in Django and {own} here"));
            }
            _ => {}
        }
    }
    for rule in rules(project) {
        if !ours.auth.password_validators.contains(&rule) {
            let rule = vec![rule].show();
            remarks
                .push(format!("Another policy: of AUTH_PASSWORD_VALIDATORS Django has {rule}, and Vestibule has not"));
        }
    }
    remarks
}

/// The settings in which both may differ, as far as this project has them.
pub(super) fn policies(project: &Project) -> impl Iterator<Item = &'static str> {
    let tokens = project.has_tokens();
    POLICY.iter().copied().filter(move |name| tokens || !name.contains('.'))
}

/// Django's rules for passwords.
fn rules(project: &Project) -> Vec<Component> {
    let rules = project.get("AUTH_PASSWORD_VALIDATORS").and_then(Value::to_toml);
    rules.and_then(|rules| Vec::<Component>::read(&Raw::Toml(rules)).ok()).unwrap_or_default()
}

fn applies(project: &Project, name: &str) -> bool {
    !name.starts_with("SIMPLE_JWT.") || project.has_tokens()
}

/// The settings that this project shares.
pub(super) fn names(project: &Project) -> impl Iterator<Item = &'static str> {
    let axes = if project.has_axes() { AXES } else { &[] };
    let tokens = if project.has_tokens() { SIMPLE_JWT } else { &[] };
    SHARED.iter().chain(axes).chain(tokens).copied()
}

/// Whether both sign tokens with one key; `None` if that can't be told. Where neither names one it is `SECRET_KEY`, which is
/// another fact.
fn signing_key(examination: &Examination<'_>, project: &Project) -> Option<bool> {
    if !project.has_tokens() {
        return Some(true);
    }
    let settings = &examination.settings.jwt;
    let secret_key = examination.keys.map(|keys| keys.current().expose()).unwrap_or_default();
    let in_force = |key: &'_ str| if key.is_empty() { secret_key.to_owned() } else { key.to_owned() };
    let theirs = match project.text("SIMPLE_JWT.SIGNING_KEY") {
        Text::Is(key) => key,
        Text::Absent => "",
        Text::Unreadable => return None,
    };
    let (ours, theirs) = (in_force(settings.signing_key.expose()), in_force(theirs));
    // Lines at the end of a PEM are nothing; those of a text are part of the key.
    Some(if settings.algorithm.is_symmetric() { ours == theirs } else { ours.trim() == theirs.trim() })
}

/// What Django has, as it would be written here.
pub(super) enum Theirs {
    Value {
        /// As it is shown.
        shown: String,
        /// As it stands in a settings file.
        toml: toml::Value,
    },
    /// There is no such value here.
    Impossible(String),
    /// Only Python understands it.
    Unreadable,
    /// It has no such setting, so it has what we have by default, or no use for it.
    Nothing,
}

/// Django's value of a setting, in our words.
pub(super) fn theirs(ours: &Settings, project: &Project, name: &str) -> Theirs {
    let default = SIMPLE_JWT_DEFAULTS.iter().find(|(known, _)| *known == name).map(|(_, value)| value);
    let toml = match (name, project.get(name).or(default)) {
        // simplejwt's other defaults are ours.
        (_, None) if name.contains('.') => match shown(&Settings::default(), name) {
            default if default == shown(ours, name) => return Theirs::Nothing,
            default => return Theirs::Impossible(format!("left out, so {default}")),
        },
        (_, None) => return Theirs::Nothing,
        ("CSRF_HEADER_NAME", Some(Value::Text(text))) => toml::Value::String(header(text)),
        // A bare number counts hours there.
        ("AXES_COOLOFF_TIME", Some(Value::Duration(seconds))) => toml::Value::String(format!("{seconds}s")),
        ("AXES_COOLOFF_TIME", Some(Value::Text(_))) => return Theirs::Unreadable,
        ("AXES_COOLOFF_TIME", Some(Value::None)) => toml::Value::String("None".to_owned()),
        ("AXES_IP_WHITELIST" | "AXES_IP_BLACKLIST", Some(Value::None)) => toml::Value::Array(Vec::new()),
        (_, Some(Value::None)) => toml::Value::String(String::new()),
        (_, Some(value)) => match value.to_toml() {
            Some(toml) => toml,
            None => return Theirs::Unreadable,
        },
    };
    let mut there = ours.clone();
    match there.set_value(name, toml.clone()) {
        Ok(()) => Theirs::Value { shown: shown(&there, name), toml },
        Err(_) => Theirs::Impossible(match project.get(name) {
            Some(Value::None) | None => "None".to_owned(),
            Some(_) => toml.to_string(),
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
