//! The end of a refresh token (`TokenBlacklistView`).

use time::{Duration, PrimitiveDateTime};

use super::{
    Jwt, JwtError,
    family::Use,
    models::{outstanding, token},
    refresh::Verdict,
    unix,
};
use crate::{
    auth::{
        Auth,
        signals::{Occasion, UserLoggedOut},
    },
    client::Client,
    db::Db,
    users::User,
};

impl Jwt {
    /// Ends a refresh token that was sent at `arrived`, and calls the receivers of `user_logged_out`. Whoever has it may,
    /// also if its owner may not log in any more.
    pub fn blacklist(
        &self,
        db: &mut Db,
        auth: &Auth,
        client: &Client,
        text: &str,
        arrived: PrimitiveDateTime,
    ) -> Result<(), JwtError> {
        let claims = self.refresh_token(text, unix(auth.clock.now()))?;
        db.write(|db| {
            let used = Use { auth, client, claims: &claims, text, arrived, now: auth.clock.now() };
            self.end(db, &used)
        })?
    }

    fn end(&self, db: &mut Db, used: &Use<'_>) -> Result<Verdict<()>, JwtError> {
        let jti = used.jti();
        let user = match self.user_id(used.claims) {
            Ok(id) => id.find(db)?,
            Err(_) => None,
        };
        let standing = outstanding::standing(db, &jti)?;
        let id = match (standing, &user) {
            (Some(standing), _) => standing.id,
            (None, user) => outstanding::find_or_insert(db, &used.row(user.as_ref().map(|user| user.id), &jti))?,
        };
        if !outstanding::blacklist(db, id, used.now)? {
            return self.ended_before(db, used, user);
        }
        token::end(db, &jti, None, used.now)?;
        let event = UserLoggedOut { user, session_key: None };
        used.auth.signals.user_logged_out.send(&mut Occasion::new(used.auth, used.client, db), &event)?;
        Ok(Ok(()))
    }

    /// A token that something took the place of is no better at the way out than at a refresh.
    fn ended_before(&self, db: &mut Db, used: &Use<'_>, user: Option<User>) -> Result<Verdict<()>, JwtError> {
        let Some(user) = user else { return Ok(Err(super::TokenError::Blacklisted.into())) };
        let known = token::find(db, &used.jti())?;
        let verdict = self.used_again(db, used, known, &user, Duration::ZERO)?;
        Ok(verdict.map(drop))
    }
}
