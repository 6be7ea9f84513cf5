use super::{define::section, value::SameSite};

section! {
    /// CSRF.
    pub struct CsrfSettings {
        /// The name of the cookie. One that starts with `__Secure-` is sent as Secure, one with `__Host-` also for this
        /// host alone and with the path `/`, as browsers demand.
        "CSRF_COOKIE_NAME" cookie_name: String = "csrftoken".to_owned();
        /// How long the cookie lasts; 0 until the browser closes.
        "CSRF_COOKIE_AGE" cookie_age: time::Duration = time::Duration::seconds(31_449_600);
        /// The domain of the cookie; empty for this host alone.
        "CSRF_COOKIE_DOMAIN" cookie_domain: String = String::new();
        /// The path of the cookie.
        "CSRF_COOKIE_PATH" cookie_path: String = "/".to_owned();
        /// Send the cookie over HTTPS only. Over an HTTPS connection the cookie is Secure in any case.
        "CSRF_COOKIE_SECURE" cookie_secure: bool = false;
        /// Hide the cookie from scripts.
        "CSRF_COOKIE_HTTPONLY" cookie_httponly: bool = false;
        /// `SameSite` of the cookie.
        "CSRF_COOKIE_SAMESITE" cookie_samesite: SameSite = SameSite::Lax;
        /// The request header that may carry the token instead of the form.
        "CSRF_HEADER_NAME" header_name: String = "X-CSRFToken".to_owned();
        /// Other origins whose forms are accepted, as `https://example.org` or `https://*.example.org`.
        "CSRF_TRUSTED_ORIGINS" trusted_origins: Vec<String> = Vec::new();
    }
}
