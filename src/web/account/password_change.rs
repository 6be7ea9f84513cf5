//! `/account/password_change/` (`django.contrib.auth.views.PasswordChangeView`).

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::{
    REQUIRED,
    new_password::{NEW, NewPassword, empty_fields},
    proof,
};
use crate::{
    auth::{session, validators::Person},
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

const WRONG: &str = "Your old password was entered incorrectly. Please enter it again.";

/// The form.
#[derive(Debug, Template)]
#[template(path = "account/password_change.html")]
pub struct PasswordChangePage {
    /// The frame.
    pub page: Page,
    /// Whose password it is, for password managers.
    pub username: String,
    /// The password as it is.
    pub old_password: Field,
    /// The new one.
    pub new_password1: Field,
    /// The new one again.
    pub new_password2: Field,
}

/// After it.
#[derive(Debug, Template)]
#[template(path = "account/password_change_done.html")]
pub struct PasswordChangeDonePage {
    /// The frame.
    pub page: Page,
}

shown!(PasswordChangePage, PasswordChangeDonePage);

/// What somebody typed.
#[derive(Debug)]
pub struct PasswordChangeForm {
    old_password: Secret,
    new_password: NewPassword,
}

impl Form for PasswordChangeForm {
    fn bind(data: &FormData) -> Self {
        let old_password = Secret::new(data.text("old_password"));
        Self { old_password, new_password: NewPassword::bind(data, NEW) }
    }
}

fn old_password() -> Field {
    Field::new("old_password", "Old password")
}

/// Shows the form.
pub async fn get(
    request: HttpRequest,
    site: web::Data<Site>,
    person: LoginRequired,
) -> Result<HttpResponse, PageError> {
    let user = person.user();
    let (new_password1, new_password2) = empty_fields(NEW, &site.auth);
    let (page, username) = (Page::new(&request, Some(user)), user.username.clone());
    render(&PasswordChangePage { page, username, old_password: old_password(), new_password1, new_password2 })
}

/// Changes the password, keeps this session under a new key, and ends all else.
pub async fn post(
    request: HttpRequest,
    client: Client,
    site: web::Data<Site>,
    OwnForm { person, form }: OwnForm<PasswordChangeForm>,
) -> Result<HttpResponse, PageError> {
    let user = person.user().clone();
    let (new_password, about) = (form.new_password.clone(), user.clone());
    let look = move |auth: &_| new_password.fields(auth, &Person::from(&about));
    let (new_password1, new_password2) = site.think(look).await?;
    let (known, mut old_password) = (proven(&site, &client, &user, &form.old_password).await?, old_password());
    let errors = known.as_ref().err().map(|error| vec![(*error).to_owned()]);
    let good = new_password1.errors.is_empty() && new_password2.errors.is_empty();
    if let (Ok(known), true) = (known, good)
        && change(&request, &site, &client, known, form.new_password.secret().clone()).await?
    {
        return Ok(redirect::to(&site.path("/account/password_change/done/")));
    }
    old_password.errors = errors.unwrap_or_else(|| if good { vec![WRONG.to_owned()] } else { Vec::new() });
    let (page, username) = (Page::new(&request, Some(&user)), user.username);
    render(&PasswordChangePage { page, username, old_password, new_password1, new_password2 })
}

async fn proven(
    site: &Site,
    client: &Client,
    user: &User,
    password: &Secret,
) -> Result<Result<User, &'static str>, PageError> {
    if password.is_empty() {
        return Ok(Err(REQUIRED));
    }
    Ok(proof::check(site, client, user, password).await?.ok_or(WRONG))
}

/// Whether the password was still the old one.
async fn change(
    request: &HttpRequest,
    site: &Site,
    client: &Client,
    user: User,
    password: Secret,
) -> Result<bool, PageError> {
    let encoded = site.hash(client, move |auth| auth.hashers.make_password(password.expose())).await?;
    let (accounts, caller, key) = (Arc::clone(&site.accounts), client.clone(), session::session_key(request));
    let changed = site.run(move |db, _| {
        accounts.change_password(db, &caller, &user, &encoded, Some(key.as_deref().unwrap_or_default()))
    });
    match changed.await? {
        Some(changed) => session::renew(request, &site.auth, &changed).map(|()| true).map_err(PageError::from),
        None => Ok(false),
    }
}

/// Says that it was done.
pub async fn done(request: HttpRequest, person: LoginRequired) -> Result<HttpResponse, PageError> {
    render(&PasswordChangeDonePage { page: Page::new(&request, Some(person.user())) })
}
