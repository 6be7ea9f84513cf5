//! The query of a list: what Django's `ChangeList` calls `params`.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// As Python's `urlencode`, with `%20` for spaces.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Names and values, in the order in which they came. Of several of one name the last counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Those of a query that was taken apart.
    pub fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut params = Self::default();
        for (name, value) in pairs {
            params.set(&name, Some(value));
        }
        params
    }

    /// The value of `name`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Sets or removes a value.
    pub fn set(&mut self, name: &str, value: Option<String>) {
        match (self.0.iter().position(|(known, _)| known == name), value) {
            (Some(place), Some(value)) => self.0[place].1 = value,
            (Some(place), None) => drop(self.0.remove(place)),
            (None, Some(value)) => self.0.push((name.to_owned(), value)),
            (None, None) => {}
        }
    }

    /// The same with other values for these names; `None` for none.
    #[must_use]
    pub fn with<'a>(&self, changes: impl IntoIterator<Item = (&'a str, Option<String>)>) -> Self {
        let mut params = self.clone();
        for (name, value) in changes {
            params.set(name, value);
        }
        params
    }

    /// Those whose names `keep` wants.
    #[must_use]
    pub fn only(&self, keep: impl Fn(&str) -> bool) -> Self {
        Self(self.0.iter().filter(|(name, _)| keep(name)).cloned().collect())
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As they stand in a URL, without the question mark.
    pub fn encoded(&self) -> String {
        let pair = |(name, value): &(String, String)| {
            format!("{}={}", utf8_percent_encode(name, PLAIN), utf8_percent_encode(value, PLAIN))
        };
        self.0.iter().map(pair).collect::<Vec<_>>().join("&")
    }

    /// As a link to the same page.
    pub fn link(&self) -> String {
        format!("?{}", self.encoded())
    }
}
