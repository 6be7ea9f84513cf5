//! The query of a list: what Django's `ChangeList` calls `params`.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// As Python's `urlencode`, with `%20` for spaces.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// What says where in the list a page begins.
const PLACES: [&str; 3] = ["p", "after", "before"];

/// Names and values, in the order in which they came. Where one is asked for, the last of its name counts; lookups hold if
/// any of their name does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Those of a query that was taken apart.
    pub fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(pairs.into_iter().collect())
    }

    /// The last value of `name`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// All values of `name`.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.iter().filter(move |(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Sets or removes what stands for `name`.
    pub fn set(&mut self, name: &str, value: Option<String>) {
        let place = self.0.iter().position(|(known, _)| known == name).unwrap_or(self.0.len());
        self.0.retain(|(known, _)| known != name);
        if let Some(value) = value {
            self.0.insert(place, (name.to_owned(), value));
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

    /// The same from the first page on.
    #[must_use]
    pub fn from_start(&self) -> Self {
        self.only(|name| !PLACES.contains(&name))
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

    /// As a link to the same page; in Django's order, so that the same list has one address.
    pub fn link(&self) -> String {
        let mut sorted = self.clone();
        sorted.0.sort();
        format!("?{}", sorted.encoded())
    }
}
