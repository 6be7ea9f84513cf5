//! Authentication backends.
//!
//! To add one: a file here with a type that implements [`AuthenticationBackend`], and a line in [`built_in`]. Outside
//! this crate: the same type, registered by its name with `Site::builder().backend(…)`. Then name it in
//! `AUTHENTICATION_BACKENDS`.

mod email;
mod model;
mod remote_user;

use std::collections::BTreeMap;

pub use email::EmailBackend;
pub use model::ModelBackend;
pub use remote_user::{RemoteUserBackend, clean_username};

use super::{Attempt, AuthError, models::User};

/// What a backend makes of an attempt.
#[derive(Debug)]
pub enum Decision {
    /// It knows this person.
    User(User),
    /// It knows this person, and the session shall record another backend's path.
    UserAs(User, String),
    /// It does not; the next one is asked.
    Abstain,
    /// Nobody may log in here and now, whoever knows them (Django's `PermissionDenied`).
    PermissionDenied,
}

/// A way to find out who somebody is.
pub trait AuthenticationBackend: Send + Sync {
    /// Looks at the attempt. A backend that misses a credential abstains.
    fn authenticate(&self, attempt: &mut Attempt<'_>) -> Result<Decision, AuthError>;

    /// Whether the sessions that this backend made still count for `user`, asked anew at every request.
    fn user_can_authenticate(&self, user: &User) -> bool {
        user.is_active
    }
}

/// Makes a backend. Gets the paths of all that are configured.
pub type Factory = Box<dyn Fn(&[String]) -> Box<dyn AuthenticationBackend> + Send + Sync>;

/// Backends by the last part of their path.
pub type Registry = BTreeMap<String, Factory>;

/// The backends of this crate.
pub fn built_in() -> Registry {
    let mut registry = Registry::new();
    let mut add = |name: &str, factory: Factory| registry.insert(name.to_owned(), factory);
    add("ModelBackend", Box::new(|_| Box::new(ModelBackend::default())));
    add("AllowAllUsersModelBackend", Box::new(|_| Box::new(ModelBackend::allow_all_users())));
    add("EmailBackend", Box::new(|paths| Box::new(EmailBackend::new(paths))));
    add("RemoteUserBackend", Box::new(|_| Box::new(RemoteUserBackend)));
    registry
}

/// A backend under the path by which sessions name it.
pub struct Configured {
    path: String,
    backend: Box<dyn AuthenticationBackend>,
}

impl Configured {
    /// The dotted path.
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl std::ops::Deref for Configured {
    type Target = dyn AuthenticationBackend;

    fn deref(&self) -> &Self::Target {
        &*self.backend
    }
}

/// The configured backends, in order.
pub struct Backends(Vec<Configured>);

/// A name in `AUTHENTICATION_BACKENDS` that nobody registered.
#[derive(Debug, thiserror::Error)]
#[error("bad value for AUTHENTICATION_BACKENDS: {path} ends in no known backend; expected one of {known}")]
pub struct UnknownBackend {
    path: String,
    known: String,
}

impl Backends {
    /// Makes the backends that `paths` name.
    pub fn new(paths: &[String], registry: &Registry) -> Result<Self, UnknownBackend> {
        let make = |path: &String| {
            let class = path.rsplit('.').next().unwrap_or(path);
            match registry.get(class) {
                Some(factory) => Ok(Configured { path: path.clone(), backend: factory(paths) }),
                None => Err(UnknownBackend {
                    path: path.clone(),
                    known: registry.keys().cloned().collect::<Vec<_>>().join(", "),
                }),
            }
        };
        paths.iter().map(make).collect::<Result<_, _>>().map(Self)
    }

    /// The backends in order.
    pub fn iter(&self) -> impl Iterator<Item = &Configured> {
        self.0.iter()
    }

    /// The backend that a session names, if it is still configured.
    pub fn get(&self, path: &str) -> Option<&Configured> {
        self.0.iter().find(|configured| configured.path == path)
    }

    /// The path under which a class is configured.
    pub fn path_of(&self, class: &str) -> Option<&str> {
        self.0.iter().map(Configured::path).find(|path| path.rsplit('.').next() == Some(class))
    }
}
