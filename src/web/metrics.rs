//! `/metrics`, on an address of its own (`METRICS_BIND`).

use std::{io, net::TcpListener};

use actix_web::{App, HttpResponse, HttpServer, dev::Server, http::header, web};

use super::{PageError, server::Shared};

/// Serves nothing but the numbers.
pub fn start(shared: &Shared, listener: TcpListener) -> io::Result<Server> {
    let shared = shared.clone();
    let app = move || App::new().app_data(web::Data::new(shared.clone())).route("/metrics", web::get().to(get));
    // Ends with the site, which listens to signals.
    Ok(HttpServer::new(app).workers(1).disable_signals().listen(listener)?.run())
}

async fn get(shared: web::Data<Shared>) -> Result<HttpResponse, PageError> {
    let site = shared.site();
    let metrics = site.metrics.as_ref().ok_or(PageError::NotFound)?;
    let text = metrics.text(&site.auth, site.hashing_load()).map_err(|error| PageError::Internal(error.into()))?;
    Ok(HttpResponse::Ok().insert_header((header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")).body(text))
}
