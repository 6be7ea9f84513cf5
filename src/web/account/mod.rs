//! Pages on one's own account, one file each.

pub mod activity;
pub mod confirm;
pub mod dashboard;
pub mod data;
pub mod delete;
pub mod devices;
pub mod email;
pub mod everywhere;
pub mod login;
pub mod logout;
pub(in crate::web) mod new_password;
pub mod overview;
pub mod password_change;
pub mod password_reset;
pub(in crate::web) mod proof;
pub mod register;
pub mod reset;

use actix_web::HttpRequest;

use super::extract::{Form, FormData};

/// What is said of an empty field.
const REQUIRED: &str = "This field is required.";

/// A form that has nothing but its token, or of which the handler needs nothing more.
#[derive(Debug)]
pub struct Bare;

impl Form for Bare {
    fn bind(_: &FormData) -> Self {
        Self
    }
}

/// What a redirect says was done: one of a few texts, so that a forged link says nothing of its own.
fn notice(request: &HttpRequest) -> Option<&'static str> {
    let query = FormData::parse_lossy(request.query_string());
    let said = query.get("done")?;
    NOTICES.iter().find(|(code, _)| *code == said).map(|(_, text)| *text)
}

const NOTICES: &[(&str, &str)] = &[
    ("name", "Your name was saved."),
    ("email", "We have sent a link to the new address. Yours changes once it is opened."),
    ("withdrawn", "Your address stays as it is."),
    ("session", "That session was ended."),
    ("others", "All your other sessions were ended."),
    ("program", "That program was logged out."),
    ("programs", "All programs were logged out."),
];
