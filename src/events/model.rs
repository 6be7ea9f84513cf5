//! Rows of `vestibule_event`.

use std::collections::BTreeSet;

use diesel::{QueryResult, prelude::*};
use time::PrimitiveDateTime;

use crate::{
    client::{Client, printable},
    db::{Db, schema::vestibule_event},
};

/// The width of the text columns, in characters.
const WIDTH: usize = 255;
/// How many events are the latest.
const LATEST: i64 = 500;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Somebody logged in.
    LoggedIn,
    /// Somebody logged out.
    LoggedOut,
    /// Somebody was refused.
    LoginFailed,
    /// Something was locked after too many failures.
    LockedOut,
    /// Somebody tried during a lock; the first times only.
    TriedWhileLocked,
    /// An administrator forgot failures and opened locks.
    LockoutReset,
    /// A refresh token was used after another had taken its place.
    TokenReused,
    /// The first superuser was made through the set-up link.
    SuperuserCreated,
}

impl Kind {
    /// Somebody tried to log in: together all tries of which there is a record.
    const ATTEMPTS: [Self; 3] = [Self::LoggedIn, Self::LoginFailed, Self::TriedWhileLocked];

    /// As it stands in the column.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LoggedIn => "logged_in",
            Self::LoggedOut => "logged_out",
            Self::LoginFailed => "login_failed",
            Self::LockedOut => "locked_out",
            Self::TriedWhileLocked => "tried_while_locked",
            Self::LockoutReset => "lockout_reset",
            Self::TokenReused => "token_reused",
            Self::SuperuserCreated => "superuser_created",
        }
    }
}

/// An event that is about to be recorded.
#[derive(Debug, Clone)]
pub struct Event {
    kind: Kind,
    user_id: Option<i32>,
    username: String,
    ip_address: Option<String>,
    user_agent: String,
    path: String,
    detail: String,
}

impl Event {
    /// An event that `client` caused.
    pub fn new(kind: Kind, client: &Client) -> Self {
        Self {
            kind,
            user_id: None,
            username: String::new(),
            ip_address: client.ip_address(),
            user_agent: printable(&client.user_agent, WIDTH),
            path: printable(&client.path, WIDTH),
            detail: String::new(),
        }
    }

    /// Of somebody who is known.
    #[must_use]
    pub fn of(mut self, user_id: i32, username: &str) -> Self {
        self.user_id = Some(user_id);
        self.typed(username)
    }

    /// With what else is worth knowing.
    #[must_use]
    pub fn detail(mut self, detail: &str) -> Self {
        self.detail = printable(detail, WIDTH);
        self
    }

    /// Of whoever typed this name.
    #[must_use]
    pub fn typed(mut self, username: &str) -> Self {
        self.username = printable(username, WIDTH);
        self
    }
}

/// Records an event.
pub fn record(db: &mut Db, event: &Event, now: PrimitiveDateTime) -> QueryResult<()> {
    diesel::insert_into(vestibule_event::table)
        .values((
            vestibule_event::created_at.eq(now),
            vestibule_event::kind.eq(event.kind.as_str()),
            vestibule_event::user_id.eq(event.user_id),
            vestibule_event::username.eq(&event.username),
            vestibule_event::ip_address.eq(&event.ip_address),
            vestibule_event::user_agent.eq(&event.user_agent),
            vestibule_event::path.eq(&event.path),
            vestibule_event::detail.eq(&event.detail),
        ))
        .execute(db)
        .map(drop)
}

/// The addresses from which the latest events came.
pub fn addresses(db: &mut Db) -> QueryResult<Vec<String>> {
    let latest: Vec<String> = vestibule_event::table
        .filter(vestibule_event::ip_address.is_not_null())
        .order(vestibule_event::id.desc())
        .limit(LATEST)
        .select(vestibule_event::ip_address.assume_not_null())
        .load(db)?;
    let distinct: BTreeSet<String> = latest.into_iter().collect();
    Ok(distinct.into_iter().collect())
}

/// Deletes up to `limit` events that were recorded at `until` or before; how many it were.
pub fn delete_old(db: &mut Db, until: PrimitiveDateTime, limit: i64) -> QueryResult<usize> {
    let batch = diesel::alias!(vestibule_event as old);
    let ids = batch
        .filter(batch.field(vestibule_event::created_at).le(until))
        .select(batch.field(vestibule_event::id))
        .limit(limit);
    diesel::delete(vestibule_event::table.filter(vestibule_event::id.eq_any(ids))).execute(db)
}

/// A try to log in, as it was recorded.
#[derive(Debug, Clone)]
pub struct Attempted {
    /// When, and the number of its row: the cursor from which others follow.
    pub cursor: (PrimitiveDateTime, i64),
    /// How it ended.
    pub kind: Kind,
    /// The name that was typed; of somebody who logged in, their own.
    pub username: String,
    /// From where.
    pub ip_address: Option<String>,
    /// With what browser.
    pub user_agent: String,
    /// At which door.
    pub path: String,
}

type Columns = (i64, PrimitiveDateTime, String, String, Option<String>, String, String);

/// The tries after `cursor`, in order of time; at most `limit`.
pub fn attempts_after(db: &mut Db, cursor: (PrimitiveDateTime, i64), limit: i64) -> QueryResult<Vec<Attempted>> {
    use vestibule_event::{created_at, id, kind};
    let [logged_in, failed, locked] = Kind::ATTEMPTS.map(Kind::as_str);
    let rows: Vec<Columns> = vestibule_event::table
        .filter(kind.eq(logged_in).or(kind.eq(failed)).or(kind.eq(locked)))
        // The first of these lets the index find the cursor.
        .filter(created_at.ge(cursor.0))
        .filter(created_at.gt(cursor.0).or(id.gt(cursor.1)))
        .order((created_at, id))
        .limit(limit)
        .select((
            id,
            created_at,
            kind,
            vestibule_event::username,
            vestibule_event::ip_address,
            vestibule_event::user_agent,
            vestibule_event::path,
        ))
        .load(db)?;
    // SQLite compares texts, and what others wrote may have another form of the same time: nothing comes twice.
    Ok(rows.into_iter().filter_map(read).filter(|attempted| attempted.cursor > cursor).collect())
}

fn read((id, at, kind, username, ip_address, user_agent, path): Columns) -> Option<Attempted> {
    let kind = Kind::ATTEMPTS.into_iter().find(|known| known.as_str() == kind)?;
    Some(Attempted { cursor: (at, id), kind, username, ip_address, user_agent, path })
}
