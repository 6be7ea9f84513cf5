//! Rows of `vestibule_signed_link`.

use diesel::{QueryResult, prelude::*};
use time::PrimitiveDateTime;

use crate::{
    auth::reset_token::Kept,
    db::{
        Db,
        schema::{vestibule_signed_link as link, vestibule_unconfirmed_email as unconfirmed},
    },
};

/// A link that was made. The fields stand in the order of the columns.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Row {
    /// The row's key.
    pub id: i64,
    /// What it is for.
    pub kind: String,
    /// To whom it was sent.
    pub user_id: i32,
    /// When it was made.
    pub made_at: PrimitiveDateTime,
    /// The fingerprint of the key that signed it.
    pub key_fingerprint: String,
    /// When it was made, as it says itself, if it does.
    pub stamp: String,
    /// The digest of what is secret in it.
    pub digest: String,
}

/// Writes down a link that is made `now`.
pub fn insert(
    db: &mut Db,
    kind: &str,
    user_id: i32,
    key_fingerprint: &str,
    kept: &Kept,
    now: PrimitiveDateTime,
) -> QueryResult<()> {
    diesel::insert_into(link::table)
        .values((
            link::kind.eq(kind),
            link::user_id.eq(user_id),
            link::made_at.eq(now),
            link::key_fingerprint.eq(key_fingerprint),
            link::stamp.eq(&kept.stamp),
            link::digest.eq(&kept.digest),
        ))
        .execute(db)
        .map(drop)
}

/// The rows after the one with this key, in the order of their keys.
pub fn after(db: &mut Db, id: i64, limit: i64) -> QueryResult<Vec<Row>> {
    link::table.filter(link::id.gt(id)).order(link::id).limit(limit).select(link::all_columns).load(db)
}

/// What links were sent to somebody, and when, the last first.
pub fn sent_to(db: &mut Db, user_id: i32) -> QueryResult<Vec<(String, PrimitiveDateTime)>> {
    link::table.filter(link::user_id.eq(user_id)).order(link::id.desc()).select((link::kind, link::made_at)).load(db)
}

/// The wishes of these people for an address: whose, by what it is told from others, until when.
pub fn wishes_of(db: &mut Db, user_ids: &[i32]) -> QueryResult<Vec<(i32, String, PrimitiveDateTime)>> {
    unconfirmed::table
        .filter(unconfirmed::user_id.eq_any(user_ids))
        .select((unconfirmed::user_id, unconfirmed::nonce, unconfirmed::expires_at))
        .load(db)
}

/// Deletes up to `limit` rows of links that were made before `before`; how many it were.
pub fn delete_old(db: &mut Db, before: PrimitiveDateTime, limit: i64) -> QueryResult<usize> {
    let old: Vec<i64> =
        link::table.filter(link::made_at.lt(before)).order(link::made_at).limit(limit).select(link::id).load(db)?;
    diesel::delete(link::table.filter(link::id.eq_any(&old))).execute(db)
}
