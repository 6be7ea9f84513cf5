//! What axes keeps of every attempt, in whichever of its tables (its `AccessBase`).

use diesel::{
    prelude::*,
    query_builder::{BoxedSqlQuery, SqlQuery},
    sql_query,
    sql_types::{Nullable, Text, Timestamp},
};
use time::PrimitiveDateTime;

use super::address;
use crate::db::Db;

/// Who tried, from where and with what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// The name as it was typed.
    pub username: String,
    /// The client's address.
    pub ip_address: Option<String>,
    /// The browser.
    pub user_agent: String,
    /// What it accepts.
    pub http_accept: String,
    /// Where it asked.
    pub path_info: String,
}

impl Access {
    /// An INSERT into one of axes' tables, whose other columns are `more`; their values begin with `$7`.
    pub(super) fn insert(
        &self,
        db: &Db,
        table: &str,
        (more, values): (&str, &str),
        now: PrimitiveDateTime,
    ) -> BoxedSqlQuery<'_, <Db as Connection>::Backend, SqlQuery> {
        let insert = format!(
            "INSERT INTO {table} (user_agent, ip_address, username, http_accept, path_info, attempt_time, {more}) \
             VALUES ($1, {}, $3, $4, $5, $6, {values})",
            address(db, "$2")
        );
        sql_query(insert)
            .into_boxed()
            .bind::<Text, _>(&self.user_agent)
            .bind::<Nullable<Text>, _>(&self.ip_address)
            .bind::<Text, _>(&self.username)
            .bind::<Text, _>(&self.http_accept)
            .bind::<Text, _>(&self.path_info)
            .bind::<Timestamp, _>(now)
    }
}
