//! What can be done with several rows at once (`ModelAdmin.actions`).

use super::{Context, options::Options, record::Record};
use crate::auth::AuthError;

/// The action that every list has whose rows may be deleted.
pub const DELETE_SELECTED: &str = "delete_selected";

/// Something that can be done with the rows that were chosen.
#[derive(Clone)]
pub struct Action {
    /// Its name, in the form.
    pub name: &'static str,
    /// What it is called, as "Delete selected users".
    pub description: &'static str,
    /// Which permission it takes, as `auth.change_user`.
    pub permission: &'static str,
    /// What is asked before; empty if nothing is.
    pub question: &'static str,
    /// Whether it takes the editor's own password again.
    pub is_dangerous: bool,
    /// Does it, in transactions of its own, and logs it.
    pub run: fn(&mut Context<'_>, &Options, &[Record]) -> Result<Done, AuthError>,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// In words.
    pub message: String,
    /// Whether it was refused.
    pub is_error: bool,
}

impl Done {
    /// It was done.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), is_error: false }
    }

    /// It was not.
    pub fn refused(message: impl Into<String>) -> Self {
        Self { message: message.into(), is_error: true }
    }
}
