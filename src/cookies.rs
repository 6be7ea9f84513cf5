//! Cookies as Django reads and writes them. actix percent-decodes values, takes the first of a name where Django takes
//! the last, and drops all cookies for one bad byte; so the header is read here, once, for every part of the program.

use actix_web::{
    cookie::{self, Cookie, time::OffsetDateTime},
    http::header::{self, HeaderMap, HeaderValue},
};
use time::{Duration, PrimitiveDateTime};

use crate::settings::SameSite;

/// The cookies of a request.
#[derive(Debug, Clone, Default)]
pub struct RequestCookies(Vec<(String, String)>);

impl RequestCookies {
    /// Reads every `Cookie` header, as `django.http.cookie.parse_cookie`. A part that is not UTF-8 is left out alone.
    pub fn parse(headers: &HeaderMap) -> Self {
        let parts = headers.get_all(header::COOKIE).flat_map(|value| value.as_bytes().split(|byte| *byte == b';'));
        let pairs = parts.filter_map(|part| std::str::from_utf8(part).ok()).map(|part| {
            let (name, value) = part.split_once('=').unwrap_or(("", part));
            (name.trim().to_owned(), value.trim().to_owned())
        });
        Self(pairs.filter(|(name, value)| !name.is_empty() || !value.is_empty()).collect())
    }

    /// The value of `name`; of several the last.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// A cookie's attributes but for its value.
#[derive(Debug, Clone)]
pub struct Attributes<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its domain; empty for this host alone.
    pub domain: &'a str,
    /// Its path.
    pub path: &'a str,
    /// Whether it travels over HTTPS only.
    pub secure: bool,
    /// Whether scripts can't read it.
    pub http_only: bool,
    /// When it goes with requests from other sites.
    pub same_site: SameSite,
}

impl Attributes<'_> {
    /// Sets the cookie; without `max_age` it ends with the browser.
    pub fn set(&self, headers: &mut HeaderMap, value: &str, max_age: Option<Duration>, now: PrimitiveDateTime) {
        let mut cookie = self.cookie(value);
        if let Some(max_age) = max_age {
            cookie.set_max_age(max_age);
            cookie.set_expires(now.saturating_add(max_age).assume_utc());
        }
        append(headers, &cookie);
    }

    /// Makes the browser forget the cookie. The attributes are those with which it was set, or some browsers don't.
    pub fn delete(&self, headers: &mut HeaderMap) {
        let mut cookie = self.cookie("");
        cookie.set_max_age(Duration::ZERO);
        cookie.set_expires(OffsetDateTime::UNIX_EPOCH);
        append(headers, &cookie);
    }

    fn cookie(&self, value: &str) -> Cookie<'static> {
        // Browsers take cookies of these names only with the attributes that the names promise.
        let starts = |prefix: &str| self.name.get(..prefix.len()).is_some_and(|it| it.eq_ignore_ascii_case(prefix));
        let of_host_alone = starts("__Host-");
        let mut cookie = Cookie::new(self.name.to_owned(), value.to_owned());
        cookie.set_path(if of_host_alone { "/" } else { self.path }.to_owned());
        if !self.domain.is_empty() && !of_host_alone {
            cookie.set_domain(self.domain.to_owned());
        }
        cookie.set_secure(self.secure || of_host_alone || starts("__Secure-"));
        cookie.set_http_only(self.http_only);
        cookie.set_same_site(match self.same_site {
            SameSite::Lax => cookie::SameSite::Lax,
            SameSite::Strict => cookie::SameSite::Strict,
            SameSite::None => cookie::SameSite::None,
        });
        cookie
    }
}

fn append(headers: &mut HeaderMap, cookie: &Cookie<'_>) {
    if let Ok(value) = HeaderValue::from_str(&cookie.to_string()) {
        headers.append(header::SET_COOKIE, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(values: &[&[u8]]) -> RequestCookies {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::COOKIE, HeaderValue::from_bytes(value).expect("a header"));
        }
        RequestCookies::parse(&headers)
    }

    #[test]
    fn the_last_of_several_counts_also_over_several_headers() {
        assert_eq!(parse(&[b"a=1; a=2; b=3"]).get("a"), Some("2"));
        assert_eq!(parse(&[b"a=1; b=3", b"a=4"]).get("a"), Some("4"));
    }

    #[test]
    fn values_stay_as_they_are() {
        let cookies = parse(&[b"a=%41%00; =nameless; b = x=y ;c"]);
        assert_eq!(cookies.get("a"), Some("%41%00"));
        assert_eq!(cookies.get("b"), Some("x=y"));
        assert_eq!(cookies.get("c"), None);
    }

    #[test]
    fn one_bad_byte_spoils_one_cookie_only() {
        let cookies = parse(&[b"a=1; b=\xff; c=3"]);
        assert_eq!((cookies.get("a"), cookies.get("b"), cookies.get("c")), (Some("1"), None, Some("3")));
    }
}
