//! When a session ends: `SessionBase.get_expiry_date` and its relatives.

use time::{Duration, OffsetDateTime, PrimitiveDateTime, format_description::well_known::Iso8601};

use super::{model::Noted, payload::Payload};
use crate::settings::SessionSettings;

/// The key under which a session carries an expiry of its own.
pub const KEY: &str = "_session_expiry";

/// When a session ends, as one save of it decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expiry {
    /// `django_session.expire_date`.
    pub date: PrimitiveDateTime,
    /// The cookie's `Max-Age`; `None` if it ends with the browser.
    pub max_age: Option<Duration>,
}

/// What `_session_expiry` says.
enum Own {
    Unset,
    Browser,
    After(Duration),
    At(PrimitiveDateTime),
}

/// The expiry of a session saved at `now`.
pub fn of(payload: &Payload, now: PrimitiveDateTime, settings: &SessionSettings) -> Expiry {
    let age = settings.cookie_age;
    match own(payload) {
        Own::Unset => {
            Expiry { date: now.saturating_add(age), max_age: (!settings.expire_at_browser_close).then_some(age) }
        }
        Own::Browser => Expiry { date: now.saturating_add(age), max_age: None },
        Own::After(own) => Expiry { date: now.saturating_add(own), max_age: Some(own) },
        Own::At(date) => Expiry { date, max_age: Some((date - now).max(Duration::ZERO)) },
    }
}

fn own(payload: &Payload) -> Own {
    let Some(raw) = payload.get(KEY) else {
        return Own::Unset;
    };
    match serde_json::from_str(raw) {
        Ok(serde_json::Value::Number(seconds)) => match (seconds.as_i64(), seconds.as_f64()) {
            (Some(0), _) => Own::Browser,
            (Some(seconds), _) => Own::After(Duration::seconds(seconds)),
            (None, Some(seconds)) => Own::After(Duration::saturating_seconds_f64(seconds)),
            (None, None) => Own::Unset,
        },
        Ok(serde_json::Value::String(text)) => parse_iso(&text).map_or(Own::Unset, Own::At),
        _ => Own::Unset,
    }
}

/// A date as Python's `isoformat` writes it, with or without an offset.
fn parse_iso(text: &str) -> Option<PrimitiveDateTime> {
    if let Ok(at) = OffsetDateTime::parse(text, &Iso8601::PARSING) {
        let utc = at.to_offset(time::UtcOffset::UTC);
        return Some(PrimitiveDateTime::new(utc.date(), utc.time()));
    }
    PrimitiveDateTime::parse(text, &Iso8601::PARSING).ok()
}

/// At its last moment a session has ended.
pub fn has_expired(expire_date: PrimitiveDateTime, now: PrimitiveDateTime) -> bool {
    expire_date <= now
}

/// Whether a session is beyond the limits that only we know.
pub fn has_outlived(noted: Option<&Noted>, now: PrimitiveDateTime, settings: &SessionSettings) -> bool {
    let over = |limit: Duration, since| !limit.is_zero() && now - since >= limit;
    noted.is_some_and(|noted| {
        over(settings.idle_timeout, noted.last_seen_at) || over(settings.absolute_timeout, noted.created_at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    fn expiry(payload: &str) -> Expiry {
        let payload = Payload::parse(payload).expect("an object");
        of(&payload, datetime!(2026-01-01 00:00), &SessionSettings::default())
    }

    #[test]
    fn a_session_may_carry_an_expiry_of_its_own() {
        let fortnight = datetime!(2026-01-15 00:00);
        assert_eq!(expiry("{}"), Expiry { date: fortnight, max_age: Some(Duration::days(14)) });
        assert_eq!(expiry(r#"{"_session_expiry":0}"#), Expiry { date: fortnight, max_age: None });
        let minute = Expiry { date: datetime!(2026-01-01 00:01), max_age: Some(Duration::minutes(1)) };
        assert_eq!(expiry(r#"{"_session_expiry":60}"#), minute);
        assert_eq!(expiry(r#"{"_session_expiry":60.0}"#), minute);
        assert_eq!(expiry(r#"{"_session_expiry":"2026-01-01T00:01:00+00:00"}"#), minute);
        assert_eq!(expiry(r#"{"_session_expiry":"2026-01-01T01:01:00.000000+01:00"}"#), minute);
        assert_eq!(expiry(r#"{"_session_expiry":[1]}"#), expiry("{}"));
    }

    #[test]
    fn a_huge_expiry_does_not_leave_the_calendar() {
        for huge in ["9223372036854775807", "1000000000000000000000000000000", "1e300"] {
            assert!(expiry(&format!("{{\"_session_expiry\":{huge}}}")).date.year() > 9000, "{huge}");
        }
        let settings = SessionSettings { cookie_age: Duration::MAX, ..SessionSettings::default() };
        assert!(of(&Payload::default(), datetime!(2026-01-01 00:00), &settings).date.year() > 9000);
    }

    const NOW: PrimitiveDateTime = datetime!(2026-01-01 12:00);
    const MOMENT: Duration = Duration::microseconds(1);

    #[test]
    fn at_its_last_moment_a_session_has_ended() {
        assert!(!has_expired(NOW + MOMENT, NOW));
        assert!(has_expired(NOW, NOW));
    }

    #[test]
    fn limits_count_from_the_last_visit_and_from_the_start() {
        let hour = Duration::hours(1);
        let outlived = |created_at, last_seen_at, idle_timeout, absolute_timeout| {
            let settings = SessionSettings { idle_timeout, absolute_timeout, ..SessionSettings::default() };
            has_outlived(Some(&Noted { user_id: 1, created_at, last_seen_at, password_at: None }), NOW, &settings)
        };
        let (long_ago, just_within) = (NOW - hour, NOW - hour + MOMENT);
        assert!(outlived(long_ago, long_ago, hour, Duration::ZERO));
        assert!(!outlived(long_ago, just_within, hour, Duration::ZERO));
        assert!(outlived(long_ago, NOW, Duration::ZERO, hour));
        assert!(!outlived(just_within, NOW, Duration::ZERO, hour));
        assert!(!outlived(long_ago, long_ago, Duration::ZERO, Duration::ZERO));
    }
}
