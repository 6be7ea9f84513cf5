//! The walk through the backends.

use super::{
    Attempt, Auth, AuthError, Credentials,
    attempt::Held,
    backends::Decision,
    models::{User, user},
    session_hash,
    signals::{Occasion, PasswordUpgraded, UserLoginFailed},
};
use crate::client::Client;

/// How `authenticate()` ended.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// A backend knows this person.
    User(Authenticated),
    /// None does, or one forbids it. Nobody is told which.
    Refused,
}

/// Somebody whom a backend knows.
#[derive(Debug, Clone)]
pub struct Authenticated {
    /// Who.
    pub user: User,
    /// The path of the backend, for the session.
    pub backend: String,
}

/// Asks each backend in turn. The first that returns a user wins and its path is noted;
/// [`Decision::PermissionDenied`] stops the walk. After a refusal the receivers of `user_login_failed` are called, one of
/// which may have locked something: that is [`AuthError::Locked`], as it is when a backend finds something locked.
///
/// Takes about a hash's time: to be called off the async threads.
pub fn authenticate(auth: &Auth, client: &Client, credentials: &Credentials) -> Result<Outcome, AuthError> {
    authenticate_holding(auth, client, credentials).0
}

/// As [`authenticate`], and what backends still keep then: it may have something to write when it is dropped, for which no
/// thread that hashes should wait.
pub(crate) fn authenticate_holding(
    auth: &Auth,
    client: &Client,
    credentials: &Credentials,
) -> (Result<Outcome, AuthError>, Held) {
    let mut attempt = Attempt::new(auth, client, credentials);
    let outcome = walk(&mut attempt);
    (outcome, attempt.into_held())
}

fn walk(attempt: &mut Attempt<'_>) -> Result<Outcome, AuthError> {
    let auth = attempt.auth();
    for backend in auth.backends.iter() {
        match backend.authenticate(attempt)? {
            Decision::User(user) => return known(attempt, user, backend.path()),
            Decision::UserAs(user, path) => return known(attempt, user, &path),
            Decision::Abstain => {}
            Decision::PermissionDenied => break,
        }
    }
    attempt.burn_if_unchecked();
    attempt.note(true);
    let failed = UserLoginFailed { username: attempt.shown_name().to_owned() };
    let lock = auth.db()?.write(|db| -> Result<_, AuthError> {
        let mut occasion = Occasion::of(attempt, db);
        auth.signals.user_login_failed.send(&mut occasion, &failed)?;
        Ok(occasion.lock)
    })?;
    lock.map_or(Ok(Outcome::Refused), |lock| Err(AuthError::Locked(Box::new(lock))))
}

fn known(attempt: &Attempt<'_>, mut user: User, backend: &str) -> Result<Outcome, AuthError> {
    attempt.note(false);
    upgrade_password(attempt, &mut user)?;
    Ok(Outcome::User(Authenticated { user, backend: backend.to_owned() }))
}

/// Hashes a right password anew if its hash is not as new ones are made. The session hash hangs on the stored hash, so
/// the person's other sessions are signed anew in the same transaction.
fn upgrade_password(attempt: &Attempt<'_>, user: &mut User) -> Result<(), AuthError> {
    let (Some(password), true) = (attempt.credential("password"), attempt.is_obsolete(user)) else {
        return Ok(());
    };
    let auth = attempt.auth();
    let encoded = auth.hashers.make_password(password);
    let mut db = auth.db()?;
    // Looked for before the transaction: the search may take a while, and writers would wait for it.
    let sessions = session_hash::sessions_of(&mut db, auth, user)?;
    let upgraded = db.write(|db| -> Result<bool, AuthError> {
        let upgraded = user::replace_password(db, user.id, &user.password, &encoded)?;
        if upgraded {
            session_hash::resign(db, auth, &sessions, user, &encoded)?;
            let event = PasswordUpgraded { user_id: user.id, before: user.password.clone(), after: encoded.clone() };
            auth.signals.password_upgraded.send(&mut Occasion::of(attempt, db), &event)?;
        }
        Ok(upgraded)
    })?;
    if upgraded {
        user.password = encoded;
    }
    Ok(())
}
