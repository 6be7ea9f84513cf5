//! A new access token, and a new refresh token for the old one (`TokenRefreshView`).

use time::PrimitiveDateTime;

use super::{
    ClaimSet, Holder, Jwt, JwtError, NoAccount, Origin, Pair, TokenError,
    family::{Sent, Use},
    models::{
        outstanding,
        token::{self, Issued, Token},
    },
    obtain::{end_of, new_family, record, renew},
    token::{check_shape, check_type},
    unix,
};
use crate::{
    auth::{Auth, AuthError},
    client::Client,
    db::Db,
};

/// How a look at a refresh token ended. A refusal may have ended other tokens, which must be kept.
pub type Verdict<T> = Result<T, JwtError>;

impl Jwt {
    /// Reads a refresh token that `client` sends.
    pub fn read_refresh(&self, text: &str, client: Client, now: PrimitiveDateTime) -> Result<Sent, TokenError> {
        let claims = self.refresh_token(text, unix(now))?;
        Ok(Sent { client, claims, text: text.to_owned(), arrived: now })
    }

    /// Answers a refresh token, within a transaction that is kept even if the answer is a refusal.
    pub fn refresh(&self, db: &mut Db, auth: &Auth, sent: &Sent) -> Result<Verdict<Pair>, JwtError> {
        self.answer(db, &Use::new(auth, sent))
    }

    /// The claims of a refresh token that is good at `now`, for all that can be told without the database.
    pub(super) fn refresh_token(&self, text: &str, now: i64) -> Result<ClaimSet, TokenError> {
        let claims = self.decode(text, now)?;
        check_shape(&claims)?;
        check_type(&claims, "refresh")?;
        Ok(claims)
    }

    /// Where the key stands that signed a refresh token; `None` if it is not good at `now` under any of our keys.
    pub fn origin_of(&self, text: &str, now: PrimitiveDateTime) -> Option<Origin> {
        self.refresh_token(text, unix(now)).ok()?;
        let (message, signature) = text.rsplit_once('.')?;
        self.keys.origin(message.as_bytes(), signature)
    }

    /// Whether a refresh token can't be read, or names somebody who may come in.
    pub fn names_somebody(&self, db: &mut Db, text: &str, now: PrimitiveDateTime) -> Result<bool, AuthError> {
        let Ok(claims) = self.refresh_token(text, unix(now)) else { return Ok(true) };
        let Ok(id) = self.user_id(&claims) else { return Ok(false) };
        Ok(id.find(db)?.is_some_and(|user| user.is_active))
    }

    fn answer(&self, db: &mut Db, usage: &Use<'_>) -> Result<Verdict<Pair>, JwtError> {
        let jti = usage.jti();
        let known = token::find(db, &jti)?;
        let holder = match self.user_id(&usage.claims) {
            Ok(id) => id.holder(db)?,
            Err(reason) => return Ok(Err(reason.into())),
        };
        let Some(holder) = holder else { return Ok(Err(NoAccount::Unknown.into())) };
        if let Err(refusal) = self.check_holder(&usage.claims, &holder, known.as_ref()) {
            return Ok(Err(refusal));
        }
        let standing = outstanding::standing(db, &jti)?;
        // What was ended here stays so, also if somebody takes it off the blacklist.
        let is_ended = known.as_ref().is_some_and(|known| known.ended_at.is_some());
        if is_ended || standing.is_some_and(|standing| standing.blacklisted_at.is_some()) {
            return self.used_again(db, usage, &holder.user, self.settings.rotation_grace_period);
        }
        if self.settings.rotate_refresh_tokens && self.settings.blacklist_after_rotation {
            let id = match standing {
                Some(standing) => standing.id,
                None => outstanding::find_or_insert(db, &usage.row(Some(holder.user.id), &jti))?,
            };
            if !outstanding::blacklist(db, id, usage.now)? {
                // Somebody else has, just now.
                return self.used_again(db, usage, &holder.user, self.settings.rotation_grace_period);
            }
        }
        self.succeed(db, usage, known, &holder).map(Ok)
    }

    /// Makes what follows a refresh token. Its claims say how things are now; those that others added are taken over.
    fn succeed(&self, db: &mut Db, usage: &Use<'_>, known: Option<Token>, holder: &Holder) -> Result<Pair, JwtError> {
        let mut claims = usage.claims.clone();
        claims.merge(self.name(&holder.user));
        claims.merge(self.claims.claims(holder, db)?);
        let access = self.access_of(&claims, usage.now)?;
        if !self.settings.rotate_refresh_tokens {
            return Ok(Pair { access, refresh: None });
        }
        let (jti, is_known) = (usage.jti(), known.is_some());
        let (family, started_at) =
            known.map_or_else(|| (new_family(), usage.now), |known| (known.family, known.started_at));
        let issued = Issued { family: &family, started_at, user: &holder.user, client: &usage.client };
        if !is_known {
            token::insert(db, &jti, &issued, usage.now, end_of(&usage.claims))?;
        }
        renew(&mut claims, usage.now, self.settings.refresh_token_lifetime);
        let text = self.text(&claims)?;
        record(db, &claims, &text, &issued, usage.now)?;
        if self.settings.blacklist_after_rotation {
            // Now, not when this began: whoever waited meanwhile was no later than the winner.
            let ended_at = usage.auth.clock.now();
            token::end(db, &jti, claims.get::<String>("jti").as_deref(), ended_at)?;
        }
        Ok(Pair { access, refresh: Some(text) })
    }

    /// Whether the person may still use the token. One that a row of ours knows is tied to whose it was, and to the
    /// password that they had.
    pub(super) fn check_holder(
        &self,
        claims: &ClaimSet,
        holder: &Holder,
        known: Option<&Token>,
    ) -> Result<(), JwtError> {
        self.check_account(claims, &holder.user)?;
        match known {
            Some(known) if known.user_id != holder.user.id => Err(TokenError::Invalid.into()),
            Some(known) if !known.is_tied_to(&holder.user) => Err(NoAccount::PasswordChanged.into()),
            _ => Ok(()),
        }
    }

    /// The pair that somebody was given who did not hear it.
    pub(super) fn again(
        &self,
        db: &mut Db,
        successor: &str,
        now: PrimitiveDateTime,
    ) -> Result<Option<Pair>, AuthError> {
        let Some(text) = outstanding::text(db, successor)? else { return Ok(None) };
        let Ok(claims) = self.refresh_token(&text, unix(now)) else { return Ok(None) };
        Ok(Some(Pair { access: self.access_of(&claims, now)?, refresh: Some(text) }))
    }
}
