//! `/account/email/`: another e-mail address. It becomes theirs once the link that is sent there is opened.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::{Bare, proof};
use crate::{
    client::Client,
    settings::Secret,
    site::Site,
    users::{
        User,
        model::{MAX_EMAIL, email_problem, normalize_email},
    },
    web::{
        PageError,
        extract::{Form, FormData, LoginRequired, OwnForm},
        page::{Field, Page, render, shown},
        redirect,
    },
};

/// The form.
#[derive(Debug, Template)]
#[template(path = "account/email.html")]
pub struct EmailPage {
    /// The frame.
    pub page: Page,
    /// Whose password is asked for, for password managers.
    pub username: String,
    /// The address as it is; empty for none.
    pub current: String,
    /// The new one.
    pub email: Field,
    /// The password, if it must be given.
    pub password: Option<Field>,
}

shown!(EmailPage);

/// What somebody typed.
#[derive(Debug)]
pub struct EmailForm {
    typed: String,
    email: String,
    password: Secret,
}

impl Form for EmailForm {
    fn bind(data: &FormData) -> Self {
        // Enough to see that it is too long.
        let typed: String = data.text("email").trim().chars().take(MAX_EMAIL + 1).collect();
        Self { email: normalize_email(&typed), typed, password: Secret::new(data.text("password")) }
    }
}

fn field() -> Field {
    Field::new("email", "New e-mail")
}

fn show(request: &HttpRequest, user: &User, email: Field, password: Option<Field>) -> Result<HttpResponse, PageError> {
    let (page, username, current) = (Page::new(request, Some(user)), user.username.clone(), user.email.clone());
    render(&EmailPage { page, username, current, email, password })
}

/// Shows the form.
pub async fn get(
    request: HttpRequest,
    site: web::Data<Site>,
    person: LoginRequired,
) -> Result<HttpResponse, PageError> {
    show(&request, person.user(), field(), proof::field(!proof::is_fresh(&request, &site)))
}

/// Asks for the letters, one to the new address and one to the old.
pub async fn post(
    request: HttpRequest,
    client: Client,
    site: web::Data<Site>,
    OwnForm { person, form }: OwnForm<EmailForm>,
) -> Result<HttpResponse, PageError> {
    let user = person.user().clone();
    let was_fresh = proof::is_fresh(&request, &site);
    let wrong = proof::demand(&request, &site, &client, &user, &form.password).await?;
    let problem = email_problem(&form.email)
        .or_else(|| (form.email == user.email).then_some("That is your address already."))
        .map(str::to_owned);
    if problem.is_some() || !wrong.is_empty() {
        // Given once it need not be given again, unless it is asked for each time; and none is ever sent back.
        let each_time = site.settings.account.sudo_timeout.is_zero();
        let password = proof::field(!was_fresh && (each_time || !wrong.is_empty())).map(|field| field.errors(wrong));
        let email = field().value(&form.typed).errors(problem.into_iter().collect());
        return show(&request, &user, email, password);
    }
    let accounts = Arc::clone(&site.accounts);
    let asked = site.run(move |db, _| {
        let wait = accounts.slow_down(db, &client)?;
        if wait.is_none() {
            accounts.request_email_change(db, &client, &user, &form.email)?;
        }
        Ok::<_, PageError>(wait)
    });
    match asked.await? {
        Some(wait) => Err(PageError::TooMany(wait)),
        None => Ok(redirect::to(&site.path("/account/?done=email"))),
    }
}

/// Withdraws the wish.
pub async fn withdraw(site: web::Data<Site>, OwnForm { person, .. }: OwnForm<Bare>) -> Result<HttpResponse, PageError> {
    let (accounts, user) = (Arc::clone(&site.accounts), person.user().clone());
    site.run(move |db, _| accounts.withdraw_email_change(db, &user)).await?;
    Ok(redirect::to(&site.path("/account/?done=withdrawn")))
}
