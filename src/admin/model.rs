//! Rows of `django_admin_log`.

use diesel::{QueryResult, prelude::*};
use time::PrimitiveDateTime;

use crate::db::{
    Db,
    schema::{auth_user, django_admin_log, django_content_type},
};

/// A row that is about to be written.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub user_id: i32,
    pub content_type: Option<i32>,
    pub object_id: String,
    pub object_repr: String,
    pub flag: i16,
    pub message: String,
}

/// Writes one.
pub(super) fn insert(db: &mut Db, entry: &Entry, now: PrimitiveDateTime) -> QueryResult<()> {
    diesel::insert_into(django_admin_log::table)
        .values((
            django_admin_log::action_time.eq(now),
            django_admin_log::user_id.eq(entry.user_id),
            django_admin_log::content_type_id.eq(entry.content_type),
            django_admin_log::object_id.eq(&entry.object_id),
            django_admin_log::object_repr.eq(&entry.object_repr),
            django_admin_log::action_flag.eq(entry.flag),
            django_admin_log::change_message.eq(&entry.message),
        ))
        .execute(db)
        .map(drop)
}

/// What was done once.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Logged {
    /// When.
    pub action_time: PrimitiveDateTime,
    /// By whom: their username, and what else they are called.
    pub username: String,
    first_name: String,
    last_name: String,
    /// App and model; `None` if the database doesn't say.
    pub model: Option<(String, String)>,
    /// By what the row was named.
    pub object_id: Option<String>,
    /// What it was called.
    pub object_repr: String,
    /// See [`Flag`](super::log::Flag).
    pub action_flag: i16,
    /// See [`in_words`](super::log::in_words).
    pub change_message: String,
}

impl Logged {
    /// Who did it, as Django's history has it: "ann (Ann Lee)".
    pub fn who(&self) -> String {
        match format!("{} {}", self.first_name, self.last_name).trim() {
            "" => self.username.clone(),
            name => format!("{} ({name})", self.username),
        }
    }
}

macro_rules! columns {
    () => {
        (
            django_admin_log::action_time,
            auth_user::username,
            auth_user::first_name,
            auth_user::last_name,
            (django_content_type::app_label, django_content_type::model).nullable(),
            django_admin_log::object_id,
            django_admin_log::object_repr,
            django_admin_log::action_flag,
            django_admin_log::change_message,
        )
    };
}

/// The latest that somebody did.
pub fn recent_of(db: &mut Db, user_id: i32, limit: i64) -> QueryResult<Vec<Logged>> {
    django_admin_log::table
        .inner_join(auth_user::table)
        .left_join(django_content_type::table)
        .filter(django_admin_log::user_id.eq(user_id))
        .order((django_admin_log::action_time.desc(), django_admin_log::id.desc()))
        .limit(limit)
        .select(columns!())
        .load(db)
}

macro_rules! of_object {
    ($known:expr, $object_id:expr) => {
        django_admin_log::table
            .inner_join(auth_user::table)
            .left_join(django_content_type::table)
            .filter(django_content_type::app_label.eq($known.0))
            .filter(django_content_type::model.eq($known.1))
            .filter(django_admin_log::object_id.eq($object_id))
    };
}

/// How often something was done to one row of an app's model.
pub fn count_of(db: &mut Db, known: (&str, &str), object_id: &str) -> QueryResult<i64> {
    of_object!(known, object_id).count().get_result(db)
}

/// What was done to one row of an app's model, the first first; so many from there on.
pub fn of_object(
    db: &mut Db,
    known: (&str, &str),
    object_id: &str,
    (limit, offset): (i64, i64),
) -> QueryResult<Vec<Logged>> {
    of_object!(known, object_id)
        .order((django_admin_log::action_time, django_admin_log::id))
        .limit(limit)
        .offset(offset)
        .select(columns!())
        .load(db)
}
