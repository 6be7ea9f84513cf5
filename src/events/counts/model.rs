//! Rows of `vestibule_event_count`, and the row of `vestibule_figure` that says until when there are any.

use diesel::{QueryResult, prelude::*};
use time::{OffsetDateTime, PrimitiveDateTime};

use super::{COUNTED, Counted, QUARTER};
use crate::{
    db::{
        Db,
        schema::{
            vestibule_event_count::{self, starts_at},
            vestibule_figure::{self, computed_at},
        },
        statement::{Statement, Value, text_of},
    },
    events::Kind,
};

/// Whose row says until when events are counted.
const NAME: &str = "events";

/// Until when events are counted.
pub(super) fn counted_until(db: &mut Db) -> QueryResult<Option<PrimitiveDateTime>> {
    vestibule_figure::table.find(NAME).select(computed_at).get_result(db).optional()
}

/// Says that events are counted until `until`, if it was `before` until now; whether it was.
pub(super) fn move_on(db: &mut Db, before: Option<PrimitiveDateTime>, until: PrimitiveDateTime) -> QueryResult<bool> {
    if let Some(before) = before {
        let row = vestibule_figure::table.find(NAME).filter(computed_at.eq(before));
        return Ok(diesel::update(row).set(computed_at.eq(until)).execute(db)? == 1);
    }
    let new = (vestibule_figure::name.eq(NAME), vestibule_figure::value.eq(""), computed_at.eq(until));
    let insert = diesel::insert_into(vestibule_figure::table).values(new);
    let inserted = match db {
        Db::Sqlite(db) => insert.on_conflict_do_nothing().execute(db)?,
        #[cfg(feature = "postgres")]
        Db::Postgres(db) => insert.on_conflict_do_nothing().execute(db)?,
    };
    Ok(inserted == 1)
}

/// Counts the events themselves; of `to` itself none.
pub(super) fn count(db: &mut Db, from: PrimitiveDateTime, to: PrimitiveDateTime) -> QueryResult<Vec<Counted>> {
    let rows = Statement::new("SELECT CAST(")
        .either(
            format!("CAST(strftime('%s', created_at) AS integer) / {QUARTER}"),
            format!("CAST(floor(extract(epoch FROM created_at) / {QUARTER}) AS bigint)"),
        )
        .sql(format!(" AS text), kind, {} FROM vestibule_event WHERE created_at >= ", text_of("count(*)")))
        .bind(Value::Time(from))
        .sql(" AND created_at < ")
        .bind(Value::Time(to))
        .sql(" AND kind IN ")
        .bind_all(COUNTED.map(|kind| Value::from(kind.as_str())))
        .sql(" GROUP BY 1, 2")
        .rows(db)?;
    Ok(rows.into_iter().filter_map(read).collect())
}

fn read(row: Vec<Option<String>>) -> Option<Counted> {
    let [number, kind, events] = <[Option<String>; 3]>::try_from(row).ok()?;
    let seconds = number?.parse::<i64>().ok()?.checked_mul(QUARTER)?;
    let at = OffsetDateTime::from_unix_timestamp(seconds).ok()?;
    Some(Counted {
        starts_at: PrimitiveDateTime::new(at.date(), at.time()),
        kind: Kind::read(&kind?)?,
        events: events?.parse().ok()?,
    })
}

/// What was counted of the time from `from` until `to`.
pub(super) fn kept(db: &mut Db, from: PrimitiveDateTime, to: PrimitiveDateTime) -> QueryResult<Vec<Counted>> {
    let rows: Vec<(PrimitiveDateTime, String, i32)> =
        vestibule_event_count::table.filter(starts_at.ge(from)).filter(starts_at.lt(to)).load(db)?;
    let read = |(at, kind, events): (PrimitiveDateTime, String, i32)| {
        Some(Counted { starts_at: at, kind: Kind::read(&kind)?, events: u32::try_from(events).ok()? })
    };
    Ok(rows.into_iter().filter_map(read).collect())
}

/// Keeps what was counted of a time, in place of what was kept of it.
pub(super) fn replace(
    db: &mut Db,
    (from, to): (PrimitiveDateTime, PrimitiveDateTime),
    counted: &[Counted],
) -> QueryResult<()> {
    diesel::delete(vestibule_event_count::table.filter(starts_at.ge(from)).filter(starts_at.lt(to))).execute(db)?;
    for Counted { starts_at: at, kind, events } in counted {
        diesel::insert_into(vestibule_event_count::table)
            .values((
                starts_at.eq(at),
                vestibule_event_count::kind.eq(kind.as_str()),
                vestibule_event_count::events.eq(i32::try_from(*events).unwrap_or(i32::MAX)),
            ))
            .execute(db)?;
    }
    Ok(())
}

/// Forgets what began before `oldest`; how many rows it were.
pub(super) fn forget(db: &mut Db, oldest: PrimitiveDateTime) -> QueryResult<u64> {
    diesel::delete(vestibule_event_count::table.filter(starts_at.lt(oldest))).execute(db).map(|rows| rows as u64)
}
