//! Gives a browser in which somebody has logged in the cookie by which it is known again.

use actix_web::{
    Error, HttpMessage,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
    web,
};

use crate::{client::Client, cookies::Attributes, site::Site};

/// Outside the session, whose writing remembers the device.
pub async fn middleware<B: MessageBody>(
    site: web::Data<Site>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let mut response = next.call(request).await?;
    let of_client = |client: &Client| Some((client.device.kept()?.to_owned(), client.secure));
    let kept = response.request().extensions().get::<Client>().and_then(of_client);
    if let (Some((token, secure)), false) = (kept, response.status().is_server_error()) {
        let (sessions, lockout) = (&site.settings.sessions, &site.settings.lockout);
        let attributes = Attributes {
            name: &lockout.device_cookie_name,
            domain: &sessions.cookie_domain,
            path: &sessions.cookie_path,
            secure: secure || sessions.cookie_secure,
            http_only: true,
            same_site: sessions.cookie_samesite,
        };
        let now = site.auth.clock.now();
        attributes.set(response.headers_mut(), &token, Some(lockout.device_cookie_age), now);
    }
    Ok(response)
}
