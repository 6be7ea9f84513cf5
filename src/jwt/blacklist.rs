//! The end of a refresh token (`TokenBlacklistView`).

use time::Duration;

use super::{
    Jwt, JwtError, TokenError,
    family::{Sent, Use, end_all, end_family},
    models::{
        outstanding,
        token::{self, Token},
    },
    refresh::Verdict,
};
use crate::{
    auth::{
        Auth,
        signals::{Occasion, UserLoggedOut},
    },
    db::Db,
    users::User,
};

impl Jwt {
    /// Ends a refresh token and calls the receivers of `user_logged_out`, within a transaction that is kept even if the
    /// answer is a refusal. Whoever has it may, also if its owner may not log in any more.
    pub fn blacklist(&self, db: &mut Db, auth: &Auth, sent: &Sent) -> Result<Verdict<()>, JwtError> {
        self.end(db, &Use::new(auth, sent))
    }

    fn end(&self, db: &mut Db, usage: &Use<'_>) -> Result<Verdict<()>, JwtError> {
        let jti = usage.jti();
        let user = match self.user_id(&usage.claims) {
            Ok(id) => id.find(db)?,
            Err(_) => None,
        };
        let known = token::find(db, &jti)?;
        if known.is_some_and(|known| user.as_ref().is_some_and(|user| user.id != known.user_id)) {
            return Ok(Err(TokenError::Invalid.into()));
        }
        let standing = outstanding::standing(db, &jti)?;
        let id = match standing {
            Some(standing) => standing.id,
            None => outstanding::find_or_insert(db, &usage.row(user.as_ref().map(|user| user.id), &jti))?,
        };
        if !outstanding::blacklist(db, id, usage.now)? {
            return self.ended_before(db, usage, user);
        }
        token::end(db, &jti, None, usage.now)?;
        let event = UserLoggedOut { user, session_key: None };
        usage.auth.signals.user_logged_out.send(&mut Occasion::new(usage.auth, &usage.client, db), &event)?;
        Ok(Ok(()))
    }

    /// A token that something took the place of is no better at the way out than at a refresh.
    fn ended_before(&self, db: &mut Db, usage: &Use<'_>, user: Option<User>) -> Result<Verdict<()>, JwtError> {
        let Some(user) = user else { return Ok(Err(TokenError::Blacklisted.into())) };
        // Whoever logs out means what came of it too, also if it came just now.
        if self.settings.reuse_revokes_family
            && let Some(Token { family, successor: Some(_), .. }) = token::find(db, &usage.jti())?
            && !end_family(db, user.id, &family, usage.now)?
        {
            end_all(db, user.id, usage.now)?;
        }
        let verdict = self.used_again(db, usage, &user, Duration::ZERO)?;
        Ok(verdict.map(drop))
    }
}
