//! Who is calling: what a request says about its sender, after proxies were weighed (`request.META` in Django).

use std::{
    fmt,
    net::IpAddr,
    sync::{Arc, OnceLock},
};

use tokio::sync::watch;

/// The sender of a request. Made once per request, at the edge; backends, receivers and sessions only read it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Client {
    /// The client's address: the peer's, or behind trusted proxies the right-most one that they did not add.
    pub ip: Option<IpAddr>,
    /// Whether the client's connection is HTTPS.
    pub secure: bool,
    /// The host the client asked for, with its port if it named one; checked against `ALLOWED_HOSTS`.
    pub host: String,
    /// The browser, as it calls itself; at most 255 characters.
    pub user_agent: String,
    /// The path as it may be written down: without the query and without what may be a token.
    pub path: String,
    /// Whether the method is GET.
    pub is_get: bool,
    /// What a request that is no GET says it accepts; at most 1025 characters.
    pub accept: String,
    /// The browser, as we know it again; of a request that is no GET.
    pub device: DeviceToken,
    /// Whom a trusted proxy says has logged in there.
    pub remote_user: Option<String>,
    /// Whether they still wait for an answer; of a request that is no GET.
    pub presence: Presence,
}

impl Client {
    /// The address as text.
    pub fn ip_address(&self) -> Option<String> {
        self.ip.map(|ip| ip.to_string())
    }

    /// The network of the address; that of nobody if there is none.
    pub fn network(&self) -> Network {
        self.ip.map(Network::of).unwrap_or_default()
    }

    /// The origin that the client's own forms have.
    pub fn origin(&self) -> String {
        format!("{}://{}", if self.secure { "https" } else { "http" }, self.host)
    }
}

/// Whether whoever asked is still there. Clones watch the same connection.
#[derive(Debug, Clone, Default)]
pub struct Presence(Option<watch::Receiver<bool>>);

impl Presence {
    /// Somebody who is there until the sender says otherwise, or is dropped.
    pub fn watched() -> (watch::Sender<bool>, Self) {
        let (sender, receiver) = watch::channel(true);
        (sender, Self(Some(receiver)))
    }

    /// Comes back when they have hung up; never for somebody who is not watched.
    pub async fn ended(&mut self) {
        match &mut self.0 {
            Some(there) => drop(there.wait_for(|there| !*there).await),
            None => std::future::pending().await,
        }
    }
}

/// A connection is no property of its client.
impl PartialEq for Presence {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Presence {}

/// What a browser keeps so that it is known again after a log-in. Clones share what becomes of it.
#[derive(Clone, Default)]
pub struct DeviceToken {
    presented: Option<Arc<str>>,
    /// `None` where nobody is remembered.
    kept: Option<Arc<OnceLock<String>>>,
}

impl DeviceToken {
    /// Of a browser that presented one, or none.
    pub fn new(presented: Option<&str>) -> Self {
        Self { presented: presented.map(Arc::from), kept: Some(Arc::default()) }
    }

    /// What the browser presented.
    pub fn presented(&self) -> Option<&str> {
        self.presented.as_deref()
    }

    /// The token by which the browser shall be known from now on, the one that it has or a new one; `None` if it shall not.
    pub fn keep(&self, new: impl FnOnce() -> String) -> Option<&str> {
        let kept = self.kept.as_ref()?;
        Some(kept.get_or_init(|| self.presented.as_deref().map_or_else(new, str::to_owned)))
    }

    /// What the browser is to be given, if anything.
    pub fn kept(&self) -> Option<&str> {
        self.kept.as_ref()?.get().map(String::as_str)
    }
}

impl PartialEq for DeviceToken {
    fn eq(&self, other: &Self) -> bool {
        self.presented == other.presented
    }
}

impl Eq for DeviceToken {}

/// Without the token.
impl fmt::Debug for DeviceToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("DeviceToken").field("presented", &self.presented.is_some()).finish_non_exhaustive()
    }
}

/// The part of an address that tells one client from another: all of IPv4, the first 64 bits of IPv6, of which each
/// subscriber has as many addresses as they like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Network(Option<IpAddr>);

impl Network {
    /// Of an address.
    pub fn of(ip: IpAddr) -> Self {
        Self(Some(match ip {
            IpAddr::V4(_) => ip,
            IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() & !u128::from(u64::MAX)).into()),
        }))
    }
}

/// `text` on one line, in the order in which it reads, and at most `length` characters long, for columns and log lines.
pub fn printable(text: &str, length: usize) -> String {
    if text.len() <= length && text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.to_owned();
    }
    text.chars().map(|c| if c.is_control() || is_layout(c) { '\u{fffd}' } else { c }).take(length).collect()
}

/// Characters that end a line or turn the order of those around them: with them a name shows as another.
fn is_layout(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Parts of a path that are longer may be tokens.
const LONGEST_PART: usize = 24;

/// A path as it may be written down: without the parts that may be tokens, on one line, of bounded length.
pub fn loggable_path(path: &str) -> String {
    if path.len() <= LONGEST_PART {
        return printable(path, LONGEST_PART);
    }
    let parts = path.split('/').map(|part| if part.len() > LONGEST_PART { "…" } else { part });
    printable(&parts.collect::<Vec<_>>().join("/"), 200)
}

/// An address, or the network of an IPv6 address, as one writes them.
impl fmt::Display for Network {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(IpAddr::V4(v4)) => write!(formatter, "{v4}"),
            Some(IpAddr::V6(v6)) => write!(formatter, "{v6}/64"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Network, loggable_path};

    #[test]
    fn addresses_of_one_subscriber_are_one_network() {
        let network = |ip: &str| Network::of(ip.parse().expect("an address"));
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::9"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
    }

    #[test]
    fn tokens_in_paths_are_not_written_down() {
        assert_eq!(loggable_path("/setup/0123456789012345678901234567890123456789/"), "/setup/…/");
        assert_eq!(loggable_path("/login/\n\u{1b}[31m"), "/login/\u{fffd}\u{fffd}[31m");
    }
}
