//! Rows of `vestibule_secret_key`.

use diesel::{OptionalExtension, QueryResult, prelude::*};
use time::PrimitiveDateTime;

use crate::db::{Db, schema::vestibule_secret_key as secret_key};

/// When sites signed with a key, first and last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable)]
pub struct Seen {
    /// When one was first seen to.
    pub first: PrimitiveDateTime,
    /// When one was last seen to.
    pub last: PrimitiveDateTime,
}

/// When sites signed with the key of this fingerprint; `None` if none ever did.
pub fn find(db: &mut Db, fingerprint: &str) -> QueryResult<Option<Seen>> {
    secret_key::table
        .filter(secret_key::fingerprint.eq(fingerprint))
        .select((secret_key::first_seen_at, secret_key::last_seen_at))
        .get_result(db)
        .optional()
}

/// Notes that a site signs with a key.
pub fn note(db: &mut Db, fingerprint: &str, now: PrimitiveDateTime) -> QueryResult<()> {
    let upsert = diesel::insert_into(secret_key::table)
        .values((
            secret_key::fingerprint.eq(fingerprint),
            secret_key::first_seen_at.eq(now),
            secret_key::last_seen_at.eq(now),
        ))
        .on_conflict(secret_key::fingerprint)
        .do_update()
        .set(secret_key::last_seen_at.eq(now));
    let done = match db {
        Db::Sqlite(db) => upsert.execute(db),
        #[cfg(feature = "postgres")]
        Db::Postgres(db) => upsert.execute(db),
    };
    done.map(drop)
}
