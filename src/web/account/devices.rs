//! `/account/sessions/…` and `/account/tokens/…`: ends sessions and programs of one's own, one or all others. Whose they are
//! is looked at there: another's can't be ended, and is not told from one that is not there.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

use super::Bare;
use crate::{
    auth::{AuthError, own_sessions, session},
    client::Client,
    events::Kind,
    jwt::{self, own_tokens},
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
    let ended = site.run(move |db, auth| {
        db.write(|db| {
            let ended = own_sessions::end(db, auth, &user, &id)?;
            if ended {
                accounts.record(db, Kind::SessionEnded, &client, &user)?;
            }
            Ok::<_, AuthError>(ended)
        })
    });
    if ended.await? { Ok(redirect::to(&site.path("/account/?done=session"))) } else { Err(PageError::NotFound) }
}

/// Ends all sessions but this one.
pub async fn end_other_sessions(
    request: HttpRequest,
    client: Client,
    site: web::Data<Site>,
    OwnForm { person, .. }: OwnForm<Bare>,
) -> Result<HttpResponse, PageError> {
    let (accounts, user, own_key) = (Arc::clone(&site.accounts), person.user().clone(), session::session_key(&request));
    site.run(move |db, auth| {
        let sessions = own_sessions::keys(db, auth, &user)?;
        db.write(|db| {
            own_sessions::end_all_but(db, auth, &user, &sessions, own_key.as_deref())?;
            accounts.record_with(db, Kind::SessionEnded, &client, &user, "all others")
        })
    })
    .await?;
    Ok(redirect::to(&site.path("/account/?done=others")))
}

/// Logs one program out.
pub async fn end_token(
    client: Client,
    site: web::Data<Site>,
    id: web::Path<String>,
    OwnForm { person, .. }: OwnForm<Bare>,
) -> Result<HttpResponse, PageError> {
    let (accounts, user) = (Arc::clone(&site.accounts), person.user().clone());
    let ended = site.run(move |db, auth| {
        db.write(|db| {
            let ended = own_tokens::end_one(db, user.id, &id, auth.clock.now())?;
            if ended {
                accounts.record(db, Kind::TokenEnded, &client, &user)?;
            }
            Ok::<_, AuthError>(ended)
        })
    });
    if ended.await? { Ok(redirect::to(&site.path("/account/?done=program"))) } else { Err(PageError::NotFound) }
}

/// Logs all programs out.
pub async fn end_all_tokens(
    client: Client,
    site: web::Data<Site>,
    OwnForm { person, .. }: OwnForm<Bare>,
) -> Result<HttpResponse, PageError> {
    let (accounts, user) = (Arc::clone(&site.accounts), person.user().clone());
    site.run(move |db, auth| {
        db.write(|db| {
            jwt::end_all(db, user.id, auth.clock.now())?;
            accounts.record_with(db, Kind::TokenEnded, &client, &user, "all")
        })
    })
    .await?;
    Ok(redirect::to(&site.path("/account/?done=programs")))
}
