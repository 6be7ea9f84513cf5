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

/// The fields of the form, on whichever page it stands.
#[derive(Debug)]
pub(in crate::web) struct Fields {
    /// The password as it is.
    pub(in crate::web) old_password: Field,
    /// The new one.
    pub(in crate::web) new_password1: Field,
    /// The new one again.
    pub(in crate::web) new_password2: Field,
}

impl Fields {
    /// Before anything was typed.
    pub(in crate::web) fn empty(site: &Site) -> Self {
        let (new_password1, new_password2) = empty_fields(NEW, &site.auth);
        Self { old_password: Field::new("old_password", "Old password"), new_password1, new_password2 }
    }
}

fn show(request: &HttpRequest, user: &User, fields: Fields) -> Result<HttpResponse, PageError> {
    let Fields { old_password, new_password1, new_password2 } = fields;
    let (page, username) = (Page::new(request, Some(user)), user.username.clone());
    render(&PasswordChangePage { page, username, old_password, new_password1, new_password2 })
}

/// Shows the form.
pub async fn get(
    request: HttpRequest,
    site: web::Data<Site>,
    person: LoginRequired,
) -> Result<HttpResponse, PageError> {
    show(&request, person.user(), Fields::empty(&site))
}

/// Changes the password, keeps this session under a new key, and ends all else.
pub async fn post(
    request: HttpRequest,
    client: Client,
    site: web::Data<Site>,
    OwnForm { person, form }: OwnForm<PasswordChangeForm>,
) -> Result<HttpResponse, PageError> {
    match try_to_change(&request, &site, &client, person.user(), &form).await? {
        None => Ok(redirect::to(&site.path("/account/password_change/done/"))),
        Some(fields) => show(&request, person.user(), fields),
    }
}

/// Changes `user`'s own password if all is right; else the fields with what is wrong.
pub(in crate::web) async fn try_to_change(
    request: &HttpRequest,
    site: &Site,
    client: &Client,
    user: &User,
    form: &PasswordChangeForm,
) -> Result<Option<Fields>, PageError> {
    let (new_password, about) = (form.new_password.clone(), user.clone());
    let look = move |auth: &_| new_password.fields(auth, &Person::from(&about));
    let (new_password1, new_password2) = site.think(look).await?;
    let known = proven(site, client, user, &form.old_password).await?;
    let errors = known.as_ref().err().map(|error| vec![(*error).to_owned()]);
    let good = new_password1.errors.is_empty() && new_password2.errors.is_empty();
    if let (Ok(known), true) = (known, good)
        && change(request, site, client, known, form.new_password.secret().clone()).await?
    {
        return Ok(None);
    }
    let wrong = errors.unwrap_or_else(|| if good { vec![WRONG.to_owned()] } else { Vec::new() });
    let old_password = Fields::empty(site).old_password.errors(wrong);
    Ok(Some(Fields { old_password, new_password1, new_password2 }))
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
