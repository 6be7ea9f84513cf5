//! Rows of `vestibule_event`.

use std::collections::BTreeSet;

use diesel::{QueryResult, prelude::*, sql_types::Bool};
use time::PrimitiveDateTime;

use crate::{
    client::{Client, printable},
    db::{Db, schema::vestibule_event},
    outbox,
    users::model::lower,
};

/// The width of the text columns, in characters.
const WIDTH: usize = 255;
/// How many events are the latest.
const LATEST: i64 = 500;

/// How the detail begins of what an administrator did to somebody else's account.
const BY: &str = "by ";

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
    /// Somebody changed their password.
    PasswordChanged,
    /// Somebody set a new password by a link that they were sent.
    PasswordReset,
    /// Somebody asked for such a link.
    PasswordResetRequested,
    /// Somebody asked for another address.
    EmailChangeRequested,
    /// Somebody has another address.
    EmailChanged,
    /// Somebody registered.
    Registered,
    /// Somebody who had registered showed that their address is theirs.
    RegistrationConfirmed,
    /// Somebody deleted their account.
    AccountDeleted,
    /// Somebody ended one of their sessions.
    SessionEnded,
    /// Somebody ended one of their tokens.
    TokenEnded,
    /// Somebody ended all of their sessions and tokens.
    EverythingEnded,
    /// An administrator made an account.
    AccountAdded,
    /// An administrator changed what somebody may do.
    RightsChanged,
    /// An administrator made an account one to which no password opens.
    PasswordDisabled,
    /// A letter was delivered to somebody's mail server.
    MailSent,
}

impl Kind {
    /// Somebody tried to log in: together all tries of which there is a record.
    const ATTEMPTS: [Self; 3] = [Self::LoggedIn, Self::LoginFailed, Self::TriedWhileLocked];

    /// Somebody was refused under the name that they typed.
    const REFUSALS: [Self; 3] = [Self::LoginFailed, Self::LockedOut, Self::TriedWhileLocked];
    /// All there are.
    pub const ALL: [Self; 23] = [
        Self::LoggedIn,
        Self::LoggedOut,
        Self::LoginFailed,
        Self::LockedOut,
        Self::TriedWhileLocked,
        Self::LockoutReset,
        Self::TokenReused,
        Self::SuperuserCreated,
        Self::PasswordChanged,
        Self::PasswordReset,
        Self::PasswordResetRequested,
        Self::EmailChangeRequested,
        Self::EmailChanged,
        Self::Registered,
        Self::RegistrationConfirmed,
        Self::AccountDeleted,
        Self::SessionEnded,
        Self::TokenEnded,
        Self::EverythingEnded,
        Self::AccountAdded,
        Self::RightsChanged,
        Self::PasswordDisabled,
        Self::MailSent,
    ];

    /// What stands in the column; `None` for what another version wrote.
    pub fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

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
            Self::PasswordChanged => "password_changed",
            Self::PasswordReset => "password_reset",
            Self::PasswordResetRequested => "password_reset_requested",
            Self::EmailChangeRequested => "email_change_requested",
            Self::EmailChanged => "email_changed",
            Self::Registered => "registered",
            Self::RegistrationConfirmed => "registration_confirmed",
            Self::AccountDeleted => "account_deleted",
            Self::SessionEnded => "session_ended",
            Self::TokenEnded => "token_ended",
            Self::EverythingEnded => "everything_ended",
            Self::AccountAdded => "account_added",
            Self::RightsChanged => "rights_changed",
            Self::PasswordDisabled => "password_disabled",
            Self::MailSent => "mail_sent",
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

    /// Done to whoever it is of by an administrator called `username`.
    #[must_use]
    pub fn by(self, username: &str, what: &str) -> Self {
        let end = if what.is_empty() { String::new() } else { format!(": {what}") };
        self.detail(&format!("{BY}{username}{end}"))
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

/// Before the number of an event in the outbox.
pub const LETTER: &str = "event";

/// Records an event, and tells those who want to hear of it. Both go with the caller's transaction.
pub fn record(db: &mut Db, event: &Event, now: PrimitiveDateTime) -> QueryResult<()> {
    let id: i64 = diesel::insert_into(vestibule_event::table)
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
        .returning(vestibule_event::id)
        .get_result(db)?;
    outbox::announce(db, event.kind.as_str(), &format!("{LETTER} {id}"), now)
}

/// An event as it was recorded. The fields stand in the order of the columns.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Recorded {
    /// The number of its row.
    pub id: i64,
    /// When.
    pub created_at: PrimitiveDateTime,
    /// What, as it stands in the column.
    pub kind: String,
    /// Of whom, if they were known and are still there.
    pub user_id: Option<i32>,
    /// Their name, or the one that was typed.
    pub username: String,
    /// From where.
    pub ip_address: Option<String>,
    /// With what browser.
    pub user_agent: String,
    /// At which door.
    pub path: String,
    /// What else is worth knowing.
    pub detail: String,
}

/// The event in a row.
pub fn find(db: &mut Db, id: i64) -> QueryResult<Option<Recorded>> {
    vestibule_event::table.find(id).select(vestibule_event::all_columns).get_result(db).optional()
}

/// An event as whom it concerns sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// The number of its row.
    pub id: i64,
    /// When.
    pub created_at: PrimitiveDateTime,
    /// What.
    pub kind: Kind,
    /// From where.
    pub ip_address: Option<String>,
    /// With what browser.
    pub user_agent: String,
    /// What else is worth knowing.
    pub detail: String,
}

type HappenedColumns = (i64, PrimitiveDateTime, String, Option<String>, String, String);
const HAPPENED: (
    vestibule_event::id,
    vestibule_event::created_at,
    vestibule_event::kind,
    vestibule_event::ip_address,
    vestibule_event::user_agent,
    vestibule_event::detail,
) = (
    vestibule_event::id,
    vestibule_event::created_at,
    vestibule_event::kind,
    vestibule_event::ip_address,
    vestibule_event::user_agent,
    vestibule_event::detail,
);

impl Happened {
    fn read((id, created_at, kind, ip_address, user_agent, detail): HappenedColumns) -> Option<Self> {
        let kind = Kind::read(&kind)?;
        // From where an administrator works is not theirs to know whom it was done to.
        Some(if detail.starts_with(BY) {
            Self { id, created_at, kind, ip_address: None, user_agent: String::new(), detail }
        } else {
            Self { id, created_at, kind, ip_address, user_agent, detail }
        })
    }
}

/// The latest events of a person who was known.
pub(super) fn of_user(db: &mut Db, user_id: i32, limit: i64) -> QueryResult<Vec<Happened>> {
    let rows: Vec<HappenedColumns> = vestibule_event::table
        .filter(vestibule_event::user_id.eq(user_id))
        .order((vestibule_event::created_at.desc(), vestibule_event::id.desc()))
        .limit(limit)
        .select(HAPPENED)
        .load(db)?;
    Ok(rows.into_iter().filter_map(Happened::read).collect())
}

/// The latest refusals, since `since`, under a name that was typed: exactly so, or in whatever case.
pub(super) fn refusals_of(
    db: &mut Db,
    typed: &str,
    any_case: bool,
    since: PrimitiveDateTime,
    limit: i64,
) -> QueryResult<Vec<Happened>> {
    let [failed, locked, tried] = Kind::REFUSALS.map(Kind::as_str);
    let kind = vestibule_event::kind;
    let rows: Vec<HappenedColumns> = vestibule_event::table
        // There is an index of this for rows of nobody who was known.
        .filter(lower(vestibule_event::username).eq(lower(typed)))
        .filter(vestibule_event::user_id.is_null())
        .filter(vestibule_event::username.eq(typed).or(any_case.into_sql::<Bool>()))
        .filter(kind.eq(failed).or(kind.eq(locked)).or(kind.eq(tried)))
        .filter(vestibule_event::created_at.ge(since))
        .order((vestibule_event::created_at.desc(), vestibule_event::id.desc()))
        .limit(limit)
        .select(HAPPENED)
        .load(db)?;
    Ok(rows.into_iter().filter_map(Happened::read).collect())
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
    let kind = Kind::read(&kind)?;
    Some(Attempted { cursor: (at, id), kind, username, ip_address, user_agent, path })
}
