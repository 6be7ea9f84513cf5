//! Whose a token is.

use std::fmt;

use md5::{Digest, Md5};

use super::{
    ClaimSet, Jwt, NoAccount, TokenError,
    token::{check_shape, check_type},
};
use crate::{
    crypto::{constant_time_eq, hex},
    settings::UserIdField,
    users::User,
};

/// The claim that ties a token to a password.
const HASH: &str = "hash_password";

/// How a token names somebody.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum UserId {
    /// By primary key.
    Id(i32),
    /// By username.
    Username(String),
}

/// As a token writes it. Of one installation all tokens name people in one way.
impl fmt::Display for UserId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(formatter),
            Self::Username(username) => formatter.write_str(username),
        }
    }
}

impl Jwt {
    /// The claims of an access token that is good at `now`, in seconds since 1970 (simplejwt's `AccessToken`).
    pub fn access_token(&self, text: &str, now: i64) -> Result<ClaimSet, TokenError> {
        let claims = self.decode(text, now)?;
        check_shape(&claims)?;
        check_type(&claims, "access")?;
        Ok(claims)
    }

    /// Whom a token names; a number may stand there as one or as text, as both did in simplejwt.
    pub fn user_id(&self, claims: &ClaimSet) -> Result<UserId, NoAccount> {
        let claim = &self.settings.user_id_claim;
        if !claims.contains(claim) {
            return Err(NoAccount::Unnamed);
        }
        let id = match (self.settings.user_id_field, claims.get::<String>(claim)) {
            (UserIdField::Username, name) => name.map(UserId::Username),
            (UserIdField::Id, None) => claims.get(claim).map(UserId::Id),
            // One number has one text.
            (UserIdField::Id, Some(text)) => {
                text.parse().ok().filter(|id: &i32| id.to_string() == text).map(UserId::Id)
            }
        };
        id.ok_or(NoAccount::Unknown)
    }

    /// Whether a token with these claims lets `user` in, whom it names.
    pub fn check_account(&self, claims: &ClaimSet, user: &User) -> Result<(), NoAccount> {
        if !user.is_active {
            return Err(NoAccount::Inactive);
        }
        let is_tied = || claims.get::<String>(HASH).is_some_and(|hash| constant_time_eq(&hash, &hash_of(user)));
        if self.settings.check_revoke_token && !is_tied() {
            return Err(NoAccount::PasswordChanged);
        }
        Ok(())
    }

    /// What names `user` in a token of theirs.
    pub(super) fn name(&self, user: &User) -> ClaimSet {
        let id = match self.settings.user_id_field {
            UserIdField::Id => user.id.to_string(),
            UserIdField::Username => user.username.clone(),
        };
        let named = ClaimSet::new().with(&self.settings.user_id_claim, id);
        if self.settings.check_revoke_token { named.with(HASH, hash_of(user)) } else { named }
    }
}

/// As simplejwt's `get_md5_hash_password`. A digest of what is a hash already.
fn hash_of(user: &User) -> String {
    hex(&Md5::digest(&user.password)).to_ascii_uppercase()
}
