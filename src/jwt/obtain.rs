//! A pair of tokens for somebody who has just logged in (`TokenObtainPairView`).

use time::{Duration, PrimitiveDateTime};

use super::{
    ClaimSet, Holder, Jwt, JwtError, Pair,
    models::{outstanding, token},
    unix,
};
use crate::{
    auth::{
        Auth, AuthError,
        signals::{Occasion, UserLoggedIn},
    },
    client::Client,
    crypto::{LOWERCASE_AND_DIGITS, hex, random_bytes, random_string},
    db::Db,
    users::{User, model as user},
};

/// What is not taken over from a refresh token into an access token.
const OWN: [&str; 4] = ["token_type", "exp", "iat", "jti"];

impl Jwt {
    /// Makes a pair for `user`, whom a backend has let in, and calls the receivers of `user_logged_in`; within a
    /// transaction.
    pub fn obtain(&self, db: &mut Db, auth: &Auth, client: &Client, user: User) -> Result<Pair, JwtError> {
        let now = auth.clock.now();
        let holder = Holder { role: user::role(db, user.id)?, user };
        let claims = self.refresh_claims(&holder, db, now)?;
        let text = self.text(&claims)?;
        let family = new_family();
        let issued = token::Issued { family: &family, started_at: now, user: &holder.user, client };
        record(db, &claims, &text, &issued, now)?;
        let pair = Pair { access: self.access_of(&claims, now)?, refresh: Some(text) };
        if self.settings.update_last_login {
            user::set_last_login(db, holder.user.id, now)?;
        }
        let event = UserLoggedIn { user: holder.user, session_key: None };
        auth.signals.user_logged_in.send(&mut Occasion::new(auth, client, db), &event)?;
        Ok(pair)
    }

    /// The claims of a new refresh token.
    fn refresh_claims(&self, holder: &Holder, db: &mut Db, now: PrimitiveDateTime) -> Result<ClaimSet, AuthError> {
        let mut claims = of_type("refresh", now, self.settings.refresh_token_lifetime);
        claims.merge(self.name(&holder.user));
        claims.merge(self.claims.claims(holder, db)?);
        Ok(claims)
    }

    /// The access token that goes with a refresh token: all that it says, but for what makes it one.
    pub(super) fn access_of(&self, refresh: &ClaimSet, now: PrimitiveDateTime) -> Result<String, AuthError> {
        let mut claims = of_type("access", now, self.settings.access_token_lifetime);
        claims.extend(refresh.without(&OWN));
        self.text(&claims)
    }

    pub(super) fn text(&self, claims: &ClaimSet) -> Result<String, AuthError> {
        self.encode(claims).map_err(|error| AuthError::Other(error.into()))
    }
}

fn of_type(kind: &str, now: PrimitiveDateTime, lifetime: Duration) -> ClaimSet {
    let mut claims = ClaimSet::new().with("token_type", kind);
    renew(&mut claims, now, lifetime);
    claims
}

/// Gives claims another id and another end.
pub(super) fn renew(claims: &mut ClaimSet, now: PrimitiveDateTime, lifetime: Duration) {
    claims.set("exp", unix(now.saturating_add(lifetime)));
    claims.set("iat", unix(now));
    claims.set("jti", new_id());
}

/// Writes down a refresh token that was just made: as simplejwt does, and of which family it is.
pub(super) fn record(
    db: &mut Db,
    claims: &ClaimSet,
    text: &str,
    issued: &token::Issued<'_>,
    now: PrimitiveDateTime,
) -> Result<(), JwtError> {
    let id = claims.get::<String>("jti").unwrap_or_default();
    let expires_at = end_of(claims);
    let new = outstanding::New { jti: &id, text, user_id: Some(issued.user.id), created_at: now, expires_at };
    outstanding::insert(db, &new)?;
    token::insert(db, &id, issued, now, expires_at)?;
    Ok(())
}

/// When a token that was read or made here ends.
pub(super) fn end_of(claims: &ClaimSet) -> PrimitiveDateTime {
    #[expect(clippy::cast_possible_truncation, reason = "no token is read whose end is out of bounds")]
    let seconds = claims.get::<f64>("exp").unwrap_or_default().trunc() as i64;
    let end = time::OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
    PrimitiveDateTime::new(end.date(), end.time())
}

/// The name of a new family.
pub(super) fn new_family() -> String {
    random_string(32, LOWERCASE_AND_DIGITS)
}

/// A random UUID (RFC 9562, version 4) in 32 digits, as Python's `uuid4().hex`.
fn new_id() -> String {
    let mut bytes: [u8; 16] = random_bytes();
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    hex(&bytes)
}
