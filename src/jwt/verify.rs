//! Whether a token is good (`TokenVerifyView`).

use super::{
    Jwt, JwtError, NoAccount, TokenError,
    models::{outstanding, token},
    token::check_shape,
    unix,
};
use crate::{auth::Auth, db::Db};

impl Jwt {
    /// Whether a token of either type is good: what its owner can't use is not, although simplejwt says so.
    pub fn verify(&self, db: &mut Db, auth: &Auth, text: &str) -> Result<(), JwtError> {
        let claims = self.decode(text, unix(auth.clock.now()))?;
        check_shape(&claims)?;
        let jti: String = claims.get("jti").unwrap_or_default();
        let known = token::find(db, &jti)?;
        let is_ended = known.as_ref().is_some_and(|known| known.ended_at.is_some());
        if self.settings.blacklist_after_rotation
            && (is_ended || outstanding::standing(db, &jti)?.is_some_and(|standing| standing.blacklisted_at.is_some()))
        {
            return Err(TokenError::Blacklisted.into());
        }
        let id = match self.user_id(&claims) {
            Err(NoAccount::Unnamed) => return Ok(()),
            id => id?,
        };
        let holder = id.holder(db)?.ok_or(NoAccount::Unknown)?;
        self.check_holder(&claims, &holder, known.as_ref())
    }
}
