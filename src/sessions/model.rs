//! Rows of `django_session` and of `vestibule_session` beside it.

use diesel::{
    OptionalExtension, QueryResult,
    dsl::{case_when, sql},
    prelude::*,
    sql_types::Text,
};
use time::PrimitiveDateTime;

use crate::{
    crypto::{LOWERCASE_AND_DIGITS, random_string},
    db::{
        Db,
        schema::{auth_user, django_session, vestibule_session},
    },
    users::User,
};

/// A session with what we noted of it; Django's own sessions have nothing noted until they are first seen.
#[derive(Debug, Clone)]
pub struct Row {
    /// Django's encoded data.
    pub session_data: String,
    /// When it ends.
    pub expire_date: PrimitiveDateTime,
    /// Whose it is and when it was used.
    pub noted: Option<Noted>,
    /// The person of whom that was noted, read in the same moment. What the session itself says counts.
    pub owner: Option<User>,
}

/// What is noted beside a session.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Noted {
    /// Whose it is.
    pub user_id: i32,
    /// When it was first seen.
    pub created_at: PrimitiveDateTime,
    /// When it was last used, within some minutes.
    pub last_seen_at: PrimitiveDateTime,
    /// When its owner last gave their password in it; `None` for a session of which only Django knows that.
    pub password_at: Option<PrimitiveDateTime>,
}

/// A session that is noted as somebody's. What it says itself counts.
#[derive(Queryable)]
pub struct Known {
    /// Its key, which nobody may see.
    pub key: String,
    /// Django's encoded data.
    pub session_data: String,
    /// When it ends.
    pub expire_date: PrimitiveDateTime,
    /// By what its owner names it.
    pub public_id: String,
    /// Whose it is and when it was used.
    pub noted: Noted,
    /// From where it was last used.
    pub device: Device,
}

/// Without the key.
impl std::fmt::Debug for Known {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Known").field("public_id", &self.public_id).finish_non_exhaustive()
    }
}

const NOTED: (
    vestibule_session::user_id,
    vestibule_session::created_at,
    vestibule_session::last_seen_at,
    vestibule_session::password_at,
) = (
    vestibule_session::user_id,
    vestibule_session::created_at,
    vestibule_session::last_seen_at,
    vestibule_session::password_at,
);

/// From where a session is used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Queryable)]
pub struct Device {
    /// The client's address.
    pub ip_address: Option<String>,
    /// The browser, as it calls itself, at most 255 characters.
    pub user_agent: String,
}

/// The session under `key`, also if it has expired. A date that can't be read counts as no session.
pub fn find(db: &mut Db, key: &str) -> QueryResult<Option<Row>> {
    // One look at all that a request needs to know of its session. Without a LIMIT: SQLite parses a statement with a
    // bound limit anew each time.
    let row = django_session::table
        .left_join(vestibule_session::table)
        .left_join(auth_user::table.on(auth_user::id.nullable().eq(vestibule_session::user_id.nullable())))
        .filter(django_session::session_key.eq(key))
        .select((
            django_session::session_data,
            django_session::expire_date,
            NOTED.nullable(),
            auth_user::all_columns.nullable(),
        ));
    // For each database by itself, Diesel knows the statement by its type and need not write it anew to find it prepared.
    let row: QueryResult<(String, PrimitiveDateTime, Option<Noted>, Option<User>)> = match db {
        Db::Sqlite(db) => row.get_result(db),
        #[cfg(feature = "postgres")]
        Db::Postgres(db) => row.get_result(db),
    };
    match row.optional() {
        Err(diesel::result::Error::DeserializationError(cause)) => {
            tracing::warn!(%cause, "a session row can't be read; taken for no session");
            Ok(None)
        }
        other => {
            Ok(other?.map(|(session_data, expire_date, noted, owner)| Row { session_data, expire_date, noted, owner }))
        }
    }
}

/// The encoded data under `key`, for somebody who is about to write: others who write it wait for the transaction's end.
pub fn data(db: &mut Db, key: &str) -> QueryResult<Option<String>> {
    let row = django_session::table.filter(django_session::session_key.eq(key)).select(django_session::session_data);
    let data = match db {
        // The whole database is locked.
        Db::Sqlite(db) => row.get_result(db),
        #[cfg(feature = "postgres")]
        Db::Postgres(db) => row.for_no_key_update().get_result(db),
    };
    data.optional()
}

/// A new row.
pub fn insert(db: &mut Db, key: &str, session_data: &str, expire_date: PrimitiveDateTime) -> QueryResult<()> {
    diesel::insert_into(django_session::table)
        .values((
            django_session::session_key.eq(key),
            django_session::session_data.eq(session_data),
            django_session::expire_date.eq(expire_date),
        ))
        .execute(db)
        .map(drop)
}

/// Replaces the data under `key` if it is still `before`; whether it was.
pub fn replace(
    db: &mut Db,
    key: &str,
    before: &str,
    session_data: &str,
    expire_date: PrimitiveDateTime,
) -> QueryResult<bool> {
    let unchanged = django_session::table
        .filter(django_session::session_key.eq(key))
        .filter(django_session::session_data.eq(before));
    let changed = diesel::update(unchanged)
        .set((django_session::session_data.eq(session_data), django_session::expire_date.eq(expire_date)))
        .execute(db)?;
    Ok(changed == 1)
}

/// Moves the end of a session; whether there is one.
pub fn extend(db: &mut Db, key: &str, expire_date: PrimitiveDateTime) -> QueryResult<bool> {
    let row = django_session::table.filter(django_session::session_key.eq(key));
    Ok(diesel::update(row).set(django_session::expire_date.eq(expire_date)).execute(db)? == 1)
}

/// Deletes a session, and with it what we noted; whether there was one.
pub fn delete(db: &mut Db, key: &str) -> QueryResult<bool> {
    let row = django_session::table.filter(django_session::session_key.eq(key));
    Ok(diesel::delete(row).execute(db)? == 1)
}

/// How many sessions have expired before `now`.
pub fn count_expired(db: &mut Db, now: PrimitiveDateTime) -> QueryResult<i64> {
    django_session::table.filter(django_session::expire_date.lt(now)).count().get_result(db)
}

/// How many sessions there are.
pub fn count(db: &mut Db) -> QueryResult<i64> {
    django_session::table.count().get_result(db)
}

/// Deletes up to `limit` sessions that have expired before `now`; how many it were.
pub fn delete_expired(db: &mut Db, now: PrimitiveDateTime, limit: i64) -> QueryResult<usize> {
    let batch = diesel::alias!(django_session as expired);
    let keys = batch
        .filter(batch.field(django_session::expire_date).lt(now))
        .select(batch.field(django_session::session_key))
        .limit(limit);
    diesel::delete(django_session::table.filter(django_session::session_key.eq_any(keys))).execute(db)
}

/// Deletes up to `limit` sessions, whichever; how many it were.
pub fn delete_any(db: &mut Db, limit: i64) -> QueryResult<usize> {
    let batch = diesel::alias!(django_session as any);
    let keys = batch.select(batch.field(django_session::session_key)).limit(limit);
    diesel::delete(django_session::table.filter(django_session::session_key.eq_any(keys))).execute(db)
}

/// Notes that `user_id` uses the session from `device`. What another did there is not theirs.
pub fn note(db: &mut Db, key: &str, user_id: i32, device: &Device, now: PrimitiveDateTime) -> QueryResult<()> {
    let row = vestibule_session::table.filter(vestibule_session::session_key.eq(key));
    let seen = (
        vestibule_session::user_id.eq(user_id),
        vestibule_session::last_seen_at.eq(now),
        vestibule_session::ip_address.eq(&device.ip_address),
        vestibule_session::user_agent.eq(&device.user_agent),
    );
    let password_at = case_when(vestibule_session::user_id.eq(user_id), vestibule_session::password_at);
    let again = (vestibule_session::password_at.eq(password_at), seen.0, seen.1, seen.2, seen.3);
    if diesel::update(row).set(again).execute(db)? == 1 {
        return Ok(());
    }
    // The public id names the session to its owner, who must never see the key.
    let public_id = random_string(32, LOWERCASE_AND_DIGITS);
    let new = (
        vestibule_session::session_key.eq(key),
        vestibule_session::public_id.eq(public_id),
        vestibule_session::created_at.eq(now),
        seen,
    );
    diesel::insert_into(vestibule_session::table)
        .values((new.0, new.1, new.2, new.3.0, new.3.1, new.3.2, new.3.3))
        .execute(db)
        .map(drop)
}

/// Notes that the password was given in a session.
pub fn set_password_at(db: &mut Db, key: &str, now: PrimitiveDateTime) -> QueryResult<()> {
    let row = vestibule_session::table.filter(vestibule_session::session_key.eq(key));
    diesel::update(row).set(vestibule_session::password_at.eq(now)).execute(db).map(drop)
}

/// The sessions noted as `user_id`'s that have not expired at `now`; at most `limit`, what was used last first.
pub fn known_of(db: &mut Db, user_id: i32, now: PrimitiveDateTime, limit: i64) -> QueryResult<Vec<Known>> {
    django_session::table
        .inner_join(vestibule_session::table)
        .filter(vestibule_session::user_id.eq(user_id))
        .filter(django_session::expire_date.gt(now))
        .order((
            vestibule_session::last_seen_at.desc(),
            vestibule_session::created_at.desc(),
            vestibule_session::public_id,
        ))
        .limit(limit)
        .select((
            django_session::session_key,
            django_session::session_data,
            django_session::expire_date,
            vestibule_session::public_id,
            NOTED,
            (vestibule_session::ip_address, vestibule_session::user_agent),
        ))
        .load(db)
}

/// Key and data of the session that is noted as `user_id`'s under this public id.
pub fn by_public_id(db: &mut Db, user_id: i32, public_id: &str) -> QueryResult<Option<(String, String)>> {
    if public_id.contains('\0') {
        // PostgreSQL refuses the statement where SQLite finds nothing.
        return Ok(None);
    }
    django_session::table
        .inner_join(vestibule_session::table)
        .filter(vestibule_session::public_id.eq(public_id))
        .filter(vestibule_session::user_id.eq(user_id))
        .select((django_session::session_key, django_session::session_data))
        .get_result(db)
        .optional()
}

/// Lets what was noted follow a session to its new key. The row under the new key must be there.
pub fn move_note(db: &mut Db, from: &str, to: &str) -> QueryResult<()> {
    let row = vestibule_session::table.filter(vestibule_session::session_key.eq(from));
    diesel::update(row).set(vestibule_session::session_key.eq(to)).execute(db).map(drop)
}

/// Keys and data of the live sessions that are known to be `user_id`'s or of which nothing is known, in the order of
/// their keys and after `key`.
pub fn possibly_of(
    db: &mut Db,
    user_id: i32,
    now: PrimitiveDateTime,
    key: &str,
    limit: i64,
) -> QueryResult<Vec<(String, String)>> {
    django_session::table
        .left_join(vestibule_session::table)
        .filter(vestibule_session::user_id.nullable().eq(user_id).or(vestibule_session::user_id.nullable().is_null()))
        .filter(django_session::expire_date.gt(now))
        .filter(django_session::session_key.gt(key))
        .order(django_session::session_key)
        .limit(limit)
        .select((django_session::session_key, django_session::session_data))
        .load(db)
}

/// The data of live sessions in which nobody was seen here yet; at most `limit`.
pub fn unnoted(db: &mut Db, now: PrimitiveDateTime, limit: i64) -> QueryResult<Vec<String>> {
    django_session::table
        .left_join(vestibule_session::table)
        .filter(vestibule_session::user_id.nullable().is_null())
        .filter(django_session::expire_date.gt(now))
        .limit(limit)
        .select(django_session::session_data)
        .load(db)
}

/// Replaces the data under `key` and leaves its end as it is.
pub fn replace_data(db: &mut Db, key: &str, session_data: &str) -> QueryResult<()> {
    let row = django_session::table.filter(django_session::session_key.eq(key));
    diesel::update(row).set(django_session::session_data.eq(session_data)).execute(db).map(drop)
}

/// Replaces the data under `key` by the same ones with another signature, if they are still `before`.
pub fn sign_anew(db: &mut Db, key: &str, before: &str, session_data: &str) -> QueryResult<()> {
    let unchanged = django_session::table
        .filter(django_session::session_key.eq(key))
        .filter(django_session::session_data.eq(before));
    diesel::update(unchanged).set(django_session::session_data.eq(session_data)).execute(db).map(drop)
}

/// A session as it is stored, also if it has expired.
#[derive(Queryable)]
pub struct Stored {
    /// Its key.
    pub key: String,
    /// Django's encoded data.
    pub session_data: String,
    /// When it ends.
    pub expire_date: PrimitiveDateTime,
    /// Who was seen in it here; `None` if nobody was.
    pub seen: Option<i32>,
}

/// All sessions after `key`, in the order of their keys. Data that is no text, which SQLite would keep, is read as empty.
pub fn all_after(db: &mut Db, key: &str, limit: i64) -> QueryResult<Vec<Stored>> {
    macro_rules! rows {
        ($data:expr) => {
            django_session::table
                .left_join(vestibule_session::table)
                .filter(django_session::session_key.gt(key))
                .order(django_session::session_key)
                .limit(limit)
                .select((
                    django_session::session_key,
                    $data,
                    django_session::expire_date,
                    vestibule_session::user_id.nullable(),
                ))
        };
    }
    match db {
        Db::Sqlite(db) => rows!(sql::<Text>(
            "CASE typeof(django_session.session_data) WHEN 'text' THEN django_session.session_data ELSE '' END"
        ))
        .load(db),
        #[cfg(feature = "postgres")]
        Db::Postgres(db) => rows!(django_session::session_data).load(db),
    }
}
