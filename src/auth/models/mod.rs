//! Django's models as rows.

pub mod holders;
pub mod permission;
pub mod setup_link;

pub use crate::users::{NewUser, User, model as user};
