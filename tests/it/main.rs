//! What the site does, asked over HTTP and of its database. The files mirror `src/`.

mod access;
mod api;
mod backends;
mod commands;
mod cookies;
mod csrf;
mod db;
mod events;
mod hashing;
mod headers;
mod house;
mod http;
mod instances;
mod ledger;
mod lockout;
mod login;
mod postgres;
mod probes;
mod redirect;
mod remote_user;
mod sessions;
mod settings;
mod setup;
mod storm;
mod support;
mod twin;
