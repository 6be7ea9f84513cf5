//! Rows of `vestibule_token`.

use diesel::{OptionalExtension, QueryResult, prelude::*};
use time::PrimitiveDateTime;

use crate::{
    client::Client,
    crypto::sha256_hex,
    db::{Db, schema::vestibule_token},
    users::User,
};

/// A refresh token, as far as simplejwt's rows don't say. The fields stand in the order of the columns.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Token {
    /// Its id.
    pub jti: String,
    /// What came of the same log-in.
    pub family: String,
    /// Whose it is.
    pub user_id: i32,
    /// The digest of the hash that they had then.
    pub password_digest: String,
    /// When its family began.
    pub started_at: PrimitiveDateTime,
    /// When it was made.
    pub created_at: PrimitiveDateTime,
    /// When it ends.
    pub expires_at: PrimitiveDateTime,
    /// What took its place.
    pub successor: Option<String>,
    /// When it was ended here before its time.
    pub ended_at: Option<PrimitiveDateTime>,
    /// From where it was asked for.
    pub ip_address: Option<String>,
    /// By what program.
    pub user_agent: String,
}

impl Token {
    /// Whether `user` still has the password that they had when it was made.
    pub fn is_tied_to(&self, user: &User) -> bool {
        self.password_digest == sha256_hex(&user.password)
    }
}

/// To whom and on what occasion a token is given.
#[derive(Debug, Clone, Copy)]
pub struct Issued<'a> {
    /// Its family.
    pub family: &'a str,
    /// When that began.
    pub started_at: PrimitiveDateTime,
    /// Whose it is.
    pub user: &'a User,
    /// Who asked.
    pub client: &'a Client,
}

/// The token with this id.
pub fn find(db: &mut Db, jti: &str) -> QueryResult<Option<Token>> {
    vestibule_token::table
        .filter(vestibule_token::jti.eq(jti))
        .select(vestibule_token::all_columns)
        .get_result(db)
        .optional()
}

/// Writes down a token.
pub fn insert(
    db: &mut Db,
    jti: &str,
    issued: &Issued<'_>,
    created_at: PrimitiveDateTime,
    expires_at: PrimitiveDateTime,
) -> QueryResult<()> {
    diesel::insert_into(vestibule_token::table)
        .values((
            vestibule_token::jti.eq(jti),
            vestibule_token::family.eq(issued.family),
            vestibule_token::user_id.eq(issued.user.id),
            vestibule_token::password_digest.eq(sha256_hex(&issued.user.password)),
            vestibule_token::started_at.eq(issued.started_at),
            vestibule_token::created_at.eq(created_at),
            vestibule_token::expires_at.eq(expires_at),
            vestibule_token::ip_address.eq(issued.client.ip_address()),
            vestibule_token::user_agent.eq(&issued.client.user_agent),
        ))
        .execute(db)
        .map(drop)
}

/// Notes that a token was ended, and what took its place.
pub fn end(db: &mut Db, jti: &str, successor: Option<&str>, now: PrimitiveDateTime) -> QueryResult<()> {
    let row = vestibule_token::table.filter(vestibule_token::jti.eq(jti));
    diesel::update(row)
        .set((vestibule_token::ended_at.eq(now), vestibule_token::successor.eq(successor)))
        .execute(db)
        .map(drop)
}

/// Those of a family of somebody's that nothing took the place of and that were not ended here.
pub fn unended(db: &mut Db, user_id: i32, family: &str) -> QueryResult<Vec<String>> {
    vestibule_token::table
        .filter(vestibule_token::user_id.eq(user_id))
        .filter(vestibule_token::family.eq(family))
        .filter(vestibule_token::ended_at.is_null())
        .order(vestibule_token::jti)
        .select(vestibule_token::jti)
        .load(db)
}

/// Ties somebody's tokens to the hash `after` as far as they hung on `before`: another hash of the same password.
pub fn tie_anew(db: &mut Db, user_id: i32, before: &str, after: &str) -> QueryResult<()> {
    let rows = vestibule_token::table
        .filter(vestibule_token::user_id.eq(user_id))
        .filter(vestibule_token::password_digest.eq(sha256_hex(before)));
    diesel::update(rows).set(vestibule_token::password_digest.eq(sha256_hex(after))).execute(db).map(drop)
}

/// Deletes up to `limit` rows of tokens that ended before `now`; how many it were.
pub fn delete_expired(db: &mut Db, now: PrimitiveDateTime, limit: i64) -> QueryResult<usize> {
    let old: Vec<String> = vestibule_token::table
        .filter(vestibule_token::expires_at.le(now))
        .limit(limit)
        .select(vestibule_token::jti)
        .load(db)?;
    diesel::delete(vestibule_token::table.filter(vestibule_token::jti.eq_any(&old))).execute(db)
}
