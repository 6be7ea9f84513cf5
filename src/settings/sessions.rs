use super::{define::section, value::SameSite};

section! {
    /// Sessions.
    pub struct SessionSettings {
        /// Where sessions are kept. Only rows in `django_session` are known here, so any other engine is refused.
        "SESSION_ENGINE" engine: String = super::SessionSettings::ENGINE.to_owned();
        /// How long a session lasts after it was last saved.
        "SESSION_COOKIE_AGE" cookie_age: time::Duration = time::Duration::seconds(1_209_600);
        /// The name of the cookie. One that starts with `__Secure-` is sent as Secure, one with `__Host-` also for this
        /// host alone and with the path `/`, as browsers demand.
        "SESSION_COOKIE_NAME" cookie_name: String = "sessionid".to_owned();
        /// The domain of the cookie; empty for this host alone.
        "SESSION_COOKIE_DOMAIN" cookie_domain: String = String::new();
        /// The path of the cookie.
        "SESSION_COOKIE_PATH" cookie_path: String = "/".to_owned();
        /// Send the cookie over HTTPS only. Over an HTTPS connection the cookie is Secure in any case.
        "SESSION_COOKIE_SECURE" cookie_secure: bool = false;
        /// Hide the cookie from scripts.
        "SESSION_COOKIE_HTTPONLY" cookie_httponly: bool = true;
        /// `SameSite` of the cookie.
        "SESSION_COOKIE_SAMESITE" cookie_samesite: SameSite = SameSite::Lax;
        /// End sessions with the browser unless a session says otherwise.
        "SESSION_EXPIRE_AT_BROWSER_CLOSE" expire_at_browser_close: bool = false;
        /// Save the session on each request, so that its age counts from the last visit.
        "SESSION_SAVE_EVERY_REQUEST" save_every_request: bool = false;
        /// End a session that was not used for so long; 0 for no such limit.
        "SESSION_IDLE_TIMEOUT" idle_timeout: time::Duration = time::Duration::ZERO;
        /// End a session so long after it was started, however busy it is; 0 for no such limit.
        "SESSION_ABSOLUTE_TIMEOUT" absolute_timeout: time::Duration = time::Duration::ZERO;
        /// How often a serving site deletes expired sessions by itself, as `vestibule clearsessions` does; 0 for never.
        "SESSION_CLEAR_EVERY" clear_every: time::Duration = time::Duration::hours(1);
    }
}

impl SessionSettings {
    /// The one engine: rows in `django_session`.
    pub const ENGINE: &'static str = "django.contrib.sessions.backends.db";
}
