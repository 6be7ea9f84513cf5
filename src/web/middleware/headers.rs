//! Headers that every answer carries.

use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::{self, HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
    web,
};

use crate::{client::Client, settings::SecuritySettings, site::Site};
use actix_web::HttpMessage;

/// Nothing from elsewhere, nothing inline, in nobody's frame.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'";
/// What no page of ours ever asks a browser for.
const PERMISSIONS_POLICY: &str = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), \
     magnetometer=(), microphone=(), midi=(), payment=(), usb=()";
/// What is private must not be kept (`never_cache`).
const NEVER_CACHE: &str = "max-age=0, no-cache, no-store, must-revalidate, private";

/// Adds them.
pub async fn middleware<B: MessageBody + 'static>(
    site: web::Data<Site>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let mut response = next.call(request).await?;
    let secure = response.request().extensions().get::<Client>().is_some_and(|client| client.secure);
    write(response.headers_mut(), &site.settings.security, secure);
    Ok(response)
}

fn write(headers: &mut HeaderMap, settings: &SecuritySettings, secure: bool) {
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
    for (name, value) in fixed.into_iter().chain(chosen) {
        set(headers, name, value);
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        set(headers, header::CACHE_CONTROL, NEVER_CACHE);
    }
    if secure && !settings.hsts_seconds.is_zero() {
        let mut policy = format!("max-age={}", settings.hsts_seconds.whole_seconds());
        policy += if settings.hsts_include_subdomains { "; includeSubDomains" } else { "" };
        policy += if settings.hsts_preload { "; preload" } else { "" };
        set(headers, header::STRICT_TRANSPORT_SECURITY, &policy);
    }
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let (false, Ok(value)) = (value.is_empty(), HeaderValue::from_str(value)) {
        headers.insert(name, value);
    }
}
