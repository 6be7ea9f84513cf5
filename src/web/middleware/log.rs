//! One line of log for each request, under an id that the answer carries too. No query strings, no secrets in paths.

use std::time::Instant;

use actix_web::{
    Error, HttpMessage,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{HeaderName, HeaderValue},
    },
    middleware::Next,
    web,
};
use tracing::Instrument;

use crate::{
    client::{Client, loggable_path},
    crypto::{LOWERCASE_AND_DIGITS, random_string},
    site::Site,
};

/// The id of a request.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// Gives the request its id and writes the line.
pub async fn middleware<B: MessageBody + 'static>(
    site: web::Data<Site>,
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
    let (status, took) = (response.status().as_u16(), started.elapsed());
    if let Some(metrics) = &site.metrics {
        let pattern = response.request().match_pattern();
        metrics.count_answer(known_method(&method), pattern.as_deref().unwrap_or("none"), status, took);
    }
    let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    span.in_scope(|| tracing::info!(%method, path, status, milliseconds, ip, "request"));
    Ok(response)
}

/// Methods of which nobody can make up new ones.
fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
