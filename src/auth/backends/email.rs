use super::{AuthenticationBackend, Decision};
use crate::auth::{Attempt, AuthError, FoundBy};

/// E-mail address and password, else username and password.
///
/// It never guesses: see [`Found::the_one`](crate::auth::Found::the_one). A username that is somebody else's address is
/// left to `ModelBackend`.
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
}

impl AuthenticationBackend for EmailBackend {
    fn authenticate(&self, attempt: &mut Attempt<'_>) -> Result<Decision, AuthError> {
        let person = attempt.found()?.the_one().map(|(user, found_by)| (user.clone(), found_by));
        Ok(match person {
            Some((user, found_by)) if attempt.check_password(&user) && user.is_active => {
                match (found_by, &self.model_backend) {
                    (FoundBy::Username, Some(path)) => Decision::UserAs(user, path.clone()),
                    _ => Decision::User(user),
                }
            }
            _ => Decision::Abstain,
        })
    }
}
