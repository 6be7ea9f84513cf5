//! The table: every path, its name, its methods and their handlers.

use actix_web::{
    HttpRequest, HttpResponse, Route,
    dev::{HttpServiceFactory, ResourceDef},
    guard,
    http::{Method, header},
    middleware::from_fn,
    web,
};

use super::{PageError, account, middleware::panics, probes, setup};

/// A path and what it answers.
pub struct Url {
    /// The path, with actix's `{names}`.
    pub path: &'static str,
    /// Django's name for it.
    pub name: &'static str,
    /// Whether a request comes with its session.
    pub has_session: bool,
    handlers: Vec<(Method, fn() -> Route)>,
}

/// All of them.
pub fn urls() -> Vec<Url> {
    vec![
        Url::new("/", "index").get(|| web::to(account::dashboard::index)),
        Url::new("/login/", "login").get(|| web::to(account::login::get)).post(|| web::to(account::login::post)),
        Url::new("/logout/", "logout").get(|| web::to(account::logout::get)).post(|| web::to(account::logout::post)),
        Url::new("/dashboard/", "dashboard").get(|| web::to(account::dashboard::get)),
        Url::new("/setup/{token}/", "setup").get(|| web::to(setup::get)).post(|| web::to(setup::post)),
        Url::new("/healthz", "healthz").get(|| web::to(probes::healthz)).without_session(),
        Url::new("/readyz", "readyz").get(|| web::to(probes::readyz)).without_session(),
    ]
}

impl Url {
    fn new(path: &'static str, name: &'static str) -> Self {
        Self { path, name, has_session: true, handlers: Vec::new() }
    }

    /// Answers GET, and HEAD without the body.
    fn get(mut self, handler: fn() -> Route) -> Self {
        self.handlers.push((Method::GET, handler));
        self
    }

    fn post(mut self, handler: fn() -> Route) -> Self {
        self.handlers.push((Method::POST, handler));
        self
    }

    fn without_session(mut self) -> Self {
        self.has_session = false;
        self
    }

    /// The methods it answers, as the `Allow` header lists them.
    pub fn methods(&self) -> Vec<Method> {
        let own = self.handlers.iter().map(|(method, _)| method.clone());
        let head = self.handlers.iter().any(|(method, _)| method == Method::GET).then_some(Method::HEAD);
        own.chain(head).chain([Method::OPTIONS]).collect()
    }

    fn allow(&self) -> String {
        self.methods().iter().map(Method::as_str).collect::<Vec<_>>().join(", ")
    }

    /// The path as actix mounts it.
    pub fn resource(&self) -> impl HttpServiceFactory + use<> {
        let mut resource = web::resource(self.path).name(self.name);
        for (method, handler) in &self.handlers {
            let method = method.clone();
            resource = resource
                .route(handler().guard(guard::fn_guard(move |context| answers(&method, &context.head().method))));
        }
        let (options, refusal) = (self.allow(), self.allow());
        let allowed = move || {
            let allow = options.clone();
            async move { HttpResponse::Ok().insert_header((header::ALLOW, allow)).finish() }
        };
        let refused = move || {
            let allow = refusal.clone();
            async move { Err::<HttpResponse, _>(PageError::MethodNotAllowed(allow)) }
        };
        resource
            .route(web::method(Method::OPTIONS).to(allowed))
            .default_service(web::to(refused))
            .wrap(from_fn(panics::middleware))
    }
}

/// Whether a handler of `method` answers a request with the method `asked`.
fn answers(method: &Method, asked: &Method) -> bool {
    asked == method || (asked == Method::HEAD && method == Method::GET)
}

/// What no path matches: where a slash is missing, a redirect to where it is not (`APPEND_SLASH`); else nothing.
pub async fn not_found(request: HttpRequest, prefix: web::Data<Prefix>) -> Result<HttpResponse, PageError> {
    let path = request.path();
    let reading = matches!(*request.method(), Method::GET | Method::HEAD);
    let local = path.strip_prefix(prefix.0.as_str()).unwrap_or(path);
    if !reading || path.ends_with('/') || path.starts_with("//") || !is_known(&format!("{local}/")) {
        return Err(PageError::NotFound);
    }
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    let location = format!("{path}/{query}");
    Ok(HttpResponse::MovedPermanently().insert_header((header::LOCATION, location)).finish())
}

/// The path below which the site is mounted.
#[derive(Debug)]
pub struct Prefix(pub String);

fn is_known(path: &str) -> bool {
    urls().iter().any(|url| ResourceDef::new(url.path).is_match(path))
}
