//! Rows of `vestibule_throttle`.

use diesel::{QueryResult, dsl::case_when, prelude::*, sql_types::Integer};
use time::{Duration, PrimitiveDateTime};

use crate::{
    db::{Db, schema::vestibule_throttle},
    settings::Rate,
};

/// How far the clocks of those who ask may differ, and how long one may wait for its turn. What ends later than a period
/// and this was written by a clock that has gone back since.
const CLOCKS_DIFFER: Duration = Duration::MINUTE;

/// Counts a request. If it is beyond the limit, this is when the period ends.
///
/// One statement raises the count and tells it, so of many who come at once exactly so many are within the limit. It rises
/// one beyond that and no further.
pub(super) fn count(
    db: &mut Db,
    subject: &str,
    rate: Rate,
    now: PrimitiveDateTime,
) -> QueryResult<Option<PrimitiveDateTime>> {
    use vestibule_throttle::{ends_at, requests};
    let limit = i32::try_from(rate.limit.get()).unwrap_or(i32::MAX).min(i32::MAX - 1);
    let end = now.saturating_add(rate.period);
    let is_open = || ends_at.gt(now).and(ends_at.le(end.saturating_add(CLOCKS_DIFFER)));
    macro_rules! upsert {
        ($connection:expr) => {
            diesel::insert_into(vestibule_throttle::table)
                .values((vestibule_throttle::subject.eq(subject), requests.eq(1), ends_at.eq(end)))
                .on_conflict(vestibule_throttle::subject)
                .do_update()
                .set((
                    requests.eq(case_when(is_open().and(requests.le(limit)), requests + 1)
                        .when(is_open(), requests)
                        .otherwise(1.into_sql::<Integer>())),
                    ends_at.eq(case_when(is_open(), ends_at).otherwise(end.into_sql::<diesel::sql_types::Timestamp>())),
                ))
                .returning((requests, ends_at))
                .get_result($connection)
        };
    }
    let (counted, counted_until): (i32, PrimitiveDateTime) = match db {
        Db::Sqlite(connection) => upsert!(connection),
        #[cfg(feature = "postgres")]
        Db::Postgres(connection) => upsert!(connection),
    }?;
    Ok((counted > limit).then_some(counted_until))
}

/// Deletes up to `limit` rows of periods that have ended at `now`; how many it were.
pub fn delete_old(db: &mut Db, now: PrimitiveDateTime, limit: i64) -> QueryResult<usize> {
    let old: Vec<String> = vestibule_throttle::table
        .filter(vestibule_throttle::ends_at.le(now))
        .limit(limit)
        .select(vestibule_throttle::subject)
        .load(db)?;
    // One that was opened again meanwhile stays.
    let ended = vestibule_throttle::table
        .filter(vestibule_throttle::subject.eq_any(&old))
        .filter(vestibule_throttle::ends_at.le(now));
    diesel::delete(ended).execute(db)
}
