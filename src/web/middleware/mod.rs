//! What every request passes through, from the outside in; `server` wraps them in this order.

pub mod arrival;
pub mod cors;
pub mod device;
pub mod error_pages;
pub mod headers;
pub mod https;
pub mod log;
pub mod panics;
pub mod remote_user;
