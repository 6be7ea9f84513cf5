//! The kinds of values a setting can have, each read from TOML and from the environment's plain text.

use std::{collections::BTreeMap, fmt, net::IpAddr, path::PathBuf};

use ipnet::IpNet;
use zeroize::Zeroize;

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

/// Text that is never logged or shown, and wiped from memory when dropped.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes over `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself. Every call is a place to look at when secrets leak.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether nothing was set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// The address of a database, as `sqlite://…` or `postgres://…`. Shown without its password.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(Secret);

impl DatabaseUrl {
    /// Takes over `url`; whether it can be used shows when it is opened.
    pub fn new(url: impl Into<String>) -> Self {
        Self(Secret::new(url))
    }

    /// The whole address, with its password.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// The path of the file, if this is SQLite.
    pub fn sqlite_path(&self) -> Option<&str> {
        self.expose().strip_prefix("sqlite://")
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.expose();
        let masked = url.split_once("://").and_then(|(scheme, rest)| {
            let (credentials, place) = rest.rsplit_once('@')?;
            let (user, _) = credentials.split_once(':')?;
            Some(format!("{scheme}://{user}:***@{place}"))
        });
        formatter.write_str(masked.as_deref().unwrap_or(url))
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
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

/// A class path with options, as in Django's `AUTH_PASSWORD_VALIDATORS`: `{ NAME = "…", OPTIONS = { … } }`, or the
/// path alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Component {
    /// The dotted path.
    pub name: String,
    /// Its parameters, under the names that the Django class uses.
    pub options: BTreeMap<String, toml::Value>,
}

impl Component {
    /// The last part of the path, which picks the implementation.
    pub fn class(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or(&self.name)
    }
}

impl From<&str> for Component {
    fn from(name: &str) -> Self {
        Self { name: name.to_owned(), options: BTreeMap::new() }
    }
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

impl Value for Secret {
    const EXPECTED: &'static str = "text";
    const SECRET: bool = true;

    fn read(raw: &Raw) -> Result<Self, BadValue> {
        String::read(raw).map(Self)
    }

    fn show(&self) -> String {
        if self.is_empty() { "\"\"" } else { "(set, not shown)" }.to_owned()
    }
}

impl Value for Vec<Secret> {
    const EXPECTED: &'static str = "a list of texts (comma-separated in the environment)";
    const SECRET: bool = true;

    fn read(raw: &Raw) -> Result<Self, BadValue> {
        Ok(Vec::<String>::read(raw)?.into_iter().map(Secret).collect())
    }

    fn show(&self) -> String {
        if self.is_empty() { "[]".to_owned() } else { format!("({} set, not shown)", self.len()) }
    }
}

impl Value for DatabaseUrl {
    const EXPECTED: &'static str = "sqlite://PATH or postgres://USER:PASSWORD@HOST:PORT/NAME";
    const SECRET: bool = true;

    fn read(raw: &Raw) -> Result<Self, BadValue> {
        let url = String::read(raw)?;
        let known = match url.strip_prefix("sqlite://") {
            // A database in memory would be another one for each connection.
            Some(path) => !path.is_empty() && path != ":memory:" && !path.starts_with("file:"),
            None => url.starts_with("postgres://") || url.starts_with("postgresql://"),
        };
        if known { Ok(Self::new(url)) } else { Err(BadValue) }
    }

    fn show(&self) -> String {
        format!("\"{self}\"")
    }
}

/// The parts of a list: an array in TOML; in the environment text between commas, or a TOML array.
fn items(raw: &Raw) -> Result<Vec<toml::Value>, BadValue> {
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

fn show_list(items: impl IntoIterator<Item = String>) -> String {
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

impl Value for Vec<Component> {
    const EXPECTED: &'static str = "a list of dotted paths, or of { NAME = \"…\", OPTIONS = { … } }";

    fn read(raw: &Raw) -> Result<Self, BadValue> {
        items(raw)?.into_iter().map(read_component).collect()
    }

    fn show(&self) -> String {
        show_list(self.iter().map(|component| {
            if component.options.is_empty() {
                return component.name.show();
            }
            let options = component.options.iter().map(|(name, value)| format!("{name} = {value}"));
            let options = options.collect::<Vec<_>>().join(", ");
            format!("{{ NAME = \"{}\", OPTIONS = {{ {options} }} }}", component.name)
        }))
    }
}

fn read_component(value: toml::Value) -> Result<Component, BadValue> {
    match value {
        toml::Value::String(name) => Ok(Component::from(name.as_str())),
        toml::Value::Table(mut table) => {
            let name = table.remove("NAME").and_then(|name| name.as_str().map(str::to_owned)).ok_or(BadValue)?;
            let options = match table.remove("OPTIONS") {
                None => BTreeMap::new(),
                Some(toml::Value::Table(options)) => options.into_iter().collect(),
                Some(_) => return Err(BadValue),
            };
            if table.is_empty() { Ok(Component { name, options }) } else { Err(BadValue) }
        }
        _ => Err(BadValue),
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
    fn a_database_address_is_shown_without_its_password() {
        let url = DatabaseUrl::new("postgres://app:s3cret@db.example:5432/site");
        assert_eq!(url.to_string(), "postgres://app:***@db.example:5432/site");
        assert_eq!(DatabaseUrl::new("sqlite://site.sqlite3").to_string(), "sqlite://site.sqlite3");
    }

    #[test]
    fn components_carry_options_in_a_file_and_in_the_environment() {
        let listed = Vec::<Component>::read(&text("[{ NAME = \"a.B\", OPTIONS = { rounds = 4 } }, \"c.D\"]"));
        let listed = listed.expect("a good list");
        assert_eq!((listed[0].class(), listed[1].class()), ("B", "D"));
        assert_eq!(listed[0].options["rounds"].as_integer(), Some(4));
        assert!(Vec::<Component>::read(&text("[{ NAME = \"a.B\", ROUNDS = 4 }]")).is_err());
    }

    #[test]
    fn single_addresses_count_as_networks_of_one() {
        let nets = Vec::<IpNet>::read(&text("127.0.0.1, fd00::/8")).expect("good networks");
        assert_eq!(nets.show(), "[\"127.0.0.1/32\", \"fd00::/8\"]");
        assert!(Vec::<IpNet>::read(&text("localhost")).is_err());
    }
}
