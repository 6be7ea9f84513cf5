use diesel::result::{DatabaseErrorKind, Error as Diesel};

/// Why the database did not do as asked. All of them are the operator's concern: people see a page that says to try
/// again.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// No connection could be had in time.
    #[error("no database connection: {0}")]
    Pool(#[from] r2d2::Error),
    /// All connections are in use, and were for too long.
    #[error("no database connection is free")]
    Busy,
    /// The database did not answer in time.
    #[error("the database does not answer in time")]
    Slow,
    /// The work ended early: it panicked, or the server is stopping.
    #[error("the work was cancelled")]
    Cancelled,
    /// What was written together with others' work could not be kept.
    #[error("the transaction failed: {0}")]
    Together(String),
    /// A statement failed.
    #[error("database: {0}")]
    Statement(#[from] Diesel),
}

impl DbError {
    /// Whether a unique key already has the value: a refusal that callers tell from a fault.
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Statement(Diesel::DatabaseError(DatabaseErrorKind::UniqueViolation, _)))
    }

    /// Whether a row points, or would point, at one that is not there: another such refusal.
    pub fn is_foreign_key_violation(&self) -> bool {
        matches!(self, Self::Statement(Diesel::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _)))
    }
}
