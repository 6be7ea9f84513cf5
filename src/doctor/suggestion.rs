//! The settings by which both programs agree, to be pasted into a file.

use std::fmt::Write;

use super::{
    Examination,
    agreement::{self, Theirs},
    passwords,
    project::Text,
    sessions,
};
use crate::settings::Settings;

const AXES: &str = "axes.backends.AxesStandaloneBackend";
const MODEL: &str = "django.contrib.auth.backends.ModelBackend";

/// A settings file.
pub(super) fn settings(examination: &mut Examination<'_>) -> String {
    let (url, password) = examination.settings.database.url.without_password();
    let mut out = String::from("# vestibule.toml\n");
    if password.is_some() {
        out.push_str("# With its password in VESTIBULE_DATABASE_URL or in DATABASE_URL_FILE instead.\n");
    }
    let _ = writeln!(out, "DATABASE_URL = {}", text(&url));
    out.push_str("# SECRET_KEY and SECRET_KEY_FALLBACKS: Django's own. In VESTIBULE_SECRET_KEY and so on, or:\n");
    out.push_str("# SECRET_KEY_FILE = \"/path/to/a/file/that/holds/it\"\n");
    if examination.project.is_some_and(|project| !project.texts("SECRET_KEY_FALLBACKS").is_empty()) {
        out.push_str("# SECRET_KEY_FALLBACKS_FILE = \"/path/to/a/file/that/holds/them/as/a/list/in/JSON\"\n");
    }
    let _ = match passwords::setting(examination) {
        Some(hashers) => writeln!(out, "PASSWORD_HASHERS = {hashers}"),
        None => writeln!(out, "# PASSWORD_HASHERS: left out, so that new hashes are made as the newest row was."),
    };
    let backends: Vec<String> = backends(examination).iter().map(|path| text(path)).collect();
    let _ = writeln!(out, "AUTHENTICATION_BACKENDS = [{}]", backends.join(", "));
    let Some(project) = examination.project else {
        out.push_str("# TIME_ZONE and more: Django's own, which `manage.py diffsettings --all` tells.\n");
        return out;
    };
    let defaults = Settings::default();
    for name in std::iter::once("TIME_ZONE").chain(agreement::names(project)) {
        // With the table's name in each line, more lines can follow.
        let _ = match agreement::theirs(examination.settings, project, name) {
            Theirs::Value { shown, toml } if shown != agreement::shown(&defaults, name) || name == "TIME_ZONE" => {
                writeln!(out, "{name} = {toml}")
            }
            Theirs::Impossible(theirs) => {
                writeln!(out, "# {name}: Django has {}, which can't be had here.", theirs.replace('\n', " "))
            }
            Theirs::Unreadable => writeln!(out, "# {name}: what Django has there, only Python can say."),
            Theirs::Value { .. } | Theirs::Nothing => Ok(()),
        };
    }
    for name in agreement::policies(project) {
        if let Theirs::Value { shown, toml } = agreement::theirs(examination.settings, project, name)
            && shown != agreement::shown(&defaults, name)
        {
            let _ = writeln!(out, "# As in Django, if that is wanted: {name} = {toml}");
        }
    }
    if matches!(project.text("SIMPLE_JWT.SIGNING_KEY"), Text::Is(key) if !key.is_empty()) {
        out.push_str("# SIMPLE_JWT.SIGNING_KEY: Django's own. In VESTIBULE_SIMPLE_JWT__SIGNING_KEY, or:\n");
        out.push_str("# SIMPLE_JWT.SIGNING_KEY_FILE = \"/path/to/a/file/that/holds/it\"\n");
    }
    out
}

/// Django's that are known here, after the one that counts failures.
fn backends(examination: &Examination<'_>) -> Vec<String> {
    let theirs: Vec<String> = match (examination.project, &examination.sessions) {
        (Some(project), _) => project.texts("AUTHENTICATION_BACKENDS").into_iter().map(str::to_owned).collect(),
        (None, Some(sessions)) => sessions.named().map(str::to_owned).collect(),
        (None, None) => Vec::new(),
    };
    let known = |path: &String| examination.backends.iter().any(|class| class == sessions::class(path));
    let mut backends = vec![AXES.to_owned()];
    backends.extend(theirs.into_iter().filter(|path| path != AXES && known(path)));
    if backends.len() == 1 {
        backends.push(MODEL.to_owned());
    }
    backends
}

/// As TOML writes it.
fn text(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
