//! Rows of `vestibule_post`.

use diesel::{QueryResult, prelude::*};
use time::PrimitiveDateTime;

use crate::db::{Db, schema::vestibule_post};

/// The longest title, in characters.
pub const MAX_TITLE: usize = 200;

/// Something that somebody wrote. The fields stand in the order of the columns in [`vestibule_post`].
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Post {
    /// The primary key.
    pub id: i64,
    /// What it is called.
    pub title: String,
    /// What it says.
    pub body: String,
    /// Whose it is.
    pub owner_id: i32,
    /// When it was written.
    pub created_at: PrimitiveDateTime,
    /// When it was last changed.
    pub updated_at: PrimitiveDateTime,
}

/// A post that is about to be written.
#[derive(Debug, Clone, Copy)]
pub struct NewPost<'a> {
    /// What it is called: at most [`MAX_TITLE`] characters.
    pub title: &'a str,
    /// What it says.
    pub body: &'a str,
    /// Whose it will be.
    pub owner_id: i32,
}

/// The post with this primary key.
pub fn find(db: &mut Db, id: i64) -> QueryResult<Option<Post>> {
    vestibule_post::table
        .filter(vestibule_post::id.eq(id))
        .select(vestibule_post::all_columns)
        .get_result(db)
        .optional()
}

/// Up to `limit` posts after the first `offset`, of one owner or of all, the newest first.
pub fn list(db: &mut Db, owner: Option<i32>, limit: i64, offset: i64) -> QueryResult<Vec<Post>> {
    let mut posts = vestibule_post::table.select(vestibule_post::all_columns).into_boxed();
    if let Some(owner) = owner {
        posts = posts.filter(vestibule_post::owner_id.eq(owner));
    }
    posts.order(vestibule_post::id.desc()).limit(limit).offset(offset).load(db)
}

/// How many posts there are, of one owner or of all.
pub fn count(db: &mut Db, owner: Option<i32>) -> QueryResult<i64> {
    match owner {
        Some(owner) => vestibule_post::table.filter(vestibule_post::owner_id.eq(owner)).count().get_result(db),
        None => vestibule_post::table.count().get_result(db),
    }
}

/// Writes a post and returns it.
pub fn create(db: &mut Db, new: NewPost<'_>, now: PrimitiveDateTime) -> QueryResult<Post> {
    diesel::insert_into(vestibule_post::table)
        .values((
            vestibule_post::title.eq(new.title),
            vestibule_post::body.eq(new.body),
            vestibule_post::owner_id.eq(new.owner_id),
            vestibule_post::created_at.eq(now),
            vestibule_post::updated_at.eq(now),
        ))
        .returning(vestibule_post::all_columns)
        .get_result(db)
}

/// Changes what is given and leaves the rest; the post as it is then, `None` if it is not there.
pub fn update(
    db: &mut Db,
    id: i64,
    title: Option<&str>,
    body: Option<&str>,
    now: PrimitiveDateTime,
) -> QueryResult<Option<Post>> {
    diesel::update(vestibule_post::table.filter(vestibule_post::id.eq(id)))
        .set((
            title.map(|title| vestibule_post::title.eq(title)),
            body.map(|body| vestibule_post::body.eq(body)),
            vestibule_post::updated_at.eq(now),
        ))
        .returning(vestibule_post::all_columns)
        .get_result(db)
        .optional()
}

/// Deletes a post; whether it was there.
pub fn delete(db: &mut Db, id: i64) -> QueryResult<bool> {
    Ok(diesel::delete(vestibule_post::table.filter(vestibule_post::id.eq(id))).execute(db)? == 1)
}
