//! The last hours and days, as the clocks of the site show them.

use jiff::ToSpan;
use time::{Duration, PrimitiveDateTime};

use crate::{
    admin::zone::Zone,
    events::{Kind, counts::Counted},
};

/// How many hours are shown.
pub const HOURS: u8 = 24;
/// How many days are shown.
pub const DAYS: u8 = 14;

/// When each of the last hours began, the one that runs last.
pub fn hours(zone: &Zone, now: PrimitiveDateTime) -> Vec<PrimitiveDateTime> {
    let clock = zone.local(now).time();
    let minutes = Duration::minutes(clock.minute().into()) + Duration::seconds(clock.second().into());
    let began = now.saturating_sub(minutes + Duration::nanoseconds(clock.subsec_nanosecond().into()));
    (0..HOURS).rev().map(|ago| began.saturating_sub(Duration::hours(ago.into()))).collect()
}

/// When each of the last days began, today last. Where clocks are changed a day has 23 hours, or 25.
pub fn days(zone: &Zone, now: PrimitiveDateTime) -> Vec<PrimitiveDateTime> {
    let today = zone.local(now).date();
    let day = |ago: u8| zone.midnight(today.checked_sub(i64::from(ago).days()).ok()?);
    (0..DAYS).rev().filter_map(day).collect()
}

/// How often something happened in each of the times that begin at `starts`; the last one has no end.
pub fn sums(starts: &[PrimitiveDateTime], counted: &[Counted], kind: Kind) -> Vec<u32> {
    let mut sums = vec![0_u32; starts.len()];
    for counted in counted.iter().filter(|counted| counted.kind == kind) {
        let after = starts.partition_point(|start| *start <= counted.starts_at);
        if let Some(sum) = after.checked_sub(1).and_then(|place| sums.get_mut(place)) {
            *sum = sum.saturating_add(counted.events);
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use time::macros::datetime;

    use super::*;

    fn zone(name: &str) -> Zone {
        Zone(TimeZone::get(name).expect("a zone"))
    }

    #[test]
    fn days_have_as_many_hours_as_clocks_say() {
        let lengths = |name, now| {
            let days = days(&zone(name), now);
            assert_eq!(days.len(), usize::from(DAYS));
            days.windows(2).map(|days| (days[1] - days[0]).whole_hours()).collect::<Vec<_>>()
        };
        let autumn = lengths("Europe/Berlin", datetime!(2026-10-31 12:00));
        assert_eq!((autumn[7], autumn.iter().sum::<i64>()), (25, 13 * 24 + 1), "{autumn:?}");
        let spring = lengths("Europe/Berlin", datetime!(2026-03-31 21:59));
        assert_eq!((spring[11], spring.iter().sum::<i64>()), (23, 13 * 24 - 1), "{spring:?}");
        let today = *days(&zone("Asia/Kathmandu"), datetime!(2026-11-26 18:20)).last().expect("today");
        assert_eq!(today, datetime!(2026-11-26 18:15), "where it is 00:05 of the day after");
    }

    #[test]
    fn hours_begin_where_local_clocks_strike() {
        let now = datetime!(2026-11-26 10:33:15.25);
        assert_eq!(hours(&zone("Europe/Berlin"), now)[23], datetime!(2026-11-26 10:00));
        assert_eq!(hours(&zone("Asia/Kolkata"), now)[23], datetime!(2026-11-26 10:30));
        assert_eq!(hours(&zone("Asia/Kolkata"), now)[0], datetime!(2026-11-25 11:30));
    }

    #[test]
    fn each_count_is_in_one_span() {
        let starts = [datetime!(2026-11-26 10:00), datetime!(2026-11-26 11:00)];
        let at = |starts_at, events| Counted { starts_at, kind: Kind::LoggedIn, events };
        let counted = [
            at(datetime!(2026-11-26 9:45), 1),
            at(datetime!(2026-11-26 10:00), 2),
            at(datetime!(2026-11-26 10:45), 4),
            at(datetime!(2026-11-26 11:00), 8),
            Counted { kind: Kind::LoginFailed, ..at(datetime!(2026-11-26 11:00), 16) },
        ];
        assert_eq!(sums(&starts, &counted, Kind::LoggedIn), [6, 8]);
        assert_eq!(sums(&starts, &[], Kind::LoggedIn), [0, 0]);
        assert_eq!(sums(&[], &counted, Kind::LoggedIn), [0_u32; 0]);
    }
}
