//! `/admin/`: pages for administrators, at the paths of `django.contrib.admin`. What they show and do is in
//! [`admin`](crate::admin); here is only HTTP.
//!
//! Each file is one kind of page for all models: the list, the form, the deletion, the history. What one model has beside
//! those stands in a file of its own, as [`user_password`].

pub mod actions;
pub mod change_form;
pub mod changelist;
pub mod delete;
pub mod explain;
pub mod export;
pub mod figures;
pub mod form;
pub mod frame;
pub mod history;
pub mod index;
mod leave;
pub mod login;
pub mod meanwhile;
pub mod password_change;
pub mod person;
pub mod plot;
pub mod proof;
pub mod staff;
pub mod urls;
pub mod user_add;
pub mod user_password;
pub mod user_tools;
pub mod widget;

use actix_web::{HttpRequest, HttpResponse, web};

use self::{frame::Level, staff::Staff};
use crate::{
    admin::{Context, Registered, params::Params, record::Record},
    site::Site,
    web::{
        PageError,
        extract::FormData,
        redirect,
        urls::{Prefix, Urls, not_found as nothing_here},
    },
};

/// App and model, as they stand in the path.
type ModelPath = (String, String);
/// The same, and what names a row.
type ObjectPath = (String, String, String);

/// The model at a path.
fn model<'a>(context: &Context<'a>, app_label: &str, model: &str) -> Result<&'a Registered, PageError> {
    context.admin.find(app_label, model).ok_or(PageError::NotFound)
}

/// The query of a request.
fn query(request: &HttpRequest) -> Params {
    Params::new(FormData::parse_lossy(request.query_string()).into_pairs())
}

/// A row, or where Django leads whoever asks for one that is not there.
enum Found {
    Here(Box<Record>),
    Missing(String),
}

fn find(context: &mut Context<'_>, model: &Registered, public_id: &str) -> Result<Found, PageError> {
    Ok(match model.find(context, public_id)? {
        Some(record) => Found::Here(Box::new(record)),
        None => Found::Missing(missing(model.options.verbose_name, public_id)),
    })
}

/// "User with ID “9999” doesn’t exist. Perhaps it was deleted?"
fn missing(verbose_name: &str, public_id: &str) -> String {
    let shown: String = public_id.chars().take(100).collect();
    format!("{} with ID “{shown}” doesn’t exist. Perhaps it was deleted?", capitalized(verbose_name))
}

/// Leads to the front page with a message.
fn lost(request: &HttpRequest, site: &Site, message: String) -> HttpResponse {
    frame::say(request, Level::Warning, message);
    redirect::to(&site.path("/admin/"))
}

/// With a capital at its start.
fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// `/admin/<app>/<model>/<id>/`, as Django: leads to the form.
pub async fn object(request: HttpRequest, _: Staff) -> HttpResponse {
    redirect::to(&format!("{}change/", request.path()))
}

/// What no page of the admin has: staff are told so, others are led to the log-in page, so that nobody learns which paths
/// there are. A path to which only a slash is missing leads on.
pub async fn not_found(
    request: HttpRequest,
    _: Staff,
    urls: web::Data<Urls>,
    prefix: web::Data<Prefix>,
) -> Result<HttpResponse, PageError> {
    nothing_here(request, prefix, urls).await
}
