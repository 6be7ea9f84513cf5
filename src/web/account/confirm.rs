//! `/account/confirm/<token>/`: the link by which somebody shows that an address is theirs. Looking at the page changes
//! nothing, as programs that look through mail do; its button does.

use std::sync::Arc;

use actix_web::{HttpResponse, web};
use askama::Template;

use super::Bare;
use crate::{
    accounts::AddressError,
    client::Client,
    site::Site,
    web::{
        PageError,
        extract::CsrfForm,
        page::{Page, render, shown},
        redirect,
    },
};

/// Asks.
#[derive(Debug, Template)]
#[template(path = "account/confirm.html")]
pub struct ConfirmPage {
    /// The frame.
    pub page: Page,
    /// The account.
    pub username: String,
    /// The address that is to be its own.
    pub email: String,
    /// Whether the account itself waits for it.
    pub registering: bool,
}

/// After it.
#[derive(Debug, Template)]
#[template(path = "account/confirmed.html")]
pub struct ConfirmedPage {
    /// The frame.
    pub page: Page,
}

shown!(ConfirmPage, ConfirmedPage);

fn refusal(error: AddressError) -> PageError {
    PageError::Gone(match error {
        AddressError::Closed => "A link to confirm an address works once, and only for a while. Ask for a new one.",
        AddressError::Taken => "This address belongs to another account meanwhile.",
    })
}

/// Shows whose address it would be.
pub async fn get(page: Page, site: web::Data<Site>, token: web::Path<String>) -> Result<HttpResponse, PageError> {
    let accounts = Arc::clone(&site.accounts);
    let (person, wish) = site.run(move |db, _| accounts.confirmable(db, &token)).await?.map_err(refusal)?;
    render(&ConfirmPage { page, username: person.username, email: wish.email, registering: wish.registering })
}

/// Makes it theirs.
pub async fn post(
    client: Client,
    site: web::Data<Site>,
    token: web::Path<String>,
    _: CsrfForm<Bare>,
) -> Result<HttpResponse, PageError> {
    let accounts = Arc::clone(&site.accounts);
    site.run(move |db, _| accounts.confirm(db, &client, &token)).await?.map_err(refusal)?;
    Ok(redirect::to(&site.path("/account/confirmed/")))
}

/// Says that it was done.
pub async fn done(page: Page) -> Result<HttpResponse, PageError> {
    render(&ConfirmedPage { page })
}
