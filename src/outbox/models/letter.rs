//! Rows of `vestibule_outbox`.

use diesel::{QueryResult, prelude::*};
use time::{Duration, PrimitiveDateTime};

use crate::db::{
    Db,
    schema::vestibule_outbox::{self, attempts, created_at, destination, due_at, id},
};

/// A letter that waits to be sent. The fields stand in the order in which [`claim`] asks for them.
#[derive(Debug, Queryable)]
pub(in crate::outbox) struct Row {
    pub(in crate::outbox) id: i64,
    pub(in crate::outbox) letter: String,
    pub(in crate::outbox) created_at: PrimitiveDateTime,
    /// How often it was claimed, this time included: who knows the number holds the claim.
    pub(in crate::outbox) attempts: i32,
}

/// When a letter is due: now, or later than any of ours can be because a clock was wrong.
#[derive(Debug, Clone, Copy)]
pub(in crate::outbox) struct When {
    pub(in crate::outbox) now: PrimitiveDateTime,
    pub(in crate::outbox) horizon: Duration,
}

impl When {
    fn never(self) -> PrimitiveDateTime {
        self.now.saturating_add(self.horizon)
    }
}

/// Puts a letter into the outbox: it is sent if the transaction in which this is called is kept.
pub fn post(db: &mut Db, to: &str, letter: &str, now: PrimitiveDateTime) -> QueryResult<()> {
    let row = (destination.eq(to), vestibule_outbox::letter.eq(letter));
    diesel::insert_into(vestibule_outbox::table)
        .values((row, created_at.eq(now), due_at.eq(now), attempts.eq(0)))
        .execute(db)
        .map(drop)
}

/// The letters to a destination that are due, the one that waits longest first; at most `limit`.
pub(in crate::outbox) fn due(db: &mut Db, to: &str, when: When, limit: i64) -> QueryResult<Vec<i64>> {
    vestibule_outbox::table
        .filter(destination.eq(to))
        .filter(due_at.le(when.now).or(due_at.gt(when.never())))
        .order((due_at, id))
        .limit(limit)
        .select(id)
        .load(db)
}

/// Takes a letter that is due, and makes it due again at `until` in case nobody says how it went; `None` if somebody else
/// has it. Of several who ask at once one gets it.
pub(in crate::outbox) fn claim(
    db: &mut Db,
    letter: i64,
    when: When,
    until: PrimitiveDateTime,
) -> QueryResult<Option<Row>> {
    let due = vestibule_outbox::table.find(letter).filter(due_at.le(when.now).or(due_at.gt(when.never())));
    diesel::update(due)
        .set((due_at.eq(until), attempts.eq(attempts + 1)))
        .returning((id, vestibule_outbox::letter, created_at, attempts))
        .get_result(db)
        .optional()
}

/// Makes a letter due at `until`, unless somebody else has claimed it since. One that was written after `now` counts as
/// written now: a clock was wrong.
pub(in crate::outbox) fn postpone(
    db: &mut Db,
    row: &Row,
    until: PrimitiveDateTime,
    now: PrimitiveDateTime,
) -> QueryResult<()> {
    diesel::update(vestibule_outbox::table.find(row.id).filter(attempts.eq(row.attempts)))
        .set((due_at.eq(until), created_at.eq(row.created_at.min(now))))
        .execute(db)
        .map(drop)
}

/// Deletes a letter.
pub(in crate::outbox) fn delete(db: &mut Db, letter: i64) -> QueryResult<()> {
    diesel::delete(vestibule_outbox::table.find(letter)).execute(db).map(drop)
}

/// Deletes the letters to a destination that were written by `tried` and tried, or by `untried` whether tried or not; how
/// many.
pub(in crate::outbox) fn delete_old(
    db: &mut Db,
    to: &str,
    tried: PrimitiveDateTime,
    untried: PrimitiveDateTime,
) -> QueryResult<usize> {
    let is_old = created_at.le(tried).and(attempts.gt(0)).or(created_at.le(untried));
    diesel::delete(vestibule_outbox::table.filter(destination.eq(to)).filter(is_old)).execute(db)
}
