//! The settings by which both programs agree, to be pasted into a file.

use std::fmt::Write;

use super::{
    Examination,
    agreement::{self, Theirs},
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
    let _ = writeln!(out, "DATABASE_URL = \"{url}\"");
    out.push_str("# SECRET_KEY and SECRET_KEY_FALLBACKS: Django's own. In VESTIBULE_SECRET_KEY, or:\n");
    out.push_str("# SECRET_KEY_FILE = \"/path/to/a/file/that/holds/it\"\n");
    out.push_str("# PASSWORD_HASHERS: left out, so that new hashes are made as the newest row was.\n");
    let _ = writeln!(out, "AUTHENTICATION_BACKENDS = {}", list(&backends(examination)));
    let Some(project) = examination.project else {
        out.push_str("# TIME_ZONE and more: Django's own, which `manage.py diffsettings --all` tells.\n");
        return out;
    };
    let defaults = Settings::default();
    for name in std::iter::once("TIME_ZONE").chain(agreement::names(project)) {
        let Theirs::Value(value) = agreement::theirs(examination.settings, project, name) else { continue };
        // With the table's name in each line, more lines can follow.
        if value != agreement::shown(&defaults, name) || name == "TIME_ZONE" {
            let _ = writeln!(out, "{name} = {value}");
        }
    }
    if project.text("SIMPLE_JWT.SIGNING_KEY").is_some_and(|key| Some(key) != project.text("SECRET_KEY")) {
        out.push_str("# SIMPLE_JWT.SIGNING_KEY: Django's own. In VESTIBULE_SIMPLE_JWT__SIGNING_KEY, or:\n");
        out.push_str("# SIMPLE_JWT.SIGNING_KEY_FILE = \"/path/to/a/file/that/holds/it\"\n");
    }
    out
}

/// Django's that are known here, after the one that counts failures.
fn backends(examination: &Examination<'_>) -> Vec<String> {
    let theirs: Vec<String> = match examination.project {
        Some(project) => project.texts("AUTHENTICATION_BACKENDS").into_iter().map(str::to_owned).collect(),
        None => sessions::named(examination),
    };
    let known = |path: &String| examination.backends.iter().any(|class| class == sessions::class(path));
    let mut backends = vec![AXES.to_owned()];
    backends.extend(theirs.into_iter().filter(|path| path != AXES && known(path)));
    if backends.len() == 1 {
        backends.push(MODEL.to_owned());
    }
    backends
}

fn list(items: &[String]) -> String {
    format!("[{}]", items.iter().map(|item| format!("\"{item}\"")).collect::<Vec<_>>().join(", "))
}
