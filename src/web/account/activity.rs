//! What happened to an account, in words.

use time::{PrimitiveDateTime, macros::format_description};

use crate::{
    devices::describe,
    events::{Happened, Kind},
};

/// A line in the list of what happened.
#[derive(Debug)]
pub struct Activity {
    /// What.
    pub what: &'static str,
    /// Whether it was refused, or may be somebody else's doing.
    pub is_warning: bool,
    /// When, for people.
    pub at: String,
    /// With what browser.
    pub browser: String,
    /// From where.
    pub address: String,
}

impl From<Happened> for Activity {
    fn from(happened: Happened) -> Self {
        Self {
            what: in_words(happened.kind),
            is_warning: matches!(
                happened.kind,
                Kind::LoginFailed | Kind::LockedOut | Kind::TriedWhileLocked | Kind::TokenReused
            ),
            at: moment(happened.created_at),
            browser: describe(&happened.user_agent),
            address: happened.ip_address.unwrap_or_default(),
        }
    }
}

/// What happened, to whom it happened.
pub(in crate::web) fn in_words(kind: Kind) -> &'static str {
    match kind {
        Kind::LoggedIn => "Logged in",
        Kind::LoggedOut => "Logged out",
        Kind::LoginFailed => "Log-in failed",
        Kind::LockedOut => "Locked after too many failures",
        Kind::TriedWhileLocked => "Log-in refused during a lock",
        Kind::LockoutReset => "An administrator opened a lock",
        Kind::TokenReused => "A program’s token was used twice",
        Kind::SuperuserCreated => "Account made by the set-up link",
        Kind::PasswordChanged => "Password changed",
        Kind::PasswordReset => "Password reset by a link",
        Kind::PasswordResetRequested => "Password reset asked for",
        Kind::EmailChangeRequested => "Another address asked for",
        Kind::EmailChanged => "Address changed",
        Kind::Registered => "Registered",
        Kind::RegistrationConfirmed => "Address confirmed",
        Kind::AccountDeleted => "Account deleted",
        Kind::SessionEnded => "Session ended",
        Kind::TokenEnded => "Program logged out",
        Kind::EverythingEnded => "Logged out everywhere",
        Kind::AccountAdded => "Account made by an administrator",
        Kind::RightsChanged => "An administrator changed what you may do",
        Kind::PasswordDisabled => "An administrator disabled the password",
        Kind::MailSent => "A letter was sent",
    }
}

/// A time as people read it.
pub(super) fn moment(at: PrimitiveDateTime) -> String {
    let format = format_description!("[day padding:none] [month repr:long] [year], [hour]:[minute] UTC");
    at.format(format).unwrap_or_default()
}
