use std::path::PathBuf;

use super::{define::section, secret::Secret};

section! {
    /// Mail.
    pub struct EmailSettings {
        /// What becomes of mail; the last but one part picks: `console` (printed, not sent), `smtp`, `filebased`, `locmem`
        /// (kept in memory, for tests), `dummy` (thrown away).
        "EMAIL_BACKEND" backend: String = "django.core.mail.backends.console.EmailBackend".to_owned();
        /// The sender, as `Example <accounts@example.org>` or the address alone.
        "DEFAULT_FROM_EMAIL" default_from: String = "webmaster@localhost".to_owned();
        /// The mail server.
        "EMAIL_HOST" host: String = "localhost".to_owned();
        /// Its port: 587 is usual with `EMAIL_USE_TLS`, 465 with `EMAIL_USE_SSL`.
        "EMAIL_PORT" port: u32 = 25;
        /// The name to log in with there; nobody logs in if this or the password is empty.
        "EMAIL_HOST_USER" host_user: String = String::new();
        /// The password to log in with there.
        "EMAIL_HOST_PASSWORD" host_password: Secret = Secret::default();
        /// Insist on TLS by STARTTLS. Unlike Django's, this is on: a server that does not offer it gets no mail.
        "EMAIL_USE_TLS" use_tls: bool = true;
        /// Use TLS from the first byte instead, on a port for that.
        "EMAIL_USE_SSL" use_ssl: bool = false;
        /// A file of certificates in PEM of authorities that are trusted besides the system's.
        "EMAIL_SSL_CAFILE" ssl_cafile: PathBuf = PathBuf::new();
        /// How long the mail server may take for each step.
        "EMAIL_TIMEOUT" timeout: time::Duration = time::Duration::seconds(10);
        /// The folder into which `filebased` writes.
        "EMAIL_FILE_PATH" file_path: PathBuf = PathBuf::new();
        /// How long mail that can't be sent is tried again, ever more seldom, before it is given up.
        "EMAIL_RETRY_FOR" retry_for: time::Duration = time::Duration::days(2);
    }
}

impl EmailSettings {
    /// The part of `EMAIL_BACKEND` that picks the backend.
    pub fn backend_kind(&self) -> &str {
        self.backend.rsplit('.').nth(1).unwrap_or_default()
    }
}
