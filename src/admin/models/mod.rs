//! The tables that the admin shows. One file describes one; the line in [`all`] registers it.

mod group;
pub mod user;

use super::ModelAdmin;

/// `auth`, as Django's admin calls it.
const AUTH: (&str, &str) = ("auth", "Authentication and Authorization");

/// All of ours.
pub fn all() -> Vec<Box<dyn ModelAdmin>> {
    vec![Box::new(group::GroupAdmin), Box::new(user::UserAdmin)]
}
