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
    client::{Client, printable},
    crypto::{LOWERCASE_AND_DIGITS, random_string},
};

/// Parts of a path that are longer may be tokens.
const LONGEST_PART: usize = 24;

/// The id of a request.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// Gives the request its id and writes the line.
pub async fn middleware<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let id = random_string(16, LOWERCASE_AND_DIGITS);
    let (method, path, started) = (request.method().clone(), loggable(request.path()), Instant::now());
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

/// The path with its long parts left out.
fn loggable(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.len() > LONGEST_PART { "…" } else { part });
    printable(&parts.collect::<Vec<_>>().join("/"), 200)
}

#[cfg(test)]
mod tests {
    use super::loggable;

    #[test]
    fn tokens_in_paths_are_not_logged() {
        assert_eq!(loggable("/setup/0123456789012345678901234567890123456789/"), "/setup/…/");
        assert_eq!(loggable("/login/\n\u{1b}[31m"), "/login/\u{fffd}\u{fffd}[31m");
    }
}
