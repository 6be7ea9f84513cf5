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
    /// The first superuser was made through the set-up link.
    SuperuserCreated,
}

impl Kind {
    /// As it stands in the column.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LoggedIn => "logged_in",
            Self::LoggedOut => "logged_out",
            Self::LoginFailed => "login_failed",
            Self::LockedOut => "locked_out",
            Self::TriedWhileLocked => "tried_while_locked",
            Self::LockoutReset => "lockout_reset",
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
    let lot = diesel::alias!(vestibule_event as old);
    let ids = lot
        .filter(lot.field(vestibule_event::created_at).le(until))
        .select(lot.field(vestibule_event::id))
        .limit(limit);
    diesel::delete(vestibule_event::table.filter(vestibule_event::id.eq_any(ids))).execute(db)
}
