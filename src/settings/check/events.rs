//! How events leave.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{Finding, libpq, when};
use crate::settings::Settings;

/// Bytes of a secret that signs events: Standard Webhooks asks for so many at least.
const SECRET_LENGTH: usize = 24;

pub(super) fn unsigned(settings: &Settings) -> Option<Finding> {
    let events = &settings.events;
    let secret = events.webhook_secret.expose();
    let length = match secret.strip_prefix("whsec_") {
        None => secret.len(),
        Some(encoded) => STANDARD.decode(encoded).map_or(0, |bytes| bytes.len()),
    };
    when(
        !events.webhook_url.is_empty() && length < SECRET_LENGTH,
        "vestibule.W019",
        "WEBHOOK_SECRET is empty or has less than 24 bytes, so whoever finds the receiver's address can tell it of \
         events that never were.",
        "Draw 32 or more characters at random and give them to the receiver too, or silence this check if it takes events \
         by a secret address.",
    )
}

pub(super) fn in_the_clear(settings: &Settings) -> Option<Finding> {
    let url = settings.events.webhook_url.expose();
    let authority = url.strip_prefix("http://").map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    let host = authority.map(|authority| authority.rsplit_once('@').map_or(authority, |(_, host)| host));
    when(
        host.is_some_and(|host| !libpq::is_local(host)),
        "vestibule.W020",
        "WEBHOOK_URL leads to another machine over plain HTTP, so names and addresses of people can be read on their way.",
        "Use https:// there.",
    )
}

#[cfg(test)]
mod tests {
    use super::{in_the_clear, unsigned};
    use crate::settings::{Secret, Settings};

    #[test]
    fn events_on_their_way_to_another_machine_need_https_and_a_secret() {
        let found = |url: &str, secret: &str| {
            let mut settings = Settings::default();
            settings.events.webhook_url = Secret::new(url);
            settings.events.webhook_secret = Secret::new(secret);
            let both = [unsigned(&settings), in_the_clear(&settings)];
            both.into_iter().flatten().map(|finding| finding.id).collect::<Vec<_>>()
        };
        let secret = "0123456789abcdef0123456789abcdef";
        assert_eq!(found("", ""), [] as [&str; 0]);
        assert_eq!(found("https://siem.example/in", secret), [] as [&str; 0]);
        assert_eq!(found("http://127.0.0.1:9000/in", secret), [] as [&str; 0]);
        assert_eq!(found("http://[::1]/in", secret), [] as [&str; 0]);
        assert_eq!(found("http://siem.example/in", secret), ["vestibule.W020"]);
        assert_eq!(found("http://127.0.0.1@siem.example/in", secret), ["vestibule.W020"]);
        for short in ["short", "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI="] {
            assert_eq!(found("https://siem.example/in", short), ["vestibule.W019"], "{short}");
        }
        let encoded = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        assert_eq!(found("https://siem.example/in", encoded), [] as [&str; 0]);
    }
}
