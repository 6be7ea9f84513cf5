//! Rows of `auth_permission`, and of the tables that grant them.

use diesel::{QueryResult, dsl::exists, prelude::*};

use crate::db::{
    Db,
    schema::{
        auth_group, auth_group_permissions, auth_permission, auth_user_groups, auth_user_user_permissions,
        django_content_type,
    },
};

/// Whether a permission is granted to a user, or to a group that they are in.
pub fn is_granted(db: &mut Db, user_id: i32, app_label: &str, codename: &str) -> QueryResult<bool> {
    let to_user = auth_user_user_permissions::table
        .filter(auth_user_user_permissions::user_id.eq(user_id))
        .filter(auth_user_user_permissions::permission_id.eq(auth_permission::id));
    let to_a_group = auth_user_groups::table
        .inner_join(auth_group_permissions::table.on(auth_group_permissions::group_id.eq(auth_user_groups::group_id)))
        .filter(auth_user_groups::user_id.eq(user_id))
        .filter(auth_group_permissions::permission_id.eq(auth_permission::id));
    let granted = auth_permission::table
        .inner_join(django_content_type::table)
        .filter(django_content_type::app_label.eq(app_label))
        .filter(auth_permission::codename.eq(codename))
        .filter(exists(to_user).or(exists(to_a_group)));
    diesel::select(exists(granted)).get_result(db)
}

/// The names of the groups that a user is in.
pub fn groups_of(db: &mut Db, user_id: i32) -> QueryResult<Vec<String>> {
    auth_user_groups::table
        .inner_join(auth_group::table.on(auth_group::id.eq(auth_user_groups::group_id)))
        .filter(auth_user_groups::user_id.eq(user_id))
        .order(auth_group::name)
        .select(auth_group::name)
        .load(db)
}

/// What is granted to a user themselves: app and codename of each permission.
pub fn own_of(db: &mut Db, user_id: i32) -> QueryResult<Vec<(String, String)>> {
    auth_user_user_permissions::table
        .inner_join(auth_permission::table.on(auth_permission::id.eq(auth_user_user_permissions::permission_id)))
        .inner_join(django_content_type::table.on(django_content_type::id.eq(auth_permission::content_type_id)))
        .filter(auth_user_user_permissions::user_id.eq(user_id))
        .order((django_content_type::app_label, auth_permission::codename))
        .select((django_content_type::app_label, auth_permission::codename))
        .load(db)
}

/// All that is granted to a user, themselves or through a group: app and codename.
pub fn all_of(db: &mut Db, user_id: i32) -> QueryResult<Vec<(String, String)>> {
    let to_user = auth_user_user_permissions::table
        .filter(auth_user_user_permissions::user_id.eq(user_id))
        .filter(auth_user_user_permissions::permission_id.eq(auth_permission::id));
    let to_a_group = auth_user_groups::table
        .inner_join(auth_group_permissions::table.on(auth_group_permissions::group_id.eq(auth_user_groups::group_id)))
        .filter(auth_user_groups::user_id.eq(user_id))
        .filter(auth_group_permissions::permission_id.eq(auth_permission::id));
    auth_permission::table
        .inner_join(django_content_type::table)
        .filter(exists(to_user).or(exists(to_a_group)))
        .select((django_content_type::app_label, auth_permission::codename))
        .load(db)
}

/// A permission as a row.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Row {
    /// The primary key.
    pub id: i32,
    /// The app whose it is.
    pub app_label: String,
    /// What it is about.
    pub model: String,
    /// With the app its name for programs.
    pub codename: String,
    /// Its name for people.
    pub name: String,
}

macro_rules! rows {
    () => {
        auth_permission::table.inner_join(django_content_type::table).select((
            auth_permission::id,
            django_content_type::app_label,
            django_content_type::model,
            auth_permission::codename,
            auth_permission::name,
        ))
    };
}

/// All that there are, in the order in which Django lists them.
pub fn all(db: &mut Db) -> QueryResult<Vec<Row>> {
    rows!().order((django_content_type::app_label, django_content_type::model, auth_permission::codename)).load(db)
}

/// The one with this key.
pub fn find(db: &mut Db, id: i32) -> QueryResult<Option<Row>> {
    rows!().filter(auth_permission::id.eq(id)).get_result(db).optional()
}

/// The keys of what is granted to a user themselves.
pub fn own_ids(db: &mut Db, user_id: i32) -> QueryResult<Vec<i32>> {
    auth_user_user_permissions::table
        .filter(auth_user_user_permissions::user_id.eq(user_id))
        .select(auth_user_user_permissions::permission_id)
        .load(db)
}

/// What is granted through groups: the key of each permission, and the group's key and name; by name.
pub fn through_groups(db: &mut Db, user_id: i32) -> QueryResult<Vec<(i32, i32, String)>> {
    auth_user_groups::table
        .inner_join(auth_group::table.on(auth_group::id.eq(auth_user_groups::group_id)))
        .inner_join(auth_group_permissions::table.on(auth_group_permissions::group_id.eq(auth_user_groups::group_id)))
        .filter(auth_user_groups::user_id.eq(user_id))
        .order((auth_group::name, auth_group::id))
        .select((auth_group_permissions::permission_id, auth_group::id, auth_group::name))
        .load(db)
}

/// The keys of what is granted to a group.
pub fn ids_of_group(db: &mut Db, group_id: i32) -> QueryResult<Vec<i32>> {
    auth_group_permissions::table
        .filter(auth_group_permissions::group_id.eq(group_id))
        .select(auth_group_permissions::permission_id)
        .load(db)
}

/// All groups: keys and names, by name.
pub fn groups(db: &mut Db) -> QueryResult<Vec<(i32, String)>> {
    auth_group::table.order((auth_group::name, auth_group::id)).select((auth_group::id, auth_group::name)).load(db)
}
