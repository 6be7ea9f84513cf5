//! What rests on which key.

use std::collections::{HashMap, HashSet};

use time::{Duration, OffsetDateTime, PrimitiveDateTime};

use super::{
    model::{self, Seen},
    timeline::UNNOTED,
};
use crate::{
    accounts::links::{self, Purpose},
    audit,
    auth::{Auth, AuthError, models::user, session_hash},
    crypto::fingerprint,
    db::batches::{Pace, in_batches},
    jwt::{Jwt, Origin, models::outstanding},
    sessions::{codec, model as sessions, payload::Payload},
    settings::AccountSettings,
    users::User,
};

/// How many rows are read at once.
const BATCH: i64 = 1_000;
/// So long nobody must have signed with a key that should not sign any more, before it is believed to be at rest.
const QUIET: Duration = Duration::DAY;

/// How much of a kind rests on a key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Holding {
    /// How many.
    pub number: u64,
    /// When the last of them ends.
    pub ends_at: Option<PrimitiveDateTime>,
}

impl Holding {
    fn add(&mut self, ends_at: PrimitiveDateTime) {
        self.number += 1;
        self.ends_at = self.ends_at.max(Some(ends_at));
    }
}

/// From when on a key can be dropped without anybody noticing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Droppable {
    /// Never: it is the one that signs.
    Signs,
    /// Now: it is the one that signs, which stays.
    Same,
    /// Once a site with the key that signs has run: until then the end of the audit log is known by this one alone.
    OnceServed,
    /// From then on.
    From(PrimitiveDateTime),
    /// Now.
    Now,
    /// Now, as it never signed anything: it may wait to become the one that signs.
    Unused,
}

impl Droppable {
    /// Whether that is now.
    pub fn is_now(self) -> bool {
        matches!(self, Self::Same | Self::Now | Self::Unused)
    }
}

/// What rests on one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyStatus {
    /// Its place: 0 for `SECRET_KEY`, then those of the fallbacks.
    pub place: usize,
    /// By what it is told from others.
    pub fingerprint: String,
    /// Live sessions.
    pub sessions: Holding,
    /// Refresh tokens that renew.
    pub refresh_tokens: Holding,
    /// Links to reset a password that are open.
    pub reset_links: Holding,
    /// Links to confirm an address that are open.
    pub confirmation_links: Holding,
    /// Entries of the audit log, for as long as they shall be verified.
    pub audit_entries: i64,
    /// Whether the audit log ends with its seal.
    pub seals_audit_head: bool,
    /// When a site was first seen to sign with it; `None` if none ever was.
    pub first_current_at: Option<PrimitiveDateTime>,
    /// When a site was last seen to.
    pub last_current_at: Option<PrimitiveDateTime>,
    /// When anybody may have signed with it last, as far as can be told.
    pub last_signed_at: Option<PrimitiveDateTime>,
    /// Whether a site signed with it so lately that it may still do.
    pub may_still_sign: bool,
    /// Whether it signed when another key was to sign already: a Django or an instance was not switched then.
    pub signed_too_late: bool,
    /// From when on it can be dropped.
    pub droppable: Droppable,
}

impl KeyStatus {
    /// Where it stands.
    pub fn name(&self) -> String {
        match self.place.checked_sub(1) {
            None => "SECRET_KEY".to_owned(),
            Some(at) => format!("SECRET_KEY_FALLBACKS[{at}]"),
        }
    }

    /// Whether it signed so lately, when another was to sign already, that somebody seems to sign with it still.
    pub fn seems_to_sign(&self, now: PrimitiveDateTime) -> bool {
        self.signed_too_late && self.last_signed_at.is_some_and(|at| now < at.saturating_add(QUIET))
    }

    fn signed(&mut self, at: PrimitiveDateTime) {
        self.last_signed_at = self.last_signed_at.max(Some(at));
    }

    /// When the last of what can be counted ends.
    fn ends_at(&self) -> Option<PrimitiveDateTime> {
        let all = [self.sessions, self.refresh_tokens, self.reset_links, self.confirmation_links];
        all.into_iter().filter_map(|holding| holding.ends_at).max()
    }
}

/// On what refresh tokens rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tokens {
    /// On `SECRET_KEY`, and as many on keys that only the settings of tokens name.
    SecretKey {
        /// How many.
        elsewhere: u64,
        /// How many nobody ended and none of our keys signed: they renew nothing.
        dead: u64,
    },
    /// On keys of their own, whatever becomes of `SECRET_KEY`.
    OwnKeys {
        /// How many nobody ended and none of our keys signed.
        dead: u64,
    },
}

/// What rests on which key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// When it was looked at.
    pub at: PrimitiveDateTime,
    /// Each key, the one that signs first.
    pub keys: Vec<KeyStatus>,
    /// How many sessions have not expired.
    pub live_sessions: u64,
    /// How many of these rest on none of the keys: nobody is logged in here with one.
    pub dead_sessions: u64,
    /// Links are known that were made from then on; `None` if all are.
    pub links_known_since: Option<PrimitiveDateTime>,
    /// Until then older ones may be open that nobody knows of.
    pub links_unknown_until: Option<PrimitiveDateTime>,
    /// On what refresh tokens rest.
    pub tokens: Tokens,
}

/// Counts. Reads some rows at a time; nobody who writes waits for it.
pub fn status(auth: &Auth, jwt: &Jwt, account: &AccountSettings) -> Result<Status, AuthError> {
    let keys = auth.keys.all().map(fingerprint).enumerate().map(blank).collect();
    let mut status = Status {
        at: auth.clock.now(),
        keys,
        live_sessions: 0,
        dead_sessions: 0,
        links_known_since: None,
        links_unknown_until: None,
        tokens: Tokens::OwnKeys { dead: 0 },
    };
    status.look_at_timeline(auth)?;
    status.count_sessions(auth)?;
    status.count_tokens(auth, jwt)?;
    links::open(auth, |link| {
        if let Some(key) = link.key.and_then(|place| status.keys.get_mut(place)) {
            key.signed(link.made_at);
            let held = match link.purpose {
                Purpose::Reset => &mut key.reset_links,
                Purpose::Confirmation => &mut key.confirmation_links,
            };
            held.add(link.ends_at);
        }
    })?;
    status.look_at_links(auth, account)?;
    status.look_at_audit(auth)?;
    status.conclude(jwt);
    Ok(status)
}

fn blank((place, fingerprint): (usize, String)) -> KeyStatus {
    let none = Holding::default();
    KeyStatus {
        place,
        fingerprint,
        sessions: none,
        refresh_tokens: none,
        reset_links: none,
        confirmation_links: none,
        audit_entries: 0,
        seals_audit_head: false,
        first_current_at: None,
        last_current_at: None,
        last_signed_at: None,
        may_still_sign: false,
        signed_too_late: false,
        droppable: Droppable::Signs,
    }
}

impl Status {
    fn look_at_timeline(&mut self, auth: &Auth) -> Result<(), AuthError> {
        let mut db = auth.db()?;
        for key in &mut self.keys {
            if let Some(Seen { first, last }) = model::find(&mut db, &key.fingerprint)? {
                (key.first_current_at, key.last_current_at) = (Some(first), Some(last));
                let unnoted = last.saturating_add(UNNOTED);
                key.may_still_sign = unnoted > self.at;
                key.signed(unnoted.min(self.at));
            }
        }
        Ok(())
    }

    fn count_sessions(&mut self, auth: &Auth) -> Result<(), AuthError> {
        let mut last = String::new();
        in_batches(
            Pace::Brisk,
            |_| (),
            || {
                let mut db = auth.db()?;
                let rows = sessions::all_after(&mut db, &last, BATCH)?;
                let Some(row) = rows.last() else { return Ok(0) };
                last.clone_from(&row.key);
                let live = rows.iter().filter(|row| row.expire_date > self.at);
                let decoded = |row: &sessions::Stored| codec::decode_sealed(&row.session_data, &auth.keys);
                let live: Vec<_> = live.map(|row| (decoded(row), row.expire_date, row.seen.is_some())).collect();
                let owners = live.iter().filter_map(|(decoded, ..)| session_hash::owner(&decoded.as_ref()?.0));
                let owners: Vec<i32> = owners.collect();
                let owners = user::with_ids(&mut db, &owners)?.into_iter().map(|user| (user.id, user)).collect();
                for (decoded, end, is_noted) in live {
                    self.live_sessions += 1;
                    let keys = decoded.and_then(|decoded| self.keys_of_session(auth, &owners, decoded, is_noted));
                    match keys {
                        Some(keys) => self.count_session(keys, end),
                        None => self.dead_sessions += 1,
                    }
                }
                Ok::<_, AuthError>(rows.len())
            },
        )?;
        Ok(())
    }

    /// The places of the key that signed a session and of the one that ties it to the password.
    fn keys_of_session(
        &mut self,
        auth: &Auth,
        owners: &HashMap<i32, User>,
        (payload, seal): (Payload, codec::Seal),
        is_noted: bool,
    ) -> Option<[usize; 2]> {
        let at = time_of(seal.at)?.min(self.at);
        let never_served = self.keys[0].first_current_at.is_none();
        let signer = self.keys.get_mut(seal.key)?;
        signer.signed(at);
        // Nobody was seen in it here, so it was made elsewhere. When the switch was is not known without a site of ours.
        signer.signed_too_late |= seal.key > 0 && never_served && !is_noted && self.at < at.saturating_add(QUIET);
        // Of somebody who is gone only the signature is left.
        let tied = match session_hash::owner(&payload).and_then(|id| owners.get(&id)) {
            Some(owner) => session_hash::key_of(&payload, owner, &auth.keys)?,
            None => seal.key,
        };
        Some([seal.key, tied])
    }

    /// Each older key that a session needs holds it: without any one of them it ends.
    fn count_session(&mut self, [signed, tied]: [usize; 2], end: PrimitiveDateTime) {
        let places = if signed.min(tied) == 0 || signed == tied {
            [Some(signed.max(tied)), None]
        } else {
            [Some(signed), Some(tied)]
        };
        for place in places.into_iter().flatten() {
            self.keys[place].sessions.add(end);
        }
    }

    fn count_tokens(&mut self, auth: &Auth, jwt: &Jwt) -> Result<(), AuthError> {
        let (mut elsewhere, mut dead, mut last) = (0, 0, 0);
        in_batches(
            Pace::Brisk,
            |_| (),
            || {
                let mut db = auth.db()?;
                let rows = outstanding::unended_after(&mut db, last, BATCH)?;
                let owners: Vec<i32> = rows.iter().filter_map(|token| token.user_id).collect();
                let owners = user::with_ids(&mut db, &owners)?;
                let active: HashSet<i32> = owners.iter().filter(|user| user.is_active).map(|user| user.id).collect();
                for token in &rows {
                    last = token.id;
                    let end = token.expires_at.saturating_add(jwt.settings.leeway);
                    if end <= self.at {
                        continue;
                    }
                    // Nobody who is gone or locked out gets another token.
                    let is_owned = match token.user_id {
                        Some(owner) => active.contains(&owner),
                        None => jwt.names_somebody(&mut db, &token.text, self.at)?,
                    };
                    if !is_owned {
                        continue;
                    }
                    match jwt.origin_of(&token.text, self.at) {
                        Some(Origin::SecretKey(place)) => {
                            let key = &mut self.keys[place];
                            key.refresh_tokens.add(end);
                            if let Some(at) = token.created_at {
                                key.signed(at.min(self.at));
                            }
                        }
                        Some(Origin::Own) => elsewhere += 1,
                        None => dead += 1,
                    }
                }
                Ok::<_, AuthError>(rows.len())
            },
        )?;
        self.tokens = if jwt.keys.rest_on_secret_key() {
            Tokens::SecretKey { elsewhere, dead }
        } else {
            Tokens::OwnKeys { dead }
        };
        Ok(())
    }

    /// Of links that were made before this version was here nothing is known.
    fn look_at_links(&mut self, auth: &Auth, account: &AccountSettings) -> Result<(), AuthError> {
        self.links_known_since = links::known_since(&mut *auth.db()?)?;
        let longest = account.password_reset_timeout.max(account.confirmation_timeout);
        let until = self.links_known_since.map(|since| since.saturating_add(longest));
        self.links_unknown_until = until.filter(|until| *until > self.at);
        Ok(())
    }

    fn look_at_audit(&mut self, auth: &Auth) -> Result<(), AuthError> {
        let mut db = auth.db()?;
        let entries: HashMap<String, i64> = audit::by_key(&mut db)?.into_iter().collect();
        let head = audit::head_key(&mut db, &auth.keys)?;
        for key in &mut self.keys {
            key.audit_entries = entries.get(&key.fingerprint).copied().unwrap_or_default();
            key.seals_audit_head = head == Some(key.place);
        }
        Ok(())
    }

    fn conclude(&mut self, jwt: &Jwt) {
        let access = jwt.settings.access_token_lifetime.saturating_add(jwt.settings.leeway);
        let signs_tokens = matches!(self.tokens, Tokens::SecretKey { .. });
        let Some((current, fallbacks)) = self.keys.split_first_mut() else { return };
        // Sites note a key no later than by then, so whoever had the older one may seem to have signed until then.
        let switched = current.first_current_at.map(|first| first.saturating_add(UNNOTED));
        for key in fallbacks {
            if key.fingerprint == current.fingerprint {
                key.droppable = Droppable::Same;
                continue;
            }
            key.signed_too_late |= switched.is_some_and(|switched| key.last_signed_at > Some(switched));
            let access_ends = key.last_signed_at.filter(|_| signs_tokens).map(|at| at.saturating_add(access));
            let quiet = key.last_signed_at.filter(|_| key.signed_too_late).map(|at| at.saturating_add(QUIET));
            key.droppable = match key.ends_at().max(access_ends).max(quiet).max(self.links_unknown_until) {
                _ if key.seals_audit_head => Droppable::OnceServed,
                Some(end) if end > self.at => Droppable::From(end),
                _ if key.last_signed_at.is_none() && key.audit_entries == 0 => Droppable::Unused,
                _ => Droppable::Now,
            };
        }
    }
}

fn time_of(unix: i64) -> Option<PrimitiveDateTime> {
    let at = OffsetDateTime::from_unix_timestamp(unix).ok()?;
    Some(PrimitiveDateTime::new(at.date(), at.time()))
}
