//! The chain grows.

use time::PrimitiveDateTime;

use super::{
    entry::Entry,
    head::{Head, Sealed},
    model,
    seal::{Raw, head_seal, is_sealed},
};
use crate::{
    auth::AuthError,
    client::Client,
    crypto::SecretKeys,
    db::{Db, after_commit, statement::Statement},
    outbox,
};

/// Before the number of an entry in the outbox, and what those ask for who want to hear of all of them.
pub const LETTER: &str = "audit";

/// The entry that stands after a head which was not ours.
pub(super) const HEAD_LOST: &str = "head_lost";

/// Appends entries, and writes the new head to the log output once they are committed. To be called last in a transaction:
/// on PostgreSQL all who append wait here for each other until its end.
pub fn append(db: &mut Db, keys: &SecretKeys, entries: &[Entry], now: PrimitiveDateTime) -> Result<(), AuthError> {
    if entries.is_empty() {
        return Ok(());
    }
    check_now(db)?;
    let found = model::hold_head(db)?.unwrap_or_else(|| Sealed { number: -1, ..Sealed::default() });
    // What somebody added without the key must not keep others from adding theirs.
    let last = model::last(db)?;
    let mut chain = Chain { db, keys, now, number: last.max(found.number).max(0), hash: found.hash.clone() };
    let is_beginning = found == Sealed::default() && last == 0;
    if !is_beginning && !is_sealed(keys, found.number, &found.hash, &found.seal) {
        tracing::error!("the head of the audit log is not sealed with a key of ours: run `vestibule audit verify`");
        chain.hash = model::last_hash(chain.db)?;
        chain.add(&lost(&found))?;
    }
    for entry in entries {
        chain.add(entry)?;
    }
    let Chain { number, hash, .. } = chain;
    let seal = head_seal(keys.current(), number, &hash);
    model::set_head(db, &Sealed { number, hash: hash.clone(), seal })?;
    after_commit(move || Head { number, hash }.log());
    Ok(())
}

/// Checks on PostgreSQL at once what would be checked at the commit: that locks rows, as of who wrote to Django's log, and
/// whoever waits for a row must not hold the head, for which those wait who hold the row.
pub(super) fn check_now(db: &mut Db) -> Result<(), AuthError> {
    if !db.is_sqlite() {
        Statement::new("SET CONSTRAINTS ALL IMMEDIATE").execute(db)?;
    }
    Ok(())
}

/// Where the chain ends; `None` for an empty one.
pub fn head(db: &mut Db) -> Result<Option<Head>, AuthError> {
    let head = model::head(db)?.filter(|head| head.number > 0);
    Ok(head.map(|Sealed { number, hash, .. }| Head { number, hash }))
}

/// What is noted of a head that nobody could have sealed: else the next seal would hide it.
fn lost(found: &Sealed) -> Entry {
    let Sealed { number, hash, seal } = found;
    let short = |text: &str| text.chars().filter(char::is_ascii_hexdigit).take(64).collect::<String>();
    Entry::new(HEAD_LOST, &Client::default()).detail(&format!("{number}:{}:{}", short(hash), short(seal)))
}

struct Chain<'a> {
    db: &'a mut Db,
    keys: &'a SecretKeys,
    now: PrimitiveDateTime,
    number: i64,
    hash: String,
}

impl Chain<'_> {
    fn add(&mut self, entry: &Entry) -> Result<(), AuthError> {
        let mut raw = raw(entry, self.number.saturating_add(1), self.now);
        raw.seal(self.keys.current(), &self.hash);
        model::insert(self.db, &raw, self.now)?;
        outbox::announce(self.db, LETTER, &format!("{LETTER} {}", raw.id), self.now)?;
        self.number = raw.id;
        self.hash = raw.hash.unwrap_or_default();
        Ok(())
    }
}

fn raw(entry: &Entry, id: i64, now: PrimitiveDateTime) -> Raw {
    let Entry { action, model, object_id, actor, user_agent, object_repr, detail, .. } = entry;
    let text = |text: &String| Some(text.clone());
    Raw {
        id,
        created_at: Some(written(now)),
        action: text(action),
        model: text(model),
        object_id: text(object_id),
        actor_id: entry.actor_id.map(|id| id.to_string()),
        subject_id: entry.subject_id.map(|id| id.to_string()),
        actor: text(actor),
        ip_address: entry.ip_address.clone(),
        user_agent: text(user_agent),
        object_repr: text(object_repr),
        changes: Some(entry.changes.text()),
        detail: text(detail),
        ..Raw::default()
    }
}

/// A time as the database gives it back.
fn written(now: PrimitiveDateTime) -> String {
    let (date, (hour, minute, second, micro)) = (now.date(), now.as_hms_micro());
    format!("{date} {hour:02}:{minute:02}:{second:02}.{micro:06}")
}
