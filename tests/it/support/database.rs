//! A database for one test: an SQLite file, or a PostgreSQL database on the cluster that `tests/run` starts.

use std::env;

use tempfile::TempDir;
use vestibule::{
    crypto::{LOWERCASE_AND_DIGITS, random_string},
    db::Db,
};

use super::connect;

pub struct TestDatabase {
    url: String,
    place: Place,
}

enum Place {
    Folder(#[expect(dead_code, reason = "deleted when dropped")] TempDir),
    Cluster { admin: String, name: String },
    Elsewhere,
}

/// A variable by which `tests/run` says what it prepared.
pub fn prepared(name: &str) -> Option<String> {
    env::var_os(format!("VESTIBULE_TEST_{name}"))?.into_string().ok()
}

/// How many steps there are to migrate, as the folder has them.
pub fn migrations() -> usize {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite");
    std::fs::read_dir(folder).expect("migrations").count()
}

/// Whether this run is about PostgreSQL.
pub fn is_postgres() -> bool {
    prepared("DATABASE").is_some_and(|database| database == "postgres")
}

impl TestDatabase {
    /// An empty one.
    pub fn new() -> Self {
        if is_postgres() { Self::on_cluster() } else { Self::in_folder() }
    }

    pub fn in_folder() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}", folder.path().join("test.sqlite3").display());
        Self { url, place: Place::Folder(folder) }
    }

    /// An empty one that somebody else made and takes away.
    pub fn elsewhere(url: String) -> Self {
        Self { url, place: Place::Elsewhere }
    }

    fn on_cluster() -> Self {
        let admin = prepared("POSTGRES_URL").expect("a PostgreSQL; `tests/run` starts one");
        let name = format!("test_{}", random_string(16, LOWERCASE_AND_DIGITS));
        execute(&mut connect(&admin), &format!("CREATE DATABASE {name}"));
        let base = admin.rsplit_once('/').expect("a URL with a database").0;
        Self { url: format!("{base}/{name}"), place: Place::Cluster { admin, name } }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn connect(&self) -> Db {
        connect(&self.url)
    }

    /// Runs SQL that both databases take.
    pub fn execute(&self, sql: &str) {
        execute(&mut self.connect(), sql);
    }

    /// The number that a query answers.
    pub fn number(&self, sql: &str) -> i64 {
        use diesel::{QueryableByName, RunQueryDsl, sql_types::BigInt};
        #[derive(QueryableByName)]
        struct Number {
            #[diesel(sql_type = BigInt)]
            number: i64,
        }
        let sql = format!("SELECT CAST(({sql}) AS bigint) AS number");
        let row: Number = match self.connect() {
            Db::Sqlite(mut db) => diesel::sql_query(sql).get_result(&mut db).expect("a number"),
            #[cfg(feature = "postgres")]
            Db::Postgres(mut db) => diesel::sql_query(sql).get_result(&mut db).expect("a number"),
        };
        row.number
    }

    /// The text that a query answers; `None` for no row or NULL.
    pub fn text(&self, sql: &str) -> Option<String> {
        use diesel::{
            OptionalExtension, QueryableByName, RunQueryDsl,
            sql_types::{Nullable, Text},
        };
        #[derive(QueryableByName)]
        struct Line {
            #[diesel(sql_type = Nullable<Text>)]
            line: Option<String>,
        }
        let sql = format!("SELECT CAST(({sql}) AS text) AS line");
        let row: Option<Line> = match self.connect() {
            Db::Sqlite(mut db) => diesel::sql_query(sql).get_result(&mut db).optional().expect("a text"),
            #[cfg(feature = "postgres")]
            Db::Postgres(mut db) => diesel::sql_query(sql).get_result(&mut db).optional().expect("a text"),
        };
        row.and_then(|row| row.line)
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Place::Cluster { admin, name } = &self.place {
            execute(&mut connect(admin), &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

fn execute(db: &mut Db, sql: &str) {
    use diesel::connection::SimpleConnection;
    match db {
        Db::Sqlite(db) => db.batch_execute(sql).expect(sql),
        #[cfg(feature = "postgres")]
        Db::Postgres(db) => db.batch_execute(sql).expect(sql),
    }
}
