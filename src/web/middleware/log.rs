//! One line of log for each request, under an id that the answer carries too. No query strings, no secrets in paths.

use std::time::Instant;

use actix_web::{
    Error, HttpMessage,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::{HeaderName, HeaderValue},
    middleware::Next,
};
use tracing::Instrument;

use crate::{
    client::{Client, loggable_path},
    crypto::{LOWERCASE_AND_DIGITS, random_string},
};

/// The id of a request.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// Gives the request its id and writes the line.
pub async fn middleware<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let id = random_string(16, LOWERCASE_AND_DIGITS);
    let (method, path, started) = (request.method().clone(), loggable_path(request.path()), Instant::now());
    request.extensions_mut().insert(RequestId(id.clone()));
    let span = tracing::info_span!("request", id = %id);
    let mut response = next.call(request).instrument(span.clone()).await?;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), value);
    }
    let ip = response.request().extensions().get::<Client>().and_then(Client::ip_address).unwrap_or_default();
    let (status, milliseconds) = (response.status().as_u16(), started.elapsed().as_millis());
    span.in_scope(|| tracing::info!(%method, path, status, milliseconds, ip, "request"));
    Ok(response)
}
