//! Logs in whom a trusted proxy names (`django.contrib.auth.middleware.RemoteUserMiddleware`).

use actix_web::{
    Error, HttpMessage,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
    web,
};

use crate::{
    auth::{Credentials, Outcome, backends::clean_username, session},
    client::Client,
    site::Site,
    web::PageError,
};

/// The class whose sessions hang on the header.
pub const BACKEND: &str = "RemoteUserBackend";

/// Wrapped only where the backend is configured.
pub async fn middleware(
    site: web::Data<Site>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if let Some(path) = site.auth.backends.path_of(BACKEND)
        && let Err(error) = follow_header(&site, &request, path).await
    {
        return Ok(request.error_response(error));
    }
    next.call(request).await.map(ServiceResponse::map_into_boxed_body)
}

async fn follow_header(site: &Site, request: &ServiceRequest, path: &str) -> Result<(), PageError> {
    let client = request.extensions().get::<Client>().cloned().unwrap_or_default();
    let name = client.remote_user.as_deref().map(clean_username);
    let known = session::get_user(request.request(), &site.auth).await?;
    if name.is_some() && known.as_ref().map(|known| &known.user.username) == name.as_ref() {
        return Ok(());
    }
    if known.is_some_and(|known| known.backend == path) {
        // The proxy names somebody else now, who may be refused, or nobody.
        session::logout(request.request(), &site.auth).await?;
    }
    let Some(name) = name else {
        return Ok(());
    };
    match site.authenticate(&client, Credentials::remote_user(&name)).await? {
        Outcome::User(known) => Ok(session::login(request.request(), &site.auth, known)?),
        Outcome::Refused => Ok(()),
    }
}
