//! Whether the addresses that were seen are clients': behind a proxy that is not named all have the proxy's, and a lock of
//! its address locks everybody.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::settings::Finding;

/// So many proxies may stand before a site; clients are more.
const MOST_PROXIES: usize = 3;

/// Says so if all addresses `seen` may be proxies' own.
pub(super) fn unnamed(seen: &[IpAddr], trusted: &[IpNet]) -> Option<Finding> {
    let is_trusted = |ip: &IpAddr| trusted.iter().any(|net| net.contains(ip));
    let suspicious = |ip: &IpAddr| is_trusted(ip) || is_local(*ip);
    if seen.is_empty() || seen.len() > MOST_PROXIES || !seen.iter().all(suspicious) {
        return None;
    }
    let addresses = seen.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let message = format!(
        "All that was recorded of late came from {addresses}. If that is a proxy, a few who fail to log in lock everybody out."
    );
    let hint = if seen.iter().all(is_trusted) {
        "Let that proxy send X-Forwarded-For, and name in TRUSTED_PROXIES also those before it."
    } else {
        "Name the proxy in TRUSTED_PROXIES, and let it send X-Forwarded-For."
    };
    Some(Finding::new("vestibule.W012", message, hint))
}

/// Whether an address is of this machine or of a network that the Internet does not reach.
fn is_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_found(seen: &[&str], trusted: &[&str]) -> bool {
        let seen: Vec<IpAddr> = seen.iter().map(|ip| ip.parse().expect("an address")).collect();
        let trusted: Vec<IpNet> = trusted.iter().map(|net| net.parse().expect("a network")).collect();
        unnamed(&seen, &trusted).is_some()
    }

    #[test]
    fn a_proxys_own_address_is_told_from_clients() {
        assert!(is_found(&["127.0.0.1"], &[]));
        assert!(is_found(&["10.0.0.7", "10.0.0.8"], &[]));
        assert!(is_found(&["fd00::1"], &[]));
        assert!(is_found(&["203.0.113.7"], &["203.0.113.0/24"]), "a proxy that does not say for whom");
        assert!(!is_found(&[], &[]));
        assert!(!is_found(&["203.0.113.7"], &[]), "one client");
        assert!(!is_found(&["10.0.0.1", "198.51.100.4"], &["10.0.0.1/32"]));
        assert!(!is_found(&["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"], &[]), "an office");
    }
}
