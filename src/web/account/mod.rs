//! Pages on one's own account, one file each.

pub mod dashboard;
pub mod login;
pub mod logout;
