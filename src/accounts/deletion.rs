//! The end of an account, by its owner or because nobody confirmed it.

use serde_json::Value;

use super::{
    Accounts,
    letters::{Addressee, Letter, post},
};
use crate::{
    audit::Changes,
    auth::{AuthError, models::user, own_sessions},
    client::Client,
    db::Db,
    deletion::{self, DeletionError},
    events::Kind,
    users::User,
};

/// How a deletion ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Farewell {
    /// The account is gone.
    Gone,
    /// Nobody else administers the site; all is as it was.
    LastSuperuser,
    /// Something that another application keeps still belongs to it; all is as it was.
    StillNeeded,
}

impl Accounts {
    /// Deletes the account and what belongs to it. The record of what happened stays, without the person.
    pub fn delete(&self, db: &mut Db, client: &Client, user: &User) -> Result<Farewell, AuthError> {
        let now = self.auth.clock.now();
        let sessions = own_sessions::keys(db, &self.auth, user)?;
        let deleted = db.write(|db| -> Result<Farewell, DeletionError> {
            if user.is_superuser && user::lock_superusers(db)?.iter().all(|id| *id == user.id) {
                return Ok(Farewell::LastSuperuser);
            }
            deletion::hold(db, user)?;
            self.record(db, Kind::AccountDeleted, client, user)?;
            deletion::delete(db, &self.auth, user, &sessions)?;
            if !user.email.is_empty() {
                let letter = Letter::AccountDeleted { to: Addressee::of(user), seen: self.seen(client) };
                post(db, &letter, now).map_err(AuthError::from)?;
            }
            let changes = Changes::new().with("username", user.username.as_str(), Value::Null);
            self.audit(db, "account_deleted", client, user, changes.with("email", user.email.as_str(), Value::Null))?;
            Ok(Farewell::Gone)
        });
        match deleted {
            Ok(farewell) => Ok(farewell),
            Err(DeletionError::InUse) => Ok(Farewell::StillNeeded),
            Err(DeletionError::Auth(error)) => Err(error),
        }
    }
}
