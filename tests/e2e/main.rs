//! The program through a real browser, as people use it.

mod api_docs;
mod first_run;
mod lockout;
mod login;
mod logout;
mod looks;
mod support;
