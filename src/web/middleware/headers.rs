//! Headers that every answer carries.

use actix_web::{
    Error, HttpMessage,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::{self, HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
    web,
};

use crate::{client::Client, settings::SecuritySettings};

/// Nothing from elsewhere, nothing inline, in nobody's frame.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'";
/// What no page of ours ever asks a browser for.
const PERMISSIONS_POLICY: &str = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), \
     magnetometer=(), microphone=(), midi=(), payment=(), usb=()";
/// What is private must not be kept (`never_cache`).
const NEVER_CACHE: &str = "max-age=0, no-cache, no-store, must-revalidate, private";

/// Those headers, made of the settings once.
#[derive(Debug)]
pub struct SecurityHeaders {
    always: Vec<(HeaderName, HeaderValue)>,
    over_https: Option<HeaderValue>,
}

impl SecurityHeaders {
    /// Those of a site with these settings.
    pub fn new(settings: &SecuritySettings) -> Self {
        let fixed = [
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
            (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
            (HeaderName::from_static("permissions-policy"), PERMISSIONS_POLICY),
        ];
        let chosen = [
            (header::X_FRAME_OPTIONS, settings.frame_options.as_str()),
            (header::REFERRER_POLICY, settings.referrer_policy.as_str()),
            (HeaderName::from_static("cross-origin-opener-policy"), settings.cross_origin_opener_policy.as_str()),
        ];
        let wanted = fixed.into_iter().chain(chosen).filter(|(_, value)| !value.is_empty());
        let always = wanted.filter_map(|(name, value)| Some((name, HeaderValue::from_str(value).ok()?))).collect();
        Self { always, over_https: hsts(settings) }
    }

    fn write(&self, headers: &mut HeaderMap, secure: bool) {
        for (name, value) in &self.always {
            headers.insert(name.clone(), value.clone());
        }
        if !headers.contains_key(header::CACHE_CONTROL) {
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(NEVER_CACHE));
        }
        if let (true, Some(policy)) = (secure, &self.over_https) {
            headers.insert(header::STRICT_TRANSPORT_SECURITY, policy.clone());
        }
    }
}

/// `Strict-Transport-Security`, if it is wanted.
fn hsts(settings: &SecuritySettings) -> Option<HeaderValue> {
    if settings.hsts_seconds.is_zero() {
        return None;
    }
    let mut policy = format!("max-age={}", settings.hsts_seconds.whole_seconds());
    policy += if settings.hsts_include_subdomains { "; includeSubDomains" } else { "" };
    policy += if settings.hsts_preload { "; preload" } else { "" };
    HeaderValue::from_str(&policy).ok()
}

/// Adds them.
pub async fn middleware<B: MessageBody + 'static>(
    security: web::Data<SecurityHeaders>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let mut response = next.call(request).await?;
    let secure = response.request().extensions().get::<Client>().is_some_and(|client| client.secure);
    security.write(response.headers_mut(), secure);
    Ok(response)
}
