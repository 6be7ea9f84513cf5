//! `/admin/login/` and `/admin/logout/`: the same door as the site's, for staff alone.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use crate::{
    auth::Outcome,
    client::Client,
    site::Site,
    web::{
        PageError,
        account::{
            Bare,
            login::{LoginForm, enter},
            logout,
        },
        extract::{CsrfForm, CurrentUser},
        page::{Field, Page, render, shown},
        redirect,
    },
};

const WRONG: &str = "Please enter the correct username and password for a staff account. Note that both fields may be \
                     case-sensitive.";

/// The form.
#[derive(Debug, Template)]
#[template(path = "admin/login.html")]
pub struct AdminLoginPage {
    /// The frame.
    pub page: Page,
    /// The name, or the address.
    pub username: Field,
    /// The password.
    pub password: Field,
    /// What is wrong with all of it.
    pub errors: Vec<String>,
    /// Who is logged in already and may not come in.
    pub stranger: Option<String>,
    /// Where to go then.
    pub next: String,
}

shown!(AdminLoginPage);

/// Shows the form; staff who are logged in already are led in.
pub async fn get(
    request: HttpRequest,
    page: Page,
    current: CurrentUser,
    client: Client,
    site: web::Data<Site>,
) -> Result<HttpResponse, PageError> {
    let (next, home) = (redirect::wish(&request, None, &client.host, client.secure), site.path("/admin/"));
    if current.user().is_some_and(|user| user.is_staff) {
        return Ok(redirect::to(&next.unwrap_or(home)));
    }
    let (username, password) = LoginForm::empty_fields();
    let stranger = current.user().map(|user| user.username.clone());
    let next = next.unwrap_or(home);
    render(&AdminLoginPage { page, username, password, errors: Vec::new(), stranger, next })
}

/// Logs in.
pub async fn post(
    request: HttpRequest,
    page: Page,
    client: Client,
    site: web::Data<Site>,
    CsrfForm { form, data }: CsrfForm<LoginForm>,
) -> Result<HttpResponse, PageError> {
    let next = redirect::wish(&request, Some(&data), &client.host, client.secure);
    let next = next.unwrap_or_else(|| site.path("/admin/"));
    let (username, password) = form.fields();
    let refused = |username, password, errors| {
        render(&AdminLoginPage { page, username, password, errors, stranger: None, next: next.clone() })
    };
    if !username.errors.is_empty() || !password.errors.is_empty() {
        return refused(username, password, Vec::new());
    }
    match site.authenticate(&client, form.credentials()).await? {
        // As in Django, the right password of somebody else's than the staff's is no failure, and no log-in.
        Outcome::User(known) if known.user.is_staff => enter(&request, &site, &client, known, None, &next),
        _ => refused(username, password, vec![WRONG.to_owned()]),
    }
}

/// As in Django, strangers are led on and the staff must send the form.
pub async fn logout_get(site: web::Data<Site>, current: CurrentUser) -> Result<HttpResponse, PageError> {
    if current.user().is_some_and(|user| user.is_staff) {
        return Err(PageError::MethodNotAllowed("POST, OPTIONS".to_owned()));
    }
    Ok(redirect::to(&site.path("/admin/")))
}

/// Logs out.
pub async fn logout(
    request: HttpRequest,
    client: Client,
    site: web::Data<Site>,
    current: CurrentUser,
    form: CsrfForm<Bare>,
) -> Result<HttpResponse, PageError> {
    if current.user().is_none_or(|user| !user.is_staff) {
        return Ok(redirect::to(&site.path("/admin/")));
    }
    logout::post(request, client, site, form).await
}
