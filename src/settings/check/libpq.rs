//! Where a PostgreSQL address leads, as libpq reads it.

use std::net::IpAddr;

/// The values of `sslmode` with which libpq never talks in the clear.
const ENCRYPTED: &[&str] = &["require", "verify-ca", "verify-full"];

/// Whether libpq would go to another machine and be content without TLS there.
pub(super) fn travels_in_the_clear(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else {
        return false;
    };
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let authority = place.split('/').next().unwrap_or_default();
    let hosts = authority.rsplit_once('@').map_or(authority, |(_, hosts)| hosts);
    let options: Vec<(&str, &str)> = query.split('&').filter_map(|option| option.split_once('=')).collect();
    let named = options.iter().filter(|(name, _)| ["host", "hostaddr"].contains(name)).map(|(_, value)| *value);
    let remote = [hosts].into_iter().chain(named).flat_map(|hosts| hosts.split(',')).any(|host| !is_local(host));
    // Of several the last counts.
    let mode = options.iter().rfind(|(name, _)| *name == "sslmode");
    let encrypted = mode.is_some_and(|(_, mode)| ENCRYPTED.contains(mode));
    scheme.starts_with("postgres") && remote && !encrypted
}

/// Whether a host, perhaps with a port, is this machine or a folder of Unix sockets.
pub(super) fn is_local(host: &str) -> bool {
    if host.is_empty() || host.starts_with(['/', '@']) || host.to_ascii_lowercase().starts_with("%2f") {
        return true;
    }
    let bare = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None if host.parse::<IpAddr>().is_ok() => host,
        None => host.split(':').next().unwrap_or_default(),
    };
    bare.is_empty()
        || bare.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::travels_in_the_clear;

    #[test]
    fn a_database_on_another_machine_needs_tls() {
        for safe in [
            "sqlite://db.example/x",
            "postgres:///site",
            "postgres://app:pw@localhost:5432/site",
            "postgres://app@127.0.0.1/site",
            "postgres://app@[::1]:5432/site",
            "postgres://%2Fvar%2Frun/site",
            "postgres:///site?host=/var/run",
            "postgres://app@db.example/site?sslmode=require",
            "postgresql://app@db.example/site?connect_timeout=3&sslmode=verify-full",
        ] {
            assert!(!travels_in_the_clear(safe), "{safe}");
        }
        for unsafe_url in [
            "postgres://app:pw@db.example/site",
            "postgresql://10.0.0.5",
            "postgres://app@[2001:db8::1]/site",
            "postgres://app@db.example/site?sslmode=prefer",
            "postgres://app@db.example/site?sslmode=require&sslmode=disable",
            "postgres:///site?host=db.example",
            "postgres://localhost,db.example/site",
        ] {
            assert!(travels_in_the_clear(unsafe_url), "{unsafe_url}");
        }
    }
}
