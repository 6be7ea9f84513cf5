//! Where a request may lead next (`url_has_allowed_host_and_scheme`).

use actix_web::{HttpRequest, HttpResponse, http::header};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::extract::FormData;

/// The field, in the query or the form, that says where to go next.
pub const NEXT: &str = "next";
/// Longer ones are not looked at (CVE-2024-39614 and its relatives).
const MAX_LENGTH: usize = 2_048;
/// What `iri_to_uri` escapes of ASCII.
const UNSAFE: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'\\').add(b'^').add(b'`').add(b'{').add(b'|').add(b'}');
/// What stands escaped in a query: all but letters, digits and `-._~/`.
const QUERY: &AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// A redirect by 302, as Django's.
pub fn to(location: &str) -> HttpResponse {
    HttpResponse::Found().insert_header((header::LOCATION, iri_to_uri(location))).finish()
}

/// Where a form or link asks to go, if that is on this host: the form's wish before the query's.
pub fn wish(request: &HttpRequest, form: Option<&FormData>, host: &str, secure: bool) -> Option<String> {
    let query = FormData::parse_lossy(request.query_string());
    let wish = form.and_then(|form| form.get(NEXT)).or_else(|| query.get(NEXT))?;
    is_safe(wish, host, secure).then(|| wish.to_owned())
}

/// The path of a log-in page that leads back to this request.
pub fn login_url(request: &HttpRequest, login_url: &str) -> String {
    let back = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let join = if login_url.contains('?') { '&' } else { '?' };
    format!("{}{join}{NEXT}={}", iri_to_uri(login_url), utf8_percent_encode(back, QUERY))
}

fn iri_to_uri(location: &str) -> String {
    utf8_percent_encode(location, UNSAFE).to_string()
}

/// Whether `url` leads to this host. As in Django both the text and what browsers make of its backslashes must pass;
/// beyond Django, control characters and spaces other than plain ones are refused anywhere, a scheme must be followed by
/// two slashes, and nothing may look like a scheme that is none.
pub fn is_safe(url: &str, host: &str, secure: bool) -> bool {
    let trimmed = url.trim_matches(' ');
    let odd = |c: char| c.is_control() || (c.is_whitespace() && c != ' ') || is_invisible(c);
    if trimmed.is_empty() || trimmed.len() > MAX_LENGTH || trimmed.chars().any(odd) {
        return false;
    }
    leads_here(trimmed, host, secure) && leads_here(&trimmed.replace('\\', "/"), host, secure)
}

/// Characters that are not seen but may be dropped by a browser.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn leads_here(url: &str, host: &str, secure: bool) -> bool {
    if url.starts_with("///") {
        return false;
    }
    let authority = |rest: &str| rest.split(['/', '?', '#']).next().unwrap_or_default() == host && !host.is_empty();
    if let Some(rest) = url.strip_prefix("//") {
        // Django takes its scheme for http.
        return !secure && authority(rest);
    }
    let first = url.split(['/', '?', '#']).next().unwrap_or_default();
    let Some((scheme, _)) = first.split_once(':') else {
        return true;
    };
    let rest = &url[scheme.len() + 1..];
    let allowed = scheme.eq_ignore_ascii_case("https") || (!secure && scheme.eq_ignore_ascii_case("http"));
    allowed && rest.strip_prefix("//").is_some_and(|rest| !rest.starts_with('/') && authority(rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOST: &str = "example.org:8000";

    #[test]
    fn paths_and_the_own_host_are_allowed() {
        for good in [
            "/x",
            "x/",
            "?x=1",
            "/a:b",
            "/x?next=//evil.com",
            " /a",
            "http://example.org:8000/x",
            "https://example.org:8000",
            "//example.org:8000/x",
        ] {
            assert!(is_safe(good, HOST, false), "{good}");
        }
        assert!(!is_safe("http://example.org:8000/x", HOST, true) && !is_safe("//example.org:8000/x", HOST, true));
        assert!(is_safe("https://example.org:8000/x", HOST, true));
    }

    #[test]
    fn everything_that_leads_elsewhere_is_refused() {
        for bad in [
            "",
            " ",
            "http://evil.com",
            "https://evil.com",
            "//evil.com",
            "///evil.com",
            "////evil.com",
            "http:///evil.com",
            "ftp://example.org:8000/",
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "mailto:a@b.org",
            "blob:http://x",
            "http:999999999",
            "ftp:9999999999",
            "https:evil.com",
            "https:/evil.com",
            "/\\evil.com",
            "\\\\evil.com",
            "\\/evil.com",
            "\njavascript:x",
            "java\nscript:x",
            "\u{8}//evil.com",
            "\t//evil.com",
            " //evil.com",
            "\u{a0}//evil.com",
            "\u{200b}//evil.com",
            "/\t/evil.com",
            "/\n/evil.com",
            "\n",
            "http://other\\@evil.com",
            "http://example.org:8000\\@evil.com",
            "http://example.org:8000\\me:p@evil.com",
            "http://example.org:8000@evil.com",
            "http://example.org:8000.evil.com",
            "http://example.org",
            "//user:p@evil.com",
            "http:\\\\example.org:8000\\@evil.com",
            "http://[2001:db8::1/",
            "//evil。com",
            "//example%E3%80%82com",
            "x:y",
        ] {
            assert!(!is_safe(bad, HOST, false), "{bad:?}");
        }
        assert!(!is_safe(&format!("/{}", "x".repeat(2_048)), HOST, false));
    }

    proptest! {
        #[test]
        fn what_is_allowed_stays_on_this_host(url in "[/\\\\:@a-z.?# \\t]{0,12}") {
            if is_safe(&url, "h", false) {
                let seen = url.trim().replace('\\', "/");
                prop_assert!(!seen.starts_with("//") || seen[2..].split(['/', '?', '#']).next() == Some("h"), "{url:?}");
            }
        }
    }

    #[test]
    fn what_is_not_ascii_is_escaped() {
        assert_eq!(iri_to_uri("/ü x?a=%41\r\n"), "/%C3%BC%20x?a=%41%0D%0A");
    }
}
