//! Rows: [`outstanding`] and its blacklist are simplejwt's, [`token`] is ours.

pub mod outstanding;
mod owner;
pub mod token;
