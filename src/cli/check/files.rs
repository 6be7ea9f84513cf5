//! Files that hold secrets, and who may read them.

use std::{fs, path::Path};

use crate::settings::{Finding, Settings};

/// What others than the owner may read or write: an SQLite database and the key's file.
pub(super) fn readable_by_others(settings: &Settings) -> Vec<Finding> {
    let database = settings.database.url.sqlite_path().map(Path::new);
    let key = settings.security.secret_key.is_empty().then_some(settings.security.secret_key_path.as_path());
    let held = [
        ("vestibule.W005", database, "which holds the password hashes"),
        ("vestibule.W006", key, "which holds the key that signs"),
    ];
    let open = held.into_iter().filter_map(|(id, path, what)| Some((id, path.filter(|path| is_open(path))?, what)));
    open.map(|(id, path, what)| {
        let path = path.display();
        let message = format!("Others than its owner may open {path}, {what}.");
        Finding::new(id, message, format!("Run `chmod 600 {path}`."))
    })
    .collect()
}

#[cfg(unix)]
fn is_open(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open(_path: &Path) -> bool {
    false
}
