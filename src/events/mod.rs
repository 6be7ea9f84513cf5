//! What happened: one row for each log-in, failure, lock and log-out. axes' rows beside them are aggregates and are pruned;
//! these are the record.

pub mod counts;
mod model;
mod own;

pub use model::{
    Attempted, Event, Happened, Kind, LETTER, Recorded, addresses, attempts_after, delete_old, find, record,
};
pub use own::recent_of;

use crate::auth::{
    AuthError,
    signals::{Occasion, Signals, UserLockedOut, UserLoggedIn, UserLoggedOut, UserLoginFailed},
};

/// Connects the receivers that write events.
pub fn connect(signals: &mut Signals) {
    signals.user_logged_in.connect(logged_in);
    signals.user_logged_out.connect(logged_out);
    signals.user_login_failed.connect(login_failed);
    signals.user_locked_out.connect(locked_out);
}

/// The detail of a log-in for tokens.
const TOKEN: &str = "token";

fn logged_in(occasion: &mut Occasion<'_>, event: &UserLoggedIn) -> Result<(), AuthError> {
    let recorded = Event::new(Kind::LoggedIn, occasion.client).of(event.user.id, &event.user.username);
    let recorded = if event.session_key.is_none() { recorded.detail(TOKEN) } else { recorded };
    write(occasion, &recorded)
}

fn logged_out(occasion: &mut Occasion<'_>, event: &UserLoggedOut) -> Result<(), AuthError> {
    let Some(user) = &event.user else { return Ok(()) };
    let event = Event::new(Kind::LoggedOut, occasion.client).of(user.id, &user.username);
    write(occasion, &event)
}

fn login_failed(occasion: &mut Occasion<'_>, event: &UserLoginFailed) -> Result<(), AuthError> {
    let event = Event::new(Kind::LoginFailed, occasion.client).typed(&event.username);
    write(occasion, &event)
}

fn locked_out(occasion: &mut Occasion<'_>, event: &UserLockedOut) -> Result<(), AuthError> {
    let kind = if event.begins { Kind::LockedOut } else { Kind::TriedWhileLocked };
    let event = Event::new(kind, occasion.client).typed(&event.username).detail(&event.rule);
    write(occasion, &event)
}

fn write(occasion: &mut Occasion<'_>, event: &Event) -> Result<(), AuthError> {
    Ok(record(occasion.db, event, occasion.auth.clock.now())?)
}
