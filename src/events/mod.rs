//! What happened: one row for each log-in, failure and log-out. axes' rows beside them are aggregates and are pruned;
//! these are the record.

mod model;

pub use model::{Event, Kind, record};

use crate::{
    auth::{
        Auth, AuthError,
        signals::{Signals, UserLoggedIn, UserLoggedOut, UserLoginFailed},
    },
    client::Client,
};

/// Connects the receivers that write events.
pub fn connect(signals: &mut Signals) {
    signals.user_logged_in.connect(logged_in);
    signals.user_logged_out.connect(logged_out);
    signals.user_login_failed.connect(login_failed);
}

fn logged_in(auth: &Auth, client: &Client, event: &UserLoggedIn) -> Result<(), AuthError> {
    let event = Event::new(Kind::LoggedIn, client).of(event.user.id, &event.user.username);
    write(auth, &event)
}

fn logged_out(auth: &Auth, client: &Client, event: &UserLoggedOut) -> Result<(), AuthError> {
    match &event.user {
        Some(user) => write(auth, &Event::new(Kind::LoggedOut, client).of(user.id, &user.username)),
        None => Ok(()),
    }
}

fn login_failed(auth: &Auth, client: &Client, event: &UserLoginFailed) -> Result<(), AuthError> {
    write(auth, &Event::new(Kind::LoginFailed, client).typed(&event.username))
}

fn write(auth: &Auth, event: &Event) -> Result<(), AuthError> {
    record(&mut *auth.db()?, event, auth.clock.now())?;
    Ok(())
}
