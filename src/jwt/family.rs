//! What becomes of a refresh token that is used after something took its place (RFC 9700, 4.14.2), and of all that came of
//! the same log-in.

use std::ops::Deref;

use time::{Duration, PrimitiveDateTime};

use super::{
    ClaimSet, Jwt, JwtError, Pair, TokenError,
    models::{
        outstanding,
        token::{self, Token},
    },
    obtain::end_of,
    refresh::Verdict,
};
use crate::{
    auth::{Auth, AuthError},
    client::Client,
    db::Db,
    events::{self, Event, Kind},
    users::User,
};

/// How long a Django may take between the time that it gives a successor and the blacklisting of what that replaces: no
/// longer than it waits for SQLite.
const SAME_REQUEST: Duration = Duration::seconds(5);

/// A refresh token that somebody sent, and that is good for all that can be told without the database.
#[derive(Debug)]
pub struct Sent {
    pub(super) client: Client,
    pub(super) claims: ClaimSet,
    pub(super) text: String,
    /// When.
    pub(super) arrived: PrimitiveDateTime,
}

/// One use of it.
pub(super) struct Use<'a> {
    pub(super) auth: &'a Auth,
    sent: &'a Sent,
    /// When its turn came.
    pub(super) now: PrimitiveDateTime,
}

impl Deref for Use<'_> {
    type Target = Sent;

    fn deref(&self) -> &Sent {
        self.sent
    }
}

impl<'a> Use<'a> {
    pub(super) fn new(auth: &'a Auth, sent: &'a Sent) -> Self {
        Self { auth, sent, now: auth.clock.now() }
    }

    pub(super) fn jti(&self) -> String {
        self.claims.get("jti").unwrap_or_default()
    }

    /// The token as simplejwt would have written it down.
    pub(super) fn row(&'a self, user_id: Option<i32>, jti: &'a str) -> outstanding::New<'a> {
        let (created_at, expires_at) = (self.now, end_of(&self.claims));
        outstanding::New { jti, text: &self.text, user_id, created_at, expires_at }
    }
}

impl Jwt {
    /// Answers a token that is blacklisted.
    ///
    /// - Within the grace period, whoever did not hear the answer hears it again, unless the successor was used.
    /// - Whoever sent it before it was rotated lost a race and did nothing wrong.
    /// - Else two have it who don't know of each other, one of whom stole it: its family ends.
    pub(super) fn used_again(
        &self,
        db: &mut Db,
        usage: &Use<'_>,
        user: &User,
        grace: Duration,
    ) -> Result<Verdict<Pair>, JwtError> {
        let refused = Ok(Err(TokenError::Blacklisted.into()));
        // Found after its end was seen: on PostgreSQL each statement sees what was committed before it.
        match token::find(db, &usage.jti())? {
            Some(Token { family, successor: Some(successor), ended_at: Some(ended_at), .. }) => {
                if grace.is_positive()
                    && usage.now < ended_at.saturating_add(grace)
                    && let Some(pair) = self.unused(db, &successor, usage.now)?
                {
                    return Ok(Ok(pair));
                }
                if usage.arrived >= ended_at {
                    self.end_reused(db, usage, user, Some(&family))?;
                }
                refused
            }
            Some(Token { ended_at: Some(_), .. }) => refused,
            _ => {
                if was_rotated_elsewhere(db, &usage.jti(), user)? {
                    self.end_reused(db, usage, user, None)?;
                }
                refused
            }
        }
    }

    /// The pair with the successor of a rotated token, if nobody has used it.
    fn unused(&self, db: &mut Db, successor: &str, now: PrimitiveDateTime) -> Result<Option<Pair>, AuthError> {
        let is_good = outstanding::standing(db, successor)?.is_some_and(|standing| standing.blacklisted_at.is_none());
        if is_good { self.again(db, successor, now) } else { Ok(None) }
    }

    /// Ends the family of a token that was used again, or everything of the person's if its lineage is lost.
    fn end_reused(&self, db: &mut Db, usage: &Use<'_>, user: &User, family: Option<&str>) -> Result<(), AuthError> {
        if !self.settings.reuse_revokes_family {
            return Ok(());
        }
        let whole = match family {
            Some(family) => end_family(db, user.id, family, usage.now)?,
            None => false,
        };
        if !whole {
            end_all(db, user.id, usage.now)?;
        }
        let detail = if whole { "its family was ended" } else { "all refresh tokens of this account were ended" };
        tracing::warn!(user_id = user.id, detail, "a refresh token was used again");
        let event = Event::new(Kind::TokenReused, &usage.client).of(user.id, &user.username).detail(detail);
        Ok(events::record(db, &event, usage.now)?)
    }
}

/// Ends all tokens of a family. Whether all is known of it: what a Django blacklisted may have a successor of which nobody
/// knows where it comes from.
pub(super) fn end_family(db: &mut Db, user_id: i32, family: &str, now: PrimitiveDateTime) -> Result<bool, AuthError> {
    let mut whole = true;
    for jti in token::unended(db, user_id, family)? {
        match outstanding::standing(db, &jti)? {
            Some(standing) => whole &= outstanding::blacklist(db, standing.id, now)?,
            None => whole = false,
        }
        token::end(db, &jti, None, now)?;
    }
    Ok(whole)
}

/// Ends all refresh tokens of somebody's, those that a Django made too; within a transaction.
pub fn end_all(db: &mut Db, user_id: i32, now: PrimitiveDateTime) -> Result<(), AuthError> {
    loop {
        let mut all_good = true;
        for (id, jti) in outstanding::good_of(db, user_id, now)? {
            if outstanding::blacklist(db, id, now)? {
                token::end(db, &jti, None, now)?;
            } else {
                all_good = false;
            }
        }
        // One that was renewed just now has a successor, which only another look finds.
        if all_good {
            return Ok(());
        }
    }
}

/// Whether a Django has put another in the place of a token, as far as its rows tell: it makes one when it blacklists
/// one, while a log-out makes none.
fn was_rotated_elsewhere(db: &mut Db, jti: &str, user: &User) -> Result<bool, AuthError> {
    let standing = outstanding::standing(db, jti)?;
    let Some(at) = standing.and_then(|standing| standing.blacklisted_at) else { return Ok(false) };
    Ok(outstanding::made_elsewhere(db, user.id, jti, (at.saturating_sub(SAME_REQUEST), at))?)
}
