use std::{
    any::Any,
    cell::{OnceCell, RefCell},
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use super::{Auth, AuthError, Credentials, Found, hashers::Verification, models::User};
use crate::{client::Client, db::Pooled};

/// One call of `authenticate()`, as the backends see it.
///
/// Passwords are checked through it: what was computed for one backend is remembered for the next, so a known user
/// costs one hash however many backends ask.
pub struct Attempt<'a> {
    auth: &'a Auth,
    client: &'a Client,
    credentials: &'a Credentials,
    checked: Vec<(String, Verification)>,
    found: OnceCell<Found>,
    held: RefCell<Held>,
    failed: Arc<AtomicBool>,
}

/// What backends keep until an attempt is over.
pub(crate) type Held = Vec<Box<dyn Any + Send>>;

impl<'a> Attempt<'a> {
    /// An attempt that nobody has looked at yet.
    pub fn new(auth: &'a Auth, client: &'a Client, credentials: &'a Credentials) -> Self {
        Self {
            auth,
            client,
            credentials,
            checked: Vec::new(),
            found: OnceCell::new(),
            held: RefCell::default(),
            failed: Arc::default(),
        }
    }

    /// A credential; a backend that misses one abstains.
    pub fn credential(&self, name: &str) -> Option<&'a str> {
        self.credentials.get(name)
    }

    /// The name that was typed, for the record of a failure.
    pub(super) fn shown_name(&self) -> &'a str {
        self.credentials.shown_name()
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

    /// Whom the typed name may mean, looked up once; nobody if no name was given.
    pub fn found(&self) -> Result<&Found, AuthError> {
        if let Some(found) = self.found.get() {
            return Ok(found);
        }
        let found = match self.credential("username") {
            Some(typed) => Found::look(&mut *self.db()?, typed)?,
            None => Found::default(),
        };
        Ok(self.found.get_or_init(|| found))
    }

    /// Keeps something of a backend's until the attempt is over, however it ends: what is still there then is dropped.
    pub fn hold(&self, thing: impl Any + Send) {
        self.held.borrow_mut().push(Box::new(thing));
    }

    /// Takes back what was kept, as receivers of `user_login_failed` do.
    pub fn release<T: Any>(&self) -> Option<T> {
        let mut held = self.held.borrow_mut();
        let at = held.iter().position(|thing| thing.is::<T>())?;
        held.swap_remove(at).downcast().ok().map(|thing| *thing)
    }

    /// Whether a password was found wrong and nobody was let in since; for what is kept, which may have to know in the end.
    pub fn has_failed(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.failed)
    }

    /// All that is still kept, to be dropped where waiting harms nobody.
    pub(super) fn into_held(self) -> Held {
        self.held.into_inner()
    }

    /// Notes how it stands, whether or not that can be recorded.
    pub(super) fn note(&self, failed: bool) {
        self.failed.store(failed, Ordering::SeqCst);
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
        if !verification.is_valid() {
            self.note(true);
        }
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

impl fmt::Debug for Attempt<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Attempt").field("client", self.client).finish_non_exhaustive()
    }
}
