use std::time::Instant;

use super::{Auth, AuthError, Credentials, hashers::Verification, models::User};
use crate::{client::Client, db::Pooled};

/// One call of `authenticate()`, as the backends see it.
///
/// Passwords are checked through it: what was computed for one backend is remembered for the next, so a known user
/// costs one hash however many backends ask.
#[derive(Debug)]
pub struct Attempt<'a> {
    auth: &'a Auth,
    client: &'a Client,
    credentials: &'a Credentials,
    checked: Vec<(String, Verification)>,
}

impl<'a> Attempt<'a> {
    /// An attempt that nobody has looked at yet.
    pub fn new(auth: &'a Auth, client: &'a Client, credentials: &'a Credentials) -> Self {
        Self { auth, client, credentials, checked: Vec::new() }
    }

    /// A credential; a backend that misses one abstains.
    pub fn credential(&self, name: &str) -> Option<&'a str> {
        self.credentials.get(name)
    }

    /// Who is calling.
    pub fn client(&self) -> &'a Client {
        self.client
    }

    /// What authentication is made of.
    pub fn auth(&self) -> &'a Auth {
        self.auth
    }

    /// A connection; to be dropped before a password is checked.
    pub fn db(&self) -> Result<Pooled, AuthError> {
        self.auth.db()
    }

    /// Whether the password of this attempt is `user`'s.
    pub fn check_password(&mut self, user: &User) -> bool {
        let Some(password) = self.credential("password") else {
            return false;
        };
        let verification = match self.checked.iter().find(|(encoded, _)| *encoded == user.password) {
            Some((_, known)) => *known,
            None if self.auth.hashers.identify(&user.password).is_none() => Verification::Invalid,
            None => {
                let started = Instant::now();
                let verification = self.auth.hashers.verify(password, &user.password);
                if let Some(scheme) = self.auth.hashers.scheme(&user.password) {
                    self.auth.pace.note(scheme, started.elapsed());
                }
                self.checked.push((user.password.clone(), verification));
                verification
            }
        };
        verification.is_valid()
    }

    /// Whether `user`'s hash was found right but is not as new ones are made.
    pub(super) fn is_obsolete(&self, user: &User) -> bool {
        self.checked.iter().any(|(encoded, found)| *encoded == user.password && *found == Verification::Obsolete)
    }

    /// Costs what a check costs if none was made, so that unknown users can't be told from known ones.
    pub(super) fn burn_if_unchecked(&self) {
        if let (true, Some(password)) = (self.checked.is_empty(), self.credential("password")) {
            self.auth.hashers.burn(password);
        }
    }
}
