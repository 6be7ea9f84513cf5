//! `/account/data/`: what is kept of oneself, as a file.

use std::sync::Arc;

use actix_web::{HttpResponse, http::header, web};

use crate::{
    site::Site,
    web::{PageError, extract::LoginRequired},
};

/// Sends it.
pub async fn get(site: web::Data<Site>, person: LoginRequired) -> Result<HttpResponse, PageError> {
    let (accounts, sessions) = (Arc::clone(&site.accounts), site.settings.sessions.clone());
    let user = person.user().clone();
    let data = site.run(move |db, _| accounts.data_of(db, &user, &sessions)).await?;
    let text = serde_json::to_string_pretty(&data).map_err(|error| PageError::Internal(error.into()))?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"account.json\""))
        .body(text))
}
