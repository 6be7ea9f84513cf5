//! One-line set-ups: the real program in a folder of its own, and a real browser with a fresh profile.

mod axe;
mod browser;
mod crowd;
mod html;
mod mail;
mod program;
mod tour;

/// The program and the cheap hashers of the other tests.
#[expect(dead_code, unused_imports, reason = "only some of it is for browsers")]
#[path = "../../it/support/mod.rs"]
mod it;

pub use axe::violations;
pub use browser::{Browser, Driver, wait_for};
pub use html::Pages;
pub use it::{PASSWORD, Program, encode, hostile};
pub use mail::Mailbox;
pub use tour::{ANN, Visitor, fill_in_setup, tour};
