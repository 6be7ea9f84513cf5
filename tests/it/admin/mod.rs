//! The admin, asked over HTTP.

mod actions;
mod export;
mod history;
mod sessions;
mod tokens;
