//! `SECURE_SSL_REDIRECT`: what came over plain HTTP is asked to come again over HTTPS.

use actix_web::{
    HttpResponse,
    dev::ServiceRequest,
    http::{header, uri::PathAndQuery},
};

use crate::{client::Client, settings::SecuritySettings};

/// The redirect that answers a request; `None` if it may go on.
pub fn redirect(request: &ServiceRequest, client: &Client, settings: &SecuritySettings) -> Option<HttpResponse> {
    if client.secure || !settings.ssl_redirect {
        return None;
    }
    // The host was checked; one in the request line was not, so nothing but the path is taken from there.
    let wanted = request.uri().path_and_query().map(PathAndQuery::as_str).filter(|path| path.starts_with('/'));
    let location = format!("https://{}{}", client.host, wanted.unwrap_or("/"));
    Some(HttpResponse::MovedPermanently().insert_header((header::LOCATION, location)).finish())
}
