//! Which of our counters hang on a row of axes': what that row stands for, and so what is opened when it is deleted.
//!
//! axes has a row for each name, address and browser, while a counter may be for an account and an address. The counter
//! points at the row of its last failure, and the other rows of the same account that it counted hold it too. What is
//! counted by addresses alone hangs on none: it is over soon, and whoever is meant is not named.

use diesel::QueryResult;
use time::{Duration, PrimitiveDateTime};

use crate::{
    db::{
        Db,
        statement::{Statement, Value},
    },
    lockout::policy::NEVER,
};

/// Counters `l` and rows `mine`: the row of the last failure.
const LAST: &str = "vestibule_lockout l JOIN axes_accessattempt mine ON mine.id = l.attempt_id WHERE 1 = 1";
/// And other rows of the same account. What counts on a known device counts nowhere else.
const OTHERS: &str = "vestibule_attempt own JOIN axes_accessattempt mine ON mine.id = own.attempt_id \
     JOIN vestibule_lockout l ON l.username = own.account AND l.username <> '' AND l.rule <> 'device' \
     JOIN axes_accessattempt last ON last.id = l.attempt_id \
     WHERE (l.address = '' OR last.ip_address = mine.ip_address) \
     AND (l.user_agent = '' OR last.user_agent = mine.user_agent)";

/// The policy, as far as rows need it.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// How many failures lock.
    pub limit: i64,
    /// After how long a quiet time failures are forgotten; `None` for never.
    pub cool_off: Option<Duration>,
}

/// The keys of the counters that hang on one of these rows.
pub fn keys(db: &mut Db, attempts: &[i32]) -> QueryResult<Vec<String>> {
    let ids = || attempts.iter().map(|id| Value::Int(i64::from(*id)));
    let of = |from: &str| Statement::new(format!("SELECT l.subject FROM {from} AND mine.id IN ")).bind_all(ids());
    let rows = of(LAST).sql(" UNION ").then(of(OTHERS)).sql(" ORDER BY 1").rows(db)?;
    Ok(rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect())
}

impl Policy {
    /// That the row `t` of axes' is of somebody who is locked out at `now`: by a lock of ours, or by what a Django beside us
    /// counted in it.
    pub fn locks(self, now: PrimitiveDateTime) -> Statement {
        let by = |from: &str| {
            Statement::new(format!("t.id IN (SELECT mine.id FROM {from} AND l.locked_until > "))
                .bind(Value::Time(now))
                .sql(")")
        };
        let elsewhere = Statement::new("(t.failures_since_start > ")
            .then(ours())
            .sql(" AND t.attempt_time > ")
            .bind(Value::Time(self.counts_since(now)))
            .sql(" AND t.failures_since_start - ")
            .then(ours())
            .sql(" + ")
            .then(live(now))
            .sql(" >= ")
            .bind(Value::Int(self.limit))
            .sql(")");
        Statement::new("(").then(by(LAST)).sql(" OR ").then(by(OTHERS)).sql(" OR ").then(elsewhere).sql(")")
    }

    /// How many failures are left to whoever the row with this key is of; 0 if they are locked out.
    pub fn left(self, db: &mut Db, attempt: i64, now: PrimitiveDateTime) -> QueryResult<i64> {
        let selected = Statement::new("SELECT CAST(CASE WHEN ")
            .then(self.locks(now))
            .sql(" THEN 0 ELSE ")
            .bind(Value::Int(self.limit))
            .sql(" - CASE WHEN t.attempt_time > ")
            .bind(Value::Time(self.counts_since(now)))
            .sql(" THEN t.failures_since_start - ")
            .then(ours())
            .sql(" ELSE 0 END - ")
            .then(live(now))
            .sql(" END AS text) FROM axes_accessattempt t WHERE t.id = ")
            .bind(Value::Int(attempt));
        selected.number(db)
    }

    fn counts_since(self, now: PrimitiveDateTime) -> PrimitiveDateTime {
        self.cool_off.map_or(NEVER, |length| now.saturating_sub(length))
    }
}

/// How many of the failures of row `t` were counted here.
fn ours() -> Statement {
    Statement::new("COALESCE((SELECT a.failures FROM vestibule_attempt a WHERE a.attempt_id = t.id), 0)")
}

/// How many failures our counters have that hang on row `t` and count still.
fn live(now: PrimitiveDateTime) -> Statement {
    let of = |from: &str| {
        Statement::new(format!("SELECT l.failures FROM {from} AND mine.id = t.id AND l.expires_at > "))
            .bind(Value::Time(now))
    };
    Statement::new("COALESCE((SELECT MAX(f.failures) FROM (")
        .then(of(LAST))
        .sql(" UNION ALL ")
        .then(of(OTHERS))
        .sql(") f), 0)")
}
