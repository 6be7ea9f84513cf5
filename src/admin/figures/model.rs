//! What is counted, and the rows of `vestibule_figure`.

use diesel::{QueryResult, prelude::*};
use time::PrimitiveDateTime;

use crate::db::{
    Db,
    schema::{
        auth_user,
        vestibule_figure::{self, computed_at, value},
    },
    statement::{Statement, Value, text_of},
};

pub(super) const USERS: &str = "auth_user";
pub(super) const SESSIONS: &str = "django_session";
pub(super) const TOKENS: &str = "token_blacklist_outstandingtoken";

/// Somebody, as far as they are counted. The fields stand in the order in which [`people_after`] asks for them.
#[derive(Queryable)]
pub(super) struct Person {
    pub(super) id: i32,
    pub(super) password: String,
    pub(super) is_active: bool,
    pub(super) is_staff: bool,
}

/// Those whose ids follow `last`, in that order.
pub(super) fn people_after(db: &mut Db, last: i32, limit: i64) -> QueryResult<Vec<Person>> {
    auth_user::table
        .filter(auth_user::id.gt(last))
        .order(auth_user::id)
        .limit(limit)
        .select((auth_user::id, auth_user::password, auth_user::is_active, auth_user::is_staff))
        .load(db)
}

/// How many rows there are `from` here on, where it is looked at no more than `most`.
fn count(db: &mut Db, from: Statement, most: i64) -> QueryResult<i64> {
    Statement::new(format!("SELECT {} FROM (SELECT 1 AS one FROM ", text_of("count(*)")))
        .then(from)
        .sql(" LIMIT ")
        .bind(Value::Int(most))
        .sql(") counted")
        .number(db)
}

/// Whether a table has more rows than `most`.
pub(super) fn has_more_than(db: &mut Db, table: &'static str, most: i64) -> QueryResult<bool> {
    Ok(count(db, Statement::new(table), most + 1)? > most)
}

/// How many sessions have not expired.
pub(super) fn live_sessions(db: &mut Db, now: PrimitiveDateTime, most: i64) -> QueryResult<i64> {
    count(db, Statement::new("django_session WHERE expire_date > ").bind(Value::Time(now)), most)
}

/// How much is locked. Of this there is an index of rows that were ever locked.
pub(super) fn locks(db: &mut Db, now: PrimitiveDateTime, most: i64) -> QueryResult<i64> {
    count(db, Statement::new("vestibule_lockout WHERE locks > 0 AND locked_until > ").bind(Value::Time(now)), most)
}

/// How many refresh tokens are good.
pub(super) fn live_tokens(db: &mut Db, now: PrimitiveDateTime) -> QueryResult<u32> {
    let good = Statement::new("token_blacklist_outstandingtoken t WHERE t.expires_at > ")
        .bind(Value::Time(now))
        .sql(" AND NOT EXISTS (SELECT 1 FROM token_blacklist_blacklistedtoken b WHERE b.token_id = t.id)");
    Ok(u32::try_from(count(db, good, u32::MAX.into())?).unwrap_or(u32::MAX))
}

/// What is kept under a name, and since when.
pub(super) fn find(db: &mut Db, name: &str) -> QueryResult<Option<(String, PrimitiveDateTime)>> {
    vestibule_figure::table.find(name).select((value, computed_at)).get_result(db).optional()
}

/// Keeps it, in place of what was kept.
pub(super) fn keep(db: &mut Db, name: &str, text: &str, now: PrimitiveDateTime) -> QueryResult<()> {
    let kept = (value.eq(text), computed_at.eq(now));
    if diesel::update(vestibule_figure::table.find(name)).set(kept).execute(db)? == 0 {
        diesel::insert_into(vestibule_figure::table)
            .values((vestibule_figure::name.eq(name), kept.0, kept.1))
            .execute(db)?;
    }
    Ok(())
}
