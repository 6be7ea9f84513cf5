//! People who can log in: the rows of `auth_user`, and their roles beside it. All SQL on them stands in [`model`].

pub mod model;
mod names;
pub mod seed;

pub use model::{NewUser, User};
