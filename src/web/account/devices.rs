//! `/account/sessions/…` and `/account/tokens/…`: ends sessions and programs of one's own, one or all others. Whose they are
//! is looked at there: another's can't be ended, and is not told from one that is not there.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

use super::Bare;
use crate::{
    auth::session,
    client::Client,
    site::Site,
    web::{PageError, extract::OwnForm, redirect},
};

/// Ends one session.
pub async fn end_session(
    client: Client,
    site: web::Data<Site>,
    id: web::Path<String>,
    OwnForm { person, .. }: OwnForm<Bare>,
) -> Result<HttpResponse, PageError> {
    let (accounts, user) = (Arc::clone(&site.accounts), person.user().clone());
    let ended = site.run(move |db, _| accounts.end_session(db, &client, &user, &id)).await?;
    back_if(ended, &site, "session")
}

/// Ends all sessions but this one.
pub async fn end_other_sessions(
    request: HttpRequest,
    client: Client,
    site: web::Data<Site>,
    OwnForm { person, .. }: OwnForm<Bare>,
) -> Result<HttpResponse, PageError> {
    let (accounts, user, own_key) = (Arc::clone(&site.accounts), person.user().clone(), session::session_key(&request));
    site.run(move |db, _| accounts.end_other_sessions(db, &client, &user, own_key.as_deref())).await?;
    back_if(true, &site, "others")
}

/// Logs one program out.
pub async fn end_token(
    client: Client,
    site: web::Data<Site>,
    id: web::Path<String>,
    OwnForm { person, .. }: OwnForm<Bare>,
) -> Result<HttpResponse, PageError> {
    let (accounts, user) = (Arc::clone(&site.accounts), person.user().clone());
    let ended = site.run(move |db, _| accounts.end_program(db, &client, &user, &id)).await?;
    back_if(ended, &site, "program")
}

/// Logs all programs out.
pub async fn end_all_tokens(
    client: Client,
    site: web::Data<Site>,
    OwnForm { person, .. }: OwnForm<Bare>,
) -> Result<HttpResponse, PageError> {
    let (accounts, user) = (Arc::clone(&site.accounts), person.user().clone());
    site.run(move |db, _| accounts.end_all_programs(db, &client, &user)).await?;
    back_if(true, &site, "programs")
}

/// To one's account, which says what was done.
fn back_if(done: bool, site: &Site, what: &str) -> Result<HttpResponse, PageError> {
    if done { Ok(redirect::to(&site.path(&format!("/account/?done={what}")))) } else { Err(PageError::NotFound) }
}
