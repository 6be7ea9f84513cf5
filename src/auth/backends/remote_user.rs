use super::{AuthenticationBackend, Decision};
use crate::auth::{
    Attempt, AuthError,
    hashers::unusable_password,
    models::{NewUser, User, user},
};
use crate::db::DbError;

/// The username that a proxy's name stands for (`RemoteUserBackend.clean_username`).
pub fn clean_username(name: &str) -> String {
    user::normalize_username(name.trim())
}

/// Takes the word of a trusted proxy for who somebody is (`django.contrib.auth.backends.RemoteUserBackend`). Somebody
/// new gets an account without a password, as in Django.
#[derive(Debug)]
pub struct RemoteUserBackend;

impl AuthenticationBackend for RemoteUserBackend {
    fn authenticate(&self, attempt: &mut Attempt<'_>) -> Result<Decision, AuthError> {
        let Some(name) = attempt.credential("remote_user") else {
            return Ok(Decision::Abstain);
        };
        let username = clean_username(name);
        if !user::is_valid_username(&username) || username.chars().count() > user::MAX_USERNAME {
            return Ok(Decision::Abstain);
        }
        let person = find_or_create(attempt, &username)?;
        Ok(if person.is_active { Decision::User(person) } else { Decision::Abstain })
    }
}

fn find_or_create(attempt: &Attempt<'_>, username: &str) -> Result<User, AuthError> {
    let mut db = attempt.db()?;
    let new = NewUser { username: username.to_owned(), password: unusable_password(), ..NewUser::default() };
    let created = db.write(|db| -> Result<_, DbError> {
        match user::find_by_username(db, username)? {
            Some(known) => Ok(known),
            None => Ok(user::create(db, &new, attempt.auth().clock.now())?),
        }
    });
    match created {
        // A browser's first requests come at once: on PostgreSQL several may have found nobody.
        Err(error) if error.is_unique_violation() => Ok(user::find_by_username(&mut db, username)?.ok_or(error)?),
        created => Ok(created?),
    }
}
