//! `/healthz` and `/readyz`: for whoever starts, stops and balances instances. They ask by address, so they are answered
//! whatever host they name.

use std::time::Duration;

use actix_web::{HttpResponse, http::header, rt::time::timeout, web};

use crate::{
    db::{self, DbError},
    site::Site,
};

/// Their paths.
pub const PATHS: [&str; 2] = ["/healthz", "/readyz"];
/// How long the database may take.
const PATIENCE: Duration = Duration::from_secs(1);

/// The process lives and answers.
pub async fn healthz() -> HttpResponse {
    answer(&mut HttpResponse::Ok(), "ok\n")
}

/// The database can be read and written and is as this version knows it.
pub async fn readyz(site: web::Data<Site>) -> HttpResponse {
    let asked = site.auth.database.run(|db| -> Result<bool, DbError> { Ok(db::is_current(db)? && db.can_write()?) });
    let cause = match timeout(PATIENCE, asked).await {
        Ok(Ok(true)) => return answer(&mut HttpResponse::Ok(), "ready\n"),
        Ok(Ok(false)) => "the database can't be written, or is not up to date".to_owned(),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "the database does not answer".to_owned(),
    };
    tracing::warn!(cause, "not ready");
    answer(HttpResponse::ServiceUnavailable().insert_header((header::RETRY_AFTER, "5")), "not ready\n")
}

fn answer(response: &mut actix_web::HttpResponseBuilder, text: &'static str) -> HttpResponse {
    response.insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8")).body(text)
}
