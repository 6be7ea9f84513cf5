//! How many events there were, and when. What is over is counted once and kept, so whoever looks at two weeks counts the last
//! hours alone, and what the record has forgotten since still counts.
//!
//! It is kept for each quarter of an hour: the hours and days of every time zone are made of these, on the days too on which
//! clocks are changed.

mod model;

use std::thread;

use time::{Duration, PrimitiveDateTime};

use super::Kind;
use crate::db::{Database, Db, DbError};

/// What is counted.
pub const COUNTED: [Kind; 3] = [Kind::LoggedIn, Kind::LoginFailed, Kind::LockedOut];
/// For how long counts are kept.
pub const KEPT: Duration = Duration::days(16);
/// By when whoever began to write an event has written it, and clocks of several instances agree.
pub const SETTLED: Duration = Duration::HOUR;

const QUARTER: i64 = 15 * 60;
/// How much is counted in one go: others who write wait for it.
const STEP: Duration = Duration::hours(6);
const REST: std::time::Duration = std::time::Duration::from_millis(5);

/// How often something happened within a quarter of an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// When it began.
    pub starts_at: PrimitiveDateTime,
    /// What.
    pub kind: Kind,
    /// How often.
    pub events: u32,
}

/// When the quarter of an hour began in which `at` is.
pub fn quarter(at: PrimitiveDateTime) -> PrimitiveDateTime {
    let over = at.assume_utc().unix_timestamp().rem_euclid(QUARTER);
    let at = at.replace_nanosecond(0).unwrap_or(at);
    at.saturating_sub(Duration::seconds(over))
}

/// What happened from `from`, the beginning of a quarter, until `now`, which is later than what was counted.
pub fn since(db: &mut Db, from: PrimitiveDateTime, now: PrimitiveDateTime) -> Result<Vec<Counted>, DbError> {
    // A clock that was wrong may have been ahead.
    let until = model::counted_until(db)?.filter(|until| *until <= now).map_or(from, |until| until.max(from));
    let mut counted = model::kept(db, from, until)?;
    counted.extend(model::count(db, until, now.saturating_add(Duration::MICROSECOND))?);
    Ok(counted)
}

/// Counts what happened before `until`, as far as it is not counted yet, and forgets what is older than is shown. To be
/// called before events are deleted. How many counts were forgotten.
pub fn keep_up(database: &Database, until: PrimitiveDateTime, now: PrimitiveDateTime) -> Result<u64, DbError> {
    let (until, oldest) = (quarter(until), quarter(now.saturating_sub(KEPT)));
    loop {
        let mut db = database.get()?;
        let before = model::counted_until(&mut db)?;
        let from = before.filter(|before| *before <= now).map_or(oldest, |before| before.max(oldest));
        if from >= until {
            return db.write(|db| Ok(model::forget(db, oldest)?));
        }
        let to = from.saturating_add(STEP).min(until);
        let counted = model::count(&mut db, from, to)?;
        db.write(|db| {
            // Of several who count at once one keeps it.
            if model::move_on(db, before, to)? {
                model::replace(db, (from, to), &counted)?;
            }
            Ok::<_, DbError>(())
        })?;
        drop(db);
        thread::sleep(REST);
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_quarter_begins_where_the_clock_says_so() {
        let begins = datetime!(2026-11-26 10:30);
        for at in [begins, datetime!(2026-11-26 10:30:00.000001), datetime!(2026-11-26 10:44:59.999999)] {
            assert_eq!(quarter(at), begins);
        }
        assert_eq!(quarter(datetime!(1969-12-31 23:59:59.5)), datetime!(1969-12-31 23:45), "before the epoch, too");
    }
}
