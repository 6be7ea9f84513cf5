//! `/logout/` (`django.contrib.auth.views.LogoutView`). Reading the page changes nothing; sending its form logs out.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{HeaderName, HeaderValue},
    web,
};
use askama::Template;

use super::Bare;
use crate::{
    auth::session,
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
#[template(path = "account/logout.html")]
pub struct LogoutPage {
    /// The frame.
    pub page: Page,
}

/// After it.
#[derive(Debug, Template)]
#[template(path = "account/logged_out.html")]
pub struct LoggedOutPage {
    /// The frame.
    pub page: Page,
}

shown!(LogoutPage, LoggedOutPage);

/// Asks.
pub async fn get(page: Page) -> Result<HttpResponse, PageError> {
    render(&LogoutPage { page })
}

/// Logs out.
pub async fn post(
    request: HttpRequest,
    client: Client,
    site: web::Data<Site>,
    form: CsrfForm<Bare>,
) -> Result<HttpResponse, PageError> {
    session::logout(&request, &site.auth).await?;
    let next = redirect::wish(&request, Some(&form.data), &client.host, client.secure);
    let mut response = match next.or_else(|| site.logout_redirect_url()) {
        Some(next) => redirect::to(&next),
        None => render(&LoggedOutPage { page: Page::new(&request, None) })?,
    };
    // Pages seen while logged in must not come back with the back button. Cookies stay: not all of them are ours.
    response.headers_mut().insert(HeaderName::from_static("clear-site-data"), HeaderValue::from_static("\"cache\""));
    Ok(response)
}
