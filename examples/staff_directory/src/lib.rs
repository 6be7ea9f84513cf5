//! A backend of one's own: people of a staff directory log in with their badge number and PIN, and get an account in
//! Vestibule the first time they do.

use std::collections::BTreeMap;

use vestibule::auth::{
    Attempt, AuthError,
    backends::{AuthenticationBackend, Decision},
    hashers::unusable_password,
    models::{NewUser, user},
};
use vestibule::crypto::constant_time_eq;

/// Badge numbers and PINs. A real one would ask another server here.
pub struct StaffDirectory(pub BTreeMap<String, String>);

impl AuthenticationBackend for StaffDirectory {
    fn authenticate(&self, attempt: &mut Attempt<'_>) -> Result<Decision, AuthError> {
        let (Some(badge), Some(pin)) = (attempt.credential("username"), attempt.credential("password")) else {
            return Ok(Decision::Abstain);
        };
        if !self.0.get(badge).is_some_and(|known| constant_time_eq(known, pin)) {
            return Ok(Decision::Abstain);
        }
        let now = attempt.auth().clock.now();
        let person = attempt.db()?.write(|db| -> Result<_, AuthError> {
            if let Some(known) = user::find_by_username(db, badge)? {
                return Ok(known);
            }
            // Nobody logs in to this account by a password of Vestibule's own.
            let new = NewUser { username: badge.to_owned(), password: unusable_password(), ..NewUser::default() };
            Ok(user::create(db, &new, now)?)
        })?;
        Ok(if person.is_active { Decision::User(person) } else { Decision::Abstain })
    }
}
