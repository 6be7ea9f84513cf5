use std::collections::BTreeMap;

use crate::settings::Secret;

/// What somebody gives to prove who they are: the keyword arguments of Django's `authenticate(request, **credentials)`.
/// Values are never logged.
#[derive(Debug, Clone, Default)]
pub struct Credentials(BTreeMap<&'static str, Secret>);

impl Credentials {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A username (or e-mail address) and a password.
    pub fn password(username: &str, password: &str) -> Self {
        Self::new().with("username", username).with("password", password)
    }

    /// Who a trusted proxy says has logged in there.
    pub fn remote_user(name: &str) -> Self {
        Self::new().with("remote_user", name)
    }

    /// Adds a credential of any name, for a backend that knows it.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.0.insert(name, Secret::new(value));
        self
    }

    /// The credential of that name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(Secret::expose)
    }

    /// The name that was typed, for the record of a failure; empty if none was.
    pub fn shown_name(&self) -> &str {
        self.get("username").or_else(|| self.get("remote_user")).unwrap_or_default()
    }
}
