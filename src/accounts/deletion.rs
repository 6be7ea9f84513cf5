//! The end of an account, by its owner or because nobody confirmed it.

use super::{
    Accounts,
    letters::{Addressee, Letter, post},
};
use crate::{
    auth::AuthError,
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
    /// Something that another application keeps still belongs to it; all is as it was.
    StillNeeded,
}

impl Accounts {
    /// Deletes the account and what belongs to it. The record of what happened stays, without the person.
    pub fn delete(&self, db: &mut Db, client: &Client, user: &User) -> Result<Farewell, AuthError> {
        let now = self.auth.clock.now();
        let deleted = db.write(|db| -> Result<(), DeletionError> {
            self.record(db, Kind::AccountDeleted, client, user)?;
            deletion::delete(db, &self.auth, user)?;
            if !user.email.is_empty() {
                let letter = Letter::AccountDeleted { to: Addressee::of(user), seen: self.seen(client) };
                post(db, &letter, now).map_err(AuthError::from)?;
            }
            Ok(())
        });
        match deleted {
            Ok(()) => Ok(Farewell::Gone),
            Err(DeletionError::InUse) => Ok(Farewell::StillNeeded),
            Err(DeletionError::Auth(error)) => Err(error),
        }
    }
}
