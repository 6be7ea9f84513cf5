//! The site as HTTP: pages, and what every request passes through.
//!
//! To add a page: one file with `get` and `post`, its template, one line in its `mod.rs` and one in [`urls`].

pub mod account;
pub mod admin;
pub mod api;
pub mod assets;
pub mod connection;
pub mod error;
pub mod extract;
pub mod locked;
pub mod messages;
pub mod metrics;
pub mod middleware;
pub mod page;
pub mod probes;
pub mod redirect;
pub mod server;
pub mod setup;
pub mod urls;

pub use api::{ApiError, Caller};
pub use error::PageError;
pub use server::mount;
