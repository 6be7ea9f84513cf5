use super::models::token;
use crate::auth::{
    AuthError,
    signals::{Occasion, PasswordUpgraded, Signals},
};

/// Connects the receiver that keeps tokens when a password is hashed anew.
pub fn connect(signals: &mut Signals) {
    signals.password_upgraded.connect(password_upgraded);
}

fn password_upgraded(occasion: &mut Occasion<'_>, event: &PasswordUpgraded) -> Result<(), AuthError> {
    Ok(token::tie_anew(occasion.db, event.user_id, &event.before, &event.after)?)
}
