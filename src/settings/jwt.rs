use std::{fmt, str::FromStr};

use super::{
    define::section,
    secret::Secret,
    value::{BadValue, Raw, Value, items, show_list},
};

section! {
    /// Tokens.
    pub struct JwtSettings {
        /// How long an access token is good.
        "SIMPLE_JWT.ACCESS_TOKEN_LIFETIME" access_token_lifetime: time::Duration = time::Duration::minutes(30);
        /// How long a refresh token is good.
        "SIMPLE_JWT.REFRESH_TOKEN_LIFETIME" refresh_token_lifetime: time::Duration = time::Duration::days(7);
        /// Answer a refresh token with a new one too.
        "SIMPLE_JWT.ROTATE_REFRESH_TOKENS" rotate_refresh_tokens: bool = true;
        /// The old one is good no more then.
        "SIMPLE_JWT.BLACKLIST_AFTER_ROTATION" blacklist_after_rotation: bool = true;
        /// How long a refresh token that was rotated is answered with the same successor again, for clients that never
        /// heard the answer.
        "SIMPLE_JWT.ROTATION_GRACE_PERIOD" rotation_grace_period: time::Duration = time::Duration::ZERO;
        /// Whether the use of a refresh token that was rotated earlier ends all that came of the same log-in: of two who
        /// have it, one is a thief.
        "SIMPLE_JWT.REUSE_REVOKES_FAMILY" reuse_revokes_family: bool = true;
        /// Note the time of a log-in for tokens in `auth_user.last_login`.
        "SIMPLE_JWT.UPDATE_LAST_LOGIN" update_last_login: bool = false;
        /// What signs.
        "SIMPLE_JWT.ALGORITHM" algorithm: Algorithm = Algorithm::HS256;
        /// The key that signs: for HS256, HS384 and HS512 any text, for the others a private key as PEM (PKCS#8). When
        /// empty, HS256, HS384 and HS512 sign with `SECRET_KEY`, and take what `SECRET_KEY_FALLBACKS` signed too.
        "SIMPLE_JWT.SIGNING_KEY" signing_key: Secret = Secret::default();
        /// The public key that belongs to it, as PEM. When empty, it is worked out from the private one.
        "SIMPLE_JWT.VERIFYING_KEY" verifying_key: String = String::new();
        /// Older keys whose signatures are still accepted, newest first: public ones as PEM, or for HS256, HS384 and HS512
        /// texts.
        "SIMPLE_JWT.VERIFYING_KEY_FALLBACKS" verifying_key_fallbacks: Vec<Secret> = Vec::new();
        /// Whom tokens are for (`aud`); one of these must stand in each that is taken.
        "SIMPLE_JWT.AUDIENCE" audience: Audience = Audience::None;
        /// Who makes tokens (`iss`).
        "SIMPLE_JWT.ISSUER" issuer: String = String::new();
        /// By how much other clocks may be wrong.
        "SIMPLE_JWT.LEEWAY" leeway: time::Duration = time::Duration::ZERO;
        /// The first word of the `Authorization` header.
        "SIMPLE_JWT.AUTH_HEADER_TYPES" auth_header_types: HeaderTypes = HeaderTypes::default();
        /// The field by which tokens name people.
        "SIMPLE_JWT.USER_ID_FIELD" user_id_field: UserIdField = UserIdField::Id;
        /// The claim in which they do.
        "SIMPLE_JWT.USER_ID_CLAIM" user_id_claim: String = "user_id".to_owned();
        /// Tie tokens to the password, access tokens too, by the claim `hash_password`.
        "SIMPLE_JWT.CHECK_REVOKE_TOKEN" check_revoke_token: bool = false;
    }
}

/// What stands in a token under a name of its own.
const TAKEN: [&str; 13] =
    ["", "token_type", "exp", "iat", "nbf", "jti", "iss", "aud", "sub", "email", "is_staff", "role", "hash_password"];

impl JwtSettings {
    /// Whether people can be named under `USER_ID_CLAIM`: what another claim overwrites would name somebody else.
    pub fn user_id_claim_is_free(&self) -> bool {
        let claim = self.user_id_claim.as_str();
        !TAKEN.contains(&claim) && (claim != "username" || self.user_id_field == UserIdField::Username)
    }
}

/// How tokens are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "RFC 7518 and RFC 8037 say what they are")]
pub enum Algorithm {
    HS256,
    HS384,
    HS512,
    RS256,
    RS384,
    RS512,
    ES256,
    EdDSA,
}

impl Algorithm {
    const ALL: [Self; 8] =
        [Self::HS256, Self::HS384, Self::HS512, Self::RS256, Self::RS384, Self::RS512, Self::ES256, Self::EdDSA];

    /// As `alg` in the head of a token.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HS256 => "HS256",
            Self::HS384 => "HS384",
            Self::HS512 => "HS512",
            Self::RS256 => "RS256",
            Self::RS384 => "RS384",
            Self::RS512 => "RS512",
            Self::ES256 => "ES256",
            Self::EdDSA => "EdDSA",
        }
    }

    /// Whether one key both signs and verifies.
    pub fn is_symmetric(self) -> bool {
        matches!(self, Self::HS256 | Self::HS384 | Self::HS512)
    }
}

impl FromStr for Algorithm {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|known| known.as_str() == text).ok_or(())
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl Value for Algorithm {
    const EXPECTED: &'static str = "HS256, HS384, HS512, RS256, RS384, RS512, ES256 or EdDSA";

    fn read(raw: &Raw) -> Result<Self, BadValue> {
        String::read(raw)?.parse().map_err(|()| BadValue)
    }

    fn show(&self) -> String {
        format!("\"{self}\"")
    }
}

/// Whom tokens are for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// Nobody says.
    None,
    /// One, written as text.
    One(String),
    /// Several, written as a list.
    Many(Vec<String>),
}

impl Audience {
    /// All of them.
    pub fn all(&self) -> &[String] {
        match self {
            Self::None => &[],
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

impl Value for Audience {
    const EXPECTED: &'static str = "a text or a list of texts (comma-separated in the environment)";

    fn read(raw: &Raw) -> Result<Self, BadValue> {
        if let Raw::Toml(toml::Value::String(one)) = raw {
            return Ok(if one.is_empty() { Self::None } else { Self::One(one.clone()) });
        }
        let is_list = matches!(raw, Raw::Toml(_)) || matches!(raw, Raw::Text(text) if text.trim().starts_with('['));
        let mut many = Vec::<String>::read(raw)?;
        Ok(match (many.len(), is_list) {
            (0, _) => Self::None,
            (1, false) => Self::One(many.remove(0)),
            _ => Self::Many(many),
        })
    }

    fn show(&self) -> String {
        match self {
            Self::None => "[]".to_owned(),
            Self::One(one) => one.show(),
            Self::Many(many) => many.show(),
        }
    }
}

/// The first words of an `Authorization` header that holds a token; at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderTypes(Vec<String>);

impl HeaderTypes {
    /// Whether `word` is one of them, in just this case.
    pub fn contains(&self, word: &str) -> bool {
        self.0.iter().any(|known| known == word)
    }

    /// The one that a refusal names.
    pub fn first(&self) -> &str {
        self.0.first().map_or("Bearer", String::as_str)
    }
}

impl Default for HeaderTypes {
    fn default() -> Self {
        Self(vec!["Bearer".to_owned()])
    }
}

impl Value for HeaderTypes {
    const EXPECTED: &'static str = "a list of words, at least one (comma-separated in the environment)";

    fn read(raw: &Raw) -> Result<Self, BadValue> {
        let words: Vec<String> =
            items(raw)?.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<_>>().ok_or(BadValue)?;
        let is_word =
            |word: &String| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
        if !words.is_empty() && words.iter().all(is_word) { Ok(Self(words)) } else { Err(BadValue) }
    }

    fn show(&self) -> String {
        show_list(self.0.iter().map(Value::show))
    }
}

/// By what tokens name people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserIdField {
    /// The primary key.
    Id,
    /// The username.
    Username,
}

impl Value for UserIdField {
    const EXPECTED: &'static str = "\"id\" or \"username\"";

    fn read(raw: &Raw) -> Result<Self, BadValue> {
        match String::read(raw)?.as_str() {
            "id" => Ok(Self::Id),
            "username" => Ok(Self::Username),
            _ => Err(BadValue),
        }
    }

    fn show(&self) -> String {
        match self {
            Self::Id => "\"id\"".to_owned(),
            Self::Username => "\"username\"".to_owned(),
        }
    }
}
