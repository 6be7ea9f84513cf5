//! Tokens that nobody handed out, signed with the real key or another.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Sha256, Sha384, Sha512};
use vestibule::crypto::random_string;

use crate::support::{SECRET_KEY, TestApp};

/// The head of every token.
pub const HEAD: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

/// Makes tokens for a user.
pub struct Mint {
    pub user_id: i32,
    pub username: String,
    pub now: i64,
}

impl Mint {
    /// For `ann`.
    pub fn of(app: &TestApp) -> Self {
        Self::for_user(app, "ann")
    }

    pub fn for_user(app: &TestApp, username: &str) -> Self {
        Self { user_id: app.user(username).id, username: username.to_owned(), now: app.clock.unix() }
    }

    /// The claims of a token of this type, some of them changed: each a name and its JSON. Without JSON it is left out.
    pub fn claims(&self, token_type: &str, changes: &[(&str, &str)]) -> String {
        let lifetime = if token_type == "refresh" { 7 * 86_400 } else { 1_800 };
        let mut claims = vec![
            ("token_type", format!("\"{token_type}\"")),
            ("exp", (self.now + lifetime).to_string()),
            ("iat", self.now.to_string()),
            ("jti", format!("\"{}\"", jti())),
            ("user_id", format!("\"{}\"", self.user_id)),
            ("email", format!("\"{}@example.org\"", self.username)),
            ("username", format!("\"{}\"", self.username)),
            ("is_staff", "false".to_owned()),
            ("role", "\"user\"".to_owned()),
        ];
        for (name, json) in changes {
            match claims.iter_mut().find(|(known, _)| known == name) {
                Some((_, value)) => (*json).clone_into(value),
                None => claims.push((name, (*json).to_owned())),
            }
        }
        let claims = claims.iter().filter(|(_, json)| !json.is_empty());
        format!("{{{}}}", claims.map(|(name, json)| format!("\"{name}\":{json}")).collect::<Vec<_>>().join(","))
    }

    pub fn access(&self, changes: &[(&str, &str)]) -> String {
        signed(HEAD, self.claims("access", changes))
    }

    pub fn refresh(&self, changes: &[(&str, &str)]) -> String {
        signed(HEAD, self.claims("refresh", changes))
    }
}

/// A new id of a token.
pub fn jti() -> String {
    random_string(32, b"0123456789abcdef")
}

/// A token of this head and these claims, signed as HS256 with the real key, whatever its head says.
pub fn signed(head: &str, claims: impl AsRef<[u8]>) -> String {
    signed_with(SECRET_KEY.as_bytes(), "HS256", head, claims)
}

/// A token signed with HMAC, whatever its head says.
pub fn signed_with(key: &[u8], algorithm: &str, head: &str, claims: impl AsRef<[u8]>) -> String {
    let input = format!("{}.{}", encode(head), encode(claims));
    let signature = match algorithm {
        "HS256" => {
            Hmac::<Sha256>::new_from_slice(key).expect("a key").chain_update(&input).finalize().into_bytes().to_vec()
        }
        "HS384" => {
            Hmac::<Sha384>::new_from_slice(key).expect("a key").chain_update(&input).finalize().into_bytes().to_vec()
        }
        "HS512" => {
            Hmac::<Sha512>::new_from_slice(key).expect("a key").chain_update(&input).finalize().into_bytes().to_vec()
        }
        _ => unreachable!("{algorithm}"),
    };
    format!("{input}.{}", encode(signature))
}

/// As the parts of a token are encoded.
pub fn encode(part: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(part)
}
