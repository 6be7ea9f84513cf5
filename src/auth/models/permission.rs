//! Rows of `auth_permission`, and of the tables that grant them.

use diesel::{QueryResult, dsl::exists, prelude::*};

use crate::db::{
    Db,
    schema::{
        auth_group_permissions, auth_permission, auth_user_groups, auth_user_user_permissions, django_content_type,
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
