//! What administrators see and do.

mod actions;
mod axes;
mod export;
mod guard;
mod history;
mod lists;
mod logs;
mod passwords;
mod posts;
mod sessions;
mod tokens;
mod tools;
mod twin;
mod users;
mod xss;

use crate::support::Response;

/// What is wrong with a field.
pub(super) fn errors(response: &Response, field: &str) -> Vec<String> {
    let texts = response.texts(&format!("#id_{field}_error li"));
    texts.into_iter().map(|text| text.trim_start_matches("Error: ").to_owned()).collect()
}
