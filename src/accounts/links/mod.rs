//! Which signed links are open. A link is stored nowhere; of each that was made its digest is kept, so that one can tell on
//! which key open links rest.

pub mod model;

use std::collections::HashMap;

use time::{Duration, PrimitiveDateTime};

use crate::{
    auth::{Auth, AuthError, models::user, reset_token::Kept},
    crypto::{SecretKeys, fingerprint, sha256_hex},
    db::{
        Db,
        batches::{Pace, in_batches},
        came_later,
    },
    settings::AccountSettings,
    users::User,
};

/// How many rows are read at once.
const BATCH: i64 = 1_000;
/// A link by the clock on the wall lives longer than its time when clocks are put back.
const MARGIN: Duration = Duration::DAY;
/// The step that made the table.
const STEP: &str = "00000000000110";

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Another password.
    Reset,
    /// An address is confirmed.
    Confirmation,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::Confirmation => "confirmation",
        }
    }
}

/// A link that opens something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open {
    /// What it is for.
    pub purpose: Purpose,
    /// The place of the key that signed it, as [`SecretKeys::all`] counts; `None` if that is none of ours.
    pub key: Option<usize>,
    /// When it was made.
    pub made_at: PrimitiveDateTime,
    /// From when on it opens nothing.
    pub ends_at: PrimitiveDateTime,
}

/// Writes down a link to reset a password, which has just been made with the key that signs.
pub(super) fn note_reset(db: &mut Db, auth: &Auth, person: &User, token: &str) -> Result<(), AuthError> {
    note(db, auth, Purpose::Reset, person.id, &Kept::of(token))
}

/// Writes down a link to confirm an address.
pub(super) fn note_confirmation(db: &mut Db, auth: &Auth, user_id: i32, nonce: &str) -> Result<(), AuthError> {
    note(db, auth, Purpose::Confirmation, user_id, &Kept { stamp: String::new(), digest: sha256_hex(nonce) })
}

fn note(db: &mut Db, auth: &Auth, purpose: Purpose, user_id: i32, kept: &Kept) -> Result<(), AuthError> {
    let (key, now) = (fingerprint(auth.keys.current()), auth.clock.now());
    db.write(|db| Ok(model::insert(db, purpose.as_str(), user_id, &key, kept, now)?))
}

/// Since when links are written down, in a database that was in use before; `None` if all of them were.
pub fn known_since(db: &mut Db) -> Result<Option<PrimitiveDateTime>, AuthError> {
    Ok(came_later(db, STEP)?)
}

/// Calls `each` with every link that is open. Nobody who writes waits for it.
pub fn open(auth: &Auth, mut each: impl FnMut(Open)) -> Result<(), AuthError> {
    let places = Places::of(&auth.keys);
    let (now, mut last) = (auth.clock.now(), 0);
    in_batches(
        Pace::Brisk,
        |_| (),
        || {
            let mut db = auth.db()?;
            let rows = model::after(&mut db, last, BATCH)?;
            let ids: Vec<i32> = rows.iter().map(|row| row.user_id).collect();
            let people: HashMap<i32, User> =
                user::with_ids(&mut db, &ids)?.into_iter().map(|user| (user.id, user)).collect();
            let wishes: HashMap<i32, (String, PrimitiveDateTime)> = model::wishes_of(&mut db, &ids)?
                .into_iter()
                .map(|(user_id, nonce, expires_at)| (user_id, (sha256_hex(&nonce), expires_at)))
                .collect();
            for row in &rows {
                last = row.id;
                let key = places.place(&row.key_fingerprint);
                let found = if row.kind == Purpose::Reset.as_str() {
                    let person = people.get(&row.user_id).filter(|person| person.is_active);
                    // Without its key nobody can tell.
                    let key = key.and_then(|place| auth.keys.all().nth(place));
                    let kept = Kept { stamp: row.stamp.clone(), digest: row.digest.clone() };
                    let end =
                        person.zip(key).and_then(|(person, key)| auth.reset_tokens.open_until(person, &kept, key, now));
                    end.map(|ends_at| (Purpose::Reset, ends_at))
                } else {
                    let wish = wishes.get(&row.user_id).filter(|(digest, end)| *digest == row.digest && *end > now);
                    wish.map(|(_, ends_at)| (Purpose::Confirmation, *ends_at))
                };
                if let Some((purpose, ends_at)) = found {
                    each(Open { purpose, key, made_at: row.made_at, ends_at });
                }
            }
            Ok::<_, AuthError>(rows.len())
        },
    )?;
    Ok(())
}

/// Before when no link was made that can still be open.
pub(super) fn oldest(settings: &AccountSettings, now: PrimitiveDateTime) -> PrimitiveDateTime {
    now.saturating_sub(settings.password_reset_timeout.max(settings.confirmation_timeout).saturating_add(MARGIN))
}

/// The places of keys by their fingerprints.
struct Places(Vec<String>);

impl Places {
    fn of(keys: &SecretKeys) -> Self {
        Self(keys.all().map(fingerprint).collect())
    }

    fn place(&self, fingerprint: &str) -> Option<usize> {
        self.0.iter().position(|own| own == fingerprint)
    }
}
