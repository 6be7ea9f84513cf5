//! The program through a real browser, as people use it.

mod account;
mod admin;
mod api_docs;
mod first_run;
mod lockout;
mod login;
mod logout;
mod looks;
mod password_change;
mod password_reset;
mod register;
mod remember;
mod support;
