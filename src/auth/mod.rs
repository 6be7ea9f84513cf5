//! Who somebody is and what they may do (`django.contrib.auth`).
//!
//! [`authenticate`] walks the configured [`backends`]; [`session::login`] then writes the session. Everything here is
//! plain synchronous code that knows no HTTP, but for [`session`].
//!
//! To add a backend, a hasher, a validator: see the head of its `mod.rs`. To add a receiver of a signal: one function
//! beside its feature, one line where [`Auth`] is built.

mod account;
mod attempt;
mod authenticate;
pub mod backends;
mod credentials;
mod error;
pub mod hashers;
mod lock;
pub mod models;
pub mod own_sessions;
pub mod pace;
pub mod permissions;
pub mod reset_token;
pub mod second_step;
pub mod session;
pub mod session_hash;
pub mod signals;
pub mod superuser;
pub mod validators;

pub use account::{Found, FoundBy};
pub use attempt::Attempt;
pub(crate) use authenticate::authenticate_holding;
pub use authenticate::{Authenticated, Outcome, authenticate};
pub use credentials::Credentials;
pub use error::AuthError;
pub use lock::Lock;

use crate::{
    clock::Clock,
    crypto::SecretKeys,
    db::{Database, Pooled},
};

/// Everything that authentication needs; one per process.
pub struct Auth {
    /// The configured backends, in order.
    pub backends: backends::Backends,
    /// The configured password hashers, in order.
    pub hashers: hashers::Hashers,
    /// The rules for new passwords.
    pub validators: validators::Validators,
    /// The links by which people choose a new password.
    pub reset_tokens: reset_token::ResetTokens,
    /// Who wants to know of log-ins, log-outs and failures.
    pub signals: signals::Signals,
    /// What stands between a right password and the session.
    pub second_steps: second_step::SecondSteps,
    /// How long a refusal takes.
    pub pace: pace::Pace,
    /// The time.
    pub clock: Clock,
    /// The keys that sign.
    pub keys: SecretKeys,
    /// The database.
    pub database: Database,
}

impl Auth {
    /// A connection, to be given back before anything slow.
    pub fn db(&self) -> Result<Pooled, AuthError> {
        Ok(self.database.get()?)
    }
}

impl std::fmt::Debug for Auth {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Auth").finish_non_exhaustive()
    }
}
