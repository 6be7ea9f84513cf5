//! Whether two ways to name a database name one.

use std::path::Path;

use super::{project::Project, python::Value};
use crate::settings::DatabaseUrl;

/// Where PostgreSQL listens if nobody says.
const PORT: &str = "5432";

/// How Django names its database, without a password.
pub(super) fn of(project: &Project) -> String {
    let named = ["NAME", "HOST", "PORT"].map(|key| shown(project.database(key)));
    let [name, host, port] = named;
    let at = if host.is_empty() && port.is_empty() { String::new() } else { format!(" at {host}:{port}") };
    format!("{name}{at} of {}", project.database_text("ENGINE"))
}

fn shown(value: Option<&Value>) -> String {
    match value {
        Some(Value::Text(text)) => text.clone(),
        Some(Value::Int(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// Whether Django's database is the one at `url`; `None` if that can't be told.
pub(super) fn is_same(url: &DatabaseUrl, project: &Project) -> Option<bool> {
    let engine = project.database_text("ENGINE");
    match url.sqlite_path() {
        _ if engine.is_empty() => None,
        Some(path) if engine.contains("sqlite") => is_same_file(path, project.database_text("NAME")),
        // A service says elsewhere what it is.
        None if project.database("OPTIONS").and_then(|options| options.get("service")).is_some() => None,
        None if engine.contains("postg") => Some(is_same_server(&url.without_password().0, project)),
        _ => Some(false),
    }
}

fn is_same_file(ours: &str, theirs: &str) -> Option<bool> {
    let theirs = theirs.strip_prefix("file:").map_or(theirs, |uri| uri.split('?').next().unwrap_or(uri));
    if theirs.is_empty() || theirs == ":memory:" {
        return Some(false);
    }
    let ours = Path::new(ours).canonicalize().ok()?;
    match Path::new(theirs).canonicalize() {
        Ok(theirs) if theirs == ours => Some(true),
        // A path without a beginning is Django's to understand.
        Ok(_) if Path::new(theirs).is_relative() => None,
        Ok(_) => Some(false),
        Err(_) => None,
    }
}

fn is_same_server(url: &str, project: &Project) -> bool {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    let (authority, rest) = rest.split_once('/').unwrap_or((rest, ""));
    let (name, options) = rest.split_once('?').unwrap_or((rest, ""));
    let option = |key: &str| options.split('&').find_map(|option| option.strip_prefix(key)?.strip_prefix('='));
    let place = authority.rsplit_once('@').map_or(authority, |(_, place)| place);
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (place, ""),
    };
    let theirs = |key| shown(project.database(key));
    name == theirs("NAME")
        && machine(option("host").unwrap_or(host)) == machine(&theirs("HOST"))
        && or(option("port").unwrap_or(port), PORT) == or(&theirs("PORT"), PORT)
}

/// This machine goes by several names.
fn machine(host: &str) -> &str {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    if host.is_empty() || host.starts_with('/') || ["localhost", "127.0.0.1", "::1"].contains(&host) {
        ""
    } else {
        host
    }
}

fn or<'a>(text: &'a str, default: &'a str) -> &'a str {
    if text.is_empty() { default } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(database: &str) -> Project {
        Project::parse(&format!("SECRET_KEY = ''\nDATABASES = {{'default': {{{database}}}}}\n")).expect("a project")
    }

    #[test]
    fn servers_are_compared_by_name_host_and_port() {
        let postgres = "'ENGINE': 'django.db.backends.postgresql'";
        for (url, database, same) in [
            ("postgres://u:p@localhost/app", "'NAME': 'app', 'HOST': '', 'PORT': ''", Some(true)),
            (
                "postgres://u@[::1]:5432/app?sslmode=require",
                "'NAME': 'app', 'HOST': '127.0.0.1', 'PORT': 5432",
                Some(true),
            ),
            ("postgres:///app?host=/run/postgresql", "'NAME': 'app', 'HOST': '/run/postgresql'", Some(true)),
            ("postgres://db.example.org/app", "'NAME': 'app', 'HOST': 'staging.example.org'", Some(false)),
            ("postgres://localhost:5433/app", "'NAME': 'app', 'HOST': 'localhost'", Some(false)),
            ("postgres://localhost/app", "'NAME': 'other', 'HOST': 'localhost'", Some(false)),
            ("postgres://localhost/app", "'NAME': '', 'OPTIONS': {'service': 'app'}", None),
            ("sqlite://app", "'NAME': 'app'", Some(false)),
        ] {
            let project = project(&format!("{postgres}, {database}"));
            assert_eq!(is_same(&DatabaseUrl::new(url), &project), same, "{url} {database}");
        }
    }

    #[test]
    fn files_are_compared_by_what_they_are() {
        let folder = tempfile::tempdir().expect("a folder");
        let [one, other] = ["one", "other"].map(|name| folder.path().join(name).display().to_string());
        for path in [&one, &other] {
            std::fs::write(path, "").expect("a file");
        }
        let url = DatabaseUrl::new(format!("sqlite://{one}"));
        for (name, same) in [
            (one.clone(), Some(true)),
            (format!("file:{one}?mode=rw"), Some(true)),
            (format!("{}/./one", folder.path().display()), Some(true)),
            (other.clone(), Some(false)),
            (format!("file:{other}"), Some(false)),
            (":memory:".to_owned(), Some(false)),
            ("/nowhere/db.sqlite3".to_owned(), None),
            ("db.sqlite3".to_owned(), None),
        ] {
            let project = project(&format!("'ENGINE': 'django.db.backends.sqlite3', 'NAME': '{name}'"));
            assert_eq!(is_same(&url, &project), same, "{name}");
        }
    }
}
