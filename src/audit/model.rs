//! Rows of `vestibule_audit`, and the one of `vestibule_audit_head`.

use diesel::{OptionalExtension, QueryResult, prelude::*};
use time::PrimitiveDateTime;

use super::{
    entry::{Changes, Recorded},
    head::Sealed,
    seal::{Part, Raw},
};
use crate::db::{
    Db,
    schema::{vestibule_audit as audit, vestibule_audit_head as head},
    statement::{Statement, Value, text_of},
};

/// The key of the only row.
const HEAD: i32 = 1;

/// Where the chain ends. On PostgreSQL nobody else appends until the transaction's end; on SQLite nobody else writes.
pub(super) fn hold_head(db: &mut Db) -> QueryResult<Option<Sealed>> {
    let row = head::table.filter(head::id.eq(HEAD)).select((head::number, head::hash, head::seal));
    let found: QueryResult<(i64, String, String)> = match db {
        Db::Sqlite(db) => row.get_result(db),
        #[cfg(feature = "postgres")]
        Db::Postgres(db) => row.for_update().get_result(db),
    };
    Ok(found.optional()?.map(|(number, hash, seal)| Sealed { number, hash, seal }))
}

/// Where the chain ends.
pub(super) fn head(db: &mut Db) -> QueryResult<Option<Sealed>> {
    let row = head::table.filter(head::id.eq(HEAD)).select((head::number, head::hash, head::seal));
    let found: Option<(i64, String, String)> = row.get_result(db).optional()?;
    Ok(found.map(|(number, hash, seal)| Sealed { number, hash, seal }))
}

/// Makes the chain end there.
pub(super) fn set_head(db: &mut Db, sealed: &Sealed) -> QueryResult<()> {
    let Sealed { number, hash, seal } = sealed;
    let values = (head::number.eq(number), head::hash.eq(hash), head::seal.eq(seal));
    if diesel::update(head::table.filter(head::id.eq(HEAD))).set(values).execute(db)? == 0 {
        diesel::insert_into(head::table).values((head::id.eq(HEAD), values)).execute(db)?;
    }
    Ok(())
}

/// The number of the last row; 0 for none.
pub(super) fn last(db: &mut Db) -> QueryResult<i64> {
    let last: Option<i64> = audit::table.select(diesel::dsl::max(audit::id)).get_result(db)?;
    Ok(last.unwrap_or_default())
}

/// The hash of the last row; empty for none.
pub(super) fn last_hash(db: &mut Db) -> QueryResult<String> {
    let hash: Option<String> = audit::table.order(audit::id.desc()).select(audit::hash).first(db).optional()?;
    Ok(hash.unwrap_or_default())
}

/// Writes a row, which says of `now` the same as its text does.
pub(super) fn insert(db: &mut Db, raw: &Raw, now: PrimitiveDateTime) -> QueryResult<()> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let key = |value: &Option<String>| value.as_ref().and_then(|text| text.parse::<i32>().ok());
    diesel::insert_into(audit::table)
        .values((
            (
                audit::id.eq(raw.id),
                audit::created_at.eq(now),
                audit::action.eq(text(&raw.action)),
                audit::model.eq(text(&raw.model)),
                audit::object_id.eq(text(&raw.object_id)),
                audit::actor_id.eq(key(&raw.actor_id)),
                audit::subject_id.eq(key(&raw.subject_id)),
            ),
            (
                audit::actor.eq(text(&raw.actor)),
                audit::ip_address.eq(raw.ip_address.clone()),
                audit::user_agent.eq(text(&raw.user_agent)),
                audit::actor_salt.eq(raw.actor_salt.clone()),
                audit::actor_digest.eq(text(&raw.actor_digest)),
            ),
            (
                audit::object_repr.eq(text(&raw.object_repr)),
                audit::changes.eq(text(&raw.changes)),
                audit::subject_salt.eq(raw.subject_salt.clone()),
                audit::subject_digest.eq(text(&raw.subject_digest)),
            ),
            (audit::detail.eq(text(&raw.detail)), audit::key_id.eq(text(&raw.key_id)), audit::hash.eq(text(&raw.hash))),
        ))
        .execute(db)
        .map(drop)
}

/// Puts a pseudonym in the place of a part.
pub(super) fn empty(db: &mut Db, id: i64, part: Part, pseudonym: &str) -> QueryResult<()> {
    let row = audit::table.filter(audit::id.eq(id));
    match part {
        Part::Actor => diesel::update(row)
            .set((
                audit::actor.eq(pseudonym),
                audit::ip_address.eq(None::<String>),
                audit::user_agent.eq(""),
                audit::actor_salt.eq(None::<String>),
            ))
            .execute(db),
        Part::Subject => diesel::update(row)
            .set((audit::object_repr.eq(pseudonym), audit::changes.eq(""), audit::subject_salt.eq(None::<String>)))
            .execute(db),
    }
    .map(drop)
}

/// The lowest number after this one. Nothing is below the lowest of all: who begins there begins with it.
fn next(id: i64) -> Option<i64> {
    if id == i64::MIN { Some(id) } else { id.checked_add(1) }
}

/// The rows after the one with this number, or from the lowest of all, as text: whatever somebody made of them, they can be
/// read.
pub(super) fn raw_after(db: &mut Db, id: i64, limit: i64) -> QueryResult<Vec<Raw>> {
    let Some(first) = next(id) else { return Ok(Vec::new()) };
    let columns = [
        "action",
        "model",
        "object_id",
        "actor_id",
        "subject_id",
        "actor",
        "ip_address",
        "user_agent",
        "actor_salt",
        "actor_digest",
        "object_repr",
        "changes",
        "subject_salt",
        "subject_digest",
        "detail",
        "key_id",
        "hash",
    ]
    .map(text_of)
    .join(", ");
    // By the number itself: `id` alone is on PostgreSQL the text that is selected.
    let rows = Statement::new(format!("SELECT {}, ", text_of("id")))
        .either(text_of("created_at"), "to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')")
        .sql(format!(", {columns} FROM vestibule_audit a WHERE a.id >= "))
        .bind(Value::Int(first))
        .sql(" ORDER BY a.id LIMIT ")
        .bind(Value::Int(limit))
        .rows(db)?;
    Ok(rows.into_iter().filter_map(raw).collect())
}

fn raw(row: Vec<Option<String>>) -> Option<Raw> {
    let mut values = row.into_iter();
    let mut next = || values.next().flatten();
    Some(Raw {
        id: next()?.parse().ok()?,
        created_at: next(),
        action: next(),
        model: next(),
        object_id: next(),
        actor_id: next(),
        subject_id: next(),
        actor: next(),
        ip_address: next(),
        user_agent: next(),
        actor_salt: next(),
        actor_digest: next(),
        object_repr: next(),
        changes: next(),
        subject_salt: next(),
        subject_digest: next(),
        detail: next(),
        key_id: next(),
        hash: next(),
    })
}

type Columns = (
    (i64, PrimitiveDateTime, String, String, String),
    (String, Option<i32>, Option<i32>, Option<String>, String),
    (String, String, String),
);

macro_rules! columns {
    () => {
        (
            (audit::id, audit::created_at, audit::action, audit::model, audit::object_id),
            (audit::actor, audit::actor_id, audit::subject_id, audit::ip_address, audit::user_agent),
            (audit::object_repr, audit::changes, audit::detail),
        )
    };
}

fn recorded(((id, created_at, action, model, object_id), who, what): Columns) -> Recorded {
    let (actor, actor_id, subject_id, ip_address, user_agent) = who;
    let (object_repr, changes, detail) = what;
    let changes = Changes::read(&changes);
    Recorded {
        id,
        created_at,
        action,
        model,
        object_id,
        actor,
        actor_id,
        subject_id,
        ip_address,
        user_agent,
        object_repr,
        changes,
        detail,
    }
}

/// The latest entries about a person, the newest first.
pub fn of_subject(db: &mut Db, user_id: i32, limit: i64) -> QueryResult<Vec<Recorded>> {
    let rows: Vec<Columns> = audit::table
        .filter(audit::subject_id.eq(user_id))
        .order(audit::id.desc())
        .limit(limit)
        .select(columns!())
        .load(db)?;
    Ok(rows.into_iter().map(recorded).collect())
}

/// The latest entries of what a person did, the newest first.
pub fn of_actor(db: &mut Db, user_id: i32, limit: i64) -> QueryResult<Vec<Recorded>> {
    let rows: Vec<Columns> = audit::table
        .filter(audit::actor_id.eq(user_id))
        .order(audit::id.desc())
        .limit(limit)
        .select(columns!())
        .load(db)?;
    Ok(rows.into_iter().map(recorded).collect())
}

/// What was done to one row of a model since then, the newest first.
pub fn of_object(db: &mut Db, model: &str, object_id: &str, since: PrimitiveDateTime) -> QueryResult<Vec<Recorded>> {
    if object_id.contains('\0') {
        return Ok(Vec::new());
    }
    let rows: Vec<Columns> = audit::table
        .filter(audit::model.eq(model))
        .filter(audit::object_id.eq(object_id))
        .filter(audit::created_at.ge(since))
        .order(audit::id.desc())
        .select(columns!())
        .load(db)?;
    Ok(rows.into_iter().map(recorded).collect())
}

/// The entry with this number.
pub fn find(db: &mut Db, id: i64) -> QueryResult<Option<Recorded>> {
    let row: Option<Columns> = audit::table.filter(audit::id.eq(id)).select(columns!()).get_result(db).optional()?;
    Ok(row.map(recorded))
}

/// The entries after the one with this number, or from the lowest of all, in order.
pub fn after(db: &mut Db, id: i64, limit: i64) -> QueryResult<Vec<Recorded>> {
    let Some(first) = next(id) else { return Ok(Vec::new()) };
    let rows: Vec<Columns> =
        audit::table.filter(audit::id.ge(first)).order(audit::id).limit(limit).select(columns!()).load(db)?;
    Ok(rows.into_iter().map(recorded).collect())
}

/// The keys that somebody of this name had, as far as entries tell.
pub fn ids_of(db: &mut Db, username: &str) -> QueryResult<Vec<i32>> {
    if username.contains('\0') {
        return Ok(Vec::new());
    }
    let did: Vec<Option<i32>> =
        audit::table.filter(audit::actor.eq(username)).select(audit::actor_id).distinct().load(db)?;
    let was: Vec<Option<i32>> = audit::table
        .filter(audit::model.eq("auth.user"))
        .filter(audit::object_repr.eq(username))
        .select(audit::subject_id)
        .distinct()
        .load(db)?;
    let mut ids: Vec<i32> = did.into_iter().chain(was).flatten().collect();
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// How many entries were made with each key, by its fingerprint.
pub fn by_key(db: &mut Db) -> QueryResult<Vec<(String, i64)>> {
    audit::table.group_by(audit::key_id).select((audit::key_id, diesel::dsl::count_star())).load(db)
}
