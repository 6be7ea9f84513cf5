//! The tables that the admin shows. One file describes one; the line in [`all`] registers it.

mod access_attempt;
mod access_failure_log;
mod access_log;
mod audit_entry;
mod blacklisted_token;
mod group;
mod log_entry;
mod outstanding_token;
mod permission;
mod post;
mod session;
pub mod user;
mod user_actions;

use super::{ModelAdmin, options::To, record::Record};
use crate::settings::Settings;

/// `auth`, as Django's admin calls it.
const AUTH: (&str, &str) = ("auth", "Authentication and Authorization");

/// `axes`, as Django's admin calls it.
const AXES: (&str, &str) = ("axes", "Axes");
/// `token_blacklist`, as simplejwt calls it.
const TOKEN_BLACKLIST: (&str, &str) = ("token_blacklist", "Token Blacklist");
/// What no Django knows.
const VESTIBULE: (&str, &str) = ("vestibule", "Vestibule");

/// People, as those to whom other rows belong.
const USER: To = To {
    model: ("auth", "user"),
    table: "auth_user",
    repr: "r.username",
    from: "FROM auth_user r",
    order: "r.username",
};

/// A moment as Python's `str` has it, in UTC, which is how axes' rows are called.
fn python_time(record: &Record, name: &str) -> String {
    let Some(at) = record.time(name) else { return "None".to_owned() };
    let micros = at.microsecond();
    let fraction = if micros == 0 { String::new() } else { format!(".{micros:06}") };
    let (date, (hour, minute, second)) = (at.date(), at.as_hms());
    format!("{date} {hour:02}:{minute:02}:{second:02}{fraction}+00:00")
}

/// All of ours.
pub fn all(settings: &Settings) -> Vec<Box<dyn ModelAdmin>> {
    vec![
        Box::new(group::GroupAdmin),
        Box::new(permission::PermissionAdmin),
        Box::new(user::UserAdmin),
        Box::new(access_attempt::AccessAttemptAdmin::new(settings)),
        Box::new(access_log::AccessLogAdmin),
        Box::new(access_failure_log::AccessFailureLogAdmin),
        Box::new(log_entry::LogEntryAdmin),
        Box::new(audit_entry::AuditEntryAdmin),
        Box::new(post::PostAdmin),
        Box::new(session::SessionAdmin),
        Box::new(blacklisted_token::BlacklistedTokenAdmin),
        Box::new(outstanding_token::OutstandingTokenAdmin),
    ]
}
