//! Who sits at the admin, and what they may do there. Nobody gives what they don't have: Django lets whoever may change users
//! make themselves superuser.

use std::collections::BTreeSet;

use crate::{
    auth::{AuthError, models::user, permissions},
    db::Db,
    users::User,
};

/// A member of the staff, with all that they may do, read anew at each request.
#[derive(Debug, Clone)]
pub struct Editor {
    /// Who.
    pub user: User,
    permissions: BTreeSet<String>,
}

impl Editor {
    /// Looks up what `user` may do.
    pub fn new(db: &mut Db, user: User) -> Result<Self, AuthError> {
        let permissions = permissions::all_of(db, &user)?;
        Ok(Self { user, permissions })
    }

    /// Whether they may do what `permission` names, as `auth.change_user`.
    pub fn may(&self, permission: &str) -> bool {
        self.user.is_active && (self.user.is_superuser || self.permissions.contains(permission))
    }

    /// Whether they may do anything at all in an app (`has_module_perms`).
    pub fn may_enter(&self, app_label: &str) -> bool {
        let in_app = |known: &String| known.split('.').next() == Some(app_label);
        self.user.is_active && (self.user.is_superuser || self.permissions.iter().any(in_app))
    }

    /// Which of these they may not do, and so not give either.
    pub fn lacks<'a>(&self, wanted: impl IntoIterator<Item = &'a String>) -> Vec<String> {
        wanted.into_iter().filter(|permission| !self.may(permission)).cloned().collect()
    }

    /// Whether what another may do is no more than what they may. Whoever sets somebody's password or address can act as
    /// them; so for a superuser only a superuser may, for staff who may more than they only who may as much, and for
    /// somebody with a role, which only superusers give, only who has the same.
    pub fn may_act_for(&self, db: &mut Db, other: &User) -> Result<bool, AuthError> {
        if self.user.is_superuser || self.user.id == other.id {
            return Ok(true);
        }
        if other.is_superuser || !self.has_role_of(db, other)? {
            return Ok(false);
        }
        Ok(!other.is_staff || self.lacks(&permissions::granted_to(db, other.id)?).is_empty())
    }

    fn has_role_of(&self, db: &mut Db, other: &User) -> Result<bool, AuthError> {
        let role = user::role(db, other.id)?;
        Ok(role == user::DEFAULT_ROLE || role == user::role(db, self.user.id)?)
    }
}
