//! Who has a permission: rows of `auth_user`, found over the tables that grant it.

use diesel::{QueryResult, prelude::*};

use crate::db::{
    Db,
    schema::{auth_group, auth_group_permissions, auth_user, auth_user_groups, auth_user_user_permissions},
    statement::{Statement, Value, text_of},
};

/// The keys of those who are superusers, or to whom a permission is granted, or to a group of whom it is: the first `limit`
/// of them after a key. Each of the three is cut short by itself, so that a group of all people costs no more than a page.
pub fn ids(db: &mut Db, permission: i32, after: i32, limit: i64) -> QueryResult<Vec<i32>> {
    let cut = |statement: Statement, column: &str| {
        statement
            .bind(Value::Int(after.into()))
            .sql(format!(" ORDER BY {column} LIMIT "))
            .bind(Value::Int(limit))
            .sql(") ")
    };
    let superusers = Statement::new("SELECT s.id FROM (SELECT u.id FROM auth_user u WHERE u.is_superuser = ")
        .bind(Value::Bool(true));
    let own = Statement::new(
        "s UNION SELECT o.user_id FROM (SELECT p.user_id FROM auth_user_user_permissions p WHERE p.permission_id = ",
    );
    let grouped = Statement::new(
        "o UNION SELECT g.user_id FROM (SELECT DISTINCT m.user_id FROM auth_user_groups m \
         JOIN auth_group_permissions p ON p.group_id = m.group_id WHERE p.permission_id = ",
    );
    let permission = || Value::Int(permission.into());
    let found = Statement::new(format!("SELECT {} FROM (", text_of("h.id")))
        .then(cut(superusers.sql(" AND u.id > "), "u.id"))
        .then(cut(own.bind(permission()).sql(" AND p.user_id > "), "p.user_id"))
        .then(cut(grouped.bind(permission()).sql(" AND m.user_id > "), "m.user_id"))
        .sql("g) h ORDER BY h.id LIMIT ")
        .bind(Value::Int(limit));
    let key = |row: Vec<Option<String>>| row.into_iter().next().flatten()?.parse().ok();
    Ok(found.rows(db)?.into_iter().filter_map(key).collect())
}

/// Somebody: key, name, whether they can log in, whether they are a superuser.
pub type Person = (i32, String, bool, bool);

/// Those with these keys, by key.
pub fn people(db: &mut Db, ids: &[i32]) -> QueryResult<Vec<Person>> {
    auth_user::table
        .filter(auth_user::id.eq_any(ids))
        .order(auth_user::id)
        .select((auth_user::id, auth_user::username, auth_user::is_active, auth_user::is_superuser))
        .load(db)
}

/// To whom of these it is granted themselves.
pub fn granted(db: &mut Db, permission: i32, ids: &[i32]) -> QueryResult<Vec<i32>> {
    auth_user_user_permissions::table
        .filter(auth_user_user_permissions::permission_id.eq(permission))
        .filter(auth_user_user_permissions::user_id.eq_any(ids))
        .select(auth_user_user_permissions::user_id)
        .load(db)
}

/// Through which groups these have it: their key, and the group's key and name, by name.
pub fn grouped(db: &mut Db, permission: i32, ids: &[i32]) -> QueryResult<Vec<(i32, i32, String)>> {
    auth_user_groups::table
        .inner_join(auth_group::table.on(auth_group::id.eq(auth_user_groups::group_id)))
        .inner_join(auth_group_permissions::table.on(auth_group_permissions::group_id.eq(auth_user_groups::group_id)))
        .filter(auth_group_permissions::permission_id.eq(permission))
        .filter(auth_user_groups::user_id.eq_any(ids))
        .order((auth_group::name, auth_group::id))
        .select((auth_user_groups::user_id, auth_group::id, auth_group::name))
        .load(db)
}

/// The groups that have it, by name.
pub fn groups(db: &mut Db, permission: i32) -> QueryResult<Vec<(i32, String)>> {
    auth_group_permissions::table
        .inner_join(auth_group::table.on(auth_group::id.eq(auth_group_permissions::group_id)))
        .filter(auth_group_permissions::permission_id.eq(permission))
        .order((auth_group::name, auth_group::id))
        .select((auth_group::id, auth_group::name))
        .load(db)
}
