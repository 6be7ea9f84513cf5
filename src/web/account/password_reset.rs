//! `/account/password_reset/` (`django.contrib.auth.views.PasswordResetView`). What is said, and how long it takes, does not
//! tell whether somebody has the address.

use std::sync::Arc;

use actix_web::{HttpResponse, web};
use askama::Template;

use crate::{
    client::Client,
    site::Site,
    users::model::{MAX_EMAIL, email_problem},
    web::{
        PageError,
        extract::{CsrfForm, Form, FormData},
        page::{Field, Page, render, shown},
        redirect,
    },
};

/// The form.
#[derive(Debug, Template)]
#[template(path = "account/password_reset.html")]
pub struct PasswordResetPage {
    /// The frame.
    pub page: Page,
    /// The address.
    pub email: Field,
}

/// After it.
#[derive(Debug, Template)]
#[template(path = "account/password_reset_done.html")]
pub struct PasswordResetDonePage {
    /// The frame.
    pub page: Page,
}

shown!(PasswordResetPage, PasswordResetDonePage);

/// What somebody typed.
#[derive(Debug)]
pub struct PasswordResetForm {
    email: String,
}

impl Form for PasswordResetForm {
    fn bind(data: &FormData) -> Self {
        // Enough to see that it is too long.
        Self { email: data.text("email").trim().chars().take(MAX_EMAIL + 1).collect() }
    }
}

fn field() -> Field {
    Field::new("email", "E-mail")
}

/// Shows the form.
pub async fn get(page: Page) -> Result<HttpResponse, PageError> {
    render(&PasswordResetPage { page, email: field() })
}

/// Asks for the letter.
pub async fn post(
    page: Page,
    client: Client,
    site: web::Data<Site>,
    CsrfForm { form, .. }: CsrfForm<PasswordResetForm>,
) -> Result<HttpResponse, PageError> {
    if let Some(problem) = email_problem(&form.email) {
        let email = field().value(&form.email).errors(vec![problem.to_owned()]);
        return render(&PasswordResetPage { page, email });
    }
    let accounts = Arc::clone(&site.accounts);
    let asked = site.run(move |db, _| {
        let wait = accounts.slow_down(db, &client)?;
        if wait.is_none() {
            accounts.request_password_reset(db, &client, &form.email)?;
        }
        Ok::<_, PageError>(wait)
    });
    match asked.await? {
        Some(wait) => Err(PageError::TooMany(wait)),
        None => Ok(redirect::to(&site.path("/account/password_reset/done/"))),
    }
}

/// Says that a letter comes if there is somebody.
pub async fn done(page: Page) -> Result<HttpResponse, PageError> {
    render(&PasswordResetDonePage { page })
}
