//! Rows of `vestibule_unconfirmed_email`: one for each person who has asked for an address, the last one that they asked
//! for.

use diesel::{OptionalExtension, QueryResult, prelude::*};
use time::PrimitiveDateTime;

use crate::{
    db::{
        Db,
        schema::{auth_user, vestibule_unconfirmed_email as unconfirmed},
    },
    users::User,
};

/// An address that waits. The fields stand in the order of the columns.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Unconfirmed {
    /// Who wants it.
    pub user_id: i32,
    /// The address; empty if it can't be theirs, which they are not told.
    pub email: String,
    /// What tells this wish from any other.
    pub nonce: String,
    /// Whether the account itself waits for it.
    pub registering: bool,
    /// Until when it waits.
    pub expires_at: PrimitiveDateTime,
}

impl Unconfirmed {
    /// Whether `person`, whose wish this is, has registered and was never let in. Who was, by an administrator, and is not any
    /// more was shut out: no link lets them in again, and they are not forgotten.
    pub fn is_of_newcomer(&self, person: &User) -> bool {
        self.registering && !person.is_active && person.last_login.is_none()
    }
}

/// What `user_id` waits for.
pub fn find(db: &mut Db, user_id: i32) -> QueryResult<Option<Unconfirmed>> {
    unconfirmed::table
        .filter(unconfirmed::user_id.eq(user_id))
        .select(unconfirmed::all_columns)
        .get_result(db)
        .optional()
}

/// Writes down a wish in place of an earlier one. Of several at once the last one stays.
pub fn replace(db: &mut Db, wish: &Unconfirmed) -> QueryResult<()> {
    let new = (
        unconfirmed::email.eq(&wish.email),
        unconfirmed::nonce.eq(&wish.nonce),
        unconfirmed::registering.eq(wish.registering),
        unconfirmed::expires_at.eq(wish.expires_at),
    );
    let upsert = diesel::insert_into(unconfirmed::table)
        .values((unconfirmed::user_id.eq(wish.user_id), new))
        .on_conflict(unconfirmed::user_id)
        .do_update()
        .set(new);
    let done = match db {
        Db::Sqlite(db) => upsert.execute(db),
        #[cfg(feature = "postgres")]
        Db::Postgres(db) => upsert.execute(db),
    };
    done.map(drop)
}

/// Forgets that somebody who has an account wants another address.
pub fn withdraw(db: &mut Db, user_id: i32) -> QueryResult<()> {
    let row = unconfirmed::table.filter(unconfirmed::user_id.eq(user_id)).filter(unconfirmed::registering.eq(false));
    diesel::delete(row).execute(db).map(drop)
}

/// Forgets what somebody waits for, be it the account itself.
pub fn forget(db: &mut Db, user_id: i32) -> QueryResult<()> {
    diesel::delete(unconfirmed::table.filter(unconfirmed::user_id.eq(user_id))).execute(db).map(drop)
}

/// Takes a wish, so that it comes true once; whether it was still there.
pub fn take(db: &mut Db, user_id: i32, nonce: &str) -> QueryResult<bool> {
    let row = unconfirmed::table.filter(unconfirmed::user_id.eq(user_id)).filter(unconfirmed::nonce.eq(nonce));
    Ok(diesel::delete(row).execute(db)? == 1)
}

/// Gives somebody their address; with `activate` also lets them in from now on. Whether they are there.
pub fn set_email(db: &mut Db, user_id: i32, email: &str, activate: bool) -> QueryResult<bool> {
    let row = auth_user::table.filter(auth_user::id.eq(user_id));
    let changed = if activate {
        diesel::update(row).set((auth_user::email.eq(email), auth_user::is_active.eq(true))).execute(db)?
    } else {
        diesel::update(row).set(auth_user::email.eq(email)).execute(db)?
    };
    Ok(changed == 1)
}

/// Makes an account wait: nobody is let in to it.
pub fn deactivate(db: &mut Db, user_id: i32) -> QueryResult<()> {
    diesel::update(auth_user::table.filter(auth_user::id.eq(user_id)))
        .set(auth_user::is_active.eq(false))
        .execute(db)
        .map(drop)
}

/// Those who have registered and not shown by `now` that the address is theirs, at most `limit`: accounts that nobody has
/// let in meanwhile.
pub fn forgotten(db: &mut Db, now: PrimitiveDateTime, limit: i64) -> QueryResult<Vec<i32>> {
    unconfirmed::table
        .inner_join(auth_user::table.on(auth_user::id.eq(unconfirmed::user_id)))
        .filter(unconfirmed::expires_at.le(now))
        .filter(unconfirmed::registering.eq(true))
        .filter(auth_user::is_active.eq(false))
        .filter(auth_user::last_login.is_null())
        .order(unconfirmed::user_id)
        .limit(limit)
        .select(unconfirmed::user_id)
        .load(db)
}

/// Deletes up to `limit` wishes that did not come true by `now`, of people who have an account; how many it were.
pub fn delete_old(db: &mut Db, now: PrimitiveDateTime, limit: i64) -> QueryResult<usize> {
    let old: Vec<i32> = unconfirmed::table
        .inner_join(auth_user::table.on(auth_user::id.eq(unconfirmed::user_id)))
        .filter(unconfirmed::expires_at.le(now))
        .filter(
            unconfirmed::registering
                .eq(false)
                .or(auth_user::is_active.eq(true))
                .or(auth_user::last_login.is_not_null()),
        )
        .limit(limit)
        .select(unconfirmed::user_id)
        .load(db)?;
    diesel::delete(unconfirmed::table.filter(unconfirmed::user_id.eq_any(&old))).execute(db)
}

/// Keeps others from changing somebody until the transaction's end. A change of password and a deletion take a person first
/// and their wish then: whoever takes both in the other order waits for them while they wait in turn.
#[cfg_attr(not(feature = "postgres"), expect(unused_variables, reason = "only PostgreSQL locks rows"))]
pub fn hold(db: &mut Db, user_id: i32) -> QueryResult<()> {
    match db {
        // The whole database is locked.
        Db::Sqlite(_) => Ok(()),
        #[cfg(feature = "postgres")]
        Db::Postgres(db) => auth_user::table
            .filter(auth_user::id.eq(user_id))
            .select(auth_user::id)
            .for_no_key_update()
            .execute(db)
            .map(drop),
    }
}

/// Lets nobody else give out names and addresses until the transaction's end: what one looks for, another may just be
/// writing.
pub fn one_at_a_time(db: &mut Db) -> QueryResult<()> {
    match db {
        // The whole database is locked.
        Db::Sqlite(_) => Ok(()),
        #[cfg(feature = "postgres")]
        Db::Postgres(db) => diesel::sql_query("LOCK TABLE vestibule_unconfirmed_email IN SHARE ROW EXCLUSIVE MODE")
            .execute(db)
            .map(drop),
    }
}
