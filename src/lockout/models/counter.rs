//! Rows of `vestibule_lockout`: what was counted, what is being tried, what is locked.

use diesel::{
    QueryResult,
    dsl::{case_when, exists, not},
    prelude::*,
    sql_types::Integer,
};
use time::PrimitiveDateTime;

use super::places::{Places, epoch};
use crate::{
    db::{
        Db,
        schema::{axes_accessattempt, vestibule_lockout},
    },
    lockout::{
        policy::{Counter, NEVER},
        subject::Subject,
    },
};

/// A row as it is needed to decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// What was counted.
    pub counter: Counter,
    /// The places of passwords that are being checked.
    pub places: Places,
    /// How many tries were recorded during this lock.
    pub refused: i32,
    /// The row of axes' that stands for the last failure; `None` if there never was one.
    pub attempt_id: Option<i32>,
    /// Until when its absence means that somebody deleted it to open the lock.
    pub watched_until: PrimitiveDateTime,
}

type Columns = (i32, PrimitiveDateTime, PrimitiveDateTime, i32, i32, i32, i32, i32, Option<i32>, PrimitiveDateTime);
const COLUMNS: (
    vestibule_lockout::failures,
    vestibule_lockout::expires_at,
    vestibule_lockout::locked_until,
    vestibule_lockout::locks,
    vestibule_lockout::pending,
    vestibule_lockout::pending_before,
    vestibule_lockout::epoch,
    vestibule_lockout::refused,
    vestibule_lockout::attempt_id,
    vestibule_lockout::watched_until,
) = (
    vestibule_lockout::failures,
    vestibule_lockout::expires_at,
    vestibule_lockout::locked_until,
    vestibule_lockout::locks,
    vestibule_lockout::pending,
    vestibule_lockout::pending_before,
    vestibule_lockout::epoch,
    vestibule_lockout::refused,
    vestibule_lockout::attempt_id,
    vestibule_lockout::watched_until,
);

impl Row {
    /// Nothing counted yet.
    pub const NEW: Self =
        Self { counter: Counter::NEW, places: Places::NONE, refused: 0, attempt_id: None, watched_until: NEVER };

    /// As it counts at `now`: without what was reset by somebody who deleted axes' row, and without checks that crashed.
    fn read(db: &mut Db, columns: Columns, now: PrimitiveDateTime) -> QueryResult<Self> {
        let (failures, expires_at, locked_until, locks, current, before, of, refused, attempt_id, watched_until) =
            columns;
        let places = Places { current, before, epoch: of }.at(epoch(now));
        if let Some(id) = attempt_id.filter(|_| watched_until > now)
            && !diesel::select(exists(axes_accessattempt::table.find(id))).get_result(db)?
        {
            return Ok(Self { places, ..Self::NEW });
        }
        let counter = Counter { failures, expires_at, locked_until, locks };
        Ok(Self { counter, places, refused, attempt_id, watched_until })
    }

    /// One place is taken, and nothing has failed.
    fn first(now: PrimitiveDateTime) -> Self {
        Self { places: Places { current: 1, before: 0, epoch: epoch(now) }, ..Self::NEW }
    }
}

/// What became of an attempt to take a place among those who may still be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Taken.
    Taken(Row),
    /// Refused: this is the row.
    Refused(Row),
}

/// Takes a place, if the subject is not locked and if fewer than its limit have failed or may still fail. One statement
/// raises the count and checks it.
pub fn take_place(db: &mut Db, subject: &Subject, now: PrimitiveDateTime) -> QueryResult<Place> {
    if let Some(row) = raise(db, subject, now)? {
        return Ok(Place::Taken(row));
    }
    let first = Row::first(now);
    if insert(db, subject, &first)? {
        return Ok(Place::Taken(first));
    }
    // There is a row: it refuses, or it was inserted just now by somebody else.
    if let Some(row) = raise(db, subject, now)? {
        return Ok(Place::Taken(row));
    }
    Ok(Place::Refused(find(db, &subject.key, now)?.unwrap_or(Row::NEW)))
}

fn raise(db: &mut Db, subject: &Subject, now: PrimitiveDateTime) -> QueryResult<Option<Row>> {
    use vestibule_lockout::{
        attempt_id, epoch, expires_at, failures, locked_until, pending, pending_before, watched_until,
    };
    let (current, nothing) = (super::places::epoch(now), || 0.into_sql::<Integer>());
    // As `Places::at` has it.
    let (is_now, is_next) = (|| epoch.between(current, current + 1), || epoch.eq(current - 1));
    let axes_row = || axes_accessattempt::table.filter(axes_accessattempt::id.nullable().eq(attempt_id));
    let was_reset = || watched_until.gt(now).and(not(exists(axes_row())));
    let live_failures = case_when(expires_at.gt(now).and(not(was_reset())), failures).otherwise(nothing());
    let taken = || case_when(is_now(), pending).otherwise(nothing());
    let taken_before = || case_when(is_now(), pending_before).when(is_next(), pending).otherwise(nothing());
    let open = vestibule_lockout::table
        .filter(vestibule_lockout::subject.eq(&subject.key))
        .filter(locked_until.le(now).or(was_reset()))
        .filter((live_failures + taken() + taken_before()).lt(subject.rule.limit));
    let raised: Option<Columns> = diesel::update(open)
        .set((
            pending.eq(taken() + 1),
            pending_before.eq(taken_before()),
            epoch.eq(case_when(is_now(), epoch).otherwise(current.into_sql::<Integer>())),
        ))
        .returning(COLUMNS)
        .get_result(db)
        .optional()?;
    raised.map(|columns| Row::read(db, columns, now)).transpose()
}

/// Makes a row unless there is one; whether it did.
fn insert(db: &mut Db, subject: &Subject, row: &Row) -> QueryResult<bool> {
    let new = (
        vestibule_lockout::subject.eq(&subject.key),
        vestibule_lockout::rule.eq(&subject.rule.name),
        vestibule_lockout::username.eq(&subject.username),
        vestibule_lockout::address.eq(&subject.address),
        vestibule_lockout::user_agent.eq(&subject.user_agent),
        vestibule_lockout::failures.eq(row.counter.failures),
        vestibule_lockout::pending.eq(row.places.current),
        vestibule_lockout::pending_before.eq(row.places.before),
        vestibule_lockout::epoch.eq(row.places.epoch),
        vestibule_lockout::expires_at.eq(row.counter.expires_at),
        vestibule_lockout::locked_until.eq(row.counter.locked_until),
        vestibule_lockout::locks.eq(row.counter.locks),
        vestibule_lockout::refused.eq(row.refused),
        vestibule_lockout::attempt_id.eq(row.attempt_id),
        vestibule_lockout::watched_until.eq(row.watched_until),
    );
    let insert = diesel::insert_into(vestibule_lockout::table).values(new);
    let inserted = match db {
        Db::Sqlite(db) => insert.on_conflict_do_nothing().execute(db)?,
        #[cfg(feature = "postgres")]
        Db::Postgres(db) => insert.on_conflict_do_nothing().execute(db)?,
    };
    Ok(inserted == 1)
}

/// Gives back a place that was taken in `taken_in`.
pub fn give_back(db: &mut Db, key: &str, taken_in: i32) -> QueryResult<()> {
    use vestibule_lockout::{epoch, pending, pending_before, subject};
    let row = || vestibule_lockout::table.filter(subject.eq(key));
    let current = row().filter(epoch.eq(taken_in)).filter(pending.gt(0));
    if diesel::update(current).set(pending.eq(pending - 1)).execute(db)? == 0 {
        let before = row().filter(epoch.eq(taken_in + 1)).filter(pending_before.gt(0));
        diesel::update(before).set(pending_before.eq(pending_before - 1)).execute(db)?;
    }
    Ok(())
}

/// The row of a subject.
pub fn find(db: &mut Db, key: &str, now: PrimitiveDateTime) -> QueryResult<Option<Row>> {
    let row = vestibule_lockout::table.filter(vestibule_lockout::subject.eq(key)).select(COLUMNS);
    let found: Option<Columns> = row.get_result(db).optional()?;
    found.map(|columns| Row::read(db, columns, now)).transpose()
}

/// The row of a subject, made if there is none, for somebody who is about to write it: others who write it wait for the
/// transaction's end.
pub fn select_for_update(db: &mut Db, subject: &Subject, now: PrimitiveDateTime) -> QueryResult<Row> {
    insert(db, subject, &Row::NEW)?;
    let row = vestibule_lockout::table.filter(vestibule_lockout::subject.eq(&subject.key)).select(COLUMNS);
    let columns: Columns = match db {
        // The whole database is locked.
        Db::Sqlite(db) => row.get_result(db)?,
        #[cfg(feature = "postgres")]
        Db::Postgres(db) => row.for_update().get_result(db)?,
    };
    Row::read(db, columns, now)
}

/// Locks the rows with these keys and those for which these rows of axes' stand, in the order of their keys, as all do who
/// write several: else two could wait for each other.
#[cfg_attr(not(feature = "postgres"), expect(unused_variables, reason = "PostgreSQL alone locks rows"))]
pub fn lock_rows(db: &mut Db, attempts: &[i32], keys: &[String]) -> QueryResult<()> {
    match db {
        // The whole database is locked.
        Db::Sqlite(_) => Ok(()),
        #[cfg(feature = "postgres")]
        Db::Postgres(db) => vestibule_lockout::table
            .filter(vestibule_lockout::attempt_id.eq_any(attempts))
            .or_filter(vestibule_lockout::subject.eq_any(keys))
            .order(vestibule_lockout::subject)
            .select(vestibule_lockout::subject)
            .for_update()
            .load::<String>(db)
            .map(drop),
    }
}

/// Writes a row that was locked before.
pub fn save(db: &mut Db, key: &str, row: &Row) -> QueryResult<()> {
    diesel::update(vestibule_lockout::table.filter(vestibule_lockout::subject.eq(key)))
        .set((
            vestibule_lockout::failures.eq(row.counter.failures),
            vestibule_lockout::pending.eq(row.places.current),
            vestibule_lockout::pending_before.eq(row.places.before),
            vestibule_lockout::epoch.eq(row.places.epoch),
            vestibule_lockout::expires_at.eq(row.counter.expires_at),
            vestibule_lockout::locked_until.eq(row.counter.locked_until),
            vestibule_lockout::locks.eq(row.counter.locks),
            vestibule_lockout::refused.eq(row.refused),
            vestibule_lockout::attempt_id.eq(row.attempt_id),
            vestibule_lockout::watched_until.eq(row.watched_until),
        ))
        .execute(db)
        .map(drop)
}

/// Whose rows are forgotten. What is `None` matters not.
#[derive(Debug, Clone, Copy, Default)]
pub struct Whose<'a> {
    /// Of this account, folded.
    pub username: Option<&'a str>,
    /// Of this network.
    pub address: Option<&'a str>,
}

/// The keys of somebody's rows, in their order: up to `limit` that come after `after`.
pub fn keys_of(db: &mut Db, whose: Whose<'_>, after: &str, limit: i64) -> QueryResult<Vec<String>> {
    let of_device = || vestibule_lockout::rule.eq("device");
    let mut rows = vestibule_lockout::table
        .select(vestibule_lockout::subject)
        .filter(vestibule_lockout::subject.gt(after))
        .order(vestibule_lockout::subject)
        .limit(limit)
        .into_boxed();
    if let Some(username) = whose.username {
        // A name of nothing but spaces is folded to nothing, as which rules stand that ask for no name.
        let of_names = vestibule_lockout::rule.like("%username%").or(of_device());
        rows = rows.filter(vestibule_lockout::username.eq(username)).filter(of_names);
    }
    if let Some(address) = whose.address {
        // A known device is counted without its address.
        let is_theirs = of_device().and(vestibule_lockout::username.eq(whose.username.unwrap_or_default()));
        rows = rows.filter(vestibule_lockout::address.eq(address).or(is_theirs));
    }
    rows.load(db)
}

/// As [`forget`], of those for whose last failure one of these rows of axes' stands.
pub fn forget_watching(db: &mut Db, attempts: &[i32], now: PrimitiveDateTime) -> QueryResult<usize> {
    let rows = vestibule_lockout::table.filter(vestibule_lockout::attempt_id.eq_any(attempts));
    let keys: Vec<String> = rows.select(vestibule_lockout::subject).order(vestibule_lockout::subject).load(db)?;
    forget(db, &keys, now)
}

/// Forgets what was counted in these rows, and opens them; how many were locked. Places that are taken stay taken. Rows are
/// locked in the order of `keys`, as log-ins lock them.
pub fn forget(db: &mut Db, keys: &[String], now: PrimitiveDateTime) -> QueryResult<usize> {
    use vestibule_lockout::{attempt_id, locked_until, watched_until};
    let axes_row = || axes_accessattempt::table.filter(axes_accessattempt::id.nullable().eq(attempt_id));
    let was_reset = || watched_until.gt(now).and(not(exists(axes_row())));
    let mut opened = 0;
    for key in keys {
        let row = || vestibule_lockout::table.filter(vestibule_lockout::subject.eq(key));
        let locked = row().filter(locked_until.gt(now)).filter(not(was_reset()));
        opened += diesel::update(locked).set(locked_until.eq(NEVER)).execute(db)?;
        diesel::update(row())
            .set((
                vestibule_lockout::failures.eq(0),
                vestibule_lockout::expires_at.eq(NEVER),
                locked_until.eq(NEVER),
                vestibule_lockout::locks.eq(0),
                vestibule_lockout::refused.eq(0),
                attempt_id.eq(None::<i32>),
                watched_until.eq(NEVER),
            ))
            .execute(db)?;
    }
    Ok(opened)
}

/// For whom a row of an account is.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Whom {
    /// The rule.
    pub rule: String,
    /// The network; empty if the rule does not ask for it.
    pub address: String,
    /// The browser; empty if the rule does not ask for it.
    pub user_agent: String,
}

/// The rows of an account, known devices apart.
pub fn of_account(db: &mut Db, account: &str) -> QueryResult<Vec<Whom>> {
    vestibule_lockout::table
        .filter(vestibule_lockout::username.eq(account))
        .filter(vestibule_lockout::rule.like("%username%"))
        .order(vestibule_lockout::subject)
        .select((vestibule_lockout::rule, vestibule_lockout::address, vestibule_lockout::user_agent))
        .load(db)
}

/// Makes the absence of these rows of axes' mean nothing: they are deleted, but not to open a lock.
pub fn stop_watching(db: &mut Db, attempts: &[i32]) -> QueryResult<()> {
    for attempt in attempts {
        diesel::update(vestibule_lockout::table.filter(vestibule_lockout::attempt_id.eq(attempt)))
            .set(vestibule_lockout::watched_until.eq(NEVER))
            .execute(db)?;
    }
    Ok(())
}

/// Deletes up to `limit` rows that count no more, and whose locks ended before `since`; how many it were.
pub fn delete_old(db: &mut Db, now: PrimitiveDateTime, since: PrimitiveDateTime, limit: i64) -> QueryResult<usize> {
    let is_old = || {
        let forgotten = vestibule_lockout::expires_at.lt(now).and(vestibule_lockout::epoch.lt(epoch(now) - 1));
        forgotten.and(vestibule_lockout::locked_until.lt(since))
    };
    let rows = vestibule_lockout::table.filter(is_old()).order(vestibule_lockout::subject).limit(limit);
    let keys: Vec<String> = rows.select(vestibule_lockout::subject).load(db)?;
    let mut deleted = 0;
    // In the order in which all lock them, and only what is old still: somebody may try just now.
    for key in keys {
        let row = vestibule_lockout::table.filter(vestibule_lockout::subject.eq(key)).filter(is_old());
        deleted += diesel::delete(row).execute(db)?;
    }
    Ok(deleted)
}
