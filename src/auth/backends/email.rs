use super::{AuthenticationBackend, Decision};
use crate::auth::{
    Attempt, AuthError,
    models::{User, user},
};

/// E-mail address and password, else username and password.
///
/// Django's column for addresses is not unique and a username may look like an address, so this backend never guesses:
/// an address that several active people share opens no account, and a username that is somebody else's address is left
/// to `ModelBackend`.
#[derive(Debug)]
pub struct EmailBackend {
    /// Beside a Django project sessions name its ModelBackend, which that project can always import.
    model_backend: Option<String>,
}

impl EmailBackend {
    /// Looks in `paths` for the ModelBackend, whose path is recorded for people found by username.
    pub fn new(paths: &[String]) -> Self {
        let model = paths.iter().find(|path| path.rsplit('.').next() == Some("ModelBackend"));
        Self { model_backend: model.cloned() }
    }

    fn decide(&self, attempt: &mut Attempt<'_>, person: Option<(User, FoundBy)>) -> Decision {
        match person {
            Some((user, found_by)) if attempt.check_password(&user) && user.is_active => {
                match (found_by, &self.model_backend) {
                    (FoundBy::Username, Some(path)) => Decision::UserAs(user, path.clone()),
                    _ => Decision::User(user),
                }
            }
            _ => Decision::Abstain,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FoundBy {
    Email,
    Username,
}

impl AuthenticationBackend for EmailBackend {
    fn authenticate(&self, attempt: &mut Attempt<'_>) -> Result<Decision, AuthError> {
        let Some(typed) = attempt.credential("username") else {
            return Ok(Decision::Abstain);
        };
        let person = find(attempt, typed)?;
        Ok(self.decide(attempt, person))
    }
}

/// The one person who is meant, if that is beyond doubt.
fn find(attempt: &Attempt<'_>, typed: &str) -> Result<Option<(User, FoundBy)>, AuthError> {
    let mut db = attempt.db()?;
    let by_username = user::find_by_username(&mut db, typed)?;
    if !typed.contains('@') {
        return Ok(by_username.map(|user| (user, FoundBy::Username)));
    }
    let with_email = user::with_email(&mut db, typed)?;
    if with_email.is_empty() {
        return Ok(by_username.map(|user| (user, FoundBy::Username)));
    }
    Ok(the_only(with_email).map(|user| (user, FoundBy::Email)))
}

/// The only one who is active; of inactive ones the first, whose password is then checked for the sake of time.
fn the_only(mut people: Vec<User>) -> Option<User> {
    let active = people.iter().filter(|user| user.is_active).count();
    people.sort_by_key(|user| !user.is_active);
    if active > 1 { None } else { people.into_iter().next() }
}
