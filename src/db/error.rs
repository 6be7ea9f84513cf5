use diesel::result::{DatabaseErrorKind, Error as Diesel};

/// Why the database did not do as asked. All of them are the operator's concern: people see a page that says to try
/// again.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// No connection could be had in time.
    #[error("no database connection: {0}")]
    Pool(#[from] r2d2::Error),
    /// A statement failed.
    #[error("database: {0}")]
    Statement(#[from] Diesel),
}

impl DbError {
    /// Whether a unique key already has the value; the one refusal that callers tell from a fault.
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Statement(Diesel::DatabaseError(DatabaseErrorKind::UniqueViolation, _)))
    }
}
