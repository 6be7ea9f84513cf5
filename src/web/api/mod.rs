//! The API: JSON for programs, in the shapes of DRF and simplejwt.
//!
//! To add an operation: a file with its handler and an [`Operation`](schema::Operation) that describes it, and a line in
//! [`urls`](super::urls). Who may ask stands in the handler's signature: a [`Caller`], or the [`Object`] that the path
//! names.

mod caller;
mod data;
pub mod docs;
mod error;
pub mod json;
pub mod jwks;
mod object;
pub mod page;
pub mod permissions;
pub mod posts;
pub mod profile;
pub mod schema;
pub mod serializer;
pub mod tokens;

pub(in crate::web) use caller::authenticate;
pub use caller::{Caller, People, speaks_of_a_token};
pub use data::{Data, Value};
pub(in crate::web) use error::answer;
pub use error::{ApiError, FieldErrors};
pub use object::{Object, Resource};

/// Whether what is below `path` is for programs: then errors are JSON there.
pub fn is_below(path: &str) -> bool {
    path.starts_with("/api/") || path.starts_with("/.well-known/")
}
