//! Known devices: browsers in which somebody has logged in before (OWASP's device cookies).
//!
//! The browser keeps a random token, the database its digest, for each account that was opened with it. The token opens
//! nothing: it only tells the owner's browser from a stranger's.

mod model;

pub use model::{Device, delete_old, is_known, known};

use crate::{
    auth::{
        AuthError,
        signals::{Occasion, Signals, UserLoggedIn},
    },
    crypto::{LOWERCASE_AND_DIGITS, random_string, sha256_hex},
};

/// 165 bits.
const LENGTH: usize = 32;

/// Connects the receiver that remembers devices.
pub fn connect(signals: &mut Signals) {
    signals.user_logged_in.connect(remember);
}

/// Whether `text` may be a token of ours.
pub fn is_token(text: &str) -> bool {
    text.len() == LENGTH && text.bytes().all(|byte| LOWERCASE_AND_DIGITS.contains(&byte))
}

/// By what the database knows a token.
pub fn digest(token: &str) -> String {
    sha256_hex(token)
}

fn remember(occasion: &mut Occasion<'_>, event: &UserLoggedIn) -> Result<(), AuthError> {
    let client = occasion.client;
    let token = client.device.keep(|| random_string(LENGTH, LOWERCASE_AND_DIGITS));
    let now = occasion.auth.clock.now();
    Ok(model::remember(occasion.db, &digest(token), event.user.id, client, now)?)
}
