//! What can be done with several rows at once (`ModelAdmin.actions`).

use super::{Context, Registered, options::Options, record::Record};
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
    /// Does it with rows of which [`ModelAdmin::allows`](super::ModelAdmin::allows) lets the editor, in transactions of its
    /// own, and logs it.
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

/// What the editor may do with several rows: names and what they are called.
pub fn actions(context: &Context<'_>, model: &Registered) -> Vec<(String, String)> {
    let options = &model.options;
    let mut actions = Vec::new();
    if context.may(model, "delete") {
        let label = format!("Delete selected {}", options.verbose_name_plural);
        actions.push((DELETE_SELECTED.to_owned(), label));
    }
    let own = options.actions.iter().filter(|action| context.editor.may(action.permission));
    actions.extend(own.map(|action| (action.name.to_owned(), action.description.to_owned())));
    actions
}
