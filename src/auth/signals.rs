//! `user_logged_in`, `user_logged_out`, `user_login_failed`, `user_locked_out`, `password_upgraded`: what happened, for whoever wants to know.
//!
//! Receivers are called one after the other on a thread that may wait, in the transaction that writes or deletes the
//! session. One that fails fails the request, as in Django, and undoes all of it: a log-in that could not be recorded did
//! not happen, and one that did not happen is not recorded.

use time::PrimitiveDateTime;

use super::{Attempt, Auth, AuthError, Lock, models::User};
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
    /// The attempt that failed, for `user_login_failed`: what a backend keeps with it is there.
    pub attempt: Option<&'a Attempt<'a>>,
    /// What the caller is told in place of a plain refusal, for `user_login_failed`.
    pub lock: Option<Lock>,
}

impl<'a> Occasion<'a> {
    /// On which a session is written or deleted.
    pub fn new(auth: &'a Auth, client: &'a Client, db: &'a mut Db) -> Self {
        Self { auth, client, db, attempt: None, lock: None }
    }

    /// On which `attempt` failed.
    pub fn of(attempt: &'a Attempt<'a>, db: &'a mut Db) -> Self {
        Self { attempt: Some(attempt), ..Self::new(attempt.auth(), attempt.client(), db) }
    }
}

/// Somebody logged in.
#[derive(Debug, Clone)]
pub struct UserLoggedIn {
    /// Who.
    pub user: User,
    /// The key of the session that was made; `None` if it was tokens that were.
    pub session_key: Option<String>,
}

/// Somebody logged out.
#[derive(Debug, Clone)]
pub struct UserLoggedOut {
    /// Who; `None` if nobody was logged in.
    pub user: Option<User>,
    /// The key of the session that ended; `None` if there was none, or if it was a token that ended.
    pub session_key: Option<String>,
}

/// `authenticate()` refused.
#[derive(Debug, Clone)]
pub struct UserLoginFailed {
    /// The name as it was typed. Never a password.
    pub username: String,
}

/// Something was locked, or somebody tried in vain during a lock (axes' signal of this name).
#[derive(Debug, Clone)]
pub struct UserLockedOut {
    /// The name as it was typed.
    pub username: String,
    /// What is locked: axes' parameters joined by `+`, or a limit of ours.
    pub rule: String,
    /// When it opens; `None` for not by itself.
    pub until: Option<PrimitiveDateTime>,
    /// Whether it was locked just now.
    pub begins: bool,
}

/// The hash of a right password was replaced by another of the same password.
#[derive(Clone)]
pub struct PasswordUpgraded {
    /// Whose.
    pub user_id: i32,
    /// The hash that it was.
    pub before: String,
    /// The hash that it is now.
    pub after: String,
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
    pub fn send(&self, occasion: &mut Occasion<'_>, event: &E) -> Result<(), AuthError> {
        self.0.iter().try_for_each(|receiver| receiver(occasion, event))
    }
}

/// The signals.
#[derive(Default)]
pub struct Signals {
    /// When a session was written for somebody, or tokens were made.
    pub user_logged_in: Signal<UserLoggedIn>,
    /// When a session or a token was ended by its owner.
    pub user_logged_out: Signal<UserLoggedOut>,
    /// When `authenticate()` refused.
    pub user_login_failed: Signal<UserLoginFailed>,
    /// When a password was hashed anew, in the transaction that does it.
    pub password_upgraded: Signal<PasswordUpgraded>,
    /// When something was locked, and the first times somebody tries during a lock.
    pub user_locked_out: Signal<UserLockedOut>,
}

/// The receiver that Django itself connects: `auth_user.last_login` is the last log-in. Tokens have a setting of their own.
pub fn update_last_login(occasion: &mut Occasion<'_>, event: &UserLoggedIn) -> Result<(), AuthError> {
    if event.session_key.is_none() {
        return Ok(());
    }
    Ok(super::models::user::set_last_login(occasion.db, event.user.id, occasion.auth.clock.now())?)
}
