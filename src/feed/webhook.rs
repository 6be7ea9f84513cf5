//! A request for each event, as Standard Webhooks says.

use std::{sync::Arc, time::Duration};

use rustls::crypto::aws_lc_rs;
use ureq::{
    Agent,
    tls::{Certificate, RootCerts, TlsConfig},
};

use super::{Entry, FeedError, Way, bad, failure, signature::Signer};
use crate::{
    auth::Auth,
    client::printable,
    outbox::{Failure, Reach},
    settings::{EventSettings, Secret},
};

/// How much of a cause is logged, in characters.
const WORDS: usize = 255;

/// Sends events to a program that listens.
pub(super) struct Webhook {
    url: Secret,
    signer: Signer,
    agent: Agent,
}

impl Webhook {
    pub(super) fn new(settings: &EventSettings, signer: Signer) -> Result<Self, FeedError> {
        let url = settings.webhook_url.clone();
        let parsed: Option<ureq::http::Uri> = url.expose().parse().ok();
        let scheme = parsed.as_ref().filter(|uri| uri.host().is_some()).and_then(|uri| uri.scheme_str());
        let is_encrypted = match scheme {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(bad("WEBHOOK_URL", "an address that begins with https:// or http://")),
        };
        let timeout = Duration::try_from(settings.webhook_timeout).ok().filter(|timeout| !timeout.is_zero());
        let timeout = timeout.ok_or_else(|| bad("WEBHOOK_TIMEOUT", "a second or more"))?;
        let tls = if is_encrypted { tls()? } else { TlsConfig::default() };
        let agent = Agent::config_builder()
            .timeout_global(Some(timeout))
            // Who is sent elsewhere would tell whoever is there.
            .max_redirects(0)
            .http_status_as_error(false)
            // Settings have one place.
            .proxy(None)
            .user_agent(concat!("vestibule/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls)
            .build();
        Ok(Self { url, signer, agent: agent.into() })
    }

    fn post(&self, entry: &Entry, auth: &Auth) -> Result<u16, ureq::Error> {
        let timestamp = auth.clock.unix().to_string();
        let request = self.agent.post(self.url.expose()).content_type("application/json; charset=utf-8");
        let request = request.header("webhook-id", &entry.id).header("webhook-timestamp", &timestamp);
        let request = match self.signer.sign(&entry.id, &timestamp, &entry.body) {
            None => request,
            Some(signature) => request.header("webhook-signature", signature),
        };
        // What else the answer says is nobody's concern.
        Ok(request.send(entry.body.as_str())?.status().as_u16())
    }
}

/// As mail is sent: the system's authorities, and the one implementation of TLS in this program.
fn tls() -> Result<TlsConfig, FeedError> {
    let found = rustls_native_certs::load_native_certs();
    let roots: Vec<_> = found.certs.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
    if roots.is_empty() {
        return Err(bad("WEBHOOK_URL", "certificates of authorities on this system, and there are none, for https://"));
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let roots = RootCerts::Specific(Arc::new(roots));
    Ok(TlsConfig::builder().root_certs(roots).unversioned_rustls_crypto_provider(provider).build())
}

impl Way for Webhook {
    fn tell(&self, entry: &Entry, auth: &Auth) -> Result<(), Failure> {
        match self.post(entry, auth) {
            Ok(200..=299) => Ok(()),
            // The receiver wants no more of it.
            Ok(410) => Err(failure(Reach::Forever, "the receiver answers 410")),
            // It is about this one.
            Ok(status @ (400 | 413 | 422)) => Err(failure(Reach::Letter, format!("the receiver answers {status}"))),
            Ok(status) => Err(failure(Reach::Destination, format!("the receiver answers {status}"))),
            Err(error) => Err(failure(Reach::Destination, in_words(&error))),
        }
    }
}

/// What went wrong, without the address: that of a chat is a secret.
fn in_words(error: &ureq::Error) -> String {
    let words = match error {
        ureq::Error::Timeout(_) => "no answer within WEBHOOK_TIMEOUT".to_owned(),
        ureq::Error::HostNotFound => "the receiver's host is not known".to_owned(),
        ureq::Error::Io(error) => error.to_string(),
        ureq::Error::Rustls(error) => format!("TLS: {error}"),
        _ => "no connection, or no answer in HTTP".to_owned(),
    };
    printable(&words, WORDS)
}
