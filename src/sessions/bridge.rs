//! Django's bare `sessionid` cookie around actix-session, which knows only signed ones.
//!
//! [`outer`] wraps the session middleware: it hands the bare key in under a signature that never leaves this process,
//! and writes the cookie on the way out. [`inner`] stands between that middleware and the handlers and tells the store
//! what it can't see: whether the response failed, whether the key was renewed.

use std::{fmt, sync::Arc};

use actix_session::{
    SessionExt, SessionMiddleware, SessionStatus,
    config::{PersistentSession, TtlExtensionPolicy},
};
use actix_web::{
    Error, HttpMessage, HttpResponse,
    body::{BoxBody, MessageBody},
    cookie::{Cookie, CookieJar, Key},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{self, HeaderMap, HeaderValue},
    },
    middleware::Next,
    web,
};

use super::{
    exchange::{CookieChange, Exchange, Fault},
    is_key,
    model::Device,
    store::Store,
};
use crate::{
    client::Client,
    clock::Clock,
    cookies::{Attributes, RequestCookies},
    settings::SessionSettings,
};

/// The cookie between the bridge and actix-session; no browser ever sees it.
const INTERNAL: &str = "vestibule-internal-session";

/// What the bridge needs; one per process.
pub struct Bridge {
    settings: SessionSettings,
    clock: Clock,
    key: Key,
}

impl fmt::Debug for Bridge {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Bridge").finish_non_exhaustive()
    }
}

impl Bridge {
    /// A bridge with a signing key of its own.
    pub fn new(settings: SessionSettings, clock: Clock) -> Arc<Self> {
        Arc::new(Self { settings, clock, key: Key::generate() })
    }

    /// actix-session, set up for this bridge.
    pub fn middleware(&self, store: Store) -> SessionMiddleware<Store> {
        let policy = if self.settings.save_every_request {
            TtlExtensionPolicy::OnEveryRequest
        } else {
            TtlExtensionPolicy::OnStateChanges
        };
        SessionMiddleware::builder(store, self.key.clone())
            .cookie_name(INTERNAL.to_owned())
            .cookie_content_security(actix_session::config::CookieContentSecurity::Signed)
            .session_lifecycle(PersistentSession::default().session_ttl_extension_policy(policy))
            .build()
    }

    fn signed(&self, key: &str) -> Option<HeaderValue> {
        let mut jar = CookieJar::new();
        jar.signed_mut(&self.key).add(Cookie::new(INTERNAL, key.to_owned()));
        let cookie = jar.get(INTERNAL)?;
        HeaderValue::from_str(&cookie.stripped().encoded().to_string()).ok()
    }

    fn attributes(&self, secure: bool) -> Attributes<'_> {
        Attributes {
            name: &self.settings.cookie_name,
            domain: &self.settings.cookie_domain,
            path: &self.settings.cookie_path,
            secure: secure || self.settings.cookie_secure,
            http_only: self.settings.cookie_httponly,
            same_site: self.settings.cookie_samesite,
        }
    }

    fn write_cookie(&self, headers: &mut HeaderMap, change: &CookieChange, secure: bool) {
        let attributes = self.attributes(secure);
        match change {
            CookieChange::Keep => {}
            CookieChange::Set { key, max_age } => attributes.set(headers, key, *max_age, self.clock.now()),
            CookieChange::Delete => attributes.delete(headers),
        }
    }
}

/// Outside the session middleware.
pub async fn outer(
    bridge: web::Data<Bridge>,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let (presented, secure, exchange) = {
        let extensions = request.extensions();
        let cookies = extensions.get::<RequestCookies>();
        let presented = cookies.and_then(|cookies| cookies.get(&bridge.settings.cookie_name)).map(str::to_owned);
        let client = extensions.get::<Client>().cloned().unwrap_or_default();
        let exchange = Exchange::default();
        exchange.edit().device = Device { ip_address: client.ip_address(), user_agent: client.user_agent };
        (presented, client.secure, exchange)
    };
    request.extensions_mut().insert(exchange.clone());
    let signed = presented.as_deref().filter(|key| is_key(key)).and_then(|key| bridge.signed(key));
    request.headers_mut().remove(header::COOKIE);
    if let Some(signed) = signed {
        request.headers_mut().insert(header::COOKIE, signed);
    }

    let response = exchange.clone().scope(next.call(request)).await?;

    let mut response = answer_fault(response, &exchange);
    let mut change = exchange.get().cookie.clone();
    if presented.is_some()
        && exchange.get().loaded.is_none()
        && change == CookieChange::Keep
        && exchange.get().fault.is_none()
    {
        // The browser holds a key that opens nothing.
        change = CookieChange::Delete;
    }
    let headers = response.headers_mut();
    remove_internal_cookie(headers);
    bridge.write_cookie(headers, &change, secure);
    headers.append(header::VARY, HeaderValue::from_static("Cookie"));
    Ok(response)
}

/// Inside the session middleware, outside the handlers.
pub async fn inner(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let exchange = Exchange::current();
    if exchange.get().fault.is_some() {
        // Without its session the request must not run: it would act as somebody else.
        return Ok(request.into_response(HttpResponse::new(StatusCode::SERVICE_UNAVAILABLE)));
    }
    let response = next.call(request).await?;
    let session = response.request().get_session();
    let mut dealings = exchange.edit();
    let changed = dealings.loaded.as_ref().is_some_and(|loaded| loaded.state != *session.entries());
    if changed && session.status() == SessionStatus::Unchanged {
        // actix-session's `update` changes a value and says nothing of it, so the value would be lost; `remove` says so.
        session.remove(INTERNAL);
    }
    dealings.failed = response.status().is_server_error();
    if dealings.flushed && session.entries().is_empty() {
        // Only now: after `purge` a session silently takes nothing more.
        session.purge();
    }
    dealings.renewed = session.status() == SessionStatus::Renewed;
    drop(dealings);
    Ok(response.map_into_boxed_body())
}

/// Takes out what actix-session set for itself and leaves what handlers set.
fn remove_internal_cookie(headers: &mut HeaderMap) {
    let cookies: Vec<HeaderValue> = headers.remove(header::SET_COOKIE).collect();
    let own = |value: &HeaderValue| value.as_bytes().starts_with(INTERNAL.as_bytes());
    for cookie in cookies.into_iter().filter(|value| !own(value)) {
        headers.append(header::SET_COOKIE, cookie);
    }
}

fn answer_fault<B: MessageBody + 'static>(
    response: ServiceResponse<B>,
    exchange: &Exchange,
) -> ServiceResponse<BoxBody> {
    let status = match &exchange.get().fault {
        None => return response.map_into_boxed_body(),
        Some(Fault::Interrupted) => StatusCode::BAD_REQUEST,
        Some(Fault::Unavailable(cause)) => {
            tracing::error!(%cause, "the session could not be read or written");
            StatusCode::SERVICE_UNAVAILABLE
        }
        Some(Fault::Failed(cause)) => {
            tracing::error!(%cause, "the session was not written");
            StatusCode::INTERNAL_SERVER_ERROR
        }
    };
    response.into_response(HttpResponse::new(status))
}
