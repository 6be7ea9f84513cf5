use super::{AuthenticationBackend, Decision};
use crate::auth::{
    Attempt, AuthError,
    hashers::unusable_password,
    models::{NewUser, user},
};

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
        let mut db = attempt.db()?;
        let now = attempt.auth().clock.now();
        let person = db.write(|db| -> Result<_, AuthError> {
            if let Some(known) = user::find_by_username(db, &username)? {
                return Ok(known);
            }
            let new = NewUser { username: username.clone(), password: unusable_password(), ..NewUser::default() };
            Ok(user::create(db, &new, now)?)
        })?;
        Ok(if person.is_active { Decision::User(person) } else { Decision::Abstain })
    }
}
