//! Works out who is calling and what for, once, and refuses hosts that are not ours; plain HTTP is sent on to HTTPS if
//! the settings say so.
//!
//! actix's own `connection_info` believes `X-Forwarded-For` and `Host` of anybody, so nothing here asks it.

use std::{
    net::IpAddr,
    sync::atomic::{AtomicBool, Ordering},
};

use actix_web::{
    Error, HttpMessage,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
    web,
};

use super::https;
use crate::{
    client::{Client, DeviceToken, Presence, loggable_path, printable},
    cookies::RequestCookies,
    devices,
    settings::Settings,
    site::Site,
    web::{PageError, probes},
};

/// The hosts of a site that names none.
const LOOPBACK_HOSTS: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];
/// The width of the columns that keep what a browser calls itself.
const MAX_USER_AGENT: usize = 255;
/// The width of the columns that keep what it accepts.
const MAX_ACCEPT: usize = 1_025;

/// Leaves a [`Client`] and the [`RequestCookies`] with the request.
pub async fn middleware(
    site: web::Data<Site>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let local = request.path().strip_prefix(site.settings.server.script_name.as_str());
    if local.is_some_and(|path| probes::PATHS.contains(&path)) {
        // Asked by address and over plain HTTP, and told nothing that depends on who asks.
        return next.call(request).await.map(ServiceResponse::map_into_boxed_body);
    }
    let cookies = RequestCookies::parse(request.headers());
    let client = client(&request, &cookies, &site.settings);
    request.extensions_mut().insert(cookies);
    let Some(client) = client else {
        let error = PageError::BadRequest("This site does not answer to that host name.");
        return Ok(request.error_response(error));
    };
    let redirect = https::redirect(&request, &client, &site.settings.security);
    request.extensions_mut().insert(client);
    if let Some(redirect) = redirect {
        return Ok(request.into_response(redirect));
    }
    next.call(request).await.map(ServiceResponse::map_into_boxed_body)
}

/// `None` if the request is for a host that is not ours.
fn client(request: &ServiceRequest, cookies: &RequestCookies, settings: &Settings) -> Option<Client> {
    let headers = request.headers();
    let peer = request.peer_addr().map(|address| address.ip().to_canonical());
    let trusted = |ip: &IpAddr| settings.server.trusted_proxies.iter().any(|net| net.contains(ip));
    let by_proxy = peer.as_ref().is_some_and(trusted);
    if !by_proxy {
        notice_unnamed_proxy(headers, peer);
    }
    let forwarded = |name: &str| if by_proxy { last(headers, name) } else { None };
    let host = forwarded("x-forwarded-host").or_else(|| only_host(headers))?.to_ascii_lowercase();
    if !is_allowed(&host, &settings.security.allowed_hosts) {
        return None;
    }
    let is_get = request.method() == Method::GET;
    // What only a log-in asks for is not worth the time of all that is read.
    let (device, presence) = if is_get {
        (DeviceToken::default(), Presence::default())
    } else {
        let token = cookies.get(&settings.lockout.device_cookie_name).filter(|token| devices::is_token(token));
        (DeviceToken::new(token), request.conn_data::<Presence>().cloned().unwrap_or_default())
    };
    Some(Client {
        ip: if by_proxy { forwarded_for(headers, trusted).or(peer) } else { peer },
        secure: forwarded("x-forwarded-proto").is_some_and(|scheme| scheme.eq_ignore_ascii_case("https")),
        host,
        user_agent: text(headers, &header::USER_AGENT, MAX_USER_AGENT),
        path: loggable_path(request.path()),
        is_get,
        accept: if is_get { String::new() } else { text(headers, &header::ACCEPT, MAX_ACCEPT) },
        device,
        presence,
        remote_user: if by_proxy { remote_user(headers, &settings.auth.remote_user_header) } else { None },
    })
}

/// Tells the operator, once, of a proxy that is not named: all its clients would be taken for one.
fn notice_unnamed_proxy(headers: &HeaderMap, peer: Option<IpAddr>) {
    static NOTICED: AtomicBool = AtomicBool::new(false);
    if NOTICED.load(Ordering::Relaxed)
        || !headers.contains_key("x-forwarded-for")
        || NOTICED.swap(true, Ordering::Relaxed)
    {
        return;
    }
    let peer = peer.map(|peer| peer.to_string()).unwrap_or_default();
    tracing::warn!(
        peer,
        "X-Forwarded-For is not believed of this peer; if it is your proxy, name it in TRUSTED_PROXIES"
    );
}

/// A header as it may be written down.
fn text(headers: &HeaderMap, name: &HeaderName, length: usize) -> String {
    headers.get(name).map(|value| printable(&String::from_utf8_lossy(value.as_bytes()), length)).unwrap_or_default()
}

/// The value that the nearest proxy set: the last of the last header.
fn last<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let value = headers.get_all(name).last()?.to_str().ok()?;
    value.rsplit(',').next().map(str::trim).filter(|value| !value.is_empty())
}

/// The right-most address in `X-Forwarded-For` that is no trusted proxy. What stands left of something that is no
/// address was written by nobody we trust.
fn forwarded_for(headers: &HeaderMap, trusted: impl Fn(&IpAddr) -> bool) -> Option<IpAddr> {
    let hops: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .map(|value| value.to_str().unwrap_or("?"))
        .flat_map(|value| value.split(','))
        .collect();
    let mut nearest = None;
    for hop in hops.into_iter().rev() {
        let Some(ip) = parse_hop(hop.trim()) else {
            break;
        };
        nearest = Some(ip);
        if !trusted(&ip) {
            break;
        }
    }
    nearest
}

/// An address, perhaps with a port.
fn parse_hop(hop: &str) -> Option<IpAddr> {
    let parsed =
        hop.parse::<IpAddr>().ok().or_else(|| hop.parse::<std::net::SocketAddr>().ok().map(|address| address.ip()));
    parsed.map(|ip| ip.to_canonical())
}

fn only_host(headers: &HeaderMap) -> Option<&str> {
    only(headers, header::HOST.as_str())?.to_str().ok()
}

/// Whom the proxy names, if that is beyond doubt: one header, whole. A comma is a part of the name, or `x,root` would be
/// taken for `root`; a second header may be the client's own.
fn remote_user(headers: &HeaderMap, name: &str) -> Option<String> {
    let name = std::str::from_utf8(only(headers, name)?.as_bytes()).ok()?.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

/// The value of a header that stands there once.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a HeaderValue> {
    let mut values = headers.get_all(name);
    let value = values.next()?;
    values.next().is_none().then_some(value)
}

fn is_allowed(host: &str, allowed: &[String]) -> bool {
    let Some(name) = host_name(host) else {
        return false;
    };
    let name = name.strip_suffix('.').unwrap_or(name);
    let matches = |pattern: &str| {
        let pattern = pattern.to_ascii_lowercase();
        pattern == "*"
            || pattern == name
            || pattern.strip_prefix('.').is_some_and(|domain| {
                name == domain || name.strip_suffix(domain).is_some_and(|below| below.ends_with('.'))
            })
    };
    if allowed.is_empty() {
        LOOPBACK_HOSTS.into_iter().any(matches)
    } else {
        allowed.iter().any(|pattern| matches(pattern))
    }
}

/// The name in a `Host` header, without its port; `None` if it is no host.
fn host_name(host: &str) -> Option<&str> {
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => {
            let end = rest.find(']')? + 2;
            (&host[..end], host[end..].strip_prefix(':').or(if host.len() == end { Some("0") } else { None })?)
        }
        None => host.split_once(':').unwrap_or((host, "0")),
    };
    let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    let literal = |c: char| c.is_ascii_hexdigit() || matches!(c, '.' | ':' | '[' | ']');
    let valid =
        if name.starts_with('[') { name.chars().all(literal) } else { !name.is_empty() && name.chars().all(letters) };
    let port_is_number = port.chars().all(|c| c.is_ascii_digit()) && port.parse::<u16>().is_ok();
    (valid && port_is_number).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(host: &str, hosts: &[&str]) -> bool {
        is_allowed(host, &hosts.iter().map(|host| (*host).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn only_named_hosts_are_answered() {
        for good in ["localhost", "localhost:8000", "127.0.0.1:80", "[::1]:8000", "[::1]"] {
            assert!(allowed(good, &[]), "{good}");
        }
        for bad in [
            "evil.com",
            "",
            "localhost:99999",
            "a@localhost",
            "localhost/..",
            "local host",
            "localhost:",
            "[::1",
            "[::1]x",
            "localhost:80:80",
        ] {
            assert!(!allowed(bad, &[]), "{bad}");
        }
        assert!(allowed("a.example.org", &[".example.org"]) && allowed("example.org.", &[".example.org"]));
        assert!(!allowed("badexample.org", &[".example.org"]) && !allowed("localhost", &[".example.org"]));
        assert!(allowed("any.thing", &["*"]));
    }

    #[test]
    fn the_right_most_address_that_no_trusted_proxy_added_counts() {
        let trusted = |ip: &IpAddr| ip.to_string().starts_with("10.");
        let of = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(
                    HeaderName::from_static("x-forwarded-for"),
                    HeaderValue::from_str(value).expect("a header"),
                );
            }
            forwarded_for(&headers, trusted).map(|ip| ip.to_string())
        };
        assert_eq!(of(&["6.6.6.6, 1.2.3.4"]).as_deref(), Some("1.2.3.4"));
        assert_eq!(of(&["6.6.6.6, 1.2.3.4, 10.0.0.2"]).as_deref(), Some("1.2.3.4"));
        assert_eq!(of(&["6.6.6.6", "1.2.3.4:5678"]).as_deref(), Some("1.2.3.4"));
        assert_eq!(of(&["[2001:db8::1]:99"]).as_deref(), Some("2001:db8::1"));
        assert_eq!(of(&["::ffff:1.2.3.4"]).as_deref(), Some("1.2.3.4"));
        assert_eq!(of(&["6.6.6.6, unknown, 10.0.0.3"]).as_deref(), Some("10.0.0.3"));
        assert_eq!(of(&["nonsense"]), None);
    }
}
