//! A new access token, and a new refresh token for the old one (`TokenRefreshView`).

use time::PrimitiveDateTime;

use super::{
    ClaimSet, Holder, Jwt, JwtError, NoAccount, Pair, TokenError,
    family::Use,
    models::{
        outstanding,
        token::{self, Issued},
    },
    obtain::end_of,
    token::{check_shape, check_type},
    unix,
};
use crate::{
    auth::{Auth, AuthError},
    client::Client,
    crypto::{LOWERCASE_AND_DIGITS, random_string},
    db::Db,
};

/// How a look at a refresh token ended. A refusal may have ended other tokens, which must be kept.
pub(super) type Verdict<T> = Result<T, JwtError>;

impl Jwt {
    /// Answers a refresh token that was sent at `arrived`.
    pub fn refresh(
        &self,
        db: &mut Db,
        auth: &Auth,
        client: &Client,
        text: &str,
        arrived: PrimitiveDateTime,
    ) -> Result<Pair, JwtError> {
        let claims = self.refresh_token(text, unix(auth.clock.now()))?;
        db.write(|db| {
            let now = auth.clock.now();
            let used = Use { auth, client, claims: &claims, text, arrived, now };
            self.answer(db, &used)
        })?
    }

    /// The claims of a refresh token that is good at `now`, for all that can be told without the database.
    pub(super) fn refresh_token(&self, text: &str, now: i64) -> Result<ClaimSet, TokenError> {
        let claims = self.decode(text, now)?;
        check_shape(&claims)?;
        check_type(&claims, "refresh")?;
        Ok(claims)
    }

    fn answer(&self, db: &mut Db, used: &Use<'_>) -> Result<Verdict<Pair>, JwtError> {
        let jti = used.jti();
        let known = token::find(db, &jti)?;
        let holder = match self.user_id(used.claims) {
            Ok(id) => id.holder(db)?,
            Err(reason) => return Ok(Err(reason.into())),
        };
        let Some(holder) = holder else { return Ok(Err(NoAccount::Unknown.into())) };
        if let Err(refusal) = self.check_holder(used.claims, &holder, known.as_ref()) {
            return Ok(Err(refusal));
        }
        let standing = outstanding::standing(db, &jti)?;
        if standing.is_some_and(|standing| standing.blacklisted_at.is_some()) {
            return self.used_again(db, used, known, &holder.user, self.settings.rotation_grace_period);
        }
        let mut claims = used.claims.clone();
        claims.merge(self.name(&holder.user));
        claims.merge(self.claims.claims(&holder, db)?);
        let access = self.access_of(&claims, used.now)?;
        if !self.settings.rotate_refresh_tokens {
            return Ok(Ok(Pair { access, refresh: None }));
        }
        if self.settings.blacklist_after_rotation {
            let id = match standing {
                Some(standing) => standing.id,
                None => outstanding::find_or_insert(db, &used.row(Some(holder.user.id), &jti))?,
            };
            if !outstanding::blacklist(db, id, used.now)? {
                // Somebody else has, just now.
                let known = token::find(db, &jti)?;
                return self.used_again(db, used, known, &holder.user, self.settings.rotation_grace_period);
            }
        }
        let family =
            known.as_ref().map_or_else(|| random_string(32, LOWERCASE_AND_DIGITS), |known| known.family.clone());
        let started_at = known.as_ref().map_or(used.now, |known| known.started_at);
        let issued = Issued { family: &family, started_at, user: &holder.user, client: used.client };
        if known.is_none() {
            token::insert(db, &jti, &issued, used.now, end_of(used.claims))?;
        }
        self.renew(&mut claims, used.now, self.settings.refresh_token_lifetime);
        let text = self.text(&claims)?;
        self.record(db, &claims, &text, &issued, used.now)?;
        if self.settings.blacklist_after_rotation {
            token::end(db, &jti, claims.get::<String>("jti").as_deref(), used.now)?;
        }
        Ok(Ok(Pair { access, refresh: Some(text) }))
    }

    /// Whether the person may still use the token. One that a row of ours knows is tied to whose it was, and to the
    /// password that they had.
    pub(super) fn check_holder(
        &self,
        claims: &ClaimSet,
        holder: &Holder,
        known: Option<&token::Token>,
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
