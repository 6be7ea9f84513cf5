//! A row of `auth_user`, and Django's rows that point at it. Ours go by themselves or forget whose they were.

use diesel::{OptionalExtension, QueryResult, prelude::*};

use crate::db::{
    Db,
    schema::{
        auth_user, auth_user_groups, auth_user_user_permissions, django_admin_log,
        token_blacklist_outstandingtoken as outstanding,
    },
};

/// Keeps others from writing anything that points at somebody until the transaction's end; whether they are there.
pub(super) fn lock(db: &mut Db, user_id: i32) -> QueryResult<bool> {
    let row = auth_user::table.filter(auth_user::id.eq(user_id)).select(auth_user::id);
    let found: QueryResult<i32> = match db {
        // The whole database is locked.
        Db::Sqlite(db) => row.get_result(db),
        #[cfg(feature = "postgres")]
        Db::Postgres(db) => row.for_update().get_result(db),
    };
    Ok(found.optional()?.is_some())
}

/// Deletes somebody.
pub(super) fn delete(db: &mut Db, user_id: i32) -> QueryResult<()> {
    diesel::delete(auth_user_groups::table.filter(auth_user_groups::user_id.eq(user_id))).execute(db)?;
    let permissions = auth_user_user_permissions::table.filter(auth_user_user_permissions::user_id.eq(user_id));
    diesel::delete(permissions).execute(db)?;
    diesel::delete(django_admin_log::table.filter(django_admin_log::user_id.eq(user_id))).execute(db)?;
    diesel::update(outstanding::table.filter(outstanding::user_id.eq(user_id)))
        .set(outstanding::user_id.eq(None::<i32>))
        .execute(db)?;
    diesel::delete(auth_user::table.filter(auth_user::id.eq(user_id))).execute(db).map(drop)
}
