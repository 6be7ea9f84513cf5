//! Values that are never shown: keys, and addresses with passwords in them.

use std::fmt;

use zeroize::Zeroize;

use super::value::{BadValue, Raw, Value};

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

    /// The address without its password, and that password: where libpq looks for it, before the `@` and among the
    /// options.
    pub fn without_password(&self) -> (String, Option<Secret>) {
        let url = self.expose();
        let Some((scheme, rest)) = url.split_once("://") else {
            return (url.to_owned(), None);
        };
        let authority = rest.split('/').next().unwrap_or_default();
        let (who, place) = rest.split_at(authority.find('@').map_or(0, |at| at + 1));
        let (user, first) = match who.trim_end_matches('@').split_once(':') {
            Some((user, password)) => (format!("{user}@"), Some(password)),
            None => (who.to_owned(), None),
        };
        let (place, options) = place.split_once('?').unwrap_or((place, ""));
        let (passwords, others): (Vec<&str>, Vec<&str>) =
            options.split('&').partition(|option| option.starts_with("password="));
        let last = passwords.last().and_then(|option| option.strip_prefix("password="));
        let options = if others.concat().is_empty() { String::new() } else { format!("?{}", others.join("&")) };
        let password = last.or(first).map(|text| percent_encoding::percent_decode_str(text).decode_utf8_lossy());
        (format!("{scheme}://{user}{place}{options}"), password.map(Secret::new))
    }

    /// The path of the file, if this is SQLite.
    pub fn sqlite_path(&self) -> Option<&str> {
        self.expose().strip_prefix("sqlite://")
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&mask_credentials(&mask_options(self.expose())))
    }
}

/// `USER:PASSWORD@` without the password.
fn mask_credentials(url: &str) -> String {
    let masked = url.split_once("://").and_then(|(scheme, rest)| {
        let (credentials, place) = rest.rsplit_once('@')?;
        let (user, _) = credentials.split_once(':')?;
        Some(format!("{scheme}://{user}:***@{place}"))
    });
    masked.unwrap_or_else(|| url.to_owned())
}

/// `?password=PASSWORD`, which libpq takes too, without it.
fn mask_options(url: &str) -> String {
    let Some((place, options)) = url.split_once('?') else {
        return url.to_owned();
    };
    let mask = |option: &str| match option.split_once('=') {
        Some((name, _)) if name.to_ascii_lowercase().ends_with("password") => format!("{name}=***"),
        _ => option.to_owned(),
    };
    format!("{place}?{}", options.split('&').map(mask).collect::<Vec<_>>().join("&"))
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_and_its_password_can_go_different_ways() {
        let (url, password) = DatabaseUrl::new("postgres://app:s3%40t@db.example:5432/site").without_password();
        assert_eq!(url, "postgres://app@db.example:5432/site");
        assert_eq!(password, Some(Secret::new("s3@t")));
        let plain = DatabaseUrl::new("postgres://db.example/site").without_password();
        assert_eq!(plain, ("postgres://db.example/site".to_owned(), None));
        let (url, password) =
            DatabaseUrl::new("postgres://app:old@db.example:5432/site?a=1&password=s3cr@et%21&b=2").without_password();
        assert_eq!(url, "postgres://app@db.example:5432/site?a=1&b=2");
        assert_eq!(password, Some(Secret::new("s3cr@et!")));
        let (url, password) = DatabaseUrl::new("postgres://app@db.example:5432/site?password=a:b@c").without_password();
        assert_eq!((url.as_str(), password), ("postgres://app@db.example:5432/site", Some(Secret::new("a:b@c"))));
    }

    #[test]
    fn a_database_address_is_shown_without_its_password() {
        let url = DatabaseUrl::new("postgres://app:s3cret@db.example:5432/site");
        assert_eq!(url.to_string(), "postgres://app:***@db.example:5432/site");
        let url = DatabaseUrl::new("postgres://db.example/site?user=app&password=s3cret&sslpassword=s3cret&x=1");
        assert_eq!(url.to_string(), "postgres://db.example/site?user=app&password=***&sslpassword=***&x=1");
        let url = DatabaseUrl::new("postgres://db.example:5432/site?password=s3cr@et");
        assert_eq!(url.to_string(), "postgres://db.example:5432/site?password=***");
        let url = DatabaseUrl::new("postgres://app:s3?cret@db.example/site");
        assert_eq!(url.to_string(), "postgres://app:***@db.example/site");
        assert_eq!(DatabaseUrl::new("sqlite://site.sqlite3").to_string(), "sqlite://site.sqlite3");
    }
}
