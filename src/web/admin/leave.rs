//! Where a form leads once it is saved, by the button that was pressed.

use actix_web::{HttpRequest, HttpResponse};

use super::{
    changelist::the,
    frame::{Level, say},
};
use crate::{
    admin::{form::Submitted, params::Params},
    site::Site,
    web::redirect,
};

/// The button that was pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pressed {
    Save,
    AddAnother,
    Continue,
}

impl Pressed {
    pub(super) fn of(submitted: &Submitted) -> Self {
        if submitted.get("_addanother").is_some() {
            Self::AddAnother
        } else if submitted.get("_continue").is_some() {
            Self::Continue
        } else {
            Self::Save
        }
    }
}

/// What was written.
pub(super) struct Written {
    pub path: String,
    pub id: String,
    pub repr: String,
    pub one: &'static str,
    pub is_new: bool,
    pub may_view: bool,
    pub leads_to_change: bool,
}

/// What leads back to a list with its filters, behind a link.
pub(super) fn preserved(filters: &str) -> String {
    if filters.is_empty() {
        return String::new();
    }
    Params::new([("_changelist_filters".to_owned(), filters.to_owned())]).link()
}

/// A list with the filters that it had.
pub fn with_filters(path: String, filters: &str) -> String {
    if filters.is_empty() { path } else { format!("{path}?{filters}") }
}

/// Where to go after saving, by the button that was pressed.
pub(super) fn leave(
    request: &HttpRequest,
    site: &Site,
    written: &Written,
    pressed: Pressed,
    filters: &str,
) -> HttpResponse {
    let Written { path, id, repr, one, is_new, may_view, leads_to_change } = written;
    let (what, done) = (the(one, repr), if *is_new { "added" } else { "changed" });
    let base = format!("{}{path}", site.path("/admin/"));
    let change = format!("{base}{id}/change/{}", preserved(filters));
    if pressed == Pressed::AddAnother {
        say(request, Level::Success, format!("{what} was {done} successfully. You may add another {one} below."));
        return redirect::to(&format!("{base}add/{}", preserved(filters)));
    }
    if pressed == Pressed::Continue || *leads_to_change {
        say(request, Level::Success, format!("{what} was {done} successfully. You may edit it again below."));
        return redirect::to(&change);
    }
    say(request, Level::Success, format!("{what} was {done} successfully."));
    redirect::to(&if *may_view { with_filters(base, filters) } else { site.path("/admin/") })
}
