//! Somebody is forgotten (GDPR, article 17): their account, and their name wherever else it stands. In the audit log, and in
//! what others did to them, a pseudonym takes its place.

mod places;

use self::places::Whom;
use super::{Accounts, model as unconfirmed};
use crate::{
    audit::{self, Traces},
    auth::{AuthError, Found, models::user},
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
    /// They were gone already.
    Gone,
}

impl Accounts {
    /// Forgets somebody who has an account. `sessions` are those that [`own_sessions::keys`](crate::auth::own_sessions::keys)
    /// has found before. Within a transaction of the caller's, as [`deletion::delete`], and the last thing in it.
    pub fn erase(
        &self,
        db: &mut Db,
        by: Option<&User>,
        client: &Client,
        person: &User,
        sessions: &[String],
    ) -> Result<Erased, DeletionError> {
        if person.is_superuser && user::lock_superusers(db)?.iter().all(|id| *id == person.id) {
            return Ok(Erased::LastSuperuser);
        }
        if !deletion::hold(db, person)? {
            return Ok(Erased::Gone);
        }
        let mut traces = Traces::of(person);
        if let Some(wish) = unconfirmed::find(db, person.id)?.filter(|wish| !wish.email.is_empty()) {
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
        let ids = audit::ids_of(db, name)?;
        let mut there = Vec::new();
        for id in ids {
            // Somebody who was renamed has an account still, and is erased under the name that they have now.
            if user::find(db, id)?.is_none() {
                there.push(id);
            }
        }
        let mut traces = Traces { ids: there, names: vec![name.to_owned()] };
        let whom = self.whom(db, &mut traces)?;
        let rows = places::erase(db, &whom)?;
        self.finish(db, None, client, traces, whom.pseudonym, rows)
    }

    /// By what they are found: also by the names that they had before, unless those are somebody else's by now.
    fn whom(&self, db: &mut Db, traces: &mut Traces) -> Result<Whom, AuthError> {
        for id in traces.ids.clone() {
            for entry in audit::of_subject(db, id, i64::MAX)?.iter().filter(|entry| entry.model == "auth.user") {
                let before = entry.changes.iter().filter(|(field, ..)| matches!(*field, "username" | "email"));
                let names = before.flat_map(|(_, old, new)| [old, new]).filter_map(|value| value.as_str());
                traces.names.extend(names.filter(|name| !name.is_empty()).map(str::to_owned));
            }
        }
        traces.names.sort_unstable();
        traces.names.dedup();
        let mut names = Vec::new();
        for name in &traces.names {
            let is_of_another =
                Found::look(db, name)?.the_one().is_some_and(|(other, _)| !traces.ids.contains(&other.id));
            if !is_of_another {
                names.push(name.clone());
            }
        }
        traces.names = names;
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
