//! `/account/delete/`: the end of one's own account. The password is always asked for: nothing brings it back.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::{everywhere::ProofForm, proof};
use crate::{
    accounts::Farewell,
    auth::session,
    client::Client,
    site::Site,
    users::User,
    web::{
        PageError,
        extract::{LoginRequired, OwnForm},
        page::{Field, Page, render, shown},
        redirect,
    },
};

/// The form.
#[derive(Debug, Template)]
#[template(path = "account/delete.html")]
pub struct DeletePage {
    /// The frame.
    pub page: Page,
    /// Whose account.
    pub username: String,
    /// The password.
    pub password: Field,
    /// Why it can't be done.
    pub errors: Vec<String>,
}

/// After it.
#[derive(Debug, Template)]
#[template(path = "account/deleted.html")]
pub struct DeletedPage {
    /// The frame.
    pub page: Page,
}

shown!(DeletePage, DeletedPage);

const STILL_NEEDED: &str = "Something that another part of this site keeps still belongs to your account, so it can’t be \
     deleted here. Ask those who run the site.";

const LAST_SUPERUSER: &str = "Nobody else administers this site. Make somebody else a superuser first.";

fn refuse_if_closed(site: &Site) -> Result<(), PageError> {
    if site.settings.account.deletion_open { Ok(()) } else { Err(PageError::NotFound) }
}

fn show(
    request: &HttpRequest,
    user: &User,
    wrong: Vec<String>,
    errors: Vec<String>,
) -> Result<HttpResponse, PageError> {
    let password = Field::new("password", "Your password").errors(wrong);
    render(&DeletePage { page: Page::new(request, Some(user)), username: user.username.clone(), password, errors })
}

/// Asks.
pub async fn get(
    request: HttpRequest,
    site: web::Data<Site>,
    person: LoginRequired,
) -> Result<HttpResponse, PageError> {
    refuse_if_closed(&site)?;
    show(&request, person.user(), Vec::new(), Vec::new())
}

/// Deletes the account.
pub async fn post(
    request: HttpRequest,
    client: Client,
    site: web::Data<Site>,
    OwnForm { person, form }: OwnForm<ProofForm>,
) -> Result<HttpResponse, PageError> {
    refuse_if_closed(&site)?;
    let user = person.user().clone();
    let wrong = proof::refuse(&site, &client, &user, &form.0).await?;
    if !wrong.is_empty() {
        return show(&request, &user, wrong, Vec::new());
    }
    let (accounts, leaving) = (Arc::clone(&site.accounts), user.clone());
    match site.run(move |db, _| accounts.delete(db, &client, &leaving)).await? {
        Farewell::LastSuperuser => show(&request, &user, Vec::new(), vec![LAST_SUPERUSER.to_owned()]),
        Farewell::StillNeeded => show(&request, &user, Vec::new(), vec![STILL_NEEDED.to_owned()]),
        Farewell::Gone => {
            session::flush(&request);
            Ok(redirect::to(&site.path("/account/deleted/")))
        }
    }
}

/// Says that it was done.
pub async fn done(page: Page) -> Result<HttpResponse, PageError> {
    render(&DeletedPage { page })
}
