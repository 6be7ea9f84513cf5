//! The place between a right password and the session, where a second factor stands.

use super::models::User;
use crate::client::Client;

/// What may still be asked of somebody whose password was right.
///
/// A page that carries such a step out ends with [`super::session::login`], as the log-in page does.
pub trait SecondStep: Send + Sync {
    /// The path of the page that asks, or `None` if nothing more is needed.
    fn challenge(&self, user: &User, client: &Client) -> Option<String>;
}

/// The steps of this installation; none by default.
#[derive(Default)]
pub struct SecondSteps(pub Vec<Box<dyn SecondStep>>);

impl SecondSteps {
    /// The first page that still has something to ask.
    pub fn challenge(&self, user: &User, client: &Client) -> Option<String> {
        self.0.iter().find_map(|step| step.challenge(user, client))
    }
}
