//! What becomes of a session's row when a request ends. Each of these is one transaction.

use std::sync::Arc;

use time::Duration;

use super::{
    codec,
    exchange::{Companion, Exchange, Fault, Loaded, USER_ID},
    expiry,
    model::{self, Device},
    new_key,
    payload::{Payload, State},
    store::{Inner, TRIES},
};
use crate::db::{Db, DbError};

/// A session's key and how long its cookie lasts.
pub(super) type Saved = (String, Option<Duration>);

pub(super) enum Refusal {
    Db(DbError),
    Fault(Fault),
}

impl Refusal {
    /// The row is gone.
    pub(super) const VANISHED: Self = Self::Fault(Fault::Interrupted);
}

impl From<DbError> for Refusal {
    fn from(error: DbError) -> Self {
        Self::Db(error)
    }
}

impl From<diesel::result::Error> for Refusal {
    fn from(error: diesel::result::Error) -> Self {
        Self::Db(error.into())
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Db(error) => error.into(),
            Refusal::Fault(fault) => fault,
        }
    }
}

impl Inner {
    /// Stores a new session, in place of `old` if there was one.
    pub(super) fn create(&self, db: &mut Db, creation: &Creation) -> Result<Saved, Refusal> {
        let mut key = creation.key.clone();
        let mut tries = 1;
        loop {
            match db.write(|db| self.create_under(db, &key, creation)) {
                Err(Refusal::Db(error)) if error.is_unique_violation() && tries < TRIES => key = new_key(),
                created => return Ok((key, created?)),
            }
            tries += 1;
        }
    }

    fn create_under(&self, db: &mut Db, key: &str, creation: &Creation) -> Result<Option<Duration>, Refusal> {
        let payload = self.inherit(db, creation)?;
        let expiry = expiry::of(&payload, self.clock.now(), &self.settings);
        model::insert(db, key, &codec::encode(&payload, self.clock.unix(), &self.keys), expiry.date)?;
        if let Some(old) = &creation.old {
            // A log-in starts a new session in its owner's list; a mere change of key does not.
            if !creation.flushed && !creation.logged_in {
                model::move_note(db, &old.key, key)?;
            }
            model::delete(db, &old.key)?;
        }
        if let Some(user_id) = user_id(&payload.to_state()) {
            model::note(db, key, user_id, &creation.device, self.clock.now())?;
            if creation.password_given {
                model::set_password_at(db, key, self.clock.now())?;
            }
        }
        write_all(&creation.companions, db)?;
        Ok(expiry.max_age)
    }

    /// What a new session holds: what the request left and, unless it emptied the old one, all that it did not touch
    /// there. That is read anew: a log-in takes a hash's time, in which Django may have written to the session.
    fn inherit(&self, db: &mut Db, creation: &Creation) -> Result<Payload, Refusal> {
        let Some(old) = &creation.old else {
            return Ok(Payload::from(&creation.state));
        };
        let current = match model::data(db, &old.key)? {
            Some(data) => codec::decode(&data, &self.keys).unwrap_or_default(),
            // Only who has just proved who they are gets a session in place of one that is gone.
            None if creation.password_given => old.payload.clone(),
            None => return Err(Refusal::VANISHED),
        };
        Ok(if creation.flushed { Payload::from(&creation.state) } else { current.merged(&old.state, &creation.state) })
    }

    /// Writes what a request changed into a row that must still be there.
    pub(super) fn change(&self, db: &mut Db, key: &str, change: &Change) -> Result<Saved, Refusal> {
        let Change { before, after, device, companions } = change;
        for _ in 0..TRIES {
            let saved = db.write(|db| -> Result<Option<Saved>, Refusal> {
                let data = model::data(db, key)?.ok_or(Refusal::VANISHED)?;
                let current = codec::decode(&data, &self.keys).unwrap_or_default();
                let payload = current.merged(before, after);
                let expiry = expiry::of(&payload, self.clock.now(), &self.settings);
                let encoded = codec::encode(&payload, self.clock.unix(), &self.keys);
                if !model::replace(db, key, &data, &encoded, expiry.date)? {
                    return Ok(None);
                }
                if let Some(user_id) = user_id(after).filter(|user_id| user_id_changed(before, *user_id)) {
                    model::note(db, key, user_id, device, self.clock.now())?;
                }
                write_all(companions, db)?;
                Ok(Some((key.to_owned(), expiry.max_age)))
            })?;
            if let Some(saved) = saved {
                return Ok(saved);
            }
        }
        Err(Refusal::VANISHED)
    }

    pub(super) fn extend(&self, db: &mut Db, key: &str, state: &State) -> Result<Saved, Refusal> {
        let expiry = expiry::of(&Payload::from(state), self.clock.now(), &self.settings);
        if model::extend(db, key, expiry.date)? { Ok((key.to_owned(), expiry.max_age)) } else { Err(Refusal::VANISHED) }
    }
}

pub(super) fn write_all(companions: &[Companion], db: &mut Db) -> Result<(), Fault> {
    companions.iter().try_for_each(|companion| companion.write(db))
}

/// What a request did to a session that was there.
pub(super) struct Change {
    pub(super) before: State,
    pub(super) after: State,
    pub(super) device: Device,
    pub(super) companions: Vec<Companion>,
}

/// What is needed to make a row.
pub(super) struct Creation {
    key: String,
    /// The session as the request left it.
    state: State,
    /// The one that it takes the place of.
    old: Option<Arc<Loaded>>,
    device: Device,
    companions: Vec<Companion>,
    flushed: bool,
    logged_in: bool,
    password_given: bool,
}

impl Creation {
    pub(super) fn of(state: State, exchange: &Exchange) -> Self {
        let mut dealings = exchange.edit();
        Self {
            key: dealings.next_key.take().unwrap_or_else(new_key),
            state,
            old: dealings.loaded.clone(),
            device: dealings.device.clone(),
            companions: dealings.companions.clone(),
            flushed: dealings.flushed,
            logged_in: dealings.logged_in,
            password_given: dealings.password_given,
        }
    }
}

pub(super) fn user_id(state: &State) -> Option<i32> {
    serde_json::from_str::<String>(state.get(USER_ID)?).ok()?.parse().ok()
}

fn user_id_changed(before: &State, user_id: i32) -> bool {
    self::user_id(before) != Some(user_id)
}
