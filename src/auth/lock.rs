use time::{Duration, PrimitiveDateTime};

/// That nobody may try now: what a lockout tells whoever asked. A right password opens nothing until then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// The name as it was typed.
    pub username: String,
    /// When it opens; `None` for not by itself.
    pub until: Option<PrimitiveDateTime>,
    /// How long from now until then.
    pub retry_after: Option<Duration>,
    /// How many failures were too many.
    pub failure_limit: u32,
    /// How long such a lock lasts in all.
    pub cool_off: Option<Duration>,
    /// The HTTP status with which it is answered.
    pub status: u16,
    /// Whether a password was tried before it closed: then the answer takes as long as any refusal.
    pub after_a_try: bool,
}
