//! What somebody may do, as Django's `ModelBackend` tells it of `auth_permission`.

use std::collections::BTreeSet;

use super::{AuthError, models::permission};
use crate::{db::Db, users::User};

/// Whether `user` may do what `permission` names, as `"vestibule.add_post"` (`user.has_perm`): an active superuser may do
/// everything, also what no row speaks of; others what is granted to them or to one of their groups.
pub fn has_perm(db: &mut Db, user: &User, permission: &str) -> Result<bool, AuthError> {
    if !user.is_active || user.is_superuser {
        return Ok(user.is_active);
    }
    match permission.split_once('.') {
        // PostgreSQL refuses a statement with NUL where SQLite finds nothing.
        Some((app_label, codename)) if !permission.contains('\0') => {
            Ok(permission::is_granted(db, user.id, app_label, codename)?)
        }
        _ => Ok(false),
    }
}

/// The names of the groups that somebody is in.
pub fn groups_of(db: &mut Db, user_id: i32) -> Result<Vec<String>, AuthError> {
    Ok(permission::groups_of(db, user_id)?)
}

/// What is granted to somebody themselves, as `"vestibule.add_post"`.
pub fn own_of(db: &mut Db, user_id: i32) -> Result<Vec<String>, AuthError> {
    let own = permission::own_of(db, user_id)?;
    Ok(own.into_iter().map(|(app_label, codename)| format!("{app_label}.{codename}")).collect())
}

/// All that is granted to somebody, themselves or through their groups, as `"vestibule.add_post"`
/// (`ModelBackend.get_all_permissions`, but nothing is listed for superusers, who may do everything).
pub fn all_of(db: &mut Db, user: &User) -> Result<BTreeSet<String>, AuthError> {
    if !user.is_active || user.is_superuser {
        return Ok(BTreeSet::new());
    }
    granted_to(db, user.id)
}

/// As [`all_of`], whether or not they can log in.
pub fn granted_to(db: &mut Db, user_id: i32) -> Result<BTreeSet<String>, AuthError> {
    let granted = permission::all_of(db, user_id)?;
    Ok(granted.into_iter().map(|(app_label, codename)| format!("{app_label}.{codename}")).collect())
}
