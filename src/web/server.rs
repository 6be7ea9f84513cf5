//! The site as an actix service: middleware in order, and why in that order.

use std::{io, net::TcpListener, sync::Arc};

use actix_web::{
    App, HttpServer,
    dev::{HttpServiceFactory, Server},
    middleware::from_fn,
    web,
};

use super::{
    assets::{self, Assets},
    middleware::{arrival, error_pages, headers, log, remote_user},
    urls::{self, Prefix},
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
}

impl Shared {
    /// Wraps a site.
    pub fn new(site: Site) -> Self {
        let bridge = Bridge::new(site.settings.sessions.clone(), site.auth.clock.clone());
        Self { site: web::Data::new(site), assets: web::Data::new(Assets::load()), bridge }
    }

    /// The site.
    pub fn site(&self) -> &Site {
        &self.site
    }
}

/// Serves the site on `listener` until it is told to stop.
pub fn start(shared: Shared, listener: TcpListener, workers: usize) -> io::Result<Server> {
    let factory = move || App::new().service(mount(&shared));
    Ok(HttpServer::new(factory).workers(workers).listen(listener)?.run())
}

/// The whole site, to be mounted in an `App`; last, because it answers every path below its prefix.
///
/// Nothing is wrapped around the `App` itself, so that others may mount it beside what they have.
pub fn mount(shared: &Shared) -> impl HttpServiceFactory + use<> {
    let site = &shared.site;
    let prefix = site.settings.server.script_name.as_str().to_owned();
    // The last `wrap` runs first.
    web::scope(&prefix)
        .app_data(site.clone())
        .app_data(shared.assets.clone())
        .app_data(web::Data::from(Arc::clone(&shared.bridge)))
        .app_data(web::Data::new(site.settings.csrf.clone()))
        .app_data(web::Data::new(site.auth.clock.clone()))
        .app_data(web::Data::new(Prefix(prefix.clone())))
        // Innermost: who is calling, known to everything inside; a foreign host goes no further, but gets its page.
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
        )
        .service(pages(shared))
}

/// The pages, each with its session.
fn pages(shared: &Shared) -> impl HttpServiceFactory + use<> {
    let auth = &shared.site.auth;
    let settings = shared.site.settings.sessions.clone();
    let store = Store::new(auth.pool.clone(), auth.clock.clone(), auth.keys.clone(), settings);
    let mut scope = web::scope("");
    for url in urls::urls() {
        scope = scope.service(url.resource());
    }
    scope
        .default_service(web::to(urls::not_found))
        // Needs a session, and the token that a log-in makes new.
        .wrap(from_fn(remote_user::middleware))
        .wrap(from_fn(csrf::middleware))
        // Sees what the handlers did to the session before actix-session does.
        .wrap(from_fn(bridge::inner))
        // Keeps its identity in the session, so the session must be there first.
        .wrap(session::identity_middleware())
        .wrap(shared.bridge.middleware(store))
        // Speaks Django's cookie to the outside.
        .wrap(from_fn(bridge::outer))
}
