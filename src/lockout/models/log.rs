//! Rows of `axes_accesslog` and `axes_accessfailurelog`.

use diesel::{
    QueryResult,
    prelude::*,
    sql_query,
    sql_types::{BigInt, Bool, Text, Timestamp},
};
use time::PrimitiveDateTime;

use super::access::Access;
use crate::db::Db;

/// Which of axes' logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Log {
    /// Log-ins and log-outs.
    Access,
    /// Failures.
    Failures,
}

impl Log {
    fn table(self) -> &'static str {
        match self {
            Self::Access => "axes_accesslog",
            Self::Failures => "axes_accessfailurelog",
        }
    }
}

/// Records a log-in; the session is known by its digest.
pub fn logged_in(db: &mut Db, access: &Access, session_hash: &str, now: PrimitiveDateTime) -> QueryResult<()> {
    let insert = access.insert(db, "axes_accesslog", ("session_hash", "$7"), now);
    insert.bind::<Text, _>(session_hash).execute(db).map(drop)
}

/// Records the log-out that ends such a session.
pub fn logged_out(db: &mut Db, username: &str, session_hash: &str, now: PrimitiveDateTime) -> QueryResult<()> {
    sql_query(
        "UPDATE axes_accesslog SET logout_time = $1 WHERE username = $2 AND session_hash = $3 AND logout_time IS NULL",
    )
    .bind::<Timestamp, _>(now)
    .bind::<Text, _>(username)
    .bind::<Text, _>(session_hash)
    .execute(db)
    .map(drop)
}

/// Records a failure, and whether it was answered as locked; of each name the last `keep` are kept.
pub fn failed(db: &mut Db, access: &Access, locked_out: bool, keep: u32, now: PrimitiveDateTime) -> QueryResult<()> {
    let insert = access.insert(db, "axes_accessfailurelog", ("locked_out", "$7"), now);
    insert.bind::<Bool, _>(locked_out).execute(db)?;
    sql_query(
        "DELETE FROM axes_accessfailurelog WHERE username = $1 AND id <= (SELECT id FROM axes_accessfailurelog \
         WHERE username = $1 ORDER BY id DESC LIMIT 1 OFFSET $2)",
    )
    .bind::<Text, _>(&access.username)
    .bind::<BigInt, _>(i64::from(keep))
    .execute(db)
    .map(drop)
}

/// Deletes up to `limit` rows that were written at `until` or before; how many it were.
pub fn delete_old(db: &mut Db, log: Log, until: PrimitiveDateTime, limit: i64) -> QueryResult<usize> {
    let table = log.table();
    sql_query(format!("DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE attempt_time <= $1 LIMIT $2)"))
        .bind::<Timestamp, _>(until)
        .bind::<BigInt, _>(limit)
        .execute(db)
}
