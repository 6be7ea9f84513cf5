//! The keys that sign tokens and verify them.

use std::{fmt, sync::Once};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{
    DecodingKey, EncodingKey,
    crypto::{self, aws_lc},
    jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash},
};

use crate::{
    crypto::SecretKeys,
    settings::{Algorithm, JwtSettings, Secret},
};

/// Tokens can't be signed with these settings.
#[derive(Debug, thiserror::Error)]
#[error("SIMPLE_JWT.{setting} does not fit {algorithm}: expected {expected}")]
pub struct KeyError {
    setting: &'static str,
    algorithm: Algorithm,
    expected: &'static str,
}

/// Which settings a key stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Those of `SIMPLE_JWT`.
    Own,
    /// `SECRET_KEY` and its fallbacks, at this place, as [`SecretKeys::all`] counts.
    SecretKey(usize),
}

/// One algorithm and its keys. What a token says of keys and algorithms is never followed (RFC 8725, 3.1).
pub struct Keys {
    algorithm: Algorithm,
    signing: EncodingKey,
    /// The own one first, then older ones.
    verifying: Vec<(Origin, DecodingKey)>,
    head: String,
    published: JwkSet,
}

impl Keys {
    /// Those of the settings; texts sign with `secret_keys` if the settings name none.
    pub fn new(settings: &JwtSettings, secret_keys: &SecretKeys) -> Result<Self, KeyError> {
        static PROVIDER: Once = Once::new();
        // Fails if somebody else has chosen already, and then theirs is as good.
        PROVIDER.call_once(|| {
            let _ = aws_lc::DEFAULT_PROVIDER.install_default();
        });
        if settings.algorithm.is_symmetric() { Self::symmetric(settings, secret_keys) } else { Self::pairs(settings) }
    }

    fn symmetric(settings: &JwtSettings, secret_keys: &SecretKeys) -> Result<Self, KeyError> {
        let own = Some(&settings.signing_key).filter(|key| !key.is_empty());
        let secret = secret_keys.all().enumerate().map(|(place, key)| (Origin::SecretKey(place), key));
        let mut secret = secret.filter(|_| own.is_none());
        let first = own.map(|key| (Origin::Own, key)).or_else(|| secret.next());
        let older = settings.verifying_key_fallbacks.iter().map(|key| (Origin::Own, key));
        let all: Vec<(Origin, &Secret)> = first.into_iter().chain(older).chain(secret).collect();
        if all.iter().any(|(_, key)| key.is_empty()) {
            return Err(error(settings, "SIGNING_KEY", "a text that is not empty"));
        }
        let head = format!(r#"{{"alg":"{}","typ":"JWT"}}"#, settings.algorithm);
        Ok(Self {
            algorithm: settings.algorithm,
            signing: EncodingKey::from_secret(all[0].1.expose().as_bytes()),
            verifying: all.iter().map(|(origin, key)| (*origin, decoding(key))).collect(),
            head: URL_SAFE_NO_PAD.encode(head),
            published: JwkSet { keys: Vec::new() },
        })
    }

    fn pairs(settings: &JwtSettings) -> Result<Self, KeyError> {
        let algorithm = settings.algorithm;
        let unreadable = |setting, expected| move |_| error(settings, setting, expected);
        let (signing, own) = private_key(algorithm, settings.signing_key.expose())
            .map_err(unreadable("SIGNING_KEY", "a private key as PEM (PKCS#8, RSA of 2048 bits or more)"))?;
        let own_key = DecodingKey::from_jwk(&own).map_err(unreadable("SIGNING_KEY", "a private key as PEM"))?;
        let (mut published, mut verifying) = (vec![own], vec![(Origin::Own, own_key)]);
        let named = [("VERIFYING_KEY", settings.verifying_key.as_str())];
        let older = settings.verifying_key_fallbacks.iter().map(|key| ("VERIFYING_KEY_FALLBACKS", key.expose()));
        for (setting, pem) in named.into_iter().filter(|(_, pem)| !pem.is_empty()).chain(older) {
            let (jwk, key) = public_key(algorithm, pem).map_err(unreadable(setting, "a public key as PEM"))?;
            if setting == "VERIFYING_KEY" && jwk != published[0] {
                return Err(error(settings, setting, "the public key that belongs to SIGNING_KEY"));
            }
            if !published.contains(&jwk) {
                published.push(jwk);
                verifying.push((Origin::Own, key));
            }
        }
        let kid = published[0].common.key_id.clone().unwrap_or_default();
        let head = format!(r#"{{"alg":"{algorithm}","typ":"JWT","kid":"{kid}"}}"#);
        let keys = Self {
            algorithm,
            signing,
            verifying,
            head: URL_SAFE_NO_PAD.encode(head),
            published: JwkSet { keys: published },
        };
        // A key that can be read may still be too short to sign.
        let probe = keys.sign(b"{}").map_err(unreadable("SIGNING_KEY", "a key that can sign"))?;
        let (signed, signature) = probe.rsplit_once('.').unwrap_or_default();
        if keys.verifies(signed.as_bytes(), signature) {
            Ok(keys)
        } else {
            Err(error(settings, "SIGNING_KEY", "a key that can sign"))
        }
    }

    /// The algorithm.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The head of tokens that are signed here, as it stands in them.
    pub(super) fn head(&self) -> &str {
        &self.head
    }

    /// The public keys (RFC 7517); none where one key both signs and verifies.
    pub fn published(&self) -> &JwkSet {
        &self.published
    }

    /// `payload` as a token.
    pub(super) fn sign(&self, payload: &[u8]) -> Result<String, jsonwebtoken::errors::Error> {
        let mut token = format!("{}.", self.head);
        URL_SAFE_NO_PAD.encode_string(payload, &mut token);
        let signature = crypto::sign(token.as_bytes(), &self.signing, named(self.algorithm))?;
        token.push('.');
        token.push_str(&signature);
        Ok(token)
    }

    /// Whether one of the keys signed `message`.
    pub(super) fn verifies(&self, message: &[u8], signature: &str) -> bool {
        self.verifying.iter().any(|(_, key)| self.is_by(key, message, signature))
    }

    /// Where the keys stand of which one signed `message`; their own settings before `SECRET_KEY`.
    pub(super) fn origin(&self, message: &[u8], signature: &str) -> Option<Origin> {
        let signers = self.verifying.iter().filter(|(_, key)| self.is_by(key, message, signature));
        signers.map(|(origin, _)| *origin).min()
    }

    /// Whether tokens are signed with `SECRET_KEY`.
    pub fn rest_on_secret_key(&self) -> bool {
        self.verifying.iter().any(|(origin, _)| *origin == Origin::SecretKey(0))
    }

    fn is_by(&self, key: &DecodingKey, message: &[u8], signature: &str) -> bool {
        crypto::verify(signature, message, key, named(self.algorithm)).unwrap_or(false)
    }
}

/// Without the keys.
impl fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Keys").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

fn decoding(key: &Secret) -> DecodingKey {
    DecodingKey::from_secret(key.expose().as_bytes())
}

fn error(settings: &JwtSettings, setting: &'static str, expected: &'static str) -> KeyError {
    KeyError { setting, algorithm: settings.algorithm, expected }
}

fn named(algorithm: Algorithm) -> jsonwebtoken::Algorithm {
    match algorithm {
        Algorithm::HS256 => jsonwebtoken::Algorithm::HS256,
        Algorithm::HS384 => jsonwebtoken::Algorithm::HS384,
        Algorithm::HS512 => jsonwebtoken::Algorithm::HS512,
        Algorithm::RS256 => jsonwebtoken::Algorithm::RS256,
        Algorithm::RS384 => jsonwebtoken::Algorithm::RS384,
        Algorithm::RS512 => jsonwebtoken::Algorithm::RS512,
        Algorithm::ES256 => jsonwebtoken::Algorithm::ES256,
        Algorithm::EdDSA => jsonwebtoken::Algorithm::EdDSA,
    }
}

type Keyed<T> = Result<T, jsonwebtoken::errors::Error>;

fn private_key(algorithm: Algorithm, pem: &str) -> Keyed<(EncodingKey, Jwk)> {
    let pem = pem.as_bytes();
    let key = match algorithm {
        Algorithm::ES256 => EncodingKey::from_ec_pem(pem),
        Algorithm::EdDSA => EncodingKey::from_ed_pem(pem),
        _ => EncodingKey::from_rsa_pem(pem),
    }?;
    let jwk = labelled(Jwk::from_encoding_key(&key, named(algorithm))?)?;
    Ok((key, jwk))
}

fn public_key(algorithm: Algorithm, pem: &str) -> Keyed<(Jwk, DecodingKey)> {
    let pem = pem.as_bytes();
    let key = match algorithm {
        Algorithm::ES256 => DecodingKey::from_ec_pem(pem),
        Algorithm::EdDSA => DecodingKey::from_ed_pem(pem),
        _ => DecodingKey::from_rsa_pem(pem),
    }?;
    Ok((labelled(Jwk::from_decoding_key(&key, Some(named(algorithm)))?)?, key))
}

/// With its thumbprint as its id (RFC 7638), so that it is the same everywhere and changes with the key.
fn labelled(mut jwk: Jwk) -> Keyed<Jwk> {
    jwk.common.key_id = Some(jwk.thumbprint(ThumbprintHash::SHA256)?);
    jwk.common.public_key_use = Some(PublicKeyUse::Signature);
    Ok(jwk)
}
