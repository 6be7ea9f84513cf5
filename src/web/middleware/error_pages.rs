//! Turns every error into a page that says what to do, and logs its cause.

use actix_web::{
    Error, HttpMessage, HttpRequest,
    body::{BodySize, BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{self, HeaderMap, HeaderValue},
    },
    middleware::Next,
    web,
};
use askama::Template;

use super::log::RequestId;
use crate::{
    csrf,
    web::{
        ApiError, PageError, api, locked,
        page::{self, Page, shown},
        urls::Prefix,
    },
};

/// After how many seconds somebody may try again when we are unavailable.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");
/// The same when it is only that passwords are being checked.
const RETRY_SOON: HeaderValue = HeaderValue::from_static("1");

/// What went wrong, for a person.
#[derive(Debug, Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    /// The frame.
    pub page: Page,
    /// The status.
    pub status: u16,
    /// In a few words.
    pub heading: &'static str,
    /// What to do.
    pub message: &'static str,
    /// Under which the log tells more.
    pub request_id: String,
}

shown!(ErrorPage);

/// Gives errors without a body their page.
pub async fn middleware(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let response = next.call(request).await?.map_into_boxed_body();
    let status = response.status();
    let bare = matches!(response.response().body().size(), BodySize::None | BodySize::Sized(0));
    let failed = status.is_client_error() || status.is_server_error();
    if failed && (bare || response.response().error().is_some()) { Ok(with_page(response)) } else { Ok(response) }
}

fn with_page(response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let (request, mut response) = response.into_parts();
    let (status, mut headers) = (response.status(), HeaderMap::new());
    let refused = response.error().and_then(|error| error.as_error::<ApiError>());
    let error = match refused {
        Some(ApiError::Page(error)) => Some(error),
        _ => response.error().and_then(|error| error.as_error::<PageError>()),
    };
    log(status, error);
    if let Some(retry_after) = retry_after(status, error) {
        headers.insert(header::RETRY_AFTER, retry_after);
    }
    let (content_type, body) = match error {
        _ if refused.is_some() || is_for_programs(&request) => {
            ("application/json", api::answer(&request, status, response.error(), &mut headers))
        }
        Some(PageError::Locked(lock)) => locked::answer(&request, lock),
        error => ("text/html; charset=utf-8", error_page(&request, status, error)),
    };
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    for (name, value) in headers {
        response.headers_mut().insert(name, value);
    }
    ServiceResponse::new(request, response.set_body(BoxBody::new(body)))
}

fn is_for_programs(request: &HttpRequest) -> bool {
    let prefix = request.app_data::<web::Data<Prefix>>().map_or("", |prefix| prefix.0.as_str());
    request.path().strip_prefix(prefix).is_some_and(api::is_below)
}

fn error_page(request: &HttpRequest, status: StatusCode, error: Option<&PageError>) -> String {
    let (heading, message) = texts(status, error);
    let request_id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let shown = ErrorPage { page: Page::new(request, None), status: status.as_u16(), heading, message, request_id };
    page::text(&shown).unwrap_or_else(|_| heading.to_owned())
}

fn retry_after(status: StatusCode, error: Option<&PageError>) -> Option<HeaderValue> {
    match error {
        Some(PageError::Locked(lock)) => lock.retry_after.map(|wait| HeaderValue::from(locked::seconds(wait))),
        Some(PageError::Pending) => Some(RETRY_SOON),
        Some(PageError::TooMany(wait)) => Some(HeaderValue::from(locked::seconds(*wait))),
        _ => (status == StatusCode::SERVICE_UNAVAILABLE).then_some(RETRY_AFTER),
    }
}

fn log(status: StatusCode, error: Option<&PageError>) {
    match error {
        Some(PageError::Pending) => tracing::warn!("a log-in was put off: others are being checked"),
        Some(cause) if status.is_server_error() => tracing::error!(%cause, "the request failed"),
        Some(cause @ PageError::Csrf(_)) => tracing::warn!(%cause, "the request was refused"),
        _ => {}
    }
}

fn texts(status: StatusCode, error: Option<&PageError>) -> (&'static str, &'static str) {
    match error {
        Some(PageError::BadRequest(message)) => return ("Bad request", message),
        Some(PageError::Gone(message)) => return ("This link no longer works", message),
        Some(PageError::Csrf(csrf::Rejection::NoCookie)) => {
            return (
                "CSRF verification failed. Request aborted.",
                "This site needs a cookie to protect its forms. Allow cookies for this site, reload the page with the \
                 form and send it again.",
            );
        }
        Some(PageError::Csrf(_)) => {
            return (
                "CSRF verification failed. Request aborted.",
                "The form was too old, or it did not come from this site. Go back, reload the page and send it again.",
            );
        }
        Some(PageError::TooMany(_)) => {
            return (
                "Too many requests",
                "This was asked for too often from your network. Please wait a while and try again.",
            );
        }
        Some(PageError::Pending) => {
            return (
                "Please try again",
                "Log-ins for this name or from your address are being checked right now, as many as are allowed at once.",
            );
        }
        _ => {}
    }
    match status {
        StatusCode::BAD_REQUEST => {
            ("Bad request", "Your session ended while the request was running. Please try again.")
        }
        StatusCode::FORBIDDEN => ("Not allowed", "You do not have permission to see or do this."),
        StatusCode::NOT_FOUND => ("Page not found", "There is no page at this address."),
        StatusCode::METHOD_NOT_ALLOWED => ("Method not allowed", "This address does not take that kind of request."),
        StatusCode::REQUEST_TIMEOUT => ("Too slow", "What you sent did not arrive in time. Please try again."),
        StatusCode::PAYLOAD_TOO_LARGE => ("Too large", "What you sent is larger than this site accepts."),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ("Unsupported media type", "This address takes ordinary web forms only."),
        StatusCode::SERVICE_UNAVAILABLE => {
            ("Please try again shortly", "The site is too busy or cannot reach its database. Nothing was changed.")
        }
        status if status.is_client_error() => ("Bad request", "The request could not be understood."),
        _ => ("Something went wrong", "This is our fault, not yours. It has been written down."),
    }
}
