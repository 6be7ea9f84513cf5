//! Whether anything was committed to an SQLite database, by whichever process, since one looked.
//!
//! In WAL mode each commit changes the header of the wal-index, the file `-shm` that all connections share, before COMMIT
//! returns (<https://www.sqlite.org/walformat.html>, "The WAL-Index Header"). By the same bytes SQLite decides whether its
//! own page cache still counts.

use std::{
    fs::{self, File},
    io,
    sync::{Mutex, PoisonError},
};

use super::Db;

/// Bytes of the header, which stands there twice.
const HEADER: usize = 48;
/// The byte in it that says whether it is in use.
const IS_INIT: usize = 12;

/// The wal-index of one database.
///
/// The file is never closed: with it, this process would lose the locks that SQLite's connections hold on it
/// (<https://www.sqlite.org/howtocorrupt.html>, 2.2).
#[derive(Debug, Clone, Copy)]
pub(super) struct WalIndex(&'static File);

/// A state of the database. As long as it is the same, so is everything in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment([u8; HEADER]);

/// The files that were opened, each once.
#[derive(Debug, Default)]
pub(super) struct WalIndexes(Mutex<Vec<(FileId, WalIndex)>>);

/// What one file has and no other.
type FileId = (u64, u64);

impl WalIndexes {
    /// That of the database at `path`, on which `connection` must have looked something up: as long as it is open, SQLite
    /// neither removes the file nor leaves WAL mode. `None` if it is not in WAL mode.
    pub(super) fn of(&self, path: &str, connection: &mut Db) -> Option<WalIndex> {
        if !connection.is_in_wal_mode() {
            return None;
        }
        // SQLite keeps it beside the file itself, not beside a link to it.
        let path = format!("{}-shm", fs::canonicalize(path).ok()?.to_str()?);
        let id = file_id(&fs::metadata(&path).ok()?);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, index)) = known.iter().find(|(known, _)| *known == id) {
            return Some(*index);
        }
        let index = WalIndex(Box::leak(Box::new(File::open(path).ok()?)));
        known.push((id, index));
        Some(index)
    }
}

impl WalIndex {
    /// Now; `None` while a commit is being written down.
    pub(super) fn moment(self) -> Option<Moment> {
        let mut bytes = [0; 2 * HEADER];
        read_start(self.0, &mut bytes).ok()?;
        let (first, second) = bytes.split_at(HEADER);
        let whole = first == second && first[IS_INIT] != 0;
        whole.then(|| first.try_into().map(Moment).ok()).flatten()
    }
}

#[cfg(unix)]
fn file_id(metadata: &fs::Metadata) -> FileId {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
fn file_id(_: &fs::Metadata) -> FileId {
    (0, 0)
}

#[cfg(unix)]
fn read_start(file: &File, bytes: &mut [u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, 0)
}

#[cfg(not(unix))]
fn read_start(_: &File, _: &mut [u8]) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
