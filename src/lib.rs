//! Vestibule: Django's authentication, whole, as one Rust program and library.
//!
//! It keeps Django's tables, sessions, hashes and settings to the byte, so a Django project and Vestibule can run on one
//! database at once. As a program it is `vestibule serve`. As a library it takes backends of your own:
//!
//! ```no_run
//! use vestibule::auth::{Attempt, AuthError, backends::{AuthenticationBackend, Decision}};
//!
//! struct NobodyAtNight;
//!
//! impl AuthenticationBackend for NobodyAtNight {
//!     fn authenticate(&self, attempt: &mut Attempt<'_>) -> Result<Decision, AuthError> {
//!         let hour = attempt.auth().clock.now().hour();
//!         Ok(if hour < 6 { Decision::PermissionDenied } else { Decision::Abstain })
//!     }
//! }
//!
//! fn main() -> std::process::ExitCode {
//!     // With AUTHENTICATION_BACKENDS = ["shop.NobodyAtNight", "django.contrib.auth.backends.ModelBackend"].
//!     vestibule::cli::main_with(|site| site.backend("NobodyAtNight", || NobodyAtNight))
//! }
//! ```
//!
//! # The map
//!
//! The first level says what the system does, then by which doors one enters. A module imports only from those that
//! stand before it; a test reads the `use` lines and says so if one does not.
//!
//! | module | what |
//! |---|---|
//! | [`settings`] | typed settings under Django's names |
//! | [`clock`] | the time as a parameter |
//! | [`templates`] | other templates in place of ours |
//! | [`crypto`], [`secret_key`] | Django's signing, and the key that signs |
//! | [`client`], [`cookies`] | who is calling, and what the browser kept |
//! | [`db`] | connections, migrations, the tables as Diesel knows them |
//! | [`outbox`] | what waits to leave: mail, events |
//! | [`mail`] | messages, and where they go |
//! | [`users`] | people, as rows of `auth_user`, and their roles |
//! | [`throttle`] | so many within a period |
//! | [`sessions`] | Django's sessions behind actix-session |
//! | [`csrf`] | Django's protection of forms |
//! | [`auth`] | `authenticate`, `login`, `logout`; backends, hashers, validators, users |
//! | [`audit`] | who changed what, in a chain that shows what was tampered with |
//! | [`events`] | what happened, as rows |
//! | [`feed`] | events leave, for other programs |
//! | [`metrics`] | numbers for operators |
//! | [`devices`] | browsers in which somebody has logged in before |
//! | [`posts`] | what people wrote, as rows |
//! | [`lockout`] | guessing is stopped |
//! | [`jwt`] | tokens for programs |
//! | [`deletion`] | an account goes, with all that is its own |
//! | [`accounts`] | what people do with their own account |
//! | [`rotation`] | `SECRET_KEY` gives way to another |
//! | [`admin`] | what administrators see and do |
//! | [`site`] | an installation: everything above, made of its settings |
//! | [`doctor`] | whether a Django on the same database agrees |
//! | [`tasks`] | what a serving site does now and then by itself |
//! | [`web`] | the table of URLs, pages, middleware |
//! | [`cli`] | the commands |

pub mod accounts;
pub mod admin;
pub mod audit;
pub mod auth;
pub mod cli;
pub mod client;
pub mod clock;
pub mod cookies;
pub mod crypto;
pub mod csrf;
pub mod db;
pub mod deletion;
pub mod devices;
pub mod doctor;
pub mod events;
pub mod feed;
pub mod jwt;
pub mod lockout;
pub mod mail;
pub mod metrics;
pub mod outbox;
pub mod posts;
pub mod rotation;
pub mod secret_key;
pub mod sessions;
pub mod settings;
pub mod site;
pub mod tasks;
pub mod templates;
pub mod throttle;
pub mod users;
pub mod web;
