use super::{AuthenticationBackend, Decision};
use crate::auth::{Attempt, AuthError, models::User};

/// Username and password against `auth_user` (`django.contrib.auth.backends.ModelBackend`).
#[derive(Debug, Default)]
pub struct ModelBackend {
    allow_inactive: bool,
}

impl ModelBackend {
    /// Lets inactive users in too (`AllowAllUsersModelBackend`).
    pub fn allow_all_users() -> Self {
        Self { allow_inactive: true }
    }
}

impl AuthenticationBackend for ModelBackend {
    fn authenticate(&self, attempt: &mut Attempt<'_>) -> Result<Decision, AuthError> {
        let found = attempt.found()?.by_username.clone();
        Ok(match found {
            // The password is checked first: an inactive user costs what an active one does.
            Some(user) if attempt.check_password(&user) && self.user_can_authenticate(&user) => Decision::User(user),
            _ => Decision::Abstain,
        })
    }

    fn user_can_authenticate(&self, user: &User) -> bool {
        user.is_active || self.allow_inactive
    }
}
