//! What somebody ends of their own: sessions, programs, everything. Each is one transaction with its record.

use super::Accounts;
use crate::{
    audit::Changes,
    auth::{AuthError, own_sessions},
    client::Client,
    db::Db,
    events::Kind,
    jwt::{self, own_tokens},
    users::User,
};

impl Accounts {
    /// Ends one session of `user`'s; whether it was there and theirs.
    pub fn end_session(&self, db: &mut Db, client: &Client, user: &User, id: &str) -> Result<bool, AuthError> {
        db.write(|db| {
            let ended = own_sessions::end(db, &self.auth, user, id)?;
            if ended {
                self.record(db, Kind::SessionEnded, client, user)?;
            }
            Ok(ended)
        })
    }

    /// Ends all sessions of `user`'s but the one under `own_key`.
    pub fn end_other_sessions(
        &self,
        db: &mut Db,
        client: &Client,
        user: &User,
        own_key: Option<&str>,
    ) -> Result<(), AuthError> {
        let sessions = own_sessions::keys(db, &self.auth, user)?;
        db.write(|db| {
            own_sessions::end_all_but(db, &self.auth, user, &sessions, own_key)?;
            self.record_with(db, Kind::SessionEnded, client, user, "all others")
        })
    }

    /// Logs one program of `user`'s out; whether it was there and theirs.
    pub fn end_program(&self, db: &mut Db, client: &Client, user: &User, id: &str) -> Result<bool, AuthError> {
        db.write(|db| {
            let ended = own_tokens::end_one(db, user.id, id, self.auth.clock.now())?;
            if ended {
                self.record(db, Kind::TokenEnded, client, user)?;
            }
            Ok(ended)
        })
    }

    /// Logs all programs of `user`'s out.
    pub fn end_all_programs(&self, db: &mut Db, client: &Client, user: &User) -> Result<(), AuthError> {
        db.write(|db| {
            jwt::end_all(db, user.id, self.auth.clock.now())?;
            self.record_with(db, Kind::TokenEnded, client, user, "all")
        })
    }

    /// Ends every session of `user`'s and logs all programs out.
    pub fn end_everything(&self, db: &mut Db, client: &Client, user: &User) -> Result<(), AuthError> {
        let sessions = own_sessions::keys(db, &self.auth, user)?;
        db.write(|db| {
            own_sessions::end_all_but(db, &self.auth, user, &sessions, None)?;
            jwt::end_all(db, user.id, self.auth.clock.now())?;
            self.record(db, Kind::EverythingEnded, client, user)?;
            self.audit(db, "end_everything", client, user, Changes::new())
        })
    }
}
