//! wip
pub mod auth;
pub mod cli;
pub mod client;
pub mod clock;
pub mod cookies;
pub mod crypto;
pub mod csrf;
pub mod db;
pub mod events;
pub mod secret_key;
pub mod sessions;
pub mod settings;
pub mod site;
pub mod web;
