//! Live sessions as they stand, also where a row is no text.

use diesel::{
    QueryResult,
    prelude::*,
    sql_types::{BigInt, Text, Timestamp},
};
use time::PrimitiveDateTime;

use crate::db::Db;

/// A live session.
#[derive(Debug, QueryableByName)]
pub(super) struct Row {
    /// Its key, by which the next rows are found.
    #[diesel(sql_type = Text)]
    pub key: String,
    /// Its data; empty if that is no text.
    #[diesel(sql_type = Text)]
    pub data: String,
}

/// Those that are live at `now`, in the order of their keys and after `key`.
pub(super) fn live_after(db: &mut Db, key: &str, now: PrimitiveDateTime, limit: i64) -> QueryResult<Vec<Row>> {
    match db {
        Db::Sqlite(db) => diesel::sql_query(
            "SELECT session_key AS key, CASE typeof(session_data) WHEN 'text' THEN session_data ELSE '' END AS data \
             FROM django_session WHERE session_key > ? AND expire_date > ? ORDER BY session_key LIMIT ?",
        )
        .bind::<Text, _>(key)
        .bind::<Timestamp, _>(now)
        .bind::<BigInt, _>(limit)
        .load(db),
        #[cfg(feature = "postgres")]
        Db::Postgres(db) => diesel::sql_query(
            "SELECT session_key::text AS key, session_data AS data FROM django_session \
             WHERE session_key > $1 AND expire_date > $2 ORDER BY session_key LIMIT $3",
        )
        .bind::<Text, _>(key)
        // The column has a time zone.
        .bind::<diesel::sql_types::Timestamptz, _>(now.assume_utc())
        .bind::<BigInt, _>(limit)
        .load(db),
    }
}
