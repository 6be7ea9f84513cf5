//! Tables of what waits to leave.

pub(super) mod destination;
pub(super) mod letter;
