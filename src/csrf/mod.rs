//! Protection against forms sent by other sites (`django.middleware.csrf`): a secret in a cookie, a masked copy of it in
//! each form, and a look at where the request comes from.

mod origin;
mod token;

use std::{cell::RefCell, rc::Rc};

use actix_web::{
    Error, HttpMessage, HttpRequest,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
    web,
};

use crate::{
    client::Client,
    clock::Clock,
    cookies::{Attributes, RequestCookies},
    settings::CsrfSettings,
};

/// The field of a form that carries the token.
pub const FIELD: &str = "csrfmiddlewaretoken";

/// Why a request was refused; for the log, in Django's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The `Origin` header names another site.
    #[error("Origin checking failed - {0} does not match any trusted origins.")]
    BadOrigin(String),
    /// HTTPS without a `Referer`.
    #[error("Referer checking failed - no Referer.")]
    NoReferer,
    /// A `Referer` that can't be read.
    #[error("Referer checking failed - Referer is malformed.")]
    MalformedReferer,
    /// A `Referer` of plain HTTP.
    #[error("Referer checking failed - Referer is insecure while host is secure.")]
    InsecureReferer,
    /// A `Referer` of another site.
    #[error("Referer checking failed - {0} does not match any trusted origins.")]
    BadReferer(String),
    /// The browser sent no secret.
    #[error("CSRF cookie not set.")]
    NoCookie,
    /// The form has no token.
    #[error("CSRF token missing.")]
    TokenMissing,
    /// The token can't be one.
    #[error("CSRF token from {0} has {1}.")]
    BadToken(&'static str, &'static str),
    /// The token is another's.
    #[error("CSRF token from {0} incorrect.")]
    WrongToken(&'static str),
}

/// One request's secret. Clones share it.
#[derive(Debug, Clone, Default)]
struct State(Rc<RefCell<Secret>>);

#[derive(Debug, Default)]
struct Secret {
    value: Option<String>,
    send: bool,
}

fn state(request: &HttpRequest) -> State {
    request.extensions().get::<State>().cloned().unwrap_or_default()
}

/// The token for a form, masked anew each time so that compression tells nothing of the secret.
pub fn get_token(request: &HttpRequest) -> String {
    let state = state(request);
    let mut secret = state.0.borrow_mut();
    secret.send = true;
    token::mask(secret.value.get_or_insert_with(token::new_secret))
}

/// Makes a new secret, so that a token planted before a log-in is worth nothing after it.
pub fn rotate_token(request: &HttpRequest) {
    let state = state(request);
    *state.0.borrow_mut() = Secret { value: Some(token::new_secret()), send: true };
}

/// Whether a form came from a page of ours. `in_form` is its token; without one a header may carry it.
pub fn check(request: &HttpRequest, settings: &CsrfSettings, in_form: Option<&str>) -> Result<(), Rejection> {
    let client = request.extensions().get::<Client>().cloned().unwrap_or_default();
    origin::check(request.headers(), &client, &settings.trusted_origins)?;
    let state = state(request);
    let secret = state.0.borrow().value.clone().ok_or(Rejection::NoCookie)?;
    let header = || request.headers().get(settings.header_name.as_str()).map(|value| value.to_str().unwrap_or("?"));
    let (given, place) = match (in_form.filter(|token| !token.is_empty()), header()) {
        (Some(token), _) => (token, "POST"),
        (None, Some(token)) => (token, "the 'X-Csrftoken' HTTP header"),
        (None, None) => return Err(Rejection::TokenMissing),
    };
    token::check_format(given).map_err(|fault| Rejection::BadToken(place, fault))?;
    if token::matches(given, &secret) { Ok(()) } else { Err(Rejection::WrongToken(place)) }
}

/// Reads the secret's cookie and writes it back when a form was rendered.
pub async fn middleware<B: MessageBody + 'static>(
    settings: web::Data<CsrfSettings>,
    clock: web::Data<Clock>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let (state, secure) = {
        let extensions = request.extensions();
        let cookie = extensions.get::<RequestCookies>().and_then(|cookies| cookies.get(&settings.cookie_name));
        let value = cookie.and_then(token::secret_in_cookie);
        let secure = extensions.get::<Client>().is_some_and(|client| client.secure);
        (State(Rc::new(RefCell::new(Secret { value, send: false }))), secure)
    };
    request.extensions_mut().insert(state.clone());
    let mut response = next.call(request).await?;
    if let Secret { value: Some(value), send: true } = &*state.0.borrow() {
        let age = settings.cookie_age;
        let attributes = Attributes {
            name: &settings.cookie_name,
            domain: &settings.cookie_domain,
            path: &settings.cookie_path,
            secure: secure || settings.cookie_secure,
            http_only: settings.cookie_httponly,
            same_site: settings.cookie_samesite,
        };
        attributes.set(response.headers_mut(), value, (!age.is_zero()).then_some(age), clock.now());
    }
    Ok(response)
}
