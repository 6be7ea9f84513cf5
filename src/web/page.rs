//! What every page has: the site's name, who is logged in, the token of its forms, its static files.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, http::header, web};
use askama::Template;

use super::{PageError, assets::Assets};
use crate::{auth::models::User, csrf, site::Site};

/// The frame of a page.
#[derive(Debug, Clone)]
pub struct Page {
    /// The name of the site.
    pub site_name: String,
    /// What stands before every path of ours.
    pub prefix: String,
    /// Who is logged in.
    pub user: Option<PageUser>,
    request: HttpRequest,
}

/// The person at the top of a page.
#[derive(Debug, Clone)]
pub struct PageUser {
    /// What they are called.
    pub display_name: String,
}

impl Page {
    /// The frame for `user`, or for a stranger.
    pub fn new(request: &HttpRequest, user: Option<&User>) -> Self {
        let settings = request.app_data::<web::Data<Site>>().map(|site| &site.settings.server);
        Self {
            site_name: settings.map(|server| server.site_name.clone()).unwrap_or_default(),
            prefix: settings.map(|server| server.script_name.as_str().to_owned()).unwrap_or_default(),
            user: user.map(|user| PageUser { display_name: user.display_name() }),
            request: request.clone(),
        }
    }

    /// A token for a form on this page. A page without a form asks for none and sets no cookie.
    pub fn csrf_token(&self) -> String {
        csrf::get_token(&self.request)
    }

    /// The URL of a static file, which changes with its content.
    pub fn asset(&self, path: &str) -> String {
        let hashed = self.request.app_data::<web::Data<Assets>>().and_then(|assets| assets.url(path));
        format!("{}/static/{}", self.prefix, hashed.unwrap_or(path))
    }
}

/// A field of a form: what it is called, what was typed, what is wrong with it.
#[derive(Debug, Clone, Default)]
pub struct Field {
    /// Its name in the form.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// What was typed; always empty for passwords.
    pub value: String,
    /// What is wrong.
    pub errors: Vec<String>,
    /// What helps to fill it in.
    pub help: String,
}

impl Field {
    /// An empty field.
    pub fn new(name: &str, label: &str) -> Self {
        Self { name: name.to_owned(), label: label.to_owned(), ..Self::default() }
    }

    /// With what was typed.
    #[must_use]
    pub fn value(mut self, value: &str) -> Self {
        value.clone_into(&mut self.value);
        self
    }

    /// With what is wrong.
    #[must_use]
    pub fn errors(mut self, errors: Vec<String>) -> Self {
        self.errors = errors;
        self
    }

    /// With what helps.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }
}

/// Renders a page.
pub fn render(template: &impl Template) -> Result<HttpResponse, PageError> {
    render_with(StatusCode::OK, template)
}

/// Renders a page with another status.
pub fn render_with(status: StatusCode, template: &impl Template) -> Result<HttpResponse, PageError> {
    let body = template.render()?;
    Ok(HttpResponse::build(status).insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8")).body(body))
}
