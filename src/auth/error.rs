use super::Lock;
use crate::db::DbError;

/// Why authentication could not be carried out. A refusal is not an error: see [`super::Outcome`]. Backends may return any
/// of these, which ends the walk.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// The database did not do as asked.
    #[error(transparent)]
    Db(DbError),
    /// More log-ins are waiting than can be served in time.
    #[error("too many log-ins at once")]
    Busy,
    /// Nobody may try now.
    #[error("locked")]
    Locked(Box<Lock>),
    /// Passwords for the same account or from the same address are being checked, as many as may still be wrong.
    #[error("too many guesses at once")]
    Pending,
    /// The client left, or the server is stopping.
    #[error("the work was cancelled")]
    Cancelled,
    /// A backend or receiver outside this crate failed.
    #[error("{0}")]
    Other(Box<dyn std::error::Error + Send + Sync>),
}

impl From<DbError> for AuthError {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Cancelled => Self::Cancelled,
            error => Self::Db(error),
        }
    }
}

impl From<diesel::result::Error> for AuthError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Db(error.into())
    }
}
