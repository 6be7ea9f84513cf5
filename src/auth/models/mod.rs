//! Django's users, groups and permissions as rows. SQL on `auth_*` stands here and nowhere else.

pub mod setup_link;
pub mod user;

pub use user::{NewUser, User};
