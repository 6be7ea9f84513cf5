//! Django's models as rows.

pub mod permission;
pub mod setup_link;

pub use crate::users::{NewUser, User, model as user};
