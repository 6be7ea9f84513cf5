use super::{component::Component, define::section};

section! {
    /// Authentication.
    pub struct AuthSettings {
        /// The backends that are asked in turn who somebody is. The last part of a path picks the implementation; the
        /// whole path is what a session records, so beside a Django project it must be one that Django can import.
        "AUTHENTICATION_BACKENDS" backends: Vec<String> = vec![
            "axes.backends.AxesStandaloneBackend".to_owned(),
            "vestibule.backends.EmailBackend".to_owned(),
            "django.contrib.auth.backends.ModelBackend".to_owned(),
        ];
        /// The user model. Only Django's own is known here, so any other is refused.
        "AUTH_USER_MODEL" user_model: String = super::AuthSettings::USER_MODEL.to_owned();
        /// Password hashers: the first makes new hashes, all of them verify. Options carry the names of the Django
        /// classes' attributes (`memory_cost`, `time_cost`, `parallelism`; `iterations`; `rounds`; `work_factor`,
        /// `block_size`, `parallelism`), in TOML: `{ NAME = "…Argon2PasswordHasher", OPTIONS = { memory_cost = 19456 } }`.
        /// When empty: Argon2id at OWASP's m=19456 KiB, t=2, p=1 on a new database; on one that Django made, what its
        /// rows use.
        "PASSWORD_HASHERS" password_hashers: Vec<Component> = Vec::new();
        /// The memory that password hashes may take together, in MiB. Each counts with what its stored parameters ask
        /// for; one that asks for more than all may have is not verified.
        "PASSWORD_HASHING_MEMORY" hashing_memory: u32 = 256;
        /// Rules for new passwords, all of whose objections are shown at once. Options carry the names of the Django
        /// classes' parameters (`user_attributes`, `max_similarity`; `min_length`; `password_list_path`, in place of the
        /// 30,000 common passwords that zxcvbn knows). The last rule is ours: a password must be hard to guess
        /// (`min_score` of zxcvbn, from 0 to 4, by default 3), also for those who know the person and the site, and must
        /// not be mostly the `SITE_NAME` or one of the `context_words`.
        "AUTH_PASSWORD_VALIDATORS" password_validators: Vec<Component> = vec![
            "django.contrib.auth.password_validation.UserAttributeSimilarityValidator".into(),
            "django.contrib.auth.password_validation.MinimumLengthValidator".into(),
            "django.contrib.auth.password_validation.CommonPasswordValidator".into(),
            "django.contrib.auth.password_validation.NumericPasswordValidator".into(),
            "vestibule.password_validation.ZxcvbnValidator".into(),
        ];
        /// Where people are sent to log in.
        "LOGIN_URL" login_url: String = "/login/".to_owned();
        /// Where log-in leads unless `next` says otherwise.
        "LOGIN_REDIRECT_URL" login_redirect_url: String = "/dashboard/".to_owned();
        /// Where log-out leads; empty for a page that says so.
        "LOGOUT_REDIRECT_URL" logout_redirect_url: String = "/login/".to_owned();
        /// The request header in which a trusted proxy names who has logged in there, for RemoteUserBackend. Read from
        /// peers in `TRUSTED_PROXIES` only.
        "REMOTE_USER_HEADER" remote_user_header: String = "Remote-User".to_owned();
    }
}

impl AuthSettings {
    /// The one user model: Django's own.
    pub const USER_MODEL: &'static str = "auth.User";

    /// Where among the backends the one of this class stands.
    pub fn backend_at(&self, class: &str) -> Option<usize> {
        self.backends.iter().position(|path| path.rsplit('.').next() == Some(class))
    }
}
