//! `/logout/` (`django.contrib.auth.views.LogoutView`). Reading the page changes nothing; sending its form logs out.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{HeaderName, HeaderValue},
    web,
};
use askama::Template;

use crate::{
    auth::session,
    client::Client,
    site::Site,
    web::{
        PageError,
        extract::{CsrfForm, Form, FormData},
        page::{Page, render},
        redirect,
    },
};

#[derive(Template)]
#[template(path = "account/logout.html")]
struct LogoutPage {
    page: Page,
}

#[derive(Template)]
#[template(path = "account/logged_out.html")]
struct LoggedOutPage {
    page: Page,
}

/// The form has nothing but its token.
#[derive(Debug)]
pub struct LogoutForm;

impl Form for LogoutForm {
    fn bind(_: &FormData) -> Self {
        Self
    }
}

/// Asks.
pub async fn get(page: Page) -> Result<HttpResponse, PageError> {
    render(&LogoutPage { page })
}

/// Logs out.
pub async fn post(
    request: HttpRequest,
    client: Client,
    site: web::Data<Site>,
    form: CsrfForm<LogoutForm>,
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
