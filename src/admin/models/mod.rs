//! The tables that the admin shows. One file describes one; the line in [`all`] registers it.

mod blacklisted_token;
mod group;
mod outstanding_token;
mod session;
mod user;
mod user_actions;

use super::ModelAdmin;

/// `auth`, as Django's admin calls it.
const AUTH: (&str, &str) = ("auth", "Authentication and Authorization");

/// `token_blacklist`, as simplejwt calls it.
const TOKEN_BLACKLIST: (&str, &str) = ("token_blacklist", "Token Blacklist");

/// All of ours.
pub fn all() -> Vec<Box<dyn ModelAdmin>> {
    vec![
        Box::new(group::GroupAdmin),
        Box::new(user::UserAdmin),
        Box::new(session::SessionAdmin),
        Box::new(blacklisted_token::BlacklistedTokenAdmin),
        Box::new(outstanding_token::OutstandingTokenAdmin),
    ]
}
