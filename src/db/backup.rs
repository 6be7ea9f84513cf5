//! Copies of SQLite databases, and whether a file is one at all.

use std::{
    fs::{self, File},
    io,
    path::Path,
};

use diesel::{RunQueryDsl, connection::SimpleConnection, sql_types::Text};

use super::{Db, connection::create_private};
use crate::{
    crypto::{LOWERCASE_AND_DIGITS, random_string},
    settings::DatabaseUrl,
};

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The file can't be written.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The database can't be opened.
    #[error("{0}")]
    Connect(#[from] diesel::ConnectionError),
    /// The database can't be read.
    #[error("{0}")]
    Statement(#[from] diesel::result::Error),
    /// What was read is damaged.
    #[error("the database is damaged: {0}")]
    Damaged(String),
}

/// Copies the SQLite database at `url` to `file`, which must not be there: one moment of it, whole, however much is
/// written meanwhile. The copy appears under its name when it is complete, checked and on the disk.
pub fn backup(url: &DatabaseUrl, file: &Path) -> Result<(), BackupError> {
    let draft = file.with_extension(format!("draft-{}", random_string(12, LOWERCASE_AND_DIGITS)));
    let copied = copy(url, &draft).and_then(|()| Ok(fs::hard_link(&draft, file)?));
    let removed = fs::remove_file(&draft);
    copied?;
    removed?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok(File::open(folder)?.sync_all()?)
}

fn copy(url: &DatabaseUrl, draft: &Path) -> Result<(), BackupError> {
    let mut db = Db::look(url)?;
    // SQLite would make the file for everybody to read; an empty one it takes as it is.
    create_private(draft)?;
    let quoted = draft.display().to_string().replace('\'', "''");
    batch(&mut db, &format!("VACUUM INTO '{quoted}'"))?;
    let copy = DatabaseUrl::new(format!("sqlite://{}", draft.display()));
    if let Some(fault) = fault(&mut Db::look(&copy)?)? {
        return Err(BackupError::Damaged(fault));
    }
    Ok(File::open(draft)?.sync_all()?)
}

fn batch(db: &mut Db, sql: &str) -> diesel::QueryResult<()> {
    match db {
        Db::Sqlite(connection) => connection.batch_execute(sql),
        #[cfg(feature = "postgres")]
        Db::Postgres(connection) => connection.batch_execute(sql),
    }
}

#[derive(diesel::QueryableByName)]
struct Found {
    #[diesel(sql_type = Text)]
    quick_check: String,
}

/// The first thing that is wrong with an SQLite file; `None` if nothing is, and for PostgreSQL, which looks after itself.
pub(super) fn fault(db: &mut Db) -> diesel::QueryResult<Option<String>> {
    let found: Vec<Found> = match db {
        Db::Sqlite(connection) => diesel::sql_query("PRAGMA quick_check(1)").load(connection)?,
        #[cfg(feature = "postgres")]
        Db::Postgres(_) => Vec::new(),
    };
    Ok(found.into_iter().map(|row| row.quick_check).find(|answer| answer != "ok"))
}
