//! The key of an installation that was given none: made at the first start and kept in a file that only its owner reads.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::Path,
};

use crate::{
    crypto::{ALPHANUMERIC, SecretKeys, random_string},
    settings::{Secret, SecuritySettings},
};

/// Characters of a new key; Django's have 50.
const LENGTH: usize = 64;

/// The key can't be kept.
#[derive(Debug, thiserror::Error)]
#[error("cannot keep a secret key in {path}: {cause}; set SECRET_KEY or SECRET_KEY_PATH")]
pub struct SecretKeyError {
    path: String,
    cause: io::Error,
}

/// The keys of the settings. Without `SECRET_KEY`, the one in `SECRET_KEY_PATH`, which is made if it is not there.
pub fn keys(settings: &SecuritySettings) -> Result<SecretKeys, SecretKeyError> {
    let current = if settings.secret_key.is_empty() {
        let path = &settings.secret_key_path;
        read_or_make(path).map_err(|cause| SecretKeyError { path: path.display().to_string(), cause })?
    } else {
        settings.secret_key.clone()
    };
    Ok(SecretKeys::new(current, settings.secret_key_fallbacks.clone()))
}

/// A new key.
pub fn generate() -> String {
    random_string(LENGTH, ALPHANUMERIC)
}

/// The keys of the settings if there are any: unlike [`keys`] makes none, for commands that only look.
pub fn existing(settings: &SecuritySettings) -> Result<Option<SecretKeys>, SecretKeyError> {
    if settings.secret_key.is_empty() && !settings.secret_key_path.exists() {
        return Ok(None);
    }
    keys(settings).map(Some)
}

fn read_or_make(path: &Path) -> io::Result<Secret> {
    if let Some(key) = read(path)? {
        return Ok(key);
    }
    // Written beside and then linked into place, so that of two processes starting at once both end with one key, and
    // one that is killed leaves none that is half written.
    let draft = path.with_extension(format!("draft-{}", random_string(12, ALPHANUMERIC)));
    create(&draft, &generate())?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => read(path)?.ok_or_else(|| io::Error::other("the file vanished")),
    }
}

fn read(path: &Path) -> io::Result<Option<Secret>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let key = text.trim();
    if key.len() < 32 {
        return Err(io::Error::other("it holds less than 32 characters"));
    }
    Ok(Some(Secret::new(key)))
}

fn create(path: &Path, key: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    writeln!(file, "{key}")?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_start_makes_a_key_that_only_its_owner_reads_and_the_next_one_keeps_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("vestibule.key");
        let first = read_or_make(&path).expect("a key");
        assert_eq!(read_or_make(&path).expect("a key"), first);
        assert_eq!(first.expose().len(), LENGTH);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "no draft is left");
    }

    #[test]
    fn processes_that_start_at_once_end_with_one_key() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("vestibule.key");
        let keys: Vec<_> = std::thread::scope(|scope| {
            let makers: Vec<_> = (0..8).map(|_| scope.spawn(|| read_or_make(&path).expect("a key"))).collect();
            makers.into_iter().map(|maker| maker.join().expect("no panic")).collect()
        });
        assert!(keys.iter().all(|key| *key == keys[0]));
    }

    #[test]
    fn an_empty_or_broken_file_is_not_a_key() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("vestibule.key");
        fs::write(&path, "short\n").expect("a file");
        assert!(read_or_make(&path).is_err());
    }
}
