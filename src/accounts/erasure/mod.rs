//! Somebody is forgotten (GDPR, article 17): their account, and their name wherever else it stands. In the audit log, and in
//! what others did to them, a pseudonym takes its place.

pub(super) mod names;
mod places;

use self::places::Whom;
use super::{Accounts, model as unconfirmed};
use crate::{
    audit::{self, Traces},
    auth::{AuthError, models::user},
    client::Client,
    db::Db,
    deletion::{self, DeletionError},
    events::{self, Event, Kind},
    jwt::models::outstanding,
    users::User,
};

/// How an erasure ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Erased {
    /// Nothing names them any more.
    Done {
        /// What stands in place of their name.
        pseudonym: String,
        /// How many rows were deleted or changed beside the account and what belongs to it.
        rows: usize,
    },
    /// Nobody else administers the site; all is as it was.
    LastSuperuser,
    /// They, or who erases them, may do more or less than a moment ago; all is as it was.
    Changed,
    /// Somebody of this username has an account, or the address belongs to it; all is as it was.
    HasAccount(String),
    /// They were gone already, or nothing names them.
    Gone,
}

impl Accounts {
    /// Keeps others from changing somebody who is about to be erased until the transaction's end, and reads them anew: what
    /// was read before may have changed. To be called first in the transaction.
    pub fn hold(&self, db: &mut Db, by: Option<&User>, person: &User) -> Result<Result<User, Erased>, AuthError> {
        let superusers = if person.is_superuser { user::lock_superusers(db)? } else { Vec::new() };
        if !deletion::hold(db, person)? {
            return Ok(Err(Erased::Gone));
        }
        let Some(held) = user::find(db, person.id)? else { return Ok(Err(Erased::Gone)) };
        if held.is_superuser != person.is_superuser
            || (held.is_superuser && by.is_some_and(|editor| !superusers.contains(&editor.id)))
        {
            return Ok(Err(Erased::Changed));
        }
        let is_last = held.is_superuser && superusers.iter().all(|id| *id == held.id);
        Ok(if is_last { Err(Erased::LastSuperuser) } else { Ok(held) })
    }

    /// Forgets somebody who has an account and whom [`hold`](Self::hold) gave back. `sessions` are those that
    /// [`own_sessions::keys`](crate::auth::own_sessions::keys) has found before. Within a transaction of the caller's, as
    /// [`deletion::delete`], and the last thing in it.
    pub fn erase(
        &self,
        db: &mut Db,
        by: Option<&User>,
        client: &Client,
        person: &User,
        sessions: &[String],
    ) -> Result<Erased, DeletionError> {
        let mut traces = Traces::of(person);
        if let Some(wish) = unconfirmed::find(db, person.id)? {
            traces.names.push(wish.email);
        }
        let whom = self.whom(db, &mut traces)?;
        let mut rows = places::erase(db, &whom)?;
        rows += outstanding::forget_texts(db, person.id, &whom.pseudonym)?;
        deletion::delete(db, &self.auth, person, sessions)?;
        self.finish(db, by, client, traces, whom.pseudonym, rows)
    }

    /// Forgets somebody whose account is gone: what is still known under `name`. Within a transaction of the caller's.
    pub fn erase_traces(&self, db: &mut Db, client: &Client, name: &str) -> Result<Erased, DeletionError> {
        let mut traces = Traces { ids: Vec::new(), names: vec![name.to_owned()] };
        if let Some(username) = names::of_others(db, &traces)?.into_values().next() {
            return Ok(Erased::HasAccount(username));
        }
        for id in audit::ids_of(db, name)? {
            // Somebody who was renamed has an account still, and is erased under the name that they have now.
            if user::find(db, id)?.is_none() {
                traces.ids.push(id);
            }
        }
        let whom = self.whom(db, &mut traces)?;
        if traces == Traces::default() {
            return Ok(Erased::Gone);
        }
        let rows = places::erase(db, &whom)?;
        self.finish(db, None, client, traces, whom.pseudonym, rows)
    }

    /// By what they are found.
    fn whom(&self, db: &mut Db, traces: &mut Traces) -> Result<Whom, AuthError> {
        names::learn(db, traces)?;
        let pseudonym = audit::pseudonym_of(&self.auth.keys, traces);
        Ok(Whom::new(traces.ids.clone(), &traces.names, pseudonym))
    }

    fn finish(
        &self,
        db: &mut Db,
        by: Option<&User>,
        client: &Client,
        traces: Traces,
        pseudonym: String,
        rows: usize,
    ) -> Result<Erased, DeletionError> {
        let now = self.auth.clock.now();
        let event = Event::new(Kind::AccountDeleted, client).typed(&pseudonym);
        let event = match by {
            Some(editor) => event.by(&editor.username, "erased"),
            None => event.detail("erased"),
        };
        events::record(db, &event, now)?;
        audit::erase_traces(db, &self.auth.keys, by, client, traces, now)?;
        Ok(Erased::Done { pseudonym, rows })
    }
}
