//! Rows of `vestibule_device`.

use diesel::{QueryResult, dsl::exists, prelude::*};
use time::PrimitiveDateTime;

use crate::{
    client::Client,
    db::{Db, schema::vestibule_device},
};

/// How many devices of one person are known: when there are more, the one that was not seen for longest is forgotten.
const MOST: i64 = 50;

/// A device as one asks for it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key<'a> {
    /// The digest of its token.
    pub(super) digest: &'a str,
    /// Whose it may be.
    pub(super) user_id: i32,
    /// The digest of their password's hash: who has logged in with an older password may be somebody else.
    pub(super) password_digest: &'a str,
}

/// Whether it is known, and was used since `since`.
pub(super) fn is_known(db: &mut Db, key: Key<'_>, since: PrimitiveDateTime) -> QueryResult<bool> {
    let row = vestibule_device::table
        .find((key.digest, key.user_id))
        .filter(vestibule_device::password_digest.eq(key.password_digest))
        .filter(vestibule_device::last_seen_at.ge(since));
    diesel::select(exists(row)).get_result(db)
}

/// Whether somebody has logged in to the account with it.
pub(super) fn was_seen(db: &mut Db, digest: &str, user_id: i32) -> QueryResult<bool> {
    diesel::select(exists(vestibule_device::table.find((digest, user_id)))).get_result(db)
}

/// A device of somebody's.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Device {
    /// By what the database knows its token.
    pub digest: String,
    /// When they last logged in with it.
    pub last_seen_at: PrimitiveDateTime,
    /// From where.
    pub ip_address: Option<String>,
    /// The browser.
    pub user_agent: String,
}

/// Those with which `user_id` has logged in since `since`, the last one first.
pub(super) fn known(
    db: &mut Db,
    user_id: i32,
    password_digest: &str,
    since: PrimitiveDateTime,
) -> QueryResult<Vec<Device>> {
    vestibule_device::table
        .filter(vestibule_device::user_id.eq(user_id))
        .filter(vestibule_device::password_digest.eq(password_digest))
        .filter(vestibule_device::last_seen_at.ge(since))
        .order((vestibule_device::last_seen_at.desc(), vestibule_device::digest))
        .select((
            vestibule_device::digest,
            vestibule_device::last_seen_at,
            vestibule_device::ip_address,
            vestibule_device::user_agent,
        ))
        .load(db)
}

/// Remembers that somebody has logged in with it.
pub(super) fn remember(db: &mut Db, key: Key<'_>, client: &Client, now: PrimitiveDateTime) -> QueryResult<()> {
    let Key { digest, user_id, password_digest } = key;
    let seen = (
        vestibule_device::password_digest.eq(password_digest),
        vestibule_device::last_seen_at.eq(now),
        vestibule_device::ip_address.eq(client.ip_address()),
        vestibule_device::user_agent.eq(&client.user_agent),
    );
    if diesel::update(vestibule_device::table.find((digest, user_id))).set(seen.clone()).execute(db)? == 1 {
        return Ok(());
    }
    forget_the_oldest(db, user_id)?;
    diesel::insert_into(vestibule_device::table)
        .values((
            vestibule_device::digest.eq(digest),
            vestibule_device::user_id.eq(user_id),
            vestibule_device::created_at.eq(now),
            seen.0,
            seen.1,
            seen.2,
            seen.3,
        ))
        .execute(db)
        .map(drop)
}

/// Ties somebody's devices, or the one alone that is named, to another password, as far as they hung on the one before.
pub(super) fn tie_anew(db: &mut Db, user_id: i32, only: Option<&str>, before: &str, after: &str) -> QueryResult<()> {
    let tied = vestibule_device::table
        .filter(vestibule_device::user_id.eq(user_id))
        .filter(vestibule_device::password_digest.eq(before));
    let anew = vestibule_device::password_digest.eq(after);
    match only {
        Some(digest) => diesel::update(tied.filter(vestibule_device::digest.eq(digest))).set(anew).execute(db),
        None => diesel::update(tied).set(anew).execute(db),
    }
    .map(drop)
}

/// Makes room for one more.
fn forget_the_oldest(db: &mut Db, user_id: i32) -> QueryResult<()> {
    let surplus: Vec<String> = vestibule_device::table
        .filter(vestibule_device::user_id.eq(user_id))
        .order(vestibule_device::last_seen_at.desc())
        .offset(MOST - 1)
        .limit(MOST)
        .select(vestibule_device::digest)
        .load(db)?;
    for digest in surplus {
        diesel::delete(vestibule_device::table.find((digest, user_id))).execute(db)?;
    }
    Ok(())
}

/// Forgets up to `limit` devices that were not seen since `since`; how many it were.
pub fn delete_old(db: &mut Db, since: PrimitiveDateTime, limit: i64) -> QueryResult<usize> {
    let old: Vec<(String, i32)> = vestibule_device::table
        .filter(vestibule_device::last_seen_at.lt(since))
        .limit(limit)
        .select((vestibule_device::digest, vestibule_device::user_id))
        .load(db)?;
    for (digest, user_id) in &old {
        diesel::delete(vestibule_device::table.find((digest, user_id))).execute(db)?;
    }
    Ok(old.len())
}
