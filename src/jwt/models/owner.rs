//! Whoever a token names, as a row of `auth_user`.

use diesel::QueryResult;

use crate::{
    db::Db,
    jwt::{Holder, UserId},
    users::{User, model as user},
};

impl UserId {
    /// Whoever it is.
    pub fn find(&self, db: &mut Db) -> QueryResult<Option<User>> {
        match self {
            Self::Id(id) => user::find(db, *id),
            Self::Username(username) => user::find_by_username(db, username),
        }
    }

    /// Whoever it is, and their role.
    pub fn holder(&self, db: &mut Db) -> QueryResult<Option<Holder>> {
        let found = match self {
            Self::Id(id) => user::find_with_role(db, *id)?,
            Self::Username(username) => user::find_by_username_with_role(db, username)?,
        };
        Ok(found.map(|(user, role)| Holder { user, role }))
    }
}
