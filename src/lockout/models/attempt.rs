//! Rows of `axes_accessattempt`, as axes writes them, and of `vestibule_attempt`, which says how much of them is ours.

use diesel::{
    QueryResult, QueryableByName,
    prelude::*,
    query_builder::BoxedSqlQuery,
    sql_query,
    sql_types::{BigInt, Integer, Nullable, Text, Timestamp},
};
use time::PrimitiveDateTime;

use super::{access::Access, address_text, counter, is_address};
use crate::{
    db::{Db, schema::vestibule_attempt},
    lockout::policy::NEVER,
};

/// What axes writes for the fields of a log-in form, whose values are hidden.
const POST_DATA: &str = "username=********************\npassword=********************";

/// How many rows are read at once where all are read.
const PAGE: i64 = 500;

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = Integer)]
    id: i32,
}

#[derive(QueryableByName)]
struct Raised {
    #[diesel(sql_type = Integer)]
    id: i32,
    #[diesel(sql_type = Integer)]
    failures: i32,
}

/// How often a row is looked for that somebody else inserts and deletes in the meantime.
const TRIES: u32 = 10;

/// Counts a failure in axes' row for this name, address and browser, which begins anew if its last failure was at
/// `forgotten` or before. axes deletes it then; that would lock the rows of ours for which it stands, out of their order,
/// so that two could wait for each other. `account` is whom it meant,
/// folded. Returns its id.
pub fn record(
    db: &mut Db,
    access: &Access,
    account: &str,
    now: PrimitiveDateTime,
    forgotten: Option<PrimitiveDateTime>,
) -> QueryResult<i32> {
    let mut recorded = None;
    for _ in 0..TRIES {
        recorded = raise(db, access, now, forgotten.unwrap_or(NEVER))?;
        if recorded.is_none() {
            recorded = insert(db, access, now)?.map(|id| Raised { id, failures: 1 });
        }
        if recorded.is_some() {
            break;
        }
        // Somebody else inserted it just now, and perhaps somebody deletes it.
    }
    let Raised { id, failures } = recorded.ok_or(diesel::result::Error::NotFound)?;
    let is_new = failures == 1;
    if is_new {
        // Or axes would delete what begins anew here.
        delete_end(db, id)?;
    }
    let ours = || diesel::update(vestibule_attempt::table.find(id));
    let counted = if is_new {
        ours().set(vestibule_attempt::failures.eq(1)).execute(db)?
    } else {
        ours().set(vestibule_attempt::failures.eq(vestibule_attempt::failures + 1)).execute(db)?
    };
    if counted == 0 {
        diesel::insert_into(vestibule_attempt::table)
            .values((
                vestibule_attempt::attempt_id.eq(id),
                vestibule_attempt::account.eq(account),
                vestibule_attempt::failures.eq(1),
            ))
            .execute(db)?;
    }
    Ok(id)
}

fn raise(
    db: &mut Db,
    access: &Access,
    now: PrimitiveDateTime,
    forgotten: PrimitiveDateTime,
) -> QueryResult<Option<Raised>> {
    let update = format!(
        "UPDATE axes_accessattempt SET \
         failures_since_start = CASE WHEN attempt_time <= $1 THEN 1 ELSE failures_since_start + 1 END, \
         get_data = CASE WHEN attempt_time <= $2 THEN '' ELSE get_data END, \
         post_data = CASE WHEN attempt_time <= $3 THEN $4 ELSE post_data END, \
         attempt_time = $5, http_accept = $6, path_info = $7 WHERE username = $8 AND user_agent = $9 AND {} \
         RETURNING id, failures_since_start AS failures",
        is_address(db, "$10")
    );
    sql_query(update)
        .bind::<Timestamp, _>(forgotten)
        .bind::<Timestamp, _>(forgotten)
        .bind::<Timestamp, _>(forgotten)
        .bind::<Text, _>(POST_DATA)
        .bind::<Timestamp, _>(now)
        .bind::<Text, _>(&access.http_accept)
        .bind::<Text, _>(&access.path_info)
        .bind::<Text, _>(&access.username)
        .bind::<Text, _>(&access.user_agent)
        .bind::<Nullable<Text>, _>(&access.ip_address)
        .get_result(db)
        .optional()
}

fn insert(db: &mut Db, access: &Access, now: PrimitiveDateTime) -> QueryResult<Option<i32>> {
    let more = ("get_data, post_data, failures_since_start", "'', $7, 1");
    let row: Option<Id> = access
        .insert(db, "axes_accessattempt", more, now)
        .sql(" ON CONFLICT DO NOTHING RETURNING id")
        .bind::<Text, _>(POST_DATA)
        .get_result(db)
        .optional()?;
    Ok(row.map(|row| row.id))
}

/// What axes' rows are looked for by, as Django compares them. What is `None` matters not.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// Any of these names.
    pub usernames: Option<Vec<String>>,
    /// This address.
    pub ip_address: Option<Option<String>>,
    /// This browser.
    pub user_agent: Option<String>,
}

/// The failures that somebody else counted in axes' rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Elsewhere {
    /// How many.
    pub failures: i32,
    /// When the last was, and in which row.
    pub last: (PrimitiveDateTime, i32),
}

#[derive(QueryableByName)]
struct Sum {
    #[diesel(sql_type = Nullable<BigInt>)]
    failures: Option<i64>,
    #[diesel(sql_type = Nullable<Timestamp>)]
    last: Option<PrimitiveDateTime>,
    #[diesel(sql_type = Nullable<Integer>)]
    id: Option<i32>,
}

impl Search {
    /// The conditions in SQL, whose places begin with `first`, and the texts to be bound there. With an account whatever was
    /// counted for it has one of the names. To SQLite `$2` is a name: places are numbered as they occur, so they must occur
    /// in order.
    fn conditions(&self, db: &Db, account: Option<&str>, first: usize) -> (Vec<String>, Vec<Option<String>>) {
        let (mut conditions, mut texts) = (Vec::new(), Vec::new());
        let mut place = |text: Option<String>| {
            texts.push(text);
            format!("${}", first + texts.len() - 1)
        };
        let names = self.usernames.as_ref().map(|usernames| {
            let places: Vec<String> = usernames.iter().map(|name| place(Some(name.clone()))).collect();
            format!("username IN ({})", places.join(", "))
        });
        let of_account = account.map(|account| format!("account = {}", place(Some(account.to_owned()))));
        conditions.extend(match (names, of_account) {
            (Some(names), Some(of_account)) => Some(format!("({names} OR {of_account})")),
            (names, of_account) => names.or(of_account),
        });
        if let Some(ip_address) = &self.ip_address {
            conditions.push(is_address(db, &place(ip_address.clone())));
        }
        if let Some(user_agent) = &self.user_agent {
            conditions.push(format!("user_agent = {}", place(Some(user_agent.clone()))));
        }
        (conditions, texts)
    }
}

/// The failures since `since` that were not counted here.
pub fn elsewhere(db: &mut Db, search: &Search, since: PrimitiveDateTime) -> QueryResult<Option<Elsewhere>> {
    let (conditions, texts) = search.conditions(db, None, 2);
    let sum = format!(
        "SELECT SUM(failures_since_start - COALESCE(failures, 0)) AS failures, MAX(attempt_time) AS last, MAX(id) AS id \
         FROM axes_accessattempt LEFT JOIN vestibule_attempt ON attempt_id = id \
         WHERE attempt_time >= $1 AND failures_since_start > COALESCE(failures, 0) AND {}",
        conditions.join(" AND ")
    );
    let sum = sql_query(sum).into_boxed::<<Db as Connection>::Backend>().bind::<Timestamp, _>(since);
    let sum: Sum = texts.into_iter().fold(sum, BoxedSqlQuery::bind::<Nullable<Text>, _>).get_result(db)?;
    let failures = sum.failures.map(|failures| i32::try_from(failures).unwrap_or(i32::MAX));
    Ok(failures.zip(sum.last.zip(sum.id)).map(|(failures, last)| Elsewhere { failures, last }))
}

/// A row as `axes_list_attempts` prints it and as explanations name it.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Listed {
    /// Its key.
    #[diesel(sql_type = Integer)]
    pub id: i32,
    /// The address.
    #[diesel(sql_type = Nullable<Text>)]
    pub ip_address: Option<String>,
    /// The name as it was typed.
    #[diesel(sql_type = Nullable<Text>)]
    pub username: Option<String>,
    /// The browser.
    #[diesel(sql_type = Text)]
    pub user_agent: String,
    /// When the last failure was.
    #[diesel(sql_type = Timestamp)]
    pub attempt_time: PrimitiveDateTime,
    /// How many there were.
    #[diesel(sql_type = Integer)]
    pub failures: i32,
    /// How many of them were counted here.
    #[diesel(sql_type = Integer)]
    pub ours: i32,
}

/// The rows that a search finds, in the order of their ids, from `after` on and at most `limit`. With an account also those
/// that were counted for it, whatever was typed.
pub fn list(db: &mut Db, search: &Search, account: Option<&str>, after: i32, limit: i64) -> QueryResult<Vec<Listed>> {
    let (conditions, texts) = search.conditions(db, account, 2);
    let list = format!(
        "SELECT id, {} AS ip_address, username, user_agent, attempt_time, failures_since_start AS failures, \
         COALESCE(failures, 0) AS ours FROM axes_accessattempt LEFT JOIN vestibule_attempt ON attempt_id = id \
         WHERE id > $1 {} ORDER BY id LIMIT ${}",
        address_text(db),
        conditions.iter().map(|condition| format!("AND {condition}")).collect::<Vec<_>>().join(" "),
        texts.len() + 2
    );
    let list = sql_query(list).into_boxed::<<Db as Connection>::Backend>();
    let list = list.bind::<Integer, _>(after);
    let list = texts.into_iter().fold(list, BoxedSqlQuery::bind::<Nullable<Text>, _>);
    list.bind::<BigInt, _>(limit).load(db)
}

/// Locks rows until the transaction's end, in the order of their ids; those that there still are.
pub fn select_for_update(db: &mut Db, ids: &[i32]) -> QueryResult<Vec<i32>> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    let lock = match db {
        // The whole database is locked.
        Db::Sqlite(_) => "SELECT id FROM axes_accessattempt WHERE id = $1",
        #[cfg(feature = "postgres")]
        Db::Postgres(_) => "SELECT id FROM axes_accessattempt WHERE id = $1 FOR UPDATE",
    };
    let mut there = Vec::new();
    for id in ids {
        let row: Option<Id> = sql_query(lock).bind::<Integer, _>(id).get_result(db).optional()?;
        there.extend(row.map(|row| row.id));
    }
    Ok(there)
}

/// What [`list`] lists, all of it, a page at a time.
pub fn pages(db: &mut Db, search: &Search, account: Option<&str>) -> impl Iterator<Item = QueryResult<Vec<Listed>>> {
    let mut after = 0;
    std::iter::from_fn(move || match list(db, search, account, after, PAGE) {
        Ok(rows) => {
            after = rows.last()?.id;
            Some(Ok(rows))
        }
        Err(error) => Some(Err(error)),
    })
}

/// Deletes rows, and with them what axes notes of their ends; how many it were, as axes counts.
pub fn delete(db: &mut Db, ids: &[i32]) -> QueryResult<usize> {
    let mut deleted = 0;
    for id in ids {
        deleted += delete_end(db, *id)?;
        deleted += sql_query("DELETE FROM axes_accessattempt WHERE id = $1").bind::<Integer, _>(id).execute(db)?;
    }
    Ok(deleted)
}

/// What axes notes of a row's end.
fn delete_end(db: &mut Db, id: i32) -> QueryResult<usize> {
    sql_query("DELETE FROM axes_accessattemptexpiration WHERE access_attempt_id = $1")
        .bind::<Integer, _>(id)
        .execute(db)
}

/// That no lock in force points at a row: whoever would open it must find the row.
const OPEN: &str =
    "NOT EXISTS (SELECT 1 FROM vestibule_lockout l WHERE l.attempt_id = axes_accessattempt.id AND l.locked_until > $2)";

/// The ids of up to `limit` rows whose last failure was at `until` or before, without those that stand for a lock.
pub fn expired(db: &mut Db, until: PrimitiveDateTime, now: PrimitiveDateTime, limit: i64) -> QueryResult<Vec<i32>> {
    let select = format!("SELECT id FROM axes_accessattempt WHERE attempt_time <= $1 AND {OPEN} ORDER BY id LIMIT $3");
    let expired: Vec<Id> =
        sql_query(select).bind::<Timestamp, _>(until).bind::<Timestamp, _>(now).bind::<BigInt, _>(limit).load(db)?;
    Ok(expired.into_iter().map(|row| row.id).collect())
}

/// Deletes up to `limit` rows whose last failure was at `forgotten` or before, which stand for no lock, and in which nobody
/// else counts, who may remember longer; how many it were.
pub fn delete_old(db: &mut Db, forgotten: PrimitiveDateTime, now: PrimitiveDateTime, limit: i64) -> QueryResult<usize> {
    let old: Vec<Id> = sql_query(format!(
        "SELECT id FROM axes_accessattempt \
         JOIN vestibule_attempt a ON a.attempt_id = id AND a.failures = failures_since_start \
         WHERE attempt_time <= $1 AND {OPEN} LIMIT $3"
    ))
    .bind::<Timestamp, _>(forgotten)
    .bind::<Timestamp, _>(now)
    .bind::<BigInt, _>(limit)
    .load(db)?;
    // As all lock them who write several: first axes' rows, then those of ours for which they stand.
    let old = select_for_update(db, &old.iter().map(|row| row.id).collect::<Vec<_>>())?;
    counter::lock_rows(db, &old, &[])?;
    delete(db, &old)?;
    Ok(old.len())
}
