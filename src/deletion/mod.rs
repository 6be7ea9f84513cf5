//! Somebody's account goes, and with it what Django would delete.

mod model;

use crate::{
    auth::{Auth, AuthError, own_sessions},
    db::{
        self, Db,
        statement::{Statement, Value},
    },
    jwt,
    users::User,
};

/// Why an account could not be deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeletionError {
    /// Rows that neither we nor Django's own apps know point at it.
    #[error("something of another application still belongs to this account")]
    InUse,
    /// Something else went wrong.
    #[error(transparent)]
    Auth(AuthError),
}

/// What the audit log waits for tells of such rows before the commit does.
impl From<AuthError> for DeletionError {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::Db(error) if error.is_foreign_key_violation() => Self::InUse,
            error => Self::Auth(error),
        }
    }
}

/// A commit tells in this way of rows that point at nothing.
impl From<diesel::result::Error> for DeletionError {
    fn from(error: diesel::result::Error) -> Self {
        AuthError::from(error).into()
    }
}

/// Keeps others from writing anything that points at somebody until the transaction's end; whether they are there. To be
/// called before anything that points at them is written: else two who delete them wait for each other.
pub fn hold(db: &mut Db, user: &User) -> Result<bool, AuthError> {
    Ok(model::lock(db, user.id)?)
}

/// What of other applications keeps somebody from being deleted, in words.
pub fn held_by(db: &mut Db, user: &User) -> Result<Vec<String>, AuthError> {
    let keys = Statement::new("").bind_all([i64::from(user.id)].map(Value::Int));
    let holding = db::holding(db, "auth_user", &keys)?;
    Ok(holding.into_iter().map(|(reference, count)| format!("{reference} ({count})")).collect())
}

/// Deletes an account as `user.delete()` does in Django, with its live sessions; tokens are ended and stay as nobody's.
/// Whether it was there. `sessions` are those that [`own_sessions::keys`] has found before.
///
/// Within a transaction of the caller's, with [`DeletionError`] as its error: whether anything still points at the account
/// may show only when that is committed.
pub fn delete(db: &mut Db, auth: &Auth, user: &User, sessions: &[String]) -> Result<bool, DeletionError> {
    if !model::lock(db, user.id)? {
        return Ok(false);
    }
    jwt::end_all(db, user.id, auth.clock.now())?;
    own_sessions::end_all_but(db, auth, user, sessions, None)?;
    model::delete(db, user.id)?;
    Ok(true)
}
