//! So many within a period: how often something may be asked for.

mod model;

use diesel::result::Error;
pub use model::delete_old;
use time::{Duration, PrimitiveDateTime};

use crate::{crypto::sha256_hex, db::Db, settings::Rate};

/// Counts one request of `who` for `what` under each of the rates, unless it exceeds one of them: then it counts under
/// none, and this is how long to wait. `None` for "go on".
///
/// A period begins with its first request. Within a transaction of the caller's, others who ask for the same as the same
/// wait for its end.
pub fn take(
    db: &mut Db,
    what: &str,
    who: &str,
    rates: &[Rate],
    now: PrimitiveDateTime,
) -> Result<Option<Duration>, Error> {
    let taken = db.write(|db| {
        let mut wait = None;
        for rate in rates {
            let ends_at = model::count(db, &subject(what, who, *rate), *rate, now)?;
            wait = wait.max(ends_at.map(|ends_at| ends_at - now));
        }
        wait.map_or(Ok(()), |wait| Err(Refusal::Wait(wait)))
    });
    match taken {
        Ok(()) => Ok(None),
        Err(Refusal::Wait(wait)) => Ok(Some(wait)),
        Err(Refusal::Db(error)) => Err(error),
    }
}

/// What undoes the counting.
enum Refusal {
    Wait(Duration),
    Db(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Db(error)
    }
}

/// The row's key: nobody's address stands in it.
fn subject(what: &str, who: &str, rate: Rate) -> String {
    sha256_hex(&format!("{what}\n{}/{}\n{who}", rate.limit, rate.period.whole_seconds()))
}
