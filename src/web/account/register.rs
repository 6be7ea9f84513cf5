//! `/account/register/`: sign-up, if `REGISTRATION_OPEN` says so. What is said does not tell whether somebody has the
//! address; names are public.

use std::sync::Arc;

use actix_web::{HttpResponse, web};
use askama::Template;

use super::new_password::{FIRST, NewPassword, empty_fields};
use crate::{
    accounts::Applicant,
    auth::{superuser::Problems, validators::Person},
    client::Client,
    site::Site,
    users::model::MAX_EMAIL,
    web::{
        PageError,
        extract::{CsrfForm, Form, FormData},
        page::{Field, Page, render, shown},
        redirect,
    },
};

/// The form.
#[derive(Debug, Template)]
#[template(path = "account/register.html")]
pub struct RegisterPage {
    /// The frame.
    pub page: Page,
    /// The name to log in with.
    pub username: Field,
    /// The address.
    pub email: Field,
    /// The password.
    pub password1: Field,
    /// The password again.
    pub password2: Field,
}

/// After it.
#[derive(Debug, Template)]
#[template(path = "account/register_done.html")]
pub struct RegisterDonePage {
    /// The frame.
    pub page: Page,
}

shown!(RegisterPage, RegisterDonePage);

/// What somebody typed.
#[derive(Debug)]
pub struct RegisterForm {
    applicant: Applicant,
    password: NewPassword,
}

impl Form for RegisterForm {
    fn bind(data: &FormData) -> Self {
        // Enough to see that it is too long.
        let text = |name| data.text(name).chars().take(MAX_EMAIL + 1).collect();
        let applicant = Applicant { username: text("username"), email: text("email") };
        Self { applicant: applicant.normalized(), password: NewPassword::bind(data, FIRST) }
    }
}

fn refuse_if_closed(site: &Site) -> Result<(), PageError> {
    if site.settings.account.registration_open { Ok(()) } else { Err(PageError::NotFound) }
}

fn fields(applicant: &Applicant, problems: Problems) -> (Field, Field) {
    (
        Field::new("username", "Username")
            .value(&applicant.username)
            .errors(problems.username)
            .help("150 characters or fewer: letters, digits and @ . + - _ only."),
        Field::new("email", "E-mail")
            .value(&applicant.email)
            .errors(problems.email)
            .help("We send a link there; you can log in once you have opened it."),
    )
}

/// Shows the form.
pub async fn get(page: Page, site: web::Data<Site>) -> Result<HttpResponse, PageError> {
    refuse_if_closed(&site)?;
    let (username, email) = fields(&Applicant::default(), Problems::default());
    let (password1, password2) = empty_fields(FIRST, &site.auth);
    render(&RegisterPage { page, username, email, password1, password2 })
}

/// Makes the account, which waits for its address.
pub async fn post(
    page: Page,
    client: Client,
    site: web::Data<Site>,
    CsrfForm { form, .. }: CsrfForm<RegisterForm>,
) -> Result<HttpResponse, PageError> {
    refuse_if_closed(&site)?;
    let RegisterForm { applicant, password } = form;
    let mut problems = examine(&site, &client, &applicant).await?;
    let (typed, about) = (password.clone(), applicant.clone());
    let look = move |auth: &_| {
        typed.fields(auth, &Person { username: &about.username, email: &about.email, ..Person::default() })
    };
    let (password1, password2) = site.think(look).await?;
    if problems.is_empty() && password1.errors.is_empty() && password2.errors.is_empty() {
        problems = register(&site, client, applicant.clone(), password).await?;
        if problems.is_empty() {
            return Ok(redirect::to(&site.path("/account/register/done/")));
        }
    }
    let (username, email) = fields(&applicant, problems);
    render(&RegisterPage { page, username, email, password1, password2 })
}

/// What is wrong with names, of somebody who does not ask too often: else they could find out who is here.
async fn examine(site: &Site, client: &Client, applicant: &Applicant) -> Result<Problems, PageError> {
    let (accounts, client, applicant) = (Arc::clone(&site.accounts), client.clone(), applicant.clone());
    site.run(move |db, _| match accounts.slow_down(db, &client)? {
        Some(wait) => Err(PageError::TooMany(wait)),
        None => Ok(accounts.examine(db, &applicant)?),
    })
    .await
}

async fn register(
    site: &Site,
    client: Client,
    applicant: Applicant,
    password: NewPassword,
) -> Result<Problems, PageError> {
    let encoded = site.hash(&client, move |auth| auth.hashers.make_password(password.secret().expose())).await?;
    let accounts = Arc::clone(&site.accounts);
    Ok(site.run(move |db, _| accounts.register(db, &client, &applicant, &encoded)).await?)
}

/// Says that a letter comes.
pub async fn done(page: Page, site: web::Data<Site>) -> Result<HttpResponse, PageError> {
    refuse_if_closed(&site)?;
    render(&RegisterDonePage { page })
}
