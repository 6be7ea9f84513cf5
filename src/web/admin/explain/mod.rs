//! Why somebody may do something: what one person has and from where, and who has one permission.

pub mod holders;
pub mod permissions;

use crate::{
    admin::{Context, cell::Cell},
    auth::permissions::Source,
};

/// Where somebody has a permission from, as a page shows it.
fn cells(context: &Context<'_>, sources: &[Source]) -> Vec<Cell> {
    let may_view = context.admin.find("auth", "group").is_some_and(|model| context.may(model, "view"));
    let cell = |source: &Source| match source {
        Source::Superuser => Cell::Badge(in_words(source)),
        Source::Group { id, .. } if may_view => Cell::Link(in_words(source), format!("auth/group/{id}/change/")),
        _ => Cell::Text(in_words(source)),
    };
    sources.iter().map(cell).collect()
}

/// The same in words.
fn in_words(source: &Source) -> String {
    match source {
        Source::Superuser => "Superuser".to_owned(),
        Source::Own => "Given to them".to_owned(),
        Source::Group { name, .. } => format!("Group: {name}"),
    }
}

/// The same in a column of a file.
fn in_a_column(sources: &[Source]) -> String {
    sources.iter().map(in_words).collect::<Vec<_>>().join("; ")
}
