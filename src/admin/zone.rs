//! Times as people read and type them: in `TIME_ZONE`, as in Django's admin.

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, DateTime, Time},
    tz::TimeZone,
};
use time::{OffsetDateTime, PrimitiveDateTime};

/// The local time of the site.
#[derive(Debug, Clone)]
pub struct Zone(pub TimeZone);

impl Zone {
    /// What clocks showed at `at`, which is in UTC.
    pub fn local(&self, at: PrimitiveDateTime) -> DateTime {
        let nanos = at.assume_utc().unix_timestamp_nanos();
        self.0.to_datetime(Timestamp::from_nanosecond(nanos).unwrap_or_default())
    }

    /// When clocks showed this, in UTC; of two such moments the first.
    pub fn moment(&self, local: DateTime) -> Option<PrimitiveDateTime> {
        let at = self.0.to_ambiguous_timestamp(local).compatible().ok()?;
        let utc = OffsetDateTime::from_unix_timestamp_nanos(at.as_nanosecond()).ok()?;
        Some(PrimitiveDateTime::new(utc.date(), utc.time()))
    }

    /// When a day begins.
    pub fn midnight(&self, day: Date) -> Option<PrimitiveDateTime> {
        self.moment(day.to_datetime(Time::midnight()))
    }

    /// When a day begins, as Python's `str` has it: `2026-11-26 00:00:00+01:00`.
    pub fn midnight_as_python(&self, day: Date) -> String {
        let zoned = day.to_zoned(self.0.clone());
        zoned.map(|zoned| zoned.strftime("%Y-%m-%d %H:%M:%S%:z").to_string()).unwrap_or_default()
    }

    /// When the day after begins.
    pub fn end_of(&self, day: Date) -> Option<PrimitiveDateTime> {
        self.midnight(day.checked_add(1.day()).ok()?)
    }

    /// A time in a list: `2026-11-26 14:05`.
    pub fn shown(&self, at: PrimitiveDateTime) -> String {
        self.local(at).strftime("%Y-%m-%d %H:%M").to_string()
    }

    /// A time for machines: `2026-11-26T14:05:00+01:00`.
    pub fn iso(&self, at: PrimitiveDateTime) -> String {
        let nanos = at.assume_utc().unix_timestamp_nanos();
        let zoned = Timestamp::from_nanosecond(nanos).unwrap_or_default().to_zoned(self.0.clone());
        zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }

    /// The two fields in which a form shows it.
    pub fn typed(&self, at: PrimitiveDateTime) -> (String, String) {
        let local = self.local(at);
        (local.strftime("%Y-%m-%d").to_string(), local.strftime("%H:%M:%S").to_string())
    }

    /// What was typed, in one of the forms that Django takes.
    pub fn read(&self, date: &str, time: &str) -> Option<PrimitiveDateTime> {
        let day = day(date)?;
        let time = time.trim();
        let clock = ["%H:%M:%S%.f", "%H:%M:%S", "%H:%M"].iter().find_map(|form| Time::strptime(form, time).ok())?;
        self.moment(day.to_datetime(clock))
    }
}

/// A day that was typed.
pub fn day(text: &str) -> Option<Date> {
    let text = text.trim();
    let day = ["%Y-%m-%d", "%m/%d/%Y", "%m/%d/%y"].iter().find_map(|form| Date::strptime(form, text).ok());
    // PostgreSQL has days before the first year, but not all that jiff has.
    day.filter(|day| day.year() >= 1)
}

/// A moment as either database writes it, in UTC.
pub fn stored(text: &str) -> Option<PrimitiveDateTime> {
    let (date, rest) = text.get(..10).zip(text.get(11..))?;
    let clock = rest.strip_suffix("+00").unwrap_or(rest);
    let day = Date::strptime("%Y-%m-%d", date).ok()?;
    let clock = ["%H:%M:%S%.f", "%H:%M:%S"].iter().find_map(|form| Time::strptime(form, clock).ok())?;
    Zone(TimeZone::UTC).moment(day.to_datetime(clock))
}
