//! The table: every path, its name, its methods and their handlers.

use std::fmt;

use actix_web::{
    Error, HttpRequest, HttpResponse, Route,
    dev::{HttpServiceFactory, RequestHead, ResourceDef},
    guard,
    http::{Method, header},
    middleware::{Condition, DefaultHeaders, from_fn},
    web,
};

use super::{
    ApiError, PageError,
    account::{
        self, confirm, data, delete, devices, email, everywhere, overview, password_change, password_reset, register,
        reset,
    },
    admin,
    api::{
        self, docs, jwks, posts, profile,
        schema::{self, Operation, Security},
        speaks_of_a_token, tokens,
    },
    middleware::panics,
    probes, setup,
};
use crate::settings::HeaderTypes;

/// A path and what it answers.
pub struct Url {
    /// The path, with actix's `{names}`.
    pub path: &'static str,
    /// Django's name for it.
    pub name: &'static str,
    /// With what a request comes.
    pub door: Door,
    handlers: Vec<Handler>,
}

/// With what a request comes: with what all handlers of its path need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Door {
    /// Nothing.
    Bare,
    /// Its session.
    Session,
    /// Its session, or a token and then no session.
    SessionOrToken,
}

struct Handler {
    method: Method,
    route: fn() -> Route,
    /// What the schema says of it.
    operation: Option<&'static Operation>,
}

/// The table of a site: ours, and what a library user adds.
#[derive(Clone, Copy)]
pub struct Urls {
    added: fn() -> Vec<Url>,
}

impl Urls {
    /// Ours and those of `added`.
    pub fn with(added: fn() -> Vec<Url>) -> Self {
        Self { added }
    }

    /// All of them.
    pub fn all(&self) -> Vec<Url> {
        let mut all = urls();
        all.extend((self.added)());
        all
    }
}

impl Default for Urls {
    fn default() -> Self {
        Self { added: Vec::new }
    }
}

impl fmt::Debug for Urls {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.all().iter().map(|url| url.path)).finish()
    }
}

/// Ours.
pub fn urls() -> Vec<Url> {
    let mut all = site_urls();
    all.extend(admin::urls::urls());
    all
}

fn site_urls() -> Vec<Url> {
    vec![
        Url::new("/", "index").get(|| web::to(account::dashboard::index)),
        Url::new("/login/", "login").get(|| web::to(account::login::get)).post(|| web::to(account::login::post)),
        Url::new("/logout/", "logout").get(|| web::to(account::logout::get)).post(|| web::to(account::logout::post)),
        Url::new("/dashboard/", "dashboard").get(|| web::to(account::dashboard::get)),
        Url::new("/account/", "account").get(|| web::to(overview::get)).post(|| web::to(overview::post)),
        Url::new("/account/password_change/", "password_change")
            .get(|| web::to(password_change::get))
            .post(|| web::to(password_change::post)),
        Url::new("/account/password_change/done/", "password_change_done").get(|| web::to(password_change::done)),
        Url::new("/account/password_reset/", "password_reset")
            .get(|| web::to(password_reset::get))
            .post(|| web::to(password_reset::post)),
        Url::new("/account/password_reset/done/", "password_reset_done").get(|| web::to(password_reset::done)),
        Url::new("/account/reset/done/", "password_reset_complete").get(|| web::to(reset::done)),
        Url::new("/account/reset/{uidb64}/{token}/", "password_reset_confirm")
            .get(|| web::to(reset::get))
            .post(|| web::to(reset::post)),
        Url::new("/account/email/", "email").get(|| web::to(email::get)).post(|| web::to(email::post)),
        Url::new("/account/email/withdraw/", "email_withdraw").post(|| web::to(email::withdraw)),
        Url::new("/account/confirm/{token}/", "confirm").get(|| web::to(confirm::get)).post(|| web::to(confirm::post)),
        Url::new("/account/confirmed/", "confirmed").get(|| web::to(confirm::done)),
        Url::new("/account/register/", "register").get(|| web::to(register::get)).post(|| web::to(register::post)),
        Url::new("/account/register/done/", "register_done").get(|| web::to(register::done)),
        Url::new("/account/sessions/end_others/", "sessions_end_others").post(|| web::to(devices::end_other_sessions)),
        Url::new("/account/sessions/{id}/end/", "session_end").post(|| web::to(devices::end_session)),
        Url::new("/account/tokens/end_all/", "tokens_end_all").post(|| web::to(devices::end_all_tokens)),
        Url::new("/account/tokens/{id}/end/", "token_end").post(|| web::to(devices::end_token)),
        Url::new("/account/logout_everywhere/", "logout_everywhere")
            .get(|| web::to(everywhere::get))
            .post(|| web::to(everywhere::post)),
        Url::new("/account/data/", "data").get(|| web::to(data::get)),
        Url::new("/account/delete/", "delete").get(|| web::to(delete::get)).post(|| web::to(delete::post)),
        Url::new("/account/deleted/", "deleted").get(|| web::to(delete::done)),
        Url::new("/setup/{token}/", "setup").get(|| web::to(setup::get)).post(|| web::to(setup::post)),
        Url::new("/api/auth/login/", "token_obtain_pair").on(Method::POST, || web::to(tokens::login), &tokens::LOGIN),
        Url::new("/api/auth/refresh/", "token_refresh").on(
            Method::POST,
            || web::to(tokens::refresh),
            &tokens::REFRESH_TOKEN,
        ),
        Url::new("/api/auth/verify/", "token_verify").on(Method::POST, || web::to(tokens::verify), &tokens::VERIFY),
        Url::new("/api/auth/logout/", "token_blacklist").on(Method::POST, || web::to(tokens::logout), &tokens::LOGOUT),
        Url::new("/api/profile/", "profile").on(Method::GET, || web::to(profile::get), &profile::GET),
        Url::new("/api/posts/", "post-list").on(Method::GET, || web::to(posts::list), &posts::LIST).on(
            Method::POST,
            || web::to(posts::create),
            &posts::CREATE,
        ),
        Url::new("/api/posts/{id}/", "post-detail")
            .on(Method::GET, || web::to(posts::get), &posts::GET)
            .on(Method::PUT, || web::to(posts::put), &posts::PUT)
            .on(Method::PATCH, || web::to(posts::patch), &posts::PATCH)
            .on(Method::DELETE, || web::to(posts::delete), &posts::DELETE),
        Url::new("/api/schema/", "schema").on(Method::GET, || web::to(schema::get), &schema::GET),
        Url::new("/api/docs/", "docs").get(|| web::to(docs::get)),
        Url::new("/.well-known/jwks.json", "jwks").on(Method::GET, || web::to(jwks::get), &jwks::GET),
        Url::new("/healthz", "healthz").get(|| web::to(probes::healthz)).bare(),
        Url::new("/readyz", "readyz").get(|| web::to(probes::readyz)).bare(),
    ]
}

impl Url {
    /// A path that answers nothing yet.
    pub fn new(path: &'static str, name: &'static str) -> Self {
        Self { path, name, door: Door::Bare, handlers: Vec::new() }
    }

    /// Answers GET, and HEAD without the body.
    #[must_use]
    pub fn get(self, route: fn() -> Route) -> Self {
        self.add(Method::GET, route, None)
    }

    /// Answers POST.
    #[must_use]
    pub fn post(self, route: fn() -> Route) -> Self {
        self.add(Method::POST, route, None)
    }

    /// Answers programs, as `operation` says: with a token or a session if it looks who asks, else with neither.
    #[must_use]
    pub fn on(self, method: Method, route: fn() -> Route, operation: &'static Operation) -> Self {
        self.add(method, route, Some(operation))
    }

    fn add(mut self, method: Method, route: fn() -> Route, operation: Option<&'static Operation>) -> Self {
        let needed = match operation.map(|operation| operation.security) {
            None => Door::Session,
            Some(Security::None) => Door::Bare,
            Some(Security::Optional | Security::Required) => Door::SessionOrToken,
        };
        self.door = self.door.max(needed);
        self.handlers.push(Handler { method, route, operation });
        self
    }

    /// Whose requests come without session, whoever answers them.
    #[must_use]
    pub fn bare(mut self) -> Self {
        self.door = Door::Bare;
        self
    }

    /// What the schema says of it, method by method.
    pub fn operations(&self) -> impl Iterator<Item = (&Method, &'static Operation)> {
        self.handlers.iter().filter_map(|handler| Some((&handler.method, handler.operation?)))
    }

    /// The methods it answers, as the `Allow` header lists them.
    pub fn methods(&self) -> Vec<Method> {
        let own = self.handlers.iter().map(|handler| handler.method.clone());
        let head = self.handlers.iter().any(|handler| handler.method == Method::GET).then_some(Method::HEAD);
        own.chain(head).chain([Method::OPTIONS]).collect()
    }

    fn allow(&self) -> String {
        self.methods().iter().map(Method::as_str).collect::<Vec<_>>().join(", ")
    }

    /// The path as actix mounts it for requests that come with a token.
    pub fn resource_with_token(&self, types: HeaderTypes) -> impl HttpServiceFactory + use<> {
        self.resource_if(Box::new(move |head| speaks_of_a_token(head.headers(), &types)))
    }

    /// The path as actix mounts it.
    pub fn resource(&self) -> impl HttpServiceFactory + use<> {
        self.resource_if(Box::new(|_| true))
    }

    fn resource_if(&self, takes: Box<dyn Fn(&RequestHead) -> bool>) -> impl HttpServiceFactory + use<> {
        let mut resource =
            web::resource(self.path).name(self.name).guard(guard::fn_guard(move |asked| takes(asked.head())));
        for Handler { method, route, .. } in &self.handlers {
            let method = method.clone();
            resource =
                resource.route(route().guard(guard::fn_guard(move |asked| answers(&method, &asked.head().method))));
        }
        let (options, refusal) = (self.allow(), self.allow());
        let allowed = move || {
            let allow = options.clone();
            async move { HttpResponse::Ok().insert_header((header::ALLOW, allow)).finish() }
        };
        let security = self.operations().map(|(_, operation)| operation.security).max();
        let refused = move |request: HttpRequest| {
            let allow = refusal.clone();
            async move { Err::<HttpResponse, _>(refuse(&request, security, allow).await) }
        };
        let is_for_programs = self.operations().next().is_some();
        resource
            .route(web::method(Method::OPTIONS).to(allowed))
            .default_service(web::to(refused))
            .wrap(from_fn(panics::middleware))
            // As in DRF, every answer says what else might be asked.
            .wrap(Condition::new(is_for_programs, DefaultHeaders::new().add((header::ALLOW, self.allow()))))
    }
}

/// Why a method is not answered. As in DRF, strangers hear first that they are some.
async fn refuse(request: &HttpRequest, security: Option<Security>, allow: String) -> Error {
    if security == Some(Security::Required) {
        match api::authenticate(request).await {
            Err(error) => return error.into(),
            Ok(None) => return ApiError::NotAuthenticated.into(),
            Ok(Some(_)) => {}
        }
    }
    PageError::MethodNotAllowed(allow).into()
}

/// Whether a handler of `method` answers a request with the method `asked`.
fn answers(method: &Method, asked: &Method) -> bool {
    asked == method || (asked == Method::HEAD && method == Method::GET)
}

/// What no path matches: where a slash is missing, a redirect to where it is not (`APPEND_SLASH`); else nothing.
pub async fn not_found(
    request: HttpRequest,
    prefix: web::Data<Prefix>,
    urls: web::Data<Urls>,
) -> Result<HttpResponse, PageError> {
    let path = request.path();
    let reading = matches!(*request.method(), Method::GET | Method::HEAD);
    let local = path.strip_prefix(prefix.0.as_str()).unwrap_or(path);
    if !reading || path.ends_with('/') || path.starts_with("//") || !is_known(&urls.all(), &format!("{local}/")) {
        return Err(PageError::NotFound);
    }
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    let location = format!("{path}/{query}");
    Ok(HttpResponse::MovedPermanently().insert_header((header::LOCATION, location)).finish())
}

/// The path below which the site is mounted.
#[derive(Debug)]
pub struct Prefix(pub String);

fn is_known(urls: &[Url], path: &str) -> bool {
    urls.iter().any(|url| ResourceDef::new(url.path).is_match(path))
}
