use crate::{auth::AuthError, db::DbError};

/// Why a token is not taken; the texts are simplejwt's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is no token, or none of ours.
    #[error("Token is invalid")]
    Invalid,
    /// Its time is over.
    #[error("Token is expired")]
    Expired,
    /// It never ends.
    #[error("Token has no 'exp' claim")]
    NoExpiry,
    /// It can't be told from others.
    #[error("Token has no id")]
    NoId,
    /// It does not say what it is for.
    #[error("Token has no type")]
    NoType,
    /// It is for something else.
    #[error("Token has wrong type")]
    WrongType,
    /// It was ended before its time.
    #[error("Token is blacklisted")]
    Blacklisted,
}

/// Why somebody with a token is refused.
#[derive(Debug, thiserror::Error)]
pub enum JwtError {
    /// The token itself.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// It names nobody who may log in.
    #[error("no active account")]
    NoAccount(NoAccount),
    /// It could not be looked at.
    #[error(transparent)]
    Auth(#[from] AuthError),
}

/// Why a token's owner can't use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoAccount {
    /// It does not say whose it is.
    Unnamed,
    /// There is nobody of that name.
    Unknown,
    /// They may not log in.
    Inactive,
    /// They have another password now.
    PasswordChanged,
}

impl From<NoAccount> for JwtError {
    fn from(reason: NoAccount) -> Self {
        Self::NoAccount(reason)
    }
}

impl From<DbError> for JwtError {
    fn from(error: DbError) -> Self {
        Self::Auth(error.into())
    }
}

impl From<diesel::result::Error> for JwtError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Auth(error.into())
    }
}
