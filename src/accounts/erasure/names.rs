//! The names by which somebody is found.

use std::collections::BTreeMap;

use crate::{
    audit::{self, Traces},
    auth::AuthError,
    db::{
        Db,
        statement::{Statement, Value, text_of},
    },
    lockout::subject::fold,
};

/// How many accounts are read at once.
const BATCH: i64 = 5_000;

/// Adds the names that somebody had before, as the audit log tells, and takes away those that others have by now: whom a row
/// under such a name means, nobody can tell.
pub(in crate::accounts) fn learn(db: &mut Db, traces: &mut Traces) -> Result<(), AuthError> {
    for id in &traces.ids {
        for entry in audit::of_subject(db, *id, i64::MAX)?.iter().filter(|entry| entry.model == "auth.user") {
            let before = entry.changes.iter().filter(|(field, ..)| matches!(*field, "username" | "email"));
            let names = before.flat_map(|(_, old, new)| [old, new]).filter_map(|value| value.as_str());
            traces.names.extend(names.map(str::to_owned));
        }
    }
    traces.names.sort_unstable();
    traces.names.dedup();
    let of_others = of_others(db, traces)?;
    traces.names.retain(|name| {
        let name = fold(name);
        !name.is_empty() && !of_others.contains_key(&name)
    });
    Ok(())
}

/// Which of the names others have as username or address, in whatever case, width or spaces, and what those are called.
pub(super) fn of_others(db: &mut Db, traces: &Traces) -> Result<BTreeMap<String, String>, AuthError> {
    let names: Vec<String> = traces.names.iter().map(|name| fold(name)).collect();
    let (mut found, mut last) = (BTreeMap::new(), 0);
    loop {
        let select = format!("SELECT {}, username, email FROM auth_user u WHERE u.id > ", text_of("id"));
        let statement = Statement::new(select).bind(Value::Int(last)).sql(format!(" ORDER BY u.id LIMIT {BATCH}"));
        let rows = statement.rows(db)?;
        if rows.is_empty() {
            return Ok(found);
        }
        for row in rows {
            let mut values = row.into_iter().map(Option::unwrap_or_default);
            let mut next = || values.next().unwrap_or_default();
            let (id, username, email) = (next(), next(), next());
            last = id.parse().unwrap_or(i64::MAX);
            if traces.ids.iter().all(|id| i64::from(*id) != last) {
                let theirs = [fold(&username), fold(&email)];
                let same = theirs.into_iter().filter(|name| !name.is_empty() && names.contains(name));
                found.extend(same.map(|name| (name, username.clone())));
            }
        }
    }
}
