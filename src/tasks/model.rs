//! Rows of `vestibule_task`.

use diesel::{QueryResult, prelude::*};
use time::{Duration, PrimitiveDateTime};

use crate::db::{Db, schema::vestibule_task};

/// Takes a task that is due and makes it due again after `every`; whether it was. Of several who ask at once one gets it.
pub fn claim(db: &mut Db, name: &str, now: PrimitiveDateTime, every: Duration) -> QueryResult<bool> {
    let due = vestibule_task::table.filter(vestibule_task::name.eq(name)).filter(vestibule_task::due_at.le(now));
    let next = now.saturating_add(every);
    Ok(diesel::update(due).set(vestibule_task::due_at.eq(next)).execute(db)? == 1)
}
