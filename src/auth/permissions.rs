//! What somebody may do, as Django's `ModelBackend` tells it of `auth_permission`.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    AuthError,
    models::{holders, permission},
};
use crate::{db::Db, users::User};

/// Where somebody has a permission from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// They are a superuser, who may do everything.
    Superuser,
    /// It was given to them themselves.
    Own,
    /// They are in a group that has it.
    Group {
        /// The group's key.
        id: i32,
        /// The group's name.
        name: String,
    },
}

/// A permission that somebody has, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// The key of its row.
    pub id: i32,
    /// As `"vestibule.add_post"`.
    pub permission: String,
    /// In words, as `"Can add post"`.
    pub name: String,
    /// Everything from which they have it: each alone is enough.
    pub sources: Vec<Source>,
}

/// Somebody who has a permission, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Their key.
    pub id: i32,
    /// Their username.
    pub username: String,
    /// Whether they can log in: who can't has it, but may do nothing with it.
    pub is_active: bool,
    /// Everything from which they have it.
    pub sources: Vec<Source>,
}

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

/// Each permission that somebody has, and where it comes from, in the order in which Django lists them. Whoever can't log in
/// has none; of a superuser all are listed that have a row, though they may do also what has none.
pub fn explained(db: &mut Db, user: &User) -> Result<Vec<Explained>, AuthError> {
    if !user.is_active {
        return Ok(Vec::new());
    }
    let mut sources: BTreeMap<i32, Vec<Source>> = BTreeMap::new();
    for id in permission::own_ids(db, user.id)? {
        sources.entry(id).or_default().push(Source::Own);
    }
    for (permission, id, name) in permission::through_groups(db, user.id)? {
        sources.entry(permission).or_default().push(Source::Group { id, name });
    }
    let because = |id| {
        let superuser = user.is_superuser.then_some(Source::Superuser);
        superuser.into_iter().chain(sources.remove(&id).unwrap_or_default()).collect()
    };
    Ok(explain(permission::all(db)?, because))
}

/// What somebody would have if they were in a group too, and has not: see [`explained`].
pub fn added_by_group(db: &mut Db, user: &User, group: (i32, &str)) -> Result<Vec<Explained>, AuthError> {
    if !user.is_active || user.is_superuser {
        return Ok(Vec::new());
    }
    let (id, name) = group;
    let mut new: BTreeSet<i32> = permission::ids_of_group(db, id)?.into_iter().collect();
    for (known, ..) in permission::through_groups(db, user.id)? {
        new.remove(&known);
    }
    for known in permission::own_ids(db, user.id)? {
        new.remove(&known);
    }
    let source = Source::Group { id, name: name.to_owned() };
    Ok(explain(permission::all(db)?, |id| if new.contains(&id) { vec![source.clone()] } else { Vec::new() }))
}

/// Those of which `because` knows a reason.
fn explain(rows: Vec<permission::Row>, mut because: impl FnMut(i32) -> Vec<Source>) -> Vec<Explained> {
    let explained = |row: permission::Row| Explained {
        id: row.id,
        permission: format!("{}.{}", row.app_label, row.codename),
        sources: because(row.id),
        name: row.name,
    };
    rows.into_iter().map(explained).filter(|explained| !explained.sources.is_empty()).collect()
}

/// Who has the permission with this key, and from where: the first `limit` after the user with the key `after`.
pub fn holders(db: &mut Db, permission: i32, after: i32, limit: i64) -> Result<Vec<Holder>, AuthError> {
    let ids = holders::ids(db, permission, after, limit)?;
    let own: BTreeSet<i32> = holders::granted(db, permission, &ids)?.into_iter().collect();
    let mut groups: BTreeMap<i32, Vec<Source>> = BTreeMap::new();
    for (user, id, name) in holders::grouped(db, permission, &ids)? {
        groups.entry(user).or_default().push(Source::Group { id, name });
    }
    let holder = |(id, username, is_active, is_superuser)| {
        let superuser: Option<Source> = bool::then_some(is_superuser, Source::Superuser);
        let own = own.contains(&id).then_some(Source::Own);
        let sources = superuser.into_iter().chain(own).chain(groups.remove(&id).unwrap_or_default());
        Holder { id, username, is_active, sources: sources.collect() }
    };
    Ok(holders::people(db, &ids)?.into_iter().map(holder).collect())
}
