//! The kinds of values that only a lockout policy has.

use std::{fmt, num::NonZeroU32};

use time::Duration;

use super::value::{BadValue, Raw, Value, items, show_list};

impl Value for NonZeroU32 {
    const EXPECTED: &'static str = "a whole number from 1";

    fn read(raw: &Raw) -> Result<Self, BadValue> {
        Self::new(u32::read(raw)?).ok_or(BadValue)
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

/// How long a lock lasts; without a length until somebody opens it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CoolOff(pub Option<Duration>);

impl CoolOff {
    /// An hour.
    pub const ONE_HOUR: Self = Self(Some(Duration::HOUR));
}

/// As in axes a bare number counts hours, and Python's `None` is a lock that does not end.
impl Value for CoolOff {
    const EXPECTED: &'static str =
        "a number of hours, a number with s, m, h, d or w as in \"30m\", or \"None\" for no end";

    fn read(raw: &Raw) -> Result<Self, BadValue> {
        let hours = match raw {
            Raw::Toml(toml::Value::Integer(hours)) => Some(f64::from(i32::try_from(*hours).map_err(|_| BadValue)?)),
            Raw::Toml(toml::Value::Float(hours)) => Some(*hours),
            Raw::Toml(toml::Value::String(text)) | Raw::Text(text) if text.trim().eq_ignore_ascii_case("none") => {
                return Ok(Self(None));
            }
            Raw::Toml(toml::Value::String(text)) | Raw::Text(text) => text.trim().parse::<f64>().ok(),
            Raw::Toml(_) => return Err(BadValue),
        };
        let length = match hours {
            Some(hours) if (0.0..1e6).contains(&hours) => Duration::seconds_f64((hours * 3_600.0).round()),
            Some(_) => return Err(BadValue),
            None => Duration::read(raw)?,
        };
        if length.is_zero() { Err(BadValue) } else { Ok(Self(Some(length))) }
    }

    fn show(&self) -> String {
        self.0.map_or_else(|| "\"None\"".to_owned(), |length| format!("\"{}\"", short(length)))
    }
}

/// A length in the largest unit that measures it: `90m`, `2h`.
fn short(length: Duration) -> String {
    let seconds = length.whole_seconds();
    let units = [(604_800, 'w'), (86_400, 'd'), (3_600, 'h'), (60, 'm')];
    match units.into_iter().find(|(unit, _)| seconds % unit == 0 && seconds != 0) {
        Some((unit, letter)) => format!("{}{letter}", seconds / unit),
        None => format!("{seconds}s"),
    }
}

/// What failures can be counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Parameter {
    /// The account that was meant.
    Username,
    /// The client's address.
    IpAddress,
    /// The browser, as it calls itself.
    UserAgent,
}

impl Parameter {
    const ALL: [Self; 3] = [Self::Username, Self::IpAddress, Self::UserAgent];

    /// As axes calls it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Username => "username",
            Self::IpAddress => "ip_address",
            Self::UserAgent => "user_agent",
        }
    }

    fn read(value: &toml::Value) -> Result<Self, BadValue> {
        Self::ALL.into_iter().find(|known| value.as_str() == Some(known.as_str())).ok_or(BadValue)
    }
}

/// The combinations that are counted, each by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockoutParameters(pub Vec<Vec<Parameter>>);

impl LockoutParameters {
    /// One account from one address.
    pub fn pair() -> Self {
        Self(vec![vec![Parameter::Username, Parameter::IpAddress]])
    }
}

impl Value for LockoutParameters {
    const EXPECTED: &'static str = "a list of \"username\", \"ip_address\", \"user_agent\" or of lists of them, as in [[\"username\", \"ip_address\"]]";

    fn read(raw: &Raw) -> Result<Self, BadValue> {
        let combination = |value: &toml::Value| match value {
            toml::Value::Array(parts) if parts.is_empty() => Err(BadValue),
            toml::Value::Array(parts) => parts.iter().map(Parameter::read).collect(),
            value => Ok(vec![Parameter::read(value)?]),
        };
        let mut combinations: Vec<Vec<Parameter>> = items(raw)?.iter().map(combination).collect::<Result<_, _>>()?;
        for parts in &mut combinations {
            parts.sort_unstable();
            parts.dedup();
        }
        Ok(Self(combinations))
    }

    fn show(&self) -> String {
        show_list(self.0.iter().map(|parts| match parts.as_slice() {
            [part] => format!("\"{}\"", part.as_str()),
            parts => show_list(parts.iter().map(|part| format!("\"{}\"", part.as_str()))),
        }))
    }
}

/// So many within a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many.
    pub limit: NonZeroU32,
    /// Within how long.
    pub period: Duration,
}

impl Rate {
    /// `limit` a minute; at least one.
    pub fn per_minute(limit: u32) -> Self {
        Self { limit: NonZeroU32::new(limit).unwrap_or(NonZeroU32::MIN), period: Duration::MINUTE }
    }

    /// `limit` an hour; at least one.
    pub fn per_hour(limit: u32) -> Self {
        Self { period: Duration::HOUR, ..Self::per_minute(limit) }
    }

    fn parse(text: &str) -> Option<Self> {
        let (limit, period) = text.split_once('/').filter(|(_, period)| !period.is_empty())?;
        // A bare unit is one of it.
        let period =
            if period.starts_with(|c: char| c.is_ascii_digit()) { period.to_owned() } else { format!("1{period}") };
        let period = Duration::read(&Raw::Text(period)).ok().filter(|period| !period.is_zero())?;
        Some(Self { limit: limit.trim().parse().ok()?, period })
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let period = short(self.period);
        let period = match period.strip_prefix('1') {
            Some(unit) if unit.len() == 1 => unit,
            _ => &period,
        };
        write!(formatter, "{}/{period}", self.limit)
    }
}

impl Value for Vec<Rate> {
    const EXPECTED: &'static str = "a list of numbers and periods, as in [\"20/m\", \"100/h\"]";

    fn read(raw: &Raw) -> Result<Self, BadValue> {
        items(raw)?.iter().map(|item| item.as_str().and_then(Rate::parse).ok_or(BadValue)).collect()
    }

    fn show(&self) -> String {
        show_list(self.iter().map(|rate| format!("\"{rate}\"")))
    }
}

impl Value for Vec<Duration> {
    const EXPECTED: &'static str = "a list of seconds or of numbers with s, m, h, d or w, as in [\"1h\", \"1d\"]";

    fn read(raw: &Raw) -> Result<Self, BadValue> {
        let lengths = items(raw)?.into_iter().map(|item| Duration::read(&Raw::Toml(item)));
        lengths.map(|length| length.ok().filter(|length| !length.is_zero()).ok_or(BadValue)).collect()
    }

    fn show(&self) -> String {
        show_list(self.iter().map(|length| format!("\"{}\"", short(*length))))
    }
}

/// A status that says no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefusalStatus(pub u16);

impl RefusalStatus {
    /// 429, the default.
    pub const TOO_MANY_REQUESTS: Self = Self(429);
}

impl Value for RefusalStatus {
    const EXPECTED: &'static str = "an HTTP status from 400 to 499";

    fn read(raw: &Raw) -> Result<Self, BadValue> {
        let status = u16::try_from(u32::read(raw)?).map_err(|_| BadValue)?;
        if (400..500).contains(&status) { Ok(Self(status)) } else { Err(BadValue) }
    }

    fn show(&self) -> String {
        self.0.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> Raw {
        Raw::Text(value.to_owned())
    }

    #[test]
    fn a_bare_cool_off_counts_hours_as_in_axes() {
        let shown = |raw: Raw| CoolOff::read(&raw).map(|value| value.show()).ok();
        assert_eq!(shown(Raw::Toml(toml::Value::Integer(2))).as_deref(), Some("\"2h\""));
        assert_eq!(shown(Raw::Toml(toml::Value::Float(0.5))).as_deref(), Some("\"30m\""));
        assert_eq!(shown(text("1")).as_deref(), Some("\"1h\""));
        assert_eq!(shown(text("90s")).as_deref(), Some("\"90s\""));
        assert_eq!(shown(text("None")).as_deref(), Some("\"None\""));
        for bad in ["0", "-1", "soon", "", "inf", "nan"] {
            assert_eq!(shown(text(bad)), None, "{bad}");
        }
    }

    #[test]
    fn parameters_are_alternatives_and_combinations() {
        let shown = |value: &str| LockoutParameters::read(&text(value)).map(|value| value.show()).ok();
        let pair = "[[\"username\", \"ip_address\"]]";
        assert_eq!(shown("[[\"ip_address\", \"username\"]]").as_deref(), Some(pair));
        assert_eq!(shown("username, ip_address").as_deref(), Some("[\"username\", \"ip_address\"]"));
        assert_eq!(
            shown("[\"username\", [\"ip_address\", \"user_agent\"]]").as_deref(),
            Some("[\"username\", [\"ip_address\", \"user_agent\"]]")
        );
        for bad in ["password", "[[]]", "[[\"username\", 1]]"] {
            assert_eq!(shown(bad), None, "{bad}");
        }
    }

    #[test]
    fn rates_are_numbers_within_periods() {
        let shown = |value: &str| Vec::<Rate>::read(&text(value)).map(|value| value.show()).ok();
        assert_eq!(shown("5/m, 20/h, 3/90s, 100/2h").as_deref(), Some("[\"5/m\", \"20/h\", \"3/90s\", \"100/2h\"]"));
        for bad in ["5", "0/m", "5/", "5/0s", "m/5", "5/y"] {
            assert_eq!(shown(bad), None, "{bad}");
        }
    }
}
