//! Where a page of the timeline ends, and the next one begins.

use std::fmt;

use time::{Duration, OffsetDateTime, PrimitiveDateTime};

use crate::db::statement::{Statement, Value};

/// The longest key that is taken.
const LONGEST: usize = 64;

/// The place of an entry: its time, then the rank of its source, then its key there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    at: PrimitiveDateTime,
    rank: u8,
    key: String,
}

impl Place {
    pub(super) fn new(at: PrimitiveDateTime, rank: u8, key: String) -> Self {
        Self { at, rank, key }
    }

    /// As it stands in an address; `None` for what is no place.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '.');
        let (micros, rank, key) = (parts.next()?.parse::<i64>().ok()?, parts.next()?.parse().ok()?, parts.next()?);
        let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000).ok()?;
        // What no database keeps is no time of an entry.
        let is_plausible = (1..=9_998).contains(&at.year());
        let is_plain = key.len() <= LONGEST && key.bytes().all(|byte| byte.is_ascii_alphanumeric());
        (is_plausible && is_plain)
            .then(|| Self::new(PrimitiveDateTime::new(at.date(), at.time()), rank, key.to_owned()))
    }

    /// The condition under which an entry of the source with this rank comes later in the list. It begins with AND, and its
    /// first part lets an index find the place.
    ///
    /// SQLite compares texts, and Django writes the same moment otherwise than we do, but never as a smaller text.
    pub(super) fn and_after(&self, rank: u8, at: &'static str, key: &'static str, is_number: bool) -> Statement {
        let before = |time| Statement::new(format!(" AND {at} < ")).bind(Value::Time(time));
        let until = || before(self.at.saturating_add(Duration::MICROSECOND));
        match rank.cmp(&self.rank) {
            std::cmp::Ordering::Less => before(self.at),
            std::cmp::Ordering::Greater => until(),
            std::cmp::Ordering::Equal => {
                let own = if is_number {
                    Value::Int(self.key.parse().unwrap_or(i64::MIN))
                } else {
                    Value::Text(self.key.clone())
                };
                let tie = until().sql(format!(" AND ({at} < ")).bind(Value::Time(self.at));
                tie.sql(format!(" OR {key} < ")).bind(own).sql(")")
            }
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.at.assume_utc().unix_timestamp_nanos() / 1_000;
        write!(formatter, "{micros}.{}.{}", self.rank, self.key)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_place_survives_its_address_and_nothing_else_is_one() {
        for at in [datetime!(2026-11-26 10:33:15.123456), datetime!(1969-07-20 20:17:40)] {
            let place = Place::new(at, 3, "abc9".to_owned());
            assert_eq!(Place::parse(&place.to_string()), Some(place));
        }
        for text in ["", "1", "1.2", "x.1.2", "1.300.2", "1.1.a'b", "1.1.\0", "9223372036854775807.1.2", "1.1.é"] {
            assert_eq!(Place::parse(text), None, "{text}");
        }
    }
}
