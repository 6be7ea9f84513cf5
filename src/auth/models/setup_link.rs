//! Rows of `vestibule_setup_link`: the links by which the first superuser is made. Only digests are kept.

use diesel::{QueryResult, prelude::*};
use time::PrimitiveDateTime;

use crate::{
    crypto::sha256_hex,
    db::{Db, schema::vestibule_setup_link},
};

/// Remembers a link, and forgets those that have expired.
pub fn insert(db: &mut Db, token: &str, now: PrimitiveDateTime, expires_at: PrimitiveDateTime) -> QueryResult<()> {
    diesel::delete(vestibule_setup_link::table.filter(vestibule_setup_link::expires_at.le(now))).execute(db)?;
    diesel::insert_into(vestibule_setup_link::table)
        .values((vestibule_setup_link::digest.eq(sha256_hex(token)), vestibule_setup_link::expires_at.eq(expires_at)))
        .execute(db)
        .map(drop)
}

/// Whether the link opens anything at `now`.
pub fn is_valid(db: &mut Db, token: &str, now: PrimitiveDateTime) -> QueryResult<bool> {
    let link = vestibule_setup_link::table
        .filter(vestibule_setup_link::digest.eq(sha256_hex(token)))
        .filter(vestibule_setup_link::expires_at.gt(now));
    diesel::select(diesel::dsl::exists(link)).get_result(db)
}

/// Uses a link up, and all others with it; whether it was valid.
pub fn take(db: &mut Db, token: &str, now: PrimitiveDateTime) -> QueryResult<bool> {
    let valid = is_valid(db, token, now)?;
    let deleted = diesel::delete(vestibule_setup_link::table).execute(db)?;
    // On PostgreSQL of two who come at once the second finds nothing left to delete.
    Ok(valid && deleted > 0)
}
