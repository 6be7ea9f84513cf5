//! The time as a parameter, so that expiry and lockout are tested by moving a clock instead of waiting.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use time::{Duration, OffsetDateTime, PrimitiveDateTime};

/// Tells the time: the system's, or a test's.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    shift: Option<Arc<AtomicI64>>,
}

impl Clock {
    /// The system's time.
    pub fn system() -> Self {
        Self::default()
    }

    /// The system's time, moved by what [`Clock::advance`] was told. Clones share the shift.
    pub fn movable() -> Self {
        Self { shift: Some(Arc::default()) }
    }

    /// Moves a movable clock; the system's clock stays as it is.
    pub fn advance(&self, by: Duration) {
        if let Some(shift) = &self.shift {
            shift.fetch_add(i64::try_from(by.whole_microseconds()).unwrap_or_default(), Ordering::SeqCst);
        }
    }

    /// Now, in UTC and whole microseconds: PostgreSQL keeps no more, and what was written must equal what is read.
    pub fn now(&self) -> PrimitiveDateTime {
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the system's clock")]
        let now = OffsetDateTime::now_utc();
        let micros = i64::from(now.microsecond());
        let whole = now.replace_nanosecond(u32::try_from(micros * 1_000).unwrap_or_default()).unwrap_or(now);
        let shift = self.shift.as_ref().map_or(0, |shift| shift.load(Ordering::SeqCst));
        let moved = whole + Duration::microseconds(shift);
        PrimitiveDateTime::new(moved.date(), moved.time())
    }

    /// Seconds since 1970-01-01, UTC.
    pub fn unix(&self) -> i64 {
        self.now().assume_utc().unix_timestamp()
    }
}
