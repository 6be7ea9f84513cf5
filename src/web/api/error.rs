//! Why the API refuses, in the JSON of DRF and simplejwt.

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{self, HeaderMap, HeaderValue},
    },
    web,
};
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Value, json};

use crate::{
    auth::AuthError,
    csrf,
    db::DbError,
    jwt::{JwtError, NoAccount, TokenError},
    site::Site,
    web::{PageError, locked, middleware::log::RequestId},
};

/// Why a program was not answered as it asked.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// Nobody said who they are.
    #[error("not authenticated")]
    NotAuthenticated,
    /// Whoever it is could not show it.
    #[error("{0}")]
    AuthenticationFailed(&'static str),
    /// The same, with a word for programs.
    #[error("{detail}")]
    Unauthenticated {
        /// For people.
        detail: &'static str,
        /// For programs.
        code: &'static str,
    },
    /// The access token is not taken.
    #[error("{0}")]
    AccessToken(TokenError),
    /// The token in the body is not taken.
    #[error("{0}")]
    Token(TokenError),
    /// A session's cookie without the token that shows where the request comes from.
    #[error("CSRF Failed: {0}")]
    Csrf(#[from] csrf::Rejection),
    /// Somebody who may not.
    #[error("permission denied")]
    PermissionDenied,
    /// There is nothing there.
    #[error("{0}")]
    NotFound(String),
    /// The body is not what its type says.
    #[error("{0}")]
    Parse(String),
    /// The body is of a type that is not read here.
    #[error("unsupported media type")]
    UnsupportedMediaType(String),
    /// Fields are wrong.
    #[error("invalid")]
    Invalid(FieldErrors),
    /// What pages are refused for too.
    #[error(transparent)]
    Page(PageError),
}

/// What is wrong, field by field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldErrors(Vec<(&'static str, Vec<String>)>);

impl FieldErrors {
    /// Something that concerns no single field.
    pub fn non_field(message: impl Into<String>) -> Self {
        Self(vec![("non_field_errors", vec![message.into()])])
    }

    /// Adds what is wrong with a field.
    pub fn push(&mut self, field: &'static str, messages: Vec<String>) {
        self.0.push((field, messages));
    }

    /// Whether nothing is.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for FieldErrors {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (field, messages) in &self.0 {
            map.serialize_entry(field, messages)?;
        }
        map.end()
    }
}

impl ApiError {
    /// That of an access token, or of whoever it names.
    pub fn of_access(error: JwtError) -> Self {
        match error {
            JwtError::Token(error) => Self::AccessToken(error),
            JwtError::NoAccount(reason) => reason.into(),
            JwtError::Auth(error) => error.into(),
        }
    }

    /// That of a refresh token.
    pub fn of_refresh(error: JwtError) -> Self {
        match error {
            JwtError::NoAccount(NoAccount::PasswordChanged) => NoAccount::PasswordChanged.into(),
            JwtError::NoAccount(_) => Self::AuthenticationFailed("No active account found for the given token."),
            JwtError::Token(error) => Self::Token(error),
            JwtError::Auth(error) => error.into(),
        }
    }

    /// That of a token that was to be verified.
    pub fn of_verify(error: JwtError) -> Self {
        match error {
            JwtError::Token(error @ TokenError::Blacklisted) => {
                Self::Invalid(FieldErrors::non_field(error.to_string()))
            }
            JwtError::Token(error) => Self::Token(error),
            error => Self::of_access(error),
        }
    }

    /// What is said of it.
    fn body(&self) -> Value {
        match self {
            Self::NotAuthenticated => json!({"detail": "Authentication credentials were not provided."}),
            Self::AuthenticationFailed(detail) => json!({"detail": detail}),
            Self::Unauthenticated { detail, code } => json!({"detail": detail, "code": code}),
            Self::AccessToken(error) => json!({
                "detail": "Given token not valid for any token type",
                "code": "token_not_valid",
                "messages": [{"token_class": "AccessToken", "token_type": "access", "message": error.to_string()}],
            }),
            Self::Token(error) => json!({"detail": error.to_string(), "code": "token_not_valid"}),
            Self::PermissionDenied => json!({"detail": "You do not have permission to perform this action."}),
            Self::UnsupportedMediaType(kind) => {
                json!({"detail": format!("Unsupported media type \"{kind}\" in request.")})
            }
            Self::Csrf(_) | Self::NotFound(_) | Self::Parse(_) => json!({"detail": self.to_string()}),
            Self::Invalid(errors) => serde_json::to_value(errors).unwrap_or_default(),
            Self::Page(error) => page_body(error),
        }
    }
}

fn page_body(error: &PageError) -> Value {
    match error {
        PageError::Locked(lock) => locked::detail(lock),
        PageError::Pending => json!({
            "detail": "Log-ins for this name or from your address are being checked right now. Please try again."
        }),
        error => json!({"detail": plain(error.status_code())}),
    }
}

/// What is said where only the status is known.
fn plain(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "Not found.",
        StatusCode::METHOD_NOT_ALLOWED => "Method not allowed.",
        StatusCode::REQUEST_TIMEOUT => "The request did not arrive in time.",
        StatusCode::PAYLOAD_TOO_LARGE => "The request is larger than this site accepts.",
        StatusCode::SERVICE_UNAVAILABLE => "Service temporarily unavailable, try again later.",
        StatusCode::FORBIDDEN => "You do not have permission to perform this action.",
        status if status.is_client_error() => "The request could not be understood.",
        _ => "A server error occurred.",
    }
}

/// The body of a refusal, and on `headers` what goes with it.
pub fn answer(
    request: &HttpRequest,
    status: StatusCode,
    error: Option<&actix_web::Error>,
    headers: &mut HeaderMap,
) -> String {
    if status == StatusCode::UNAUTHORIZED {
        let site = request.app_data::<web::Data<Site>>();
        let scheme = site.map_or("Bearer", |site| site.settings.jwt.auth_header_types.first());
        if let Ok(value) = HeaderValue::from_str(&format!("{scheme} realm=\"api\"")) {
            headers.insert(header::WWW_AUTHENTICATE, value);
        }
    }
    let mut body = match error.and_then(|error| error.as_error::<ApiError>()) {
        Some(error) => error.body(),
        None => match error.and_then(|error| error.as_error::<PageError>()) {
            Some(PageError::MethodNotAllowed(_)) => {
                json!({"detail": format!("Method \"{}\" not allowed.", request.method())})
            }
            Some(error) => page_body(error),
            None => json!({"detail": plain(status)}),
        },
    };
    if let (true, Some(body)) = (status.is_server_error(), body.as_object_mut()) {
        let id = request.extensions().get::<RequestId>().map(|id| id.0.clone());
        body.insert("request_id".to_owned(), id.into());
    }
    body.to_string()
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NotAuthenticated
            | Self::AuthenticationFailed(_)
            | Self::Unauthenticated { .. }
            | Self::AccessToken(_)
            | Self::Token(_) => StatusCode::UNAUTHORIZED,
            Self::Csrf(_) | Self::PermissionDenied => StatusCode::FORBIDDEN,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Parse(_) | Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::UnsupportedMediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Page(error) => error.status_code(),
        }
    }

    /// Its body is written where the pages of errors are.
    fn error_response(&self) -> HttpResponse {
        match self {
            Self::Page(error) => error.error_response(),
            error => HttpResponse::build(error.status_code()).finish(),
        }
    }
}

impl From<NoAccount> for ApiError {
    fn from(reason: NoAccount) -> Self {
        let (detail, code) = match reason {
            NoAccount::Unnamed => ("Token contained no recognizable user identification", "token_not_valid"),
            NoAccount::Unknown => ("User not found", "user_not_found"),
            NoAccount::Inactive => ("User is inactive", "user_inactive"),
            NoAccount::PasswordChanged => ("The user's password has been changed.", "password_changed"),
        };
        Self::Unauthenticated { detail, code }
    }
}

impl From<PageError> for ApiError {
    fn from(error: PageError) -> Self {
        match error {
            PageError::Csrf(rejection) => Self::Csrf(rejection),
            error => Self::Page(error),
        }
    }
}

impl From<AuthError> for ApiError {
    fn from(error: AuthError) -> Self {
        Self::Page(error.into())
    }
}

impl From<DbError> for ApiError {
    fn from(error: DbError) -> Self {
        Self::Page(error.into())
    }
}
