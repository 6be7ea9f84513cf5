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
    /// What was done just now, at the top of the page.
    pub notice: Option<&'static str>,
    request: HttpRequest,
}

/// The person at the top of a page.
#[derive(Debug, Clone)]
pub struct PageUser {
    /// What they are called.
    pub display_name: String,
    /// Whether they may enter the admin.
    pub is_staff: bool,
}

impl Page {
    /// The frame for `user`, or for a stranger.
    pub fn new(request: &HttpRequest, user: Option<&User>) -> Self {
        let settings = request.app_data::<web::Data<Site>>().map(|site| &site.settings.server);
        Self {
            site_name: settings.map(|server| server.site_name.clone()).unwrap_or_default(),
            prefix: settings.map(|server| server.script_name.as_str().to_owned()).unwrap_or_default(),
            user: user.map(|user| PageUser { display_name: user.display_name(), is_staff: user.is_staff }),
            notice: None,
            request: request.clone(),
        }
    }

    /// The site, if one is mounted.
    pub fn site(&self) -> Option<&Site> {
        self.request.app_data::<web::Data<Site>>().map(|site| &***site)
    }

    /// For forms of which nothing is wrong but at a field.
    pub fn no_errors(&self) -> &'static [String] {
        &[]
    }

    /// Whether people may register.
    pub fn registration_is_open(&self) -> bool {
        self.site().is_some_and(|site| site.settings.account.registration_open)
    }

    /// The URL of the site's own picture, if it has one in place of ours.
    pub fn logo(&self) -> Option<String> {
        self.own(Assets::logo)
    }

    /// The URL of the site's own stylesheet, if it has one.
    pub fn own_stylesheet(&self) -> Option<String> {
        self.own(Assets::stylesheet)
    }

    fn own(&self, which: fn(&Assets) -> Option<&str>) -> Option<String> {
        let assets = self.request.app_data::<web::Data<Assets>>()?;
        which(assets).map(|name| format!("{}/static/{name}", self.prefix))
    }

    /// The name of the site's time zone, such as `Europe/Berlin`.
    pub fn zone(&self) -> Option<&str> {
        self.site()?.settings.account.time_zone.iana_name()
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
    /// What was typed; always empty for passwords. Of a box that can be ticked: `on` if it is.
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

/// A page that can be shown, and whose template a library user may replace.
pub trait Shown: Template + 'static {
    /// Its frame.
    fn page(&self) -> &Page;
}

/// Says of pages that they have a frame, `page`.
macro_rules! shown {
    ($($page:ty),+ $(,)?) => {
        $(
            impl $crate::web::page::Shown for $page {
                fn page(&self) -> &$crate::web::page::Page {
                    &self.page
                }
            }
        )+
    };
}
pub(in crate::web) use shown;

/// Renders a page.
pub fn render(shown: &impl Shown) -> Result<HttpResponse, PageError> {
    render_with(StatusCode::OK, shown)
}

/// Renders a page with another status.
pub fn render_with(status: StatusCode, shown: &impl Shown) -> Result<HttpResponse, PageError> {
    let body = text(shown)?;
    Ok(HttpResponse::build(status).insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8")).body(body))
}

/// A page as text.
pub fn text<T: Shown>(shown: &T) -> askama::Result<String> {
    match shown.page().site() {
        Some(site) => site.templates.render(shown),
        None => shown.render(),
    }
}
