//! Logs in whom a trusted proxy names (`django.contrib.auth.middleware.RemoteUserMiddleware`).

use actix_web::{
    Error, HttpMessage,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
    web,
};

use crate::{
    auth::{Authenticated, Credentials, Outcome, session},
    client::Client,
    site::Site,
    web::PageError,
};

/// The class whose sessions hang on the header.
const BACKEND: &str = "RemoteUserBackend";

/// Does nothing unless the backend is configured.
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
    let known = session::get_user(request.request(), &site.auth).await?;
    let by_header = |known: &Authenticated| known.backend == path;
    match (&client.remote_user, known) {
        // The proxy says nothing (any more) of who it let in here.
        (None, Some(known)) if by_header(&known) => Ok(session::logout(request.request(), &site.auth).await?),
        (Some(name), Some(known)) if known.user.username == *name => Ok(()),
        (Some(name), _) => {
            let outcome = site.authenticate(&client, Credentials::remote_user(name)).await?;
            match outcome {
                Outcome::User(known) => Ok(session::login(request.request(), &site.auth, known).await?),
                Outcome::Refused => Ok(()),
            }
        }
        (None, _) => Ok(()),
    }
}
