//! Rows of `token_blacklist_outstandingtoken` and `token_blacklist_blacklistedtoken`.

use diesel::{
    OptionalExtension, QueryResult,
    dsl::{exists, not},
    prelude::*,
};
use time::PrimitiveDateTime;

use super::token::Token;
use crate::db::{
    Db,
    schema::{
        token_blacklist_blacklistedtoken as blacklisted, token_blacklist_outstandingtoken as outstanding,
        vestibule_token,
    },
};

/// A refresh token that was made.
#[derive(Debug, Clone, Copy)]
pub struct New<'a> {
    /// Its id.
    pub jti: &'a str,
    /// The token itself.
    pub text: &'a str,
    /// Whose it is; `None` if they are gone.
    pub user_id: Option<i32>,
    /// When it was made.
    pub created_at: PrimitiveDateTime,
    /// When it ends.
    pub expires_at: PrimitiveDateTime,
}

/// Writes down a token whose id is new.
pub fn insert(db: &mut Db, new: &New<'_>) -> QueryResult<()> {
    let New { jti, text, user_id, created_at, expires_at } = *new;
    diesel::insert_into(outstanding::table)
        .values((
            outstanding::token.eq(text),
            outstanding::created_at.eq(created_at),
            outstanding::expires_at.eq(expires_at),
            outstanding::user_id.eq(user_id),
            outstanding::jti.eq(jti),
        ))
        .execute(db)
        .map(drop)
}

/// The row of a token that may be another's first sight: made if it is not there (`get_or_create`).
pub fn find_or_insert(db: &mut Db, new: &New<'_>) -> QueryResult<i64> {
    macro_rules! insert {
        ($connection:expr) => {
            diesel::insert_into(outstanding::table)
                .values((
                    outstanding::token.eq(new.text),
                    outstanding::created_at.eq(new.created_at),
                    outstanding::expires_at.eq(new.expires_at),
                    outstanding::user_id.eq(new.user_id),
                    outstanding::jti.eq(new.jti),
                ))
                .on_conflict(outstanding::jti)
                .do_nothing()
                .execute($connection)
        };
    }
    match db {
        Db::Sqlite(connection) => insert!(connection),
        #[cfg(feature = "postgres")]
        Db::Postgres(connection) => insert!(connection),
    }?;
    outstanding::table.filter(outstanding::jti.eq(new.jti)).select(outstanding::id).get_result(db)
}

/// A token as simplejwt knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The row's key.
    pub id: i64,
    /// When it was blacklisted, if it was.
    pub blacklisted_at: Option<PrimitiveDateTime>,
}

/// How a token stands; `None` if nobody wrote it down.
pub fn standing(db: &mut Db, jti: &str) -> QueryResult<Option<Standing>> {
    let row = outstanding::table
        .left_join(blacklisted::table)
        .filter(outstanding::jti.eq(jti))
        .select((outstanding::id, blacklisted::blacklisted_at.nullable()))
        .get_result(db)
        .optional()?;
    Ok(row.map(|(id, blacklisted_at)| Standing { id, blacklisted_at }))
}

/// Blacklists a token; whether it was not before. Of several who try at once one does.
pub fn blacklist(db: &mut Db, id: i64, now: PrimitiveDateTime) -> QueryResult<bool> {
    macro_rules! insert {
        ($connection:expr) => {
            diesel::insert_into(blacklisted::table)
                .values((blacklisted::blacklisted_at.eq(now), blacklisted::token_id.eq(id)))
                .on_conflict(blacklisted::token_id)
                .do_nothing()
                .execute($connection)
        };
    }
    let inserted = match db {
        Db::Sqlite(connection) => insert!(connection),
        #[cfg(feature = "postgres")]
        Db::Postgres(connection) => insert!(connection),
    }?;
    Ok(inserted == 1)
}

/// The text of a token.
pub fn text(db: &mut Db, jti: &str) -> QueryResult<Option<String>> {
    outstanding::table.filter(outstanding::jti.eq(jti)).select(outstanding::token).get_result(db).optional()
}

/// Those of somebody's that are good at `now`.
pub fn good_of(db: &mut Db, user_id: i32, now: PrimitiveDateTime) -> QueryResult<Vec<(i64, String)>> {
    outstanding::table
        .left_join(blacklisted::table)
        .filter(outstanding::user_id.eq(user_id))
        .filter(outstanding::expires_at.gt(now))
        .filter(blacklisted::id.nullable().is_null())
        .order(outstanding::id)
        .select((outstanding::id, outstanding::jti))
        .load(db)
}

/// A token that is good, and what we know of it.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Good {
    /// The row's key.
    pub id: i64,
    /// Its id.
    pub jti: String,
    /// When it was made, if that was written down.
    pub created_at: Option<PrimitiveDateTime>,
    /// When it ends.
    pub expires_at: PrimitiveDateTime,
    /// What only we know.
    pub known: Option<Token>,
}

/// As [`good_of`], with what is known of them; at most `limit`, the newest first.
pub fn newest_good_of(db: &mut Db, user_id: i32, now: PrimitiveDateTime, limit: i64) -> QueryResult<Vec<Good>> {
    outstanding::table
        .left_join(blacklisted::table)
        .left_join(vestibule_token::table.on(vestibule_token::jti.eq(outstanding::jti)))
        .filter(outstanding::user_id.eq(user_id))
        .filter(outstanding::expires_at.gt(now))
        .filter(blacklisted::id.nullable().is_null())
        .order(outstanding::id.desc())
        .limit(limit)
        .select((
            outstanding::id,
            outstanding::jti,
            outstanding::created_at,
            outstanding::expires_at,
            vestibule_token::all_columns.nullable(),
        ))
        .load(db)
}

/// A token that nobody ended.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Unended {
    /// The row's key.
    pub id: i64,
    /// The token itself.
    pub text: String,
    /// When it was made, if that was written down.
    pub created_at: Option<PrimitiveDateTime>,
    /// When it ends.
    pub expires_at: PrimitiveDateTime,
    /// Whose it is, if that was written down.
    pub user_id: Option<i32>,
}

/// Those that nobody ended, also if they have expired, in the order of their keys and after `id`.
pub fn unended_after(db: &mut Db, id: i64, limit: i64) -> QueryResult<Vec<Unended>> {
    outstanding::table
        .left_join(blacklisted::table)
        .left_join(vestibule_token::table.on(vestibule_token::jti.eq(outstanding::jti)))
        .filter(outstanding::id.gt(id))
        .filter(blacklisted::id.nullable().is_null())
        .filter(vestibule_token::ended_at.nullable().is_null())
        .order(outstanding::id)
        .limit(limit)
        .select((
            outstanding::id,
            outstanding::token,
            outstanding::created_at,
            outstanding::expires_at,
            outstanding::user_id,
        ))
        .load(db)
}

/// Whether somebody was given a token between two times, another than `jti`, of which no row of ours knows: a Django has
/// made it.
pub fn made_elsewhere(
    db: &mut Db,
    user_id: i32,
    jti: &str,
    between: (PrimitiveDateTime, PrimitiveDateTime),
) -> QueryResult<bool> {
    let known = vestibule_token::table.filter(vestibule_token::jti.eq(outstanding::jti));
    let made = outstanding::table
        .filter(outstanding::user_id.eq(user_id))
        .filter(outstanding::jti.ne(jti))
        .filter(outstanding::created_at.between(between.0, between.1))
        .filter(not(exists(known)));
    diesel::select(exists(made)).get_result(db)
}

/// Puts something else in place of the texts of somebody's tokens, which may name them. What was ended stays so: that goes
/// by the id.
pub fn forget_texts(db: &mut Db, user_id: i32, instead: &str) -> QueryResult<usize> {
    diesel::update(outstanding::table.filter(outstanding::user_id.eq(user_id)))
        .set(outstanding::token.eq(instead))
        .execute(db)
}

/// Deletes up to `limit` tokens that ended before `now`, and what blacklists them; how many it were.
pub fn delete_expired(db: &mut Db, now: PrimitiveDateTime, limit: i64) -> QueryResult<usize> {
    let ids: Vec<i64> = outstanding::table
        .filter(outstanding::expires_at.le(now))
        .order(outstanding::id)
        .limit(limit)
        .select(outstanding::id)
        .load(db)?;
    diesel::delete(blacklisted::table.filter(blacklisted::token_id.eq_any(&ids))).execute(db)?;
    diesel::delete(outstanding::table.filter(outstanding::id.eq_any(&ids))).execute(db)
}
