//! What administrators see and do.

mod axes;
mod guard;
mod lists;
mod logs;
mod passwords;
mod posts;
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
