//! `user_logged_in`, `user_logged_out`, `user_login_failed`: what happened, for whoever wants to know.
//!
//! Receivers are called one after the other on a thread that may wait, in the transaction that writes or deletes the
//! session. One that fails fails the request, as in Django, and undoes all of it: a log-in that could not be recorded did
//! not happen, and one that did not happen is not recorded.

use super::{Auth, AuthError, models::User};
use crate::{client::Client, db::Db};

/// What a receiver may use.
pub struct Occasion<'a> {
    /// What authentication is made of.
    pub auth: &'a Auth,
    /// Who is calling.
    pub client: &'a Client,
    /// The connection on which the transaction runs. Another one would wait for this one in vain, and on SQLite so would a
    /// transaction within this one.
    pub db: &'a mut Db,
}

/// Somebody logged in.
#[derive(Debug, Clone)]
pub struct UserLoggedIn {
    /// Who.
    pub user: User,
    /// The key of the session that was made.
    pub session_key: String,
}

/// Somebody logged out.
#[derive(Debug, Clone)]
pub struct UserLoggedOut {
    /// Who; `None` if nobody was logged in.
    pub user: Option<User>,
    /// The key of the session that ended.
    pub session_key: Option<String>,
}

/// `authenticate()` refused.
#[derive(Debug, Clone)]
pub struct UserLoginFailed {
    /// The name as it was typed. Never a password.
    pub username: String,
}

type Receiver<E> = Box<dyn Fn(&mut Occasion<'_>, &E) -> Result<(), AuthError> + Send + Sync>;

/// A signal and its receivers.
pub struct Signal<E>(Vec<Receiver<E>>);

impl<E> Default for Signal<E> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<E> Signal<E> {
    /// Adds a receiver.
    pub fn connect(
        &mut self,
        receiver: impl Fn(&mut Occasion<'_>, &E) -> Result<(), AuthError> + Send + Sync + 'static,
    ) {
        self.0.push(Box::new(receiver));
    }

    /// Calls the receivers in the order in which they were connected, until one fails.
    pub fn send(&self, auth: &Auth, client: &Client, db: &mut Db, event: &E) -> Result<(), AuthError> {
        self.0.iter().try_for_each(|receiver| receiver(&mut Occasion { auth, client, db }, event))
    }
}

/// The signals.
#[derive(Default)]
pub struct Signals {
    /// When a session was written for somebody.
    pub user_logged_in: Signal<UserLoggedIn>,
    /// When a session was ended by its owner.
    pub user_logged_out: Signal<UserLoggedOut>,
    /// When `authenticate()` refused.
    pub user_login_failed: Signal<UserLoginFailed>,
}

/// The receiver that Django itself connects: `auth_user.last_login` is the last log-in.
pub fn update_last_login(occasion: &mut Occasion<'_>, event: &UserLoggedIn) -> Result<(), AuthError> {
    Ok(super::models::user::set_last_login(occasion.db, event.user.id, occasion.auth.clock.now())?)
}
