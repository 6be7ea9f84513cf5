//! `/dashboard/`: where log-in leads, and `/`, which leads here.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::activity::moment;
use crate::{
    auth::models::User,
    site::Site,
    web::{
        PageError,
        extract::LoginRequired,
        page::{Page, render, shown},
        redirect,
    },
};

/// The page.
#[derive(Debug, Template)]
#[template(path = "account/dashboard.html")]
pub struct DashboardPage {
    /// The frame.
    pub page: Page,
    /// What is known of the account.
    pub facts: Vec<Fact>,
    /// Whether they may enter the admin.
    pub is_staff: bool,
}

shown!(DashboardPage);

/// Something that is known.
#[derive(Debug)]
pub struct Fact {
    /// What.
    pub label: &'static str,
    /// Its value.
    pub value: String,
}

/// Leads to the dashboard.
pub async fn index(site: web::Data<Site>) -> HttpResponse {
    redirect::to(&site.path("/dashboard/"))
}

/// Shows it.
pub async fn get(request: HttpRequest, person: LoginRequired) -> Result<HttpResponse, PageError> {
    let user = person.user();
    let page = Page::new(&request, Some(user));
    render(&DashboardPage { page, facts: facts(user, person.backend()), is_staff: user.is_staff })
}

fn facts(user: &User, backend: &str) -> Vec<Fact> {
    let mut facts = vec![
        Fact { label: "Username", value: user.username.clone() },
        Fact { label: "E-mail", value: if user.email.is_empty() { "none".to_owned() } else { user.email.clone() } },
    ];
    if let Some(last_login) = user.last_login {
        facts.push(Fact { label: "Last log-in", value: moment(last_login) });
    }
    facts.push(Fact { label: "Member since", value: moment(user.date_joined) });
    facts.push(Fact { label: "Logged in through", value: backend.rsplit('.').next().unwrap_or_default().to_owned() });
    facts
}
