//! Where a form was sent from: the `Origin` header, else on HTTPS the `Referer`.

use actix_web::http::header::{self, HeaderMap};

use super::Rejection;
use crate::client::Client;

pub(super) fn check(headers: &HeaderMap, client: &Client, trusted: &[String]) -> Result<(), Rejection> {
    let mut origins = headers.get_all(header::ORIGIN).peekable();
    if origins.peek().is_none() && client.secure {
        return check_referer(headers, client, trusted);
    }
    origins.try_for_each(|origin| check_origin(origin.to_str().unwrap_or("?"), client, trusted))
}

fn check_origin(origin: &str, client: &Client, trusted: &[String]) -> Result<(), Rejection> {
    if origin == client.origin() || is_trusted(origin, trusted) {
        Ok(())
    } else {
        Err(Rejection::BadOrigin(crate::client::printable(origin, 100)))
    }
}

/// Over HTTPS a man in the middle can plant cookies by plain HTTP, so the page before must have been HTTPS too.
fn check_referer(headers: &HeaderMap, client: &Client, trusted: &[String]) -> Result<(), Rejection> {
    let referer = headers.get(header::REFERER).ok_or(Rejection::NoReferer)?;
    let referer = referer.to_str().map_err(|_| Rejection::MalformedReferer)?;
    let (scheme, rest) = referer.split_once("://").ok_or(Rejection::MalformedReferer)?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if scheme.is_empty() || host.is_empty() {
        return Err(Rejection::MalformedReferer);
    }
    if scheme != "https" {
        return Err(Rejection::InsecureReferer);
    }
    if host == client.host || is_trusted(&format!("https://{host}"), trusted) {
        Ok(())
    } else {
        Err(Rejection::BadReferer(crate::client::printable(referer, 100)))
    }
}

/// Whether `origin` is listed, exactly or below a `scheme://*.domain`.
fn is_trusted(origin: &str, trusted: &[String]) -> bool {
    trusted.iter().any(|known| match known.split_once("://*.") {
        None => known == origin,
        Some((scheme, domain)) => origin.split_once("://").is_some_and(|(given, host)| {
            given == scheme && (host == domain || host.strip_suffix(domain).is_some_and(|below| below.ends_with('.')))
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn outcome(secure: bool, name: header::HeaderName, value: &str) -> Result<(), Rejection> {
        let client = Client { secure, host: "example.org".to_owned(), ..Client::default() };
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_str(value).expect("a header"));
        check(&headers, &client, &["https://*.trusted.org".to_owned()])
    }

    #[test]
    fn only_the_own_and_trusted_origins_pass() {
        assert_eq!(outcome(false, header::ORIGIN, "http://example.org"), Ok(()));
        assert_eq!(outcome(false, header::ORIGIN, "https://a.trusted.org"), Ok(()));
        for bad in [
            "null",
            "https://example.org",
            "http://example.org:80",
            "http://example.org.evil.com",
            "HTTP://EXAMPLE.ORG",
            "http://example.org@evil.com",
            "https://evil-trusted.org",
            "http://a.trusted.org",
            "",
            "nonsense",
        ] {
            assert!(matches!(outcome(false, header::ORIGIN, bad), Err(Rejection::BadOrigin(_))), "{bad}");
        }
    }

    #[test]
    fn over_https_the_referer_must_be_ours_if_there_is_no_origin() {
        assert_eq!(outcome(true, header::REFERER, "https://example.org/login/?a=b"), Ok(()));
        assert_eq!(outcome(true, header::REFERER, "http://example.org/"), Err(Rejection::InsecureReferer));
        assert_eq!(outcome(true, header::REFERER, "nonsense"), Err(Rejection::MalformedReferer));
        assert!(matches!(outcome(true, header::REFERER, "https://evil.com/"), Err(Rejection::BadReferer(_))));
        assert_eq!(outcome(true, header::ACCEPT, "*/*"), Err(Rejection::NoReferer));
        assert_eq!(outcome(false, header::ACCEPT, "*/*"), Ok(()));
    }
}
