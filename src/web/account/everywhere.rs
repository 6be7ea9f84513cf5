//! `/account/logout_everywhere/`: ends every session and every token, those too that a Django made.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::proof;
use crate::{
    auth::session,
    client::Client,
    settings::Secret,
    site::Site,
    users::User,
    web::{
        PageError,
        extract::{Form, FormData, LoginRequired, OwnForm},
        page::{Field, Page, render, shown},
        redirect,
    },
};

/// The form.
#[derive(Debug, Template)]
#[template(path = "account/logout_everywhere.html")]
pub struct LogoutEverywherePage {
    /// The frame.
    pub page: Page,
    /// Whose password is asked for, for password managers.
    pub username: String,
    /// The password, if it must be given.
    pub password: Option<Field>,
}

shown!(LogoutEverywherePage);

/// What somebody typed.
#[derive(Debug)]
pub struct ProofForm(pub(super) Secret);

impl Form for ProofForm {
    fn bind(data: &FormData) -> Self {
        Self(Secret::new(data.text("password")))
    }
}

fn show(request: &HttpRequest, user: &User, password: Option<Field>) -> Result<HttpResponse, PageError> {
    render(&LogoutEverywherePage { page: Page::new(request, Some(user)), username: user.username.clone(), password })
}

/// Asks.
pub async fn get(
    request: HttpRequest,
    site: web::Data<Site>,
    person: LoginRequired,
) -> Result<HttpResponse, PageError> {
    show(&request, person.user(), proof::field(!proof::is_fresh(&request, &site)))
}

/// Ends everything.
pub async fn post(
    request: HttpRequest,
    client: Client,
    site: web::Data<Site>,
    OwnForm { person, form }: OwnForm<ProofForm>,
) -> Result<HttpResponse, PageError> {
    let user = person.user().clone();
    let wrong = proof::demand(&request, &site, &client, &user, &form.0).await?;
    if !wrong.is_empty() {
        return show(&request, &user, proof::field(true).map(|field| field.errors(wrong)));
    }
    let accounts = Arc::clone(&site.accounts);
    site.run(move |db, _| accounts.end_everything(db, &client, &user)).await?;
    session::flush(&request);
    Ok(redirect::to(&site.login_url()))
}
