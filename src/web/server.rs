//! The site as an actix service: middleware in order, and why in that order.

use std::{future::ready, io, net::TcpListener, sync::Arc, time::Duration};

use actix_http::{HttpService, error::DispatchError};
use actix_service::{IntoServiceFactory, ServiceFactoryExt, fn_service, map_config};
use actix_web::{
    App, Error,
    dev::{AppConfig, Extensions, HttpServiceFactory, Server},
    middleware::{Condition, from_fn},
    rt::net::TcpStream,
    web,
};

use super::{
    admin,
    api::People,
    assets::{self, Assets},
    connection::Limited,
    messages,
    middleware::{
        arrival, cors, device, error_pages,
        headers::{self, SecurityHeaders},
        log, remote_user,
    },
    urls::{self, Door, Prefix, Urls},
};
use crate::{
    auth::session,
    csrf,
    sessions::{
        bridge::{self, Bridge},
        store::Store,
    },
    site::Site,
};

/// What all worker threads share. Made once; [`mount`] is called once per worker.
#[derive(Debug, Clone)]
pub struct Shared {
    site: web::Data<Site>,
    assets: web::Data<Assets>,
    bridge: Arc<Bridge>,
    headers: web::Data<SecurityHeaders>,
    urls: web::Data<Urls>,
}

impl Shared {
    /// Wraps a site. Fails if a file of the operator's can't be read.
    pub fn new(site: Site) -> io::Result<Self> {
        let bridge = Bridge::new(site.settings.sessions.clone(), site.auth.clock.clone());
        let headers = web::Data::new(SecurityHeaders::new(&site.settings.security));
        let assets = web::Data::new(Assets::load(&site.settings.server)?);
        Ok(Self { site: web::Data::new(site), assets, bridge, headers, urls: web::Data::default() })
    }

    /// Answers more paths than ours.
    #[must_use]
    pub fn with_urls(mut self, urls: Urls) -> Self {
        self.urls = web::Data::new(urls);
        self
    }

    /// The site.
    pub fn site(&self) -> &Site {
        &self.site
    }
}

/// How long a client may take to hear that the connection ends.
const FAREWELL: Duration = Duration::from_secs(1);
/// Longer than any connection lasts, and short enough to count with.
const FOR_EVER: Duration = Duration::from_hours(24 * 366);

/// Serves the site on `listener` until it is told to stop. As `HttpServer`, but for connections that end.
pub fn start(shared: Shared, listener: TcpListener, workers: usize) -> io::Result<Server> {
    let patience = match Duration::try_from(shared.site.settings.server.connection_timeout) {
        Ok(limit) if !limit.is_zero() => limit,
        _ => FOR_EVER,
    };
    let server = Server::build().workers(workers);
    let stopping = server.graceful_shutdown_signal();
    let http = move || {
        let (app, stopping) = (App::new().service(mount(&shared)), stopping.clone());
        let app = app.into_factory().map_err(|error: Error| error.error_response());
        let limited = fn_service(move |stream: TcpStream| {
            let peer = stream.peer_addr().ok();
            ready(Ok::<_, DispatchError>((Limited::new(stream, patience), peer)))
        });
        let http = HttpService::build().client_disconnect_timeout(FAREWELL).on_connect_ext(remember_presence);
        let http = http.graceful_shutdown_signal(move || {
            let stopping = stopping.clone();
            async move { stopping.notified().await }
        });
        limited.and_then(http.h1(map_config(app, |()| AppConfig::default())))
    };
    Ok(server.listen("vestibule", listener, http)?.run())
}

/// For [`Client::presence`](crate::client::Client::presence).
fn remember_presence(stream: &Limited<TcpStream>, connection: &mut Extensions) {
    connection.insert(stream.presence());
}

/// The whole site, to be mounted in an `App`; last, because it answers every path below its prefix.
///
/// Nothing is wrapped around the `App` itself, so that others may mount it beside what they have.
pub fn mount(shared: &Shared) -> impl HttpServiceFactory + use<> {
    let site = &shared.site;
    let prefix = site.settings.server.script_name.as_str().to_owned();
    // The last `wrap` runs first.
    let scope = web::scope(&prefix)
        .app_data(site.clone())
        .app_data(shared.assets.clone())
        .app_data(shared.headers.clone())
        .app_data(web::Data::from(Arc::clone(&shared.bridge)))
        .app_data(web::Data::new(site.settings.csrf.clone()))
        .app_data(web::Data::new(site.auth.clock.clone()))
        .app_data(web::Data::new(Prefix(prefix.clone())))
        .app_data(shared.urls.clone())
        .app_data(People::new(site.auth.database.clone()))
        // Innermost: other origins' questions need no session.
        .wrap(Condition::new(!site.settings.api.cors_allowed_origins.is_empty(), from_fn(cors::middleware)))
        // Who is calling, known to everything inside; a foreign host goes no further, but gets its page.
        .wrap(from_fn(arrival::middleware))
        // Around all that may fail.
        .wrap(from_fn(error_pages::middleware))
        // Around the error pages, which need them too.
        .wrap(from_fn(headers::middleware))
        // Outermost: the id under which everything inside is logged.
        .wrap(from_fn(log::middleware))
        // Static files need no session.
        .service(
            web::resource("/static/{path:.*}").route(web::get().to(assets::get)).route(web::head().to(assets::get)),
        );
    let types = &site.settings.jwt.auth_header_types;
    let scope = shared.urls.all().iter().fold(scope, |scope, url| match url.door {
        Door::Session => scope,
        // Whoever brings a token needs no session: nobody looks for one.
        Door::SessionOrToken => scope.service(url.resource_with_token(types.clone())),
        Door::Bare => scope.service(url.resource()),
    });
    scope.service(pages(shared))
}

/// The pages, each with its session.
fn pages(shared: &Shared) -> impl HttpServiceFactory + use<> {
    let auth = &shared.site.auth;
    let settings = shared.site.settings.sessions.clone();
    let store = Store::new(auth.database.clone(), auth.clock.clone(), auth.keys.clone(), settings);
    let mut scope = web::scope("");
    for url in shared.urls.all().into_iter().filter(|url| url.door != Door::Bare) {
        scope = scope.service(url.resource());
    }
    scope
        .service(web::resource("/admin/{path:.*}").to(admin::not_found))
        .default_service(web::to(urls::not_found))
        // Needs a session, and the token that a log-in makes new.
        .wrap(Condition::new(auth.backends.path_of(remote_user::BACKEND).is_some(), from_fn(remote_user::middleware)))
        .wrap(from_fn(messages::middleware))
        .wrap(from_fn(csrf::middleware))
        // Sees what the handlers did to the session before actix-session does.
        .wrap(from_fn(bridge::inner))
        // Keeps its identity in the session, so the session must be there first.
        .wrap(session::identity_middleware())
        .wrap(shared.bridge.middleware(store))
        // Speaks Django's cookie to the outside.
        .wrap(from_fn(bridge::outer))
        // After a log-in was written.
        .wrap(from_fn(device::middleware))
}
