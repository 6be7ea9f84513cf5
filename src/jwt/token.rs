//! A token as text (RFC 7515, RFC 7519), read as strictly as it was written: one meaning has one text, or else a list of
//! texts that are no longer good would be dodged.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{ClaimSet, Jwt, TokenError};
use crate::settings::Audience;

/// No token of ours comes near it.
const LONGEST: usize = 65_536;
/// The last second of the year 9999, after which no database knows a time.
const END_OF_TIME: f64 = 253_402_300_799.0;
/// The width of the column for a token's id.
const LONGEST_ID: usize = 255;

impl Jwt {
    /// Writes claims as a token.
    pub(super) fn encode(&self, claims: &ClaimSet) -> Result<String, Unsigned> {
        let mut claims = claims.clone();
        match &self.settings.audience {
            Audience::None => {}
            Audience::One(one) => claims.set("aud", one),
            Audience::Many(many) => claims.set("aud", many),
        }
        if !self.settings.issuer.is_empty() {
            claims.set("iss", &self.settings.issuer);
        }
        let payload = serde_json::to_vec(&claims).map_err(|_| Unsigned)?;
        self.keys.sign(&payload).map_err(|_| Unsigned)
    }

    /// Reads a token of whatever type that is good at `now`, in seconds since 1970.
    pub(super) fn decode(&self, text: &str, now: i64) -> Result<ClaimSet, TokenError> {
        let mut parts = text.split('.');
        let (Some(head), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(TokenError::Invalid);
        };
        // Most tokens have just our own head, which need not be read.
        if text.len() > LONGEST || !(head == self.keys.head() || self.is_head(&part(head)?)) {
            return Err(TokenError::Invalid);
        }
        if !self.keys.verifies(&text.as_bytes()[..head.len() + 1 + payload.len()], signature) {
            return Err(TokenError::Invalid);
        }
        let claims = part(payload)?;
        self.check_times(&claims, now)?;
        self.check_names(&claims)?;
        Ok(claims)
    }

    /// Whether a head says just what ours says. It chooses neither algorithm nor key; extensions that must be understood
    /// are not.
    fn is_head(&self, head: &ClaimSet) -> bool {
        let optional = |name: &str, good: fn(&str) -> bool| {
            !head.contains(name) || head.get::<String>(name).is_some_and(|text| good(&text))
        };
        head.get::<String>("alg").is_some_and(|alg| alg == self.keys.algorithm().as_str())
            && optional("typ", |typ| typ.eq_ignore_ascii_case("JWT"))
            && optional("kid", |_| true)
            && !head.contains("crit")
            && !head.contains("b64")
    }

    fn check_times(&self, claims: &ClaimSet, now: i64) -> Result<(), TokenError> {
        let leeway = self.settings.leeway.whole_seconds();
        for begin in ["iat", "nbf"] {
            if seconds(claims, begin)?.is_some_and(|begin| begin > now + leeway) {
                return Err(TokenError::Invalid);
            }
        }
        match seconds(claims, "exp")? {
            Some(end) if end <= now - leeway => Err(TokenError::Expired),
            _ => Ok(()),
        }
    }

    fn check_names(&self, claims: &ClaimSet) -> Result<(), TokenError> {
        let issuer = self.settings.issuer.as_str();
        let audience = self.settings.audience.all();
        let is_text = |name| !claims.contains(name) || claims.get::<String>(name).is_some();
        let from_us = issuer.is_empty() || claims.get::<String>("iss").is_some_and(|iss| iss == issuer);
        let for_us = audience.is_empty() || audiences(claims).iter().any(|one| audience.contains(one));
        let id = claims.get::<String>("jti");
        let has_id =
            !claims.contains("jti") || id.is_some_and(|id| (1..=LONGEST_ID).contains(&id.len()) && is_plain(&id));
        if from_us && for_us && is_text("sub") && has_id { Ok(()) } else { Err(TokenError::Invalid) }
    }
}

/// The settings' key can't sign, which it could when the site was made.
#[derive(Debug, thiserror::Error)]
#[error("a token could not be signed")]
pub(super) struct Unsigned;

/// Checks what every token needs: an end and an id.
pub(super) fn check_shape(claims: &ClaimSet) -> Result<(), TokenError> {
    if !claims.contains("exp") {
        return Err(TokenError::NoExpiry);
    }
    if claims.contains("jti") { Ok(()) } else { Err(TokenError::NoId) }
}

/// Checks what a token is for.
pub(super) fn check_type(claims: &ClaimSet, wanted: &str) -> Result<(), TokenError> {
    match claims.raw("token_type") {
        None => Err(TokenError::NoType),
        Some(_) if claims.get::<String>("token_type").is_some_and(|found| found == wanted) => Ok(()),
        Some(_) => Err(TokenError::WrongType),
    }
}

/// A part of a token. Bits that say nothing must be zero, as the library insists.
fn part(text: &str) -> Result<ClaimSet, TokenError> {
    let json = URL_SAFE_NO_PAD.decode(text).map_err(|_| TokenError::Invalid)?;
    serde_json::from_slice(&json).map_err(|_| TokenError::Invalid)
}

/// A time; one that is no number, or none that the calendar has, is none of ours.
#[expect(clippy::cast_possible_truncation, reason = "bounded above")]
fn seconds(claims: &ClaimSet, name: &str) -> Result<Option<i64>, TokenError> {
    if !claims.contains(name) {
        return Ok(None);
    }
    let seconds = claims.get::<f64>(name).filter(|seconds| (0.0..=END_OF_TIME).contains(seconds));
    seconds.map(|seconds| Some(seconds.trunc() as i64)).ok_or(TokenError::Invalid)
}

fn audiences(claims: &ClaimSet) -> Vec<String> {
    claims.get::<String>("aud").map(|one| vec![one]).or_else(|| claims.get("aud")).unwrap_or_default()
}

/// Whether an id can stand in a column of both databases.
fn is_plain(id: &str) -> bool {
    !id.contains('\0')
}
