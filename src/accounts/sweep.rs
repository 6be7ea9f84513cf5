//! What did not come to anything is forgotten.

use super::{Accounts, links, model as unconfirmed};
use crate::{
    audit::{self, Entry},
    auth::{AuthError, models::user},
    client::Client,
    db::{
        DbError,
        batches::{BATCH, Pace, in_batches},
    },
    deletion::{self, DeletionError},
    throttle,
};

/// How many accounts are deleted in one transaction.
const FEW: i64 = 20;

impl Accounts {
    /// Deletes accounts whose address was never confirmed, wishes for addresses that expired, counts that count no more, and
    /// what was kept of links that open nothing any more.
    /// How many rows it were.
    pub fn sweep(&self) -> Result<u64, DbError> {
        let (database, now) = (&self.auth.database, self.auth.clock.now());
        let wishes = || database.get()?.write(|db| Ok::<_, DbError>(unconfirmed::delete_old(db, now, BATCH)?));
        let counts = || database.get()?.write(|db| Ok::<_, DbError>(throttle::delete_old(db, now, BATCH)?));
        let oldest = links::oldest(&self.settings, now);
        let sent = || database.get()?.write(|db| Ok::<_, DbError>(links::model::delete_old(db, oldest, BATCH)?));
        Ok(in_batches(Pace::Gentle, |_| (), || self.forget_some())?
            + in_batches(Pace::Gentle, |_| (), wishes)?
            + in_batches(Pace::Gentle, |_| (), counts)?
            + in_batches(Pace::Gentle, |_| (), sent)?)
    }

    fn forget_some(&self) -> Result<usize, DbError> {
        let now = self.auth.clock.now();
        let forgotten = self.auth.database.get()?.write(|db| -> Result<usize, DeletionError> {
            let ids = unconfirmed::forgotten(db, now, FEW)?;
            let mut entries = Vec::new();
            for id in &ids {
                if let Some(person) = user::find(db, *id)? {
                    // Who never logged in has no sessions.
                    deletion::delete(db, &self.auth, &person, &[])?;
                    entries.push(Entry::new("registration_expired", &Client::default()).on_user(&person));
                }
            }
            audit::append(db, &self.auth.keys, &entries, now)?;
            Ok(ids.len())
        });
        forgotten.or_else(|error| match error {
            DeletionError::Auth(AuthError::Db(error)) => Err(error),
            other => {
                tracing::warn!(%other, "accounts that were never confirmed can't be deleted");
                Ok(0)
            }
        })
    }
}
