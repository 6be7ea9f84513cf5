use std::path::PathBuf;

use ipnet::IpNet;

use super::{
    define::section,
    value::{PathPrefix, SiteUrl},
};

section! {
    /// Server.
    pub struct ServerSettings {
        /// The address and port to listen on; port 0 for any free one.
        "BIND" bind: String = "127.0.0.1:8000".to_owned();
        /// Another address and port, on which `/metrics` tells Prometheus how the site does; nothing for no such page. Whoever
        /// reaches it can read it, so it should not be where the site is.
        "METRICS_BIND" metrics_bind: String = String::new();
        /// The name of the site, as its pages show it.
        "SITE_NAME" site_name: String = "Vestibule".to_owned();
        /// A picture in place of ours beside the name of the site: a file, `.svg`, `.png`, `.webp` or `.jpg`.
        "SITE_LOGO" site_logo: PathBuf = PathBuf::new();
        /// A stylesheet of the site's own, a file, which comes after ours: its colours are variables at the head of that one.
        "SITE_STYLESHEET" site_stylesheet: PathBuf = PathBuf::new();
        /// Where people reach the site, for links in mail, with the path of `FORCE_SCRIPT_NAME` if it has one. When empty,
        /// links lead to the host that was asked for, which `ALLOWED_HOSTS` allows.
        "SITE_URL" site_url: SiteUrl = SiteUrl::default();
        /// The path below which the site lives when a proxy gives it only a part of a host, as `/auth`.
        "FORCE_SCRIPT_NAME" script_name: PathPrefix = PathPrefix::default();
        /// The proxies whose `X-Forwarded-For`, `X-Forwarded-Proto`, `X-Forwarded-Host` and `REMOTE_USER_HEADER` are
        /// believed.
        "TRUSTED_PROXIES" trusted_proxies: Vec<IpNet> = Vec::new();
        /// The longest request body in bytes; longer ones are answered 413.
        "DATA_UPLOAD_MAX_MEMORY_SIZE" max_body: u32 = 2_621_440;
        /// How long a request body may take to arrive; slower ones are answered 408, 0 for no such limit.
        "DATA_UPLOAD_TIMEOUT" upload_timeout: time::Duration = time::Duration::seconds(30);
        /// How long a connection may take from one answer to the next before it is cut, whatever it sends meanwhile; 0 for
        /// no such limit.
        "CONNECTION_TIMEOUT" connection_timeout: time::Duration = time::Duration::MINUTE;
        /// The most fields in a form; more are answered 400.
        "DATA_UPLOAD_MAX_NUMBER_FIELDS" max_fields: u32 = 1_000;
    }
}
