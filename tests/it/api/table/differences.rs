//! Where ours answers otherwise than simplejwt, on purpose.

use super::Difference;

pub const DIFFERENCES: &[Difference] = &[];
