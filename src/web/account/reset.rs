//! `/account/reset/<uidb64>/<token>/` (`django.contrib.auth.views.PasswordResetConfirmView`): the link leads on to an address
//! without its token, which this browser's session keeps meanwhile. Only sending the form uses it up.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::new_password::{NEW, NewPassword, empty_fields};
use crate::{
    auth::{AuthError, models::user, reset_token, session, validators::Person},
    client::Client,
    settings::Secret,
    site::Site,
    users::User,
    web::{
        PageError,
        extract::{CsrfForm, CurrentUser, Form, FormData},
        page::{Field, Page, render, shown},
        redirect,
    },
};

/// What stands in the address in place of the token, once the session has it.
const INSTEAD: &str = "set-password";

/// The form, or that the link opens nothing.
#[derive(Debug, Template)]
#[template(path = "account/password_reset_confirm.html")]
pub struct PasswordResetConfirmPage {
    /// The frame.
    pub page: Page,
    /// Whether the link is good.
    pub is_valid: bool,
    /// Whose password it is, for password managers.
    pub username: String,
    /// The new password.
    pub new_password1: Field,
    /// The new password again.
    pub new_password2: Field,
}

/// After it.
#[derive(Debug, Template)]
#[template(path = "account/password_reset_complete.html")]
pub struct PasswordResetCompletePage {
    /// The frame.
    pub page: Page,
}

shown!(PasswordResetConfirmPage, PasswordResetCompletePage);

/// What somebody typed.
#[derive(Debug)]
pub struct SetPasswordForm(NewPassword);

impl Form for SetPasswordForm {
    fn bind(data: &FormData) -> Self {
        Self(NewPassword::bind(data, NEW))
    }
}

type Link = web::Path<(String, String)>;

/// Takes the token out of the address, then shows the form.
pub async fn get(
    request: HttpRequest,
    page: Page,
    site: web::Data<Site>,
    link: Link,
) -> Result<HttpResponse, PageError> {
    let (uid, token) = link.into_inner();
    if token != INSTEAD {
        return lead_on(&request, page, &site, &uid, &token).await;
    }
    match waiting(&request, &site, &uid).await? {
        Some(user) => {
            let (new_password1, new_password2) = empty_fields(NEW, &site.auth);
            render(&PasswordResetConfirmPage {
                page,
                is_valid: true,
                username: user.username,
                new_password1,
                new_password2,
            })
        }
        None => refuse(page, &site),
    }
}

/// To the address without the token, which the session keeps.
async fn lead_on(
    request: &HttpRequest,
    page: Page,
    site: &Site,
    uid: &str,
    token: &str,
) -> Result<HttpResponse, PageError> {
    if whose(site, uid, token).await?.is_none() {
        return refuse(page, site);
    }
    session::set_reset_token(request, token)?;
    Ok(redirect::to(&site.path(&format!("/account/reset/{uid}/{INSTEAD}/"))))
}

/// Sets the password. Nobody is logged in by it.
pub async fn post(
    request: HttpRequest,
    page: Page,
    current: CurrentUser,
    client: Client,
    site: web::Data<Site>,
    link: Link,
    CsrfForm { form, .. }: CsrfForm<SetPasswordForm>,
) -> Result<HttpResponse, PageError> {
    let (uid, token) = link.into_inner();
    if token != INSTEAD {
        return lead_on(&request, page, &site, &uid, &token).await;
    }
    let Some(user) = waiting(&request, &site, &uid).await? else { return refuse(page, &site) };
    let (new_password, about) = (form.0.clone(), user.clone());
    let (new_password1, new_password2) =
        site.think(move |auth| new_password.fields(auth, &Person::from(&about))).await?;
    if !new_password1.errors.is_empty() || !new_password2.errors.is_empty() {
        let username = user.username;
        return render(&PasswordResetConfirmPage { page, is_valid: true, username, new_password1, new_password2 });
    }
    let is_own = current.user().is_some_and(|current| current.id == user.id);
    if !set(&site, &client, user, form.0.secret().clone()).await? {
        return refuse(page, &site);
    }
    if is_own {
        // This session ended with all others of theirs.
        session::flush(&request);
    } else {
        session::forget_reset_token(&request);
    }
    Ok(redirect::to(&site.path("/account/reset/done/")))
}

/// Whether the link was still good: of two who use it at once one is first.
async fn set(site: &Site, client: &Client, user: User, password: Secret) -> Result<bool, PageError> {
    let encoded = site.hash(client, move |auth| auth.hashers.make_password(password.expose())).await?;
    let (accounts, client) = (Arc::clone(&site.accounts), client.clone());
    let changed = site.run(move |db, _| accounts.change_password(db, &client, &user, &encoded, None)).await?;
    Ok(changed.is_some())
}

/// Whose password the token in this session resets.
async fn waiting(request: &HttpRequest, site: &Site, uid: &str) -> Result<Option<User>, PageError> {
    match session::reset_token(request) {
        Some(token) => whose(site, uid, &token).await,
        None => Ok(None),
    }
}

/// Whose password a link resets; nobody's if it opens nothing.
async fn whose(site: &Site, uid: &str, token: &str) -> Result<Option<User>, PageError> {
    let Some(user_id) = reset_token::read_uid(uid) else { return Ok(None) };
    let found = site.run(move |db, _| Ok::<_, AuthError>(user::find(db, user_id)?)).await?;
    let auth = &site.auth;
    Ok(found.filter(|user| auth.reset_tokens.check(user, token, &auth.keys, auth.clock.now()) && user.is_active))
}

fn refuse(page: Page, site: &Site) -> Result<HttpResponse, PageError> {
    let (new_password1, new_password2) = empty_fields(NEW, &site.auth);
    let username = String::new();
    render(&PasswordResetConfirmPage { page, is_valid: false, username, new_password1, new_password2 })
}

/// Says that it was done.
pub async fn done(page: Page) -> Result<HttpResponse, PageError> {
    render(&PasswordResetCompletePage { page })
}
