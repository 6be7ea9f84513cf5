//! Whose account a typed name means.

use super::models::{User, user};
use crate::db::Db;

/// By what somebody was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundBy {
    /// The username, exactly.
    Username,
    /// The e-mail address, in whatever case.
    Email,
}

/// Everybody whom a typed name may mean.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// Who has it as username.
    pub by_username: Option<User>,
    by_email: Vec<User>,
}

impl Found {
    /// Looks for `typed`; among the addresses only if it may be one.
    pub fn look(db: &mut Db, typed: &str) -> Result<Self, diesel::result::Error> {
        let by_username = user::find_by_username(db, typed)?;
        let by_email = if typed.contains('@') { user::with_email(db, typed)? } else { Vec::new() };
        Ok(Self { by_username, by_email })
    }

    /// The one person who is meant, if that is beyond doubt.
    ///
    /// Django's column for addresses is not unique and a username may look like an address: an address that several
    /// active people share is nobody's, and a username that is somebody's address is not its own.
    pub fn the_one(&self) -> Option<(&User, FoundBy)> {
        if self.by_email.is_empty() {
            return self.by_username.as_ref().map(|user| (user, FoundBy::Username));
        }
        let mut active = self.by_email.iter().filter(|user| user.is_active);
        match (active.next(), active.next()) {
            (Some(_), Some(_)) => None,
            (Some(only), None) => Some((only, FoundBy::Email)),
            // Nobody who could log in; the first one's password is still checked, for the sake of time.
            _ => self.by_email.first().map(|user| (user, FoundBy::Email)),
        }
    }
}
