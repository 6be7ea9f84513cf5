//! What goes wrong at the edge. The page tells a person what to do; the log tells the operator why.

use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header},
};

use crate::{
    auth::{AuthError, Lock},
    csrf,
    db::DbError,
};

/// Why a request was not answered as asked. The middleware `error_pages` makes the page of it.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// The request can't be understood; the text is for the person.
    #[error("{0}")]
    BadRequest(&'static str),
    /// Nobody is logged in; leads to the log-in page, which leads back to the path given.
    #[error("log-in required")]
    LoginRequired(String),
    /// The form did not come from a page of ours.
    #[error("Forbidden (CSRF): {0}")]
    Csrf(#[from] csrf::Rejection),
    /// Logged in, but not allowed.
    #[error("permission denied")]
    PermissionDenied,
    /// There is nothing here.
    #[error("not found")]
    NotFound,
    /// There was something here once; the text is for the person.
    #[error("{0}")]
    Gone(&'static str),
    /// The path is right, the method is not; these are.
    #[error("method not allowed")]
    MethodNotAllowed(String),
    /// The body did not arrive in time.
    #[error("request body too slow")]
    Timeout,
    /// The body is too long.
    #[error("request body too large")]
    TooLarge,
    /// The body is not a form.
    #[error("unsupported media type")]
    UnsupportedMediaType,
    /// Too many log-ins have failed; nobody may try now.
    #[error("locked")]
    Locked(Box<Lock>),
    /// As many log-ins for one account are being checked as may still be wrong.
    #[error("too many guesses at once")]
    Pending,
    /// This was asked for too often; when it can be asked for again.
    #[error("too many requests")]
    TooMany(time::Duration),
    /// The database or the hashing pool can't serve this now.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// A fault of ours.
    #[error("{0}")]
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

impl From<AuthError> for PageError {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::Other(cause) => Self::Internal(cause),
            AuthError::Locked(lock) => Self::Locked(lock),
            AuthError::Pending => Self::Pending,
            // Work on another thread ends early when it panics, or when nobody waits for the answer any more.
            AuthError::Cancelled => Self::Internal(error.into()),
            error => Self::Unavailable(error.to_string()),
        }
    }
}

impl From<DbError> for PageError {
    fn from(error: DbError) -> Self {
        AuthError::from(error).into()
    }
}

impl From<askama::Error> for PageError {
    fn from(error: askama::Error) -> Self {
        Self::Internal(error.into())
    }
}

impl ResponseError for PageError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::LoginRequired(_) => StatusCode::FOUND,
            Self::Csrf(_) | Self::PermissionDenied => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Gone(_) => StatusCode::GONE,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Timeout => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Locked(lock) => StatusCode::from_u16(lock.status).unwrap_or(StatusCode::TOO_MANY_REQUESTS),
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Pending | Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        match self {
            Self::LoginRequired(location) => response.insert_header((header::LOCATION, location.as_str())),
            Self::MethodNotAllowed(allowed) => response.insert_header((header::ALLOW, allowed.as_str())),
            _ => &mut response,
        };
        response.finish()
    }
}
