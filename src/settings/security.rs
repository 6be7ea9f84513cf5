use std::path::PathBuf;

use super::{define::section, secret::Secret};

section! {
    /// Keys, hosts and response headers.
    pub struct SecuritySettings {
        /// Signs sessions, reset links and tokens. With the same key as a Django project, each takes what the other
        /// signed. When empty, the key in `SECRET_KEY_PATH` is used.
        "SECRET_KEY" secret_key: Secret = Secret::default();
        /// Older keys whose signatures are still accepted, newest first.
        "SECRET_KEY_FALLBACKS" secret_key_fallbacks: Vec<Secret> = Vec::new();
        /// The file in which a key is kept that the first start makes, when `SECRET_KEY` is empty. Its mode is 0600.
        "SECRET_KEY_PATH" secret_key_path: PathBuf = PathBuf::from("vestibule.key");
        /// The host names this site answers to; `.example.org` stands for a domain and all below it, `*` for any.
        /// Requests for other hosts are answered 400. When empty: `localhost`, `127.0.0.1` and `[::1]`.
        "ALLOWED_HOSTS" allowed_hosts: Vec<String> = Vec::new();
        /// Answer what comes over plain HTTP with a redirect to the same address over HTTPS. Which requests are HTTPS, a
        /// proxy in `TRUSTED_PROXIES` says.
        "SECURE_SSL_REDIRECT" ssl_redirect: bool = false;
        /// Seconds for which browsers shall insist on HTTPS (Strict-Transport-Security); sent on HTTPS only, 0 for
        /// never.
        "SECURE_HSTS_SECONDS" hsts_seconds: time::Duration = time::Duration::seconds(31_536_000);
        /// Adds `includeSubDomains` to that header.
        "SECURE_HSTS_INCLUDE_SUBDOMAINS" hsts_include_subdomains: bool = false;
        /// Adds `preload` to that header.
        "SECURE_HSTS_PRELOAD" hsts_preload: bool = false;
        /// The Referrer-Policy header.
        "SECURE_REFERRER_POLICY" referrer_policy: String = "same-origin".to_owned();
        /// The Cross-Origin-Opener-Policy header.
        "SECURE_CROSS_ORIGIN_OPENER_POLICY" cross_origin_opener_policy: String = "same-origin".to_owned();
        /// Ids of what `vestibule check` shall not speak of, such as `security.W005`.
        "SILENCED_SYSTEM_CHECKS" silenced_checks: Vec<String> = Vec::new();
        /// The X-Frame-Options header.
        "X_FRAME_OPTIONS" frame_options: String = "DENY".to_owned();
    }
}
