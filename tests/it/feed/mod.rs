//! What happens, as other programs hear of it.

mod documents;
mod lines;
mod processes;
mod receiver;
mod webhook;
