//! People who can log in: the rows of `auth_user`. All SQL on that table stands in [`model`].

pub mod model;

pub use model::{NewUser, User};
