//! What actix-session calls: sessions as rows, read and written as Django does.
//!
//! No method returns an error: actix-session would answer with an empty 500. Faults go to the [`Exchange`], and the
//! bridge answers.

use std::{rc::Rc, sync::Arc};

use actix_session::storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError};
use time::{Duration, PrimitiveDateTime};

use super::{
    codec,
    exchange::{Companion, CookieChange, Exchange, Fault, Loaded, USER_ID},
    expiry,
    model::{self, Device, Row},
    new_key,
    payload::{Payload, State},
};
use crate::{
    clock::Clock,
    crypto::SecretKeys,
    db::{Database, Db, DbError, Reader},
    settings::SessionSettings,
};

/// How often a key may be taken already, or a row be changed under us, before we give up.
const TRIES: usize = 5;
/// How often at most the time of the last visit is written.
const SEEN_EVERY: Duration = Duration::minutes(5);

/// Sessions in `django_session`; each worker has its own.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
    reader: Rc<Reader<Option<Arc<Loaded>>>>,
}

struct Inner {
    database: Database,
    clock: Clock,
    keys: SecretKeys,
    settings: SessionSettings,
}

/// A session's key and how long its cookie lasts.
type Saved = (String, Option<Duration>);

enum Refusal {
    Db(DbError),
    Fault(Fault),
}

impl Refusal {
    /// The row is gone.
    const VANISHED: Self = Self::Fault(Fault::Interrupted);
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

impl Store {
    /// A store over `database`.
    pub fn new(database: Database, clock: Clock, keys: SecretKeys, settings: SessionSettings) -> Self {
        let reader = Rc::new(Reader::new(database.clone()));
        Self { inner: Arc::new(Inner { database, clock, keys, settings }), reader }
    }

    /// Runs `work` with a connection on a thread that may wait; a fault is left in the exchange.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner, &mut Db) -> Result<T, Refusal> + Send + 'static,
    ) -> Option<T> {
        let inner = Arc::clone(&self.inner);
        or_fault(self.inner.database.run(move |db| work(&inner, db)).await)
    }

    /// The session under `key` if it is alive.
    async fn find(&self, key: &str) -> Option<Arc<Loaded>> {
        let reading = Arc::clone(&self.inner);
        let look = move |db: &mut Db, key: &str| Ok(model::find(db, key)?.map(|row| Arc::new(reading.read(key, row))));
        let loaded = or_fault(self.reader.look(key, look).await.map_err(Refusal::from))??;
        let (inner, now) = (&self.inner, self.inner.clock.now());
        if has_expired(&loaded, now) {
            return None;
        }
        if has_outlived(&loaded, now, &inner.settings) {
            // Django knows no such limits: it would let the session live on.
            let key = key.to_owned();
            let delete = move |db: &mut Db| db.impatiently(|db| model::delete(db, &key).map(drop));
            self.in_passing("a session beyond its limits was not deleted", move |db| Ok(delete(db)?)).await;
            return None;
        }
        if let Some(user_id) = inner.visit_to_note(&loaded, now) {
            let (key, device) = (key.to_owned(), Exchange::current().get().device.clone());
            let note = move |db: &mut Db| db.impatiently(|db| model::note(db, &key, user_id, &device, now));
            self.in_passing("a visit was not noted", move |db| Ok(note(db)?)).await;
        }
        Some(loaded)
    }

    /// Writes what the request can do without.
    async fn in_passing(&self, failed: &str, write: impl FnOnce(&mut Db) -> Result<(), DbError> + Send + 'static) {
        if let Err(error) = self.inner.database.run(write).await {
            tracing::debug!(%error, "{failed}");
        }
    }
}

fn or_fault<T>(outcome: Result<T, Refusal>) -> Option<T> {
    outcome.map_err(|refusal| Exchange::current().edit().fault = Some(refusal.into())).ok()
}

impl Inner {
    fn read(&self, key: &str, row: Row) -> Loaded {
        let payload = codec::decode(&row.session_data, &self.keys).unwrap_or_else(|| {
            tracing::warn!("session data corrupted");
            Payload::default()
        });
        let mut state = payload.to_state();
        if let Some(id) = state.get_mut(USER_ID) {
            // Old Djangos wrote a number; actix-identity reads text only.
            if id.parse::<i64>().is_ok() {
                *id = format!("\"{id}\"");
            }
        }
        let Row { expire_date, noted, owner, .. } = row;
        Loaded { key: key.to_owned(), payload, state, expire_date, noted, owner }
    }

    /// Whose visit is to be noted: it is, now and then.
    fn visit_to_note(&self, loaded: &Loaded, now: PrimitiveDateTime) -> Option<i32> {
        let user_id = user_id(&loaded.state)?;
        let every = match self.settings.idle_timeout {
            idle if idle.is_zero() => SEEN_EVERY,
            idle => SEEN_EVERY.min(idle / 10),
        };
        let fresh = loaded.noted.as_ref().is_some_and(|n| n.user_id == user_id && now - n.last_seen_at < every);
        (!fresh).then_some(user_id)
    }

    /// Stores a new session, in place of `old` if there was one.
    fn create(&self, db: &mut Db, creation: &Creation) -> Result<Saved, Refusal> {
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
            None if creation.logged_in => old.payload.clone(),
            None => return Err(Refusal::VANISHED),
        };
        Ok(if creation.flushed { Payload::from(&creation.state) } else { current.merged(&old.state, &creation.state) })
    }

    /// Writes what a request changed into a row that must still be there.
    fn change(&self, db: &mut Db, key: &str, change: &Change) -> Result<Saved, Refusal> {
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

    fn extend(&self, db: &mut Db, key: &str, state: &State) -> Result<Saved, Refusal> {
        let expiry = expiry::of(&Payload::from(state), self.clock.now(), &self.settings);
        if model::extend(db, key, expiry.date)? { Ok((key.to_owned(), expiry.max_age)) } else { Err(Refusal::VANISHED) }
    }
}

fn write_all(companions: &[Companion], db: &mut Db) -> Result<(), Fault> {
    companions.iter().try_for_each(|companion| companion.write(db))
}

/// What a request did to a session that was there.
struct Change {
    before: State,
    after: State,
    device: Device,
    companions: Vec<Companion>,
}

/// What is needed to make a row.
struct Creation {
    key: String,
    /// The session as the request left it.
    state: State,
    /// The one that it takes the place of.
    old: Option<Arc<Loaded>>,
    device: Device,
    companions: Vec<Companion>,
    flushed: bool,
    logged_in: bool,
}

impl Creation {
    fn of(state: State, exchange: &Exchange) -> Self {
        let mut dealings = exchange.edit();
        Self {
            key: dealings.next_key.take().unwrap_or_else(new_key),
            state,
            old: dealings.loaded.clone(),
            device: dealings.device.clone(),
            companions: dealings.companions.clone(),
            flushed: dealings.flushed,
            logged_in: dealings.logged_in,
        }
    }
}

/// At its last moment a session has ended.
fn has_expired(session: &Loaded, now: PrimitiveDateTime) -> bool {
    session.expire_date <= now
}

/// Whether a session is beyond the limits that only we know.
fn has_outlived(session: &Loaded, now: PrimitiveDateTime, settings: &SessionSettings) -> bool {
    let over = |limit: Duration, since| !limit.is_zero() && now - since >= limit;
    session.noted.as_ref().is_some_and(|noted| {
        over(settings.idle_timeout, noted.last_seen_at) || over(settings.absolute_timeout, noted.created_at)
    })
}

fn user_id(state: &State) -> Option<i32> {
    serde_json::from_str::<String>(state.get(USER_ID)?).ok()?.parse().ok()
}

fn user_id_changed(before: &State, user_id: i32) -> bool {
    self::user_id(before) != Some(user_id)
}

fn set_cookie(saved: Option<Saved>) {
    if let Some((key, max_age)) = saved {
        Exchange::current().edit().cookie = CookieChange::Set { key, max_age };
    }
}

/// actix-session wants a key back; the bridge throws away the cookie that it makes of it.
fn some_key() -> SessionKey {
    SessionKey::try_from(String::new()).unwrap_or_else(|_| unreachable!("an empty key is short enough"))
}

impl SessionStore for Store {
    async fn load(&self, key: &SessionKey) -> Result<Option<State>, LoadError> {
        let loaded = self.find(key.as_ref()).await;
        let state = loaded.as_ref().map(|loaded| loaded.state.clone());
        Exchange::current().edit().loaded = loaded;
        Ok(state)
    }

    async fn save(&self, state: State, _ttl: &Duration) -> Result<SessionKey, SaveError> {
        let exchange = Exchange::current();
        if !exchange.get().failed {
            let courtesy = exchange.get().resigned.as_ref() == Some(&state);
            let creation = Creation::of(state, &exchange);
            set_cookie(self.run(move |inner, db| inner.create(db, &creation)).await);
            let mut dealings = exchange.edit();
            // Of requests that came at once one has given the session its new key; the others lose nothing.
            dealings.fault.take_if(|fault| courtesy && *fault == Fault::Interrupted);
        }
        Ok(some_key())
    }

    async fn update(&self, key: SessionKey, state: State, _ttl: &Duration) -> Result<SessionKey, UpdateError> {
        let exchange = Exchange::current();
        if !exchange.get().failed {
            let key = String::from(key);
            let change = {
                let dealings = exchange.get();
                let before = dealings.loaded.as_ref().map(|loaded| loaded.state.clone()).unwrap_or_default();
                let (device, companions) = (dealings.device.clone(), dealings.companions.clone());
                Change { before, after: state, device, companions }
            };
            set_cookie(self.run(move |inner, db| inner.change(db, &key, &change)).await);
        }
        Ok(some_key())
    }

    async fn update_ttl(&self, key: &SessionKey, _ttl: &Duration) -> Result<(), anyhow::Error> {
        let exchange = Exchange::current();
        if !exchange.get().failed {
            let state = exchange.get().loaded.as_ref().map(|loaded| loaded.state.clone()).unwrap_or_default();
            let key = key.as_ref().to_owned();
            set_cookie(self.run(move |inner, db| inner.extend(db, &key, &state)).await);
        }
        Ok(())
    }

    async fn delete(&self, key: &SessionKey) -> Result<(), anyhow::Error> {
        let exchange = Exchange::current();
        // A renewed session is deleted together with the making of the new one: [`Inner::create`].
        let (failed, renewed) = (exchange.get().failed, exchange.get().renewed);
        if !failed && !renewed {
            let (key, companions) = (key.as_ref().to_owned(), exchange.get().companions.clone());
            let resigned = exchange.get().resigned.is_some();
            let delete = move |db: &mut Db| -> Result<(), Refusal> {
                // A request that came at the same time may have given the session its new key, under which it lives on.
                if !model::delete(db, &key)? && resigned {
                    return Err(Refusal::VANISHED);
                }
                Ok(write_all(&companions, db)?)
            };
            if self.run(move |_, db| db.write(delete)).await.is_some() {
                exchange.edit().cookie = CookieChange::Delete;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sessions::model::Noted;
    use time::macros::datetime;

    const NOW: PrimitiveDateTime = datetime!(2026-01-01 12:00);
    const MOMENT: Duration = Duration::microseconds(1);

    fn row(expire_date: PrimitiveDateTime, created_at: PrimitiveDateTime, last_seen_at: PrimitiveDateTime) -> Loaded {
        let noted = Some(Noted { user_id: 1, created_at, last_seen_at });
        let (key, payload, state) = (String::new(), Payload::default(), State::new());
        Loaded { key, payload, state, expire_date, noted, owner: None }
    }

    #[test]
    fn at_its_last_moment_a_session_has_ended() {
        assert!(!has_expired(&row(NOW + MOMENT, NOW, NOW), NOW));
        assert!(has_expired(&row(NOW, NOW, NOW), NOW));
    }

    #[test]
    fn limits_count_from_the_last_visit_and_from_the_start() {
        let hour = Duration::hours(1);
        let outlived = |created_at, last_seen_at, idle_timeout, absolute_timeout| {
            let settings = SessionSettings { idle_timeout, absolute_timeout, ..SessionSettings::default() };
            has_outlived(&row(NOW + hour, created_at, last_seen_at), NOW, &settings)
        };
        let (long_ago, just_within) = (NOW - hour, NOW - hour + MOMENT);
        assert!(outlived(long_ago, long_ago, hour, Duration::ZERO));
        assert!(!outlived(long_ago, just_within, hour, Duration::ZERO));
        assert!(outlived(long_ago, NOW, Duration::ZERO, hour));
        assert!(!outlived(just_within, NOW, Duration::ZERO, hour));
        assert!(!outlived(long_ago, long_ago, Duration::ZERO, Duration::ZERO));
    }
}
