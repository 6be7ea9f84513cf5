//! Rows of `axes_accesslog` and `axes_accessfailurelog`.

use diesel::{
    QueryResult,
    prelude::*,
    sql_query,
    sql_types::{BigInt, Bool, Nullable, Text, Timestamp},
};
use time::PrimitiveDateTime;

use super::{address, attempt::Failure};
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

/// Records a log-in. What is said of a failure is said of it too; the session is known by its digest.
pub fn logged_in(db: &mut Db, access: &Failure, session_hash: &str, now: PrimitiveDateTime) -> QueryResult<()> {
    let insert = format!(
        "INSERT INTO axes_accesslog (user_agent, ip_address, username, http_accept, path_info, attempt_time, session_hash) \
         VALUES ($1, {}, $3, $4, $5, $6, $7)",
        address(db, "$2")
    );
    sql_query(insert)
        .bind::<Text, _>(&access.user_agent)
        .bind::<Nullable<Text>, _>(&access.ip_address)
        .bind::<Text, _>(&access.username)
        .bind::<Text, _>(&access.http_accept)
        .bind::<Text, _>(&access.path_info)
        .bind::<Timestamp, _>(now)
        .bind::<Text, _>(session_hash)
        .execute(db)
        .map(drop)
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
pub fn failed(db: &mut Db, failure: &Failure, locked_out: bool, keep: u32, now: PrimitiveDateTime) -> QueryResult<()> {
    let insert = format!(
        "INSERT INTO axes_accessfailurelog (user_agent, ip_address, username, http_accept, path_info, attempt_time, \
         locked_out) VALUES ($1, {}, $3, $4, $5, $6, $7)",
        address(db, "$2")
    );
    sql_query(insert)
        .bind::<Text, _>(&failure.user_agent)
        .bind::<Nullable<Text>, _>(&failure.ip_address)
        .bind::<Text, _>(&failure.username)
        .bind::<Text, _>(&failure.http_accept)
        .bind::<Text, _>(&failure.path_info)
        .bind::<Timestamp, _>(now)
        .bind::<Bool, _>(locked_out)
        .execute(db)?;
    sql_query(
        "DELETE FROM axes_accessfailurelog WHERE username = $1 AND id <= (SELECT id FROM axes_accessfailurelog \
         WHERE username = $1 ORDER BY id DESC LIMIT 1 OFFSET $2)",
    )
    .bind::<Text, _>(&failure.username)
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
