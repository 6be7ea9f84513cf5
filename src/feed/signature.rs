//! Who holds the secret knows that an event is ours: signatures as in Standard Webhooks.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::{FeedError, bad};
use crate::settings::Secret;

/// Before a secret in base64.
const PREFIX: &str = "whsec_";
/// How many bytes such a secret has at least, as Standard Webhooks says.
const LENGTH: usize = 24;

/// Signs, if there is a secret.
#[derive(Clone)]
pub(super) struct Signer(Option<Hmac<Sha256>>);

impl Signer {
    pub(super) fn new(secret: &Secret) -> Result<Self, FeedError> {
        if secret.is_empty() {
            return Ok(Self(None));
        }
        let bytes = match secret.expose().strip_prefix(PREFIX) {
            None => secret.expose().as_bytes().to_vec(),
            Some(encoded) => STANDARD.decode(encoded).ok().filter(|bytes| bytes.len() >= LENGTH).ok_or_else(|| {
                let expected = format!("base64 of {LENGTH} bytes or more after `{PREFIX}`, or any other text");
                bad("WEBHOOK_SECRET", expected)
            })?,
        };
        Ok(Self(Hmac::new_from_slice(&bytes).ok()))
    }

    /// The signature of what was sent at `timestamp`; `None` without a secret.
    pub(super) fn sign(&self, id: &str, timestamp: &str, body: &str) -> Option<String> {
        let mut mac = self.0.clone()?;
        mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
        Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example in the text of Standard Webhooks' reference libraries.
    #[test]
    fn signatures_are_those_of_standard_webhooks() {
        let signer = Signer::new(&Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")).expect("a secret");
        let signature = signer.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", r#"{"test": 2432232314}"#);
        assert_eq!(signature.as_deref(), Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
        for bad in ["no base64!", "", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI="] {
            assert!(Signer::new(&Secret::new(format!("whsec_{bad}"))).is_err(), "{bad:?}");
        }
    }
}
