//! The kinds of values a setting can have, each read from TOML and from the environment's plain text.

use std::{net::IpAddr, path::PathBuf};

use ipnet::IpNet;
use jiff::tz::TimeZone;

/// A value as it was found.
#[derive(Debug, Clone)]
pub enum Raw {
    /// In a settings file.
    Toml(toml::Value),
    /// In the environment.
    Text(String),
}

/// Why a value can't be taken: only what was found; the caller knows the rest.
#[derive(Debug)]
pub struct BadValue;

/// A kind of value.
pub trait Value: Sized {
    /// What a value looks like, for messages and the reference.
    const EXPECTED: &'static str;
    /// Whether the value must not be shown.
    const SECRET: bool = false;
    /// Reads it.
    fn read(raw: &Raw) -> Result<Self, BadValue>;
    /// Writes it as a person would, secrets hidden.
    fn show(&self) -> String;
}

/// The `SameSite` attribute of a cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SameSite {
    /// Sent on top-level navigation from other sites, not with their forms.
    Lax,
    /// Never sent with requests from other sites.
    Strict,
    /// Always sent.
    None,
}

impl Value for String {
    const EXPECTED: &'static str = "text";

    fn read(raw: &Raw) -> Result<Self, BadValue> {
        match raw {
            Raw::Toml(toml::Value::String(text)) | Raw::Text(text) => Ok(text.clone()),
            Raw::Toml(_) => Err(BadValue),
        }
    }

    fn show(&self) -> String {
        format!("\"{self}\"")
    }
}

/// The path below which a site lives: empty, or with a slash before each part and none behind the last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PathPrefix(String);

impl PathPrefix {
    /// As it stands before a path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Value for PathPrefix {
    const EXPECTED: &'static str = "a path such as \"/auth\", or nothing";

    fn read(raw: &Raw) -> Result<Self, BadValue> {
        let path = String::read(raw)?;
        let path = path.strip_suffix('/').unwrap_or(&path);
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.' | '~');
        let valid = path.is_empty() || (path.starts_with('/') && !path.contains("//") && path.chars().all(plain));
        if valid { Ok(Self(path.to_owned())) } else { Err(BadValue) }
    }

    fn show(&self) -> String {
        self.0.show()
    }
}

/// Where a site is reached, without a slash at its end; or empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SiteUrl(String);

impl SiteUrl {
    /// As it stands before a path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Value for SiteUrl {
    const EXPECTED: &'static str = "a URL such as \"https://example.org\", or nothing";

    fn read(raw: &Raw) -> Result<Self, BadValue> {
        let url = String::read(raw)?;
        let url = url.trim_end_matches('/');
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        let host = rest.and_then(|rest| rest.split('/').next()).unwrap_or_default();
        let plain = |c: char| c.is_ascii_alphanumeric() || "/:.-_~[]".contains(c);
        let valid = url.is_empty() || (!host.is_empty() && url.chars().all(plain));
        if valid { Ok(Self(url.to_owned())) } else { Err(BadValue) }
    }

    fn show(&self) -> String {
        self.0.show()
    }
}

impl Value for PathBuf {
    const EXPECTED: &'static str = "a path";

    fn read(raw: &Raw) -> Result<Self, BadValue> {
        String::read(raw).map(PathBuf::from)
    }

    fn show(&self) -> String {
        format!("\"{}\"", self.display())
    }
}

impl Value for bool {
    const EXPECTED: &'static str = "true or false";

    fn read(raw: &Raw) -> Result<Self, BadValue> {
        match raw {
            Raw::Toml(toml::Value::Boolean(value)) => Ok(*value),
            Raw::Text(text) => match text.trim().to_ascii_lowercase().as_str() {
                "true" | "1" | "yes" | "on" => Ok(true),
                "false" | "0" | "no" | "off" => Ok(false),
                _ => Err(BadValue),
            },
            Raw::Toml(_) => Err(BadValue),
        }
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Value for u32 {
    const EXPECTED: &'static str = "a whole number";

    fn read(raw: &Raw) -> Result<Self, BadValue> {
        match raw {
            Raw::Toml(toml::Value::Integer(number)) => Self::try_from(*number).map_err(|_| BadValue),
            Raw::Text(text) => text.trim().parse().map_err(|_| BadValue),
            Raw::Toml(_) => Err(BadValue),
        }
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

/// Durations are whole seconds, up to a hundred years so that sums with them stay within the calendar.
const LONGEST: i64 = 100 * 366 * 86_400;

impl Value for time::Duration {
    const EXPECTED: &'static str = "seconds, or a number with s, m, h, d or w as in \"30m\"";

    fn read(raw: &Raw) -> Result<Self, BadValue> {
        let seconds = match raw {
            Raw::Toml(toml::Value::Integer(seconds)) => Some(*seconds),
            Raw::Toml(toml::Value::String(text)) | Raw::Text(text) => parse_duration(text.trim()),
            Raw::Toml(_) => None,
        };
        seconds.filter(|seconds| (0..=LONGEST).contains(seconds)).map(Self::seconds).ok_or(BadValue)
    }

    fn show(&self) -> String {
        self.whole_seconds().to_string()
    }
}

fn parse_duration(text: &str) -> Option<i64> {
    let (number, unit) = match text.char_indices().next_back()? {
        (_, '0'..='9') => (text, 1),
        (at, 's') => (&text[..at], 1),
        (at, 'm') => (&text[..at], 60),
        (at, 'h') => (&text[..at], 3_600),
        (at, 'd') => (&text[..at], 86_400),
        (at, 'w') => (&text[..at], 604_800),
        _ => return None,
    };
    number.trim().parse::<i64>().ok()?.checked_mul(unit)
}

impl Value for TimeZone {
    const EXPECTED: &'static str = "the name of a time zone, as in \"Europe/Berlin\"";

    fn read(raw: &Raw) -> Result<Self, BadValue> {
        let zone = Self::get(&String::read(raw)?).map_err(|_| BadValue)?;
        if zone.is_unknown() { Err(BadValue) } else { Ok(zone) }
    }

    fn show(&self) -> String {
        format!("\"{}\"", self.iana_name().unwrap_or("UTC"))
    }
}

impl Value for SameSite {
    const EXPECTED: &'static str = "\"Lax\", \"Strict\" or \"None\"";

    fn read(raw: &Raw) -> Result<Self, BadValue> {
        match String::read(raw)?.as_str() {
            "Lax" => Ok(Self::Lax),
            "Strict" => Ok(Self::Strict),
            "None" => Ok(Self::None),
            _ => Err(BadValue),
        }
    }

    fn show(&self) -> String {
        format!("\"{self:?}\"")
    }
}

/// The parts of a list: an array in TOML; in the environment text between commas, or a TOML array.
pub(super) fn items(raw: &Raw) -> Result<Vec<toml::Value>, BadValue> {
    match raw {
        Raw::Toml(toml::Value::Array(items)) => Ok(items.clone()),
        Raw::Text(text) if text.trim_start().starts_with('[') => {
            let table: toml::Table = toml::from_str(&format!("list = {text}")).map_err(|_| BadValue)?;
            table.get("list").and_then(toml::Value::as_array).cloned().ok_or(BadValue)
        }
        Raw::Text(text) => {
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            Ok(parts.map(|part| toml::Value::String(part.to_owned())).collect())
        }
        Raw::Toml(_) => Err(BadValue),
    }
}

pub(super) fn show_list(items: impl IntoIterator<Item = String>) -> String {
    format!("[{}]", items.into_iter().collect::<Vec<_>>().join(", "))
}

impl Value for Vec<String> {
    const EXPECTED: &'static str = "a list of texts (comma-separated in the environment)";

    fn read(raw: &Raw) -> Result<Self, BadValue> {
        items(raw)?.into_iter().map(|item| item.as_str().map(str::to_owned).ok_or(BadValue)).collect()
    }

    fn show(&self) -> String {
        show_list(self.iter().map(Value::show))
    }
}

impl Value for Vec<IpNet> {
    const EXPECTED: &'static str = "a list of addresses or networks such as 10.0.0.0/8";

    fn read(raw: &Raw) -> Result<Self, BadValue> {
        let parse = |text: &str| {
            text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).map_err(|_| BadValue)
        };
        items(raw)?.iter().map(|item| item.as_str().ok_or(BadValue).and_then(parse)).collect()
    }

    fn show(&self) -> String {
        show_list(self.iter().map(|net| format!("\"{net}\"")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> Raw {
        Raw::Text(value.to_owned())
    }

    #[test]
    fn durations_are_seconds_or_carry_a_unit() {
        let seconds = |value| time::Duration::read(&text(value)).map(time::Duration::whole_seconds).ok();
        assert_eq!(seconds("90"), Some(90));
        assert_eq!(seconds("30m"), Some(1_800));
        assert_eq!(seconds("7d"), Some(604_800));
        assert_eq!(seconds("-1"), None);
        assert_eq!(seconds("9999999999999"), None);
        assert_eq!(seconds("1y"), None);
        assert_eq!(seconds(""), None);
    }

    #[test]
    fn a_time_zone_is_one_that_is_known() {
        let shown = |value| TimeZone::read(&text(value)).map(|zone| zone.show()).ok();
        for known in ["UTC", "Asia/Kolkata", "America/New_York"] {
            assert_eq!(shown(known), Some(format!("\"{known}\"")));
        }
        for bad in ["", "Mars/Olympus", "+02:00", "Etc/Unknown", "../etc/passwd", "/etc/localtime", "UTC\0"] {
            assert_eq!(shown(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_prefix_has_a_slash_before_it_and_none_behind() {
        let prefix = |value| PathPrefix::read(&text(value)).map(|prefix| prefix.as_str().to_owned()).ok();
        assert_eq!(prefix("/auth/").as_deref(), Some("/auth"));
        assert_eq!(prefix("/").as_deref(), Some(""));
        assert_eq!(prefix("/a/b").as_deref(), Some("/a/b"));
        for bad in ["auth", "//evil.com", "/{a}", "/a b", "http://x"] {
            assert_eq!(prefix(bad), None, "{bad}");
        }
    }

    #[test]
    fn where_a_site_is_reached_has_a_scheme_and_a_host() {
        let url = |value| SiteUrl::read(&text(value)).map(|url| url.as_str().to_owned()).ok();
        assert_eq!(url("https://example.org/").as_deref(), Some("https://example.org"));
        assert_eq!(url("http://[::1]:8000/auth").as_deref(), Some("http://[::1]:8000/auth"));
        assert_eq!(url("").as_deref(), Some(""));
        for bad in ["example.org", "https://", "https:///x", "ftp://example.org", "https://a@b.org", "https://a b"] {
            assert_eq!(url(bad), None, "{bad}");
        }
    }

    #[test]
    fn single_addresses_count_as_networks_of_one() {
        let nets = Vec::<IpNet>::read(&text("127.0.0.1, fd00::/8")).expect("good networks");
        assert_eq!(nets.show(), "[\"127.0.0.1/32\", \"fd00::/8\"]");
        assert!(Vec::<IpNet>::read(&text("localhost")).is_err());
    }
}
