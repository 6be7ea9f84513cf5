//! Rows of `auth_user`, and of `vestibule_profile` beside it.

use std::fmt;

use diesel::{OptionalExtension, QueryResult, prelude::*};
use time::PrimitiveDateTime;

use crate::db::{
    Db,
    schema::{auth_user, vestibule_profile},
};

pub use super::names::{
    MAX_EMAIL, MAX_USERNAME, email_problem, is_email, is_valid_username, normalize_email, normalize_username,
    username_problem,
};

/// The role of everybody who was given no other.
pub const DEFAULT_ROLE: &str = "user";

diesel::define_sql_function! {
    /// SQL's `lower`; on SQLite for ASCII only.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

diesel::define_sql_function! {
    /// SQL's `coalesce` of two times.
    fn coalesce(
        first: diesel::sql_types::Nullable<diesel::sql_types::Timestamp>,
        second: diesel::sql_types::Timestamp,
    ) -> diesel::sql_types::Timestamp;
}

/// A person who can log in. The fields stand in the order of the columns in [`auth_user`].
#[derive(Clone, PartialEq, Eq, Queryable)]
pub struct User {
    /// The primary key.
    pub id: i32,
    /// The encoded hash.
    pub password: String,
    /// When they last logged in; `None` for never.
    pub last_login: Option<PrimitiveDateTime>,
    /// Whether they may do everything.
    pub is_superuser: bool,
    /// The name by which they log in.
    pub username: String,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// E-mail address; may be empty, and need not be theirs alone.
    pub email: String,
    /// Whether they may enter the admin.
    pub is_staff: bool,
    /// Whether they may log in at all.
    pub is_active: bool,
    /// When the account was made.
    pub date_joined: PrimitiveDateTime,
}

impl User {
    /// First and last name, or nothing.
    pub fn full_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name).trim().to_owned()
    }

    /// What people are called on pages: their full name, else their username.
    pub fn display_name(&self) -> String {
        let name = self.full_name();
        if name.is_empty() { self.username.clone() } else { name }
    }
}

/// Without the hash.
impl fmt::Debug for User {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("User").field("id", &self.id).field("username", &self.username).finish_non_exhaustive()
    }
}

/// A person who is about to get an account.
#[derive(Clone, Default)]
pub struct NewUser {
    /// The name by which they will log in, normalised.
    pub username: String,
    /// E-mail address, normalised; may be empty.
    pub email: String,
    /// The encoded hash.
    pub password: String,
    /// Whether they may enter the admin.
    pub is_staff: bool,
    /// Whether they may do everything.
    pub is_superuser: bool,
}

/// The user with this primary key.
pub fn find(db: &mut Db, id: i32) -> QueryResult<Option<User>> {
    auth_user::table.filter(auth_user::id.eq(id)).select(auth_user::all_columns).get_result(db).optional()
}

/// Those with these primary keys who are there, in whatever order.
pub fn with_ids(db: &mut Db, ids: &[i32]) -> QueryResult<Vec<User>> {
    auth_user::table.filter(auth_user::id.eq_any(ids)).select(auth_user::all_columns).load(db)
}

/// The user with exactly this username (`get_by_natural_key`).
pub fn find_by_username(db: &mut Db, username: &str) -> QueryResult<Option<User>> {
    if username.contains('\0') {
        // PostgreSQL refuses the statement where SQLite finds nothing.
        return Ok(None);
    }
    auth_user::table.filter(auth_user::username.eq(username)).select(auth_user::all_columns).get_result(db).optional()
}

/// Everybody with this e-mail address, in whatever case; at most a few, those who are active first.
pub fn with_email(db: &mut Db, email: &str) -> QueryResult<Vec<User>> {
    if email.contains('\0') {
        return Ok(Vec::new());
    }
    let wanted = email.to_lowercase();
    let found: Vec<User> = auth_user::table
        .filter(lower(auth_user::email).eq(lower(email)))
        .order((auth_user::is_active.desc(), auth_user::id))
        .limit(20)
        .select(auth_user::all_columns)
        .load(db)?;
    Ok(found.into_iter().filter(|user| user.email.to_lowercase() == wanted).collect())
}

/// Whether the name is taken, in whatever case: twins in case alone confuse people.
pub fn username_is_taken(db: &mut Db, username: &str) -> QueryResult<bool> {
    if username.contains('\0') {
        return Ok(false);
    }
    // SQLite's `lower` knows ASCII alone: what it leaves of a stored name is either of these.
    let forms = [username.to_owned(), username.to_lowercase(), username.to_uppercase()];
    let forms = forms.map(|form| form.to_ascii_lowercase());
    let taken = auth_user::table.filter(lower(auth_user::username).eq_any(forms));
    diesel::select(diesel::dsl::exists(taken)).get_result(db)
}

/// The few who may do everything, as the index of them says it: SQLite does not look into one for what is bound.
fn is_superuser(db: &Db) -> diesel::expression::SqlLiteral<diesel::sql_types::Bool> {
    diesel::dsl::sql(if db.is_sqlite() { "auth_user.is_superuser = 1" } else { "auth_user.is_superuser" })
}

/// Whether anybody may do everything.
pub fn superuser_exists(db: &mut Db) -> QueryResult<bool> {
    let superusers = auth_user::table.filter(is_superuser(db)).filter(auth_user::is_active.eq(true));
    diesel::select(diesel::dsl::exists(superusers)).get_result(db)
}

/// The keys of all who may do everything, in order; nobody else changes any of them until the transaction's end. Whoever takes
/// one of them away looks here at who is left: of two who take each other away at once, the second waits and then sees that
/// nobody would be.
pub fn lock_superusers(db: &mut Db) -> QueryResult<Vec<i32>> {
    let superusers = auth_user::table
        .filter(is_superuser(db))
        .filter(auth_user::is_active.eq(true))
        .order(auth_user::id)
        .select(auth_user::id);
    match db {
        // The whole database is locked.
        Db::Sqlite(db) => superusers.load(db),
        // Rows that point at them may still be written, as that of a log by one of them.
        #[cfg(feature = "postgres")]
        Db::Postgres(db) => superusers.for_no_key_update().load(db),
    }
}

/// Makes an account and returns it.
pub fn create(db: &mut Db, new: &NewUser, now: PrimitiveDateTime) -> QueryResult<User> {
    diesel::insert_into(auth_user::table)
        .values((
            auth_user::password.eq(&new.password),
            auth_user::is_superuser.eq(new.is_superuser),
            auth_user::username.eq(&new.username),
            auth_user::first_name.eq(""),
            auth_user::last_name.eq(""),
            auth_user::email.eq(&new.email),
            auth_user::is_staff.eq(new.is_staff),
            auth_user::is_active.eq(true),
            auth_user::date_joined.eq(now),
        ))
        .returning(auth_user::all_columns)
        .get_result(db)
}

/// Replaces the hash if it is still `before`; whether it was.
pub fn replace_password(db: &mut Db, id: i32, before: &str, encoded: &str) -> QueryResult<bool> {
    let unchanged = auth_user::table.filter(auth_user::id.eq(id)).filter(auth_user::password.eq(before));
    Ok(diesel::update(unchanged).set(auth_user::password.eq(encoded)).execute(db)? == 1)
}

/// Gives somebody another hash, whatever they had; whether they were there. Their sessions hang on the old one and end.
pub fn set_password(db: &mut Db, id: i32, encoded: &str) -> QueryResult<bool> {
    let row = auth_user::table.filter(auth_user::id.eq(id));
    Ok(diesel::update(row).set(auth_user::password.eq(encoded)).execute(db)? == 1)
}

/// Gives somebody another name.
pub fn set_name(db: &mut Db, id: i32, first_name: &str, last_name: &str) -> QueryResult<()> {
    diesel::update(auth_user::table.filter(auth_user::id.eq(id)))
        .set((auth_user::first_name.eq(first_name), auth_user::last_name.eq(last_name)))
        .execute(db)
        .map(drop)
}

/// Notes a log-in.
pub fn set_last_login(db: &mut Db, id: i32, now: PrimitiveDateTime) -> QueryResult<()> {
    let row = auth_user::table.filter(auth_user::id.eq(id));
    diesel::update(row).set(auth_user::last_login.eq(now)).execute(db).map(drop)
}

/// Ids and hashes of the users after `id`, in that order.
pub fn passwords_after(db: &mut Db, id: i32, limit: i64) -> QueryResult<Vec<(i32, String)>> {
    auth_user::table
        .filter(auth_user::id.gt(id))
        .order(auth_user::id)
        .limit(limit)
        .select((auth_user::id, auth_user::password))
        .load(db)
}

/// The usable hash that was written last, as far as can be told: Django hashes anew at a log-in.
pub fn newest_password(db: &mut Db) -> QueryResult<Option<String>> {
    auth_user::table
        .filter(auth_user::password.not_like("!%").and(auth_user::password.ne("")))
        .order((coalesce(auth_user::last_login, auth_user::date_joined).desc(), auth_user::id.desc()))
        .select(auth_user::password)
        .first(db)
        .optional()
}

/// The role of a user.
pub fn role(db: &mut Db, user_id: i32) -> QueryResult<String> {
    let row = vestibule_profile::table.filter(vestibule_profile::user_id.eq(user_id)).select(vestibule_profile::role);
    let role: Option<String> = row.get_result(db).optional()?;
    Ok(role.unwrap_or_else(|| DEFAULT_ROLE.to_owned()))
}

macro_rules! with_role {
    ($db:expr, $filter:expr) => {{
        let row: Option<(User, Option<String>)> = auth_user::table
            .left_join(vestibule_profile::table)
            .filter($filter)
            .select((auth_user::all_columns, vestibule_profile::role.nullable()))
            .get_result($db)
            .optional()?;
        row.map(|(user, role)| (user, role.unwrap_or_else(|| DEFAULT_ROLE.to_owned())))
    }};
}

/// The user with this primary key and their role, read in the same moment.
pub fn find_with_role(db: &mut Db, id: i32) -> QueryResult<Option<(User, String)>> {
    Ok(with_role!(db, auth_user::id.eq(id)))
}

/// The user with exactly this username and their role, read in the same moment.
pub fn find_by_username_with_role(db: &mut Db, username: &str) -> QueryResult<Option<(User, String)>> {
    if username.contains('\0') {
        return Ok(None);
    }
    Ok(with_role!(db, auth_user::username.eq(username)))
}

/// Gives a user who is there another role, of at most 50 characters.
pub fn set_role(db: &mut Db, user_id: i32, role: &str) -> QueryResult<()> {
    let row = (vestibule_profile::user_id.eq(user_id), vestibule_profile::role.eq(role));
    let upsert = diesel::insert_into(vestibule_profile::table)
        .values(row)
        .on_conflict(vestibule_profile::user_id)
        .do_update()
        .set(vestibule_profile::role.eq(role));
    let done = match db {
        Db::Sqlite(db) => upsert.execute(db),
        #[cfg(feature = "postgres")]
        Db::Postgres(db) => upsert.execute(db),
    };
    done.map(drop)
}
