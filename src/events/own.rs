//! What happened to somebody's own account.

use super::model::{Happened, of_user, refusals_of};
use crate::{
    auth::{AuthError, Found},
    db::Db,
    users::User,
};

/// The latest events of `user`'s: all that they did, and who was refused under their name, or their address if a log-in
/// with it would be theirs. The last one first, at most `limit`. What was refused before they had the account was
/// somebody else's.
pub fn recent_of(db: &mut Db, user: &User, limit: i64) -> Result<Vec<Happened>, AuthError> {
    let mut recent = of_user(db, user.id, limit)?;
    for (name, any_case) in [(&user.username, false), (&user.email, true)] {
        let is_theirs = Found::look(db, name)?.the_one().is_some_and(|(meant, _)| meant.id == user.id);
        if is_theirs && !name.is_empty() {
            recent.extend(refusals_of(db, name, any_case, user.date_joined, limit)?);
        }
    }
    recent.sort_by_key(|happened| std::cmp::Reverse((happened.created_at, happened.id)));
    recent.dedup();
    recent.truncate(usize::try_from(limit).unwrap_or_default());
    Ok(recent)
}
