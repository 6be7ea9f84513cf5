//! The house stays as it was built: who imports whom, and where Diesel and actix may be named.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The modules in the order in which they stand; a module imports only from groups before its own.
const ORDER: &[&[&str]] = &[
    &["settings"],
    &["clock", "crypto", "client", "templates"],
    &["secret_key", "cookies", "db"],
    &["outbox"],
    &["users", "mail", "throttle"],
    &["sessions", "csrf"],
    &["auth"],
    &["audit"],
    &["events", "metrics", "devices", "posts"],
    &["feed"],
    &["lockout", "jwt"],
    &["deletion"],
    &["accounts"],
    &["rotation"],
    &["admin"],
    &["site"],
    &["tasks", "doctor"],
    &["web"],
    &["cli"],
];

fn sources() -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    walk(&root, &mut paths);
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("a file");
        (path.strip_prefix(&root).expect("below src").to_path_buf(), text)
    };
    paths.into_iter().map(read).collect()
}

fn module(path: &Path) -> String {
    let first = path.components().next().expect("a name").as_os_str().to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

fn rank(module: &str) -> Option<usize> {
    ORDER.iter().position(|group| group.contains(&module))
}

/// The code without comments and tests: a test may import what it likes.
fn code(text: &str) -> String {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The first-level modules of this crate that `code` names.
fn imports(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            found.extend(group_names(group));
        } else {
            found.insert(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    found
}

/// The first names in a braced group, as `a, b::{c, d}, e` gives a, b and e.
fn group_names(group: &str) -> Vec<String> {
    let (mut depth, mut fresh, mut names) = (0, true, Vec::<String>::new());
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => fresh = true,
            c if depth == 0 && (c.is_alphanumeric() || c == '_') && fresh => {
                names.push(c.to_string());
                fresh = false;
            }
            c if depth == 0 && (c.is_alphanumeric() || c == '_') => {
                if let Some(name) = names.last_mut().filter(|name| !name.ends_with(':')) {
                    name.push(c);
                }
            }
            ':' if depth == 0 => names.last_mut().into_iter().for_each(|name| name.push(':')),
            _ => {}
        }
    }
    names.into_iter().map(|name| name.split(':').next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn modules_import_only_from_those_that_stand_before_them() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let own = module(&path);
        let Some(own_rank) = rank(&own) else { continue };
        for import in imports(&code(&text)) {
            if import != own && rank(&import).is_some_and(|other| other >= own_rank) {
                wrong.push(format!("{} imports {import}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_module_has_its_place_in_the_order() {
    let known: BTreeSet<String> = ORDER.iter().flat_map(|group| group.iter()).map(|name| (*name).to_owned()).collect();
    let there: BTreeSet<String> = sources()
        .iter()
        .map(|(path, _)| module(path))
        .filter(|name| !["lib", "main"].contains(&name.as_str()))
        .collect();
    assert_eq!(there, known);
}

#[test]
fn diesel_is_named_only_in_the_database_and_beside_rows() {
    let at_home = |path: &Path| {
        let path = path.display().to_string();
        path.starts_with("db/") || path.contains("/models/") || path.ends_with("/model.rs")
    };
    let strangers: Vec<String> = sources()
        .into_iter()
        .filter(|(path, text)| !at_home(path) && code(text).contains("diesel::") && !only_converts_errors(text))
        .map(|(path, _)| path.display().to_string())
        .collect();
    assert_eq!(strangers, [] as [&str; 0]);
}

/// `impl From<diesel::result::Error>` is how a module lets its rows use `?`.
fn only_converts_errors(text: &str) -> bool {
    code(text).matches("diesel::").count() == code(text).matches("diesel::result::Error").count()
}

#[test]
fn authentication_knows_http_in_one_file_only() {
    let strangers: Vec<String> = sources()
        .into_iter()
        .filter(|(path, text)| {
            path.starts_with("auth") && !path.ends_with("auth/session.rs") && code(text).contains("actix_")
        })
        .map(|(path, _)| path.display().to_string())
        .collect();
    assert_eq!(strangers, [] as [&str; 0]);
}

#[test]
fn no_file_is_a_drawer() {
    let drawers = ["utils", "util", "helpers", "common", "misc"];
    let found: Vec<String> = sources()
        .into_iter()
        .filter(|(path, _)| path.iter().any(|part| drawers.contains(&part.to_string_lossy().trim_end_matches(".rs"))))
        .map(|(path, _)| path.display().to_string())
        .collect();
    assert_eq!(found, [] as [&str; 0]);
}
