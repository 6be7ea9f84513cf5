//! What actix-session calls: sessions as rows, read and written as Django does.
//!
//! No method returns an error: actix-session would answer with an empty 500. Faults go to the [`Exchange`], and the
//! bridge answers.

use std::{rc::Rc, sync::Arc};

use actix_session::storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError};
use time::{Duration, PrimitiveDateTime};

use super::{
    codec,
    exchange::{CookieChange, Exchange, Fault, Loaded, USER_ID},
    expiry,
    model::{self, Row},
    payload::{Payload, State},
    write::{Change, Creation, Refusal, Saved, user_id, write_all},
};
use crate::{
    clock::Clock,
    crypto::SecretKeys,
    db::{Database, Db, DbError, Reader},
    settings::SessionSettings,
};

/// How often a key may be taken already, or a row be changed under us, before we give up.
pub(super) const TRIES: usize = 5;
/// How often at most the time of the last visit is written.
const SEEN_EVERY: Duration = Duration::minutes(5);

/// Sessions in `django_session`; each worker has its own.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
    reader: Rc<Reader<Option<Arc<Loaded>>>>,
}

pub(super) struct Inner {
    database: Database,
    pub(super) clock: Clock,
    pub(super) keys: SecretKeys,
    pub(super) settings: SessionSettings,
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
        if expiry::has_expired(loaded.expire_date, now) {
            return None;
        }
        if expiry::has_outlived(loaded.noted.as_ref(), now, &inner.settings) {
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
        if let Some(before) = loaded.outdated.clone() {
            // Django signs a session anew when it saves it. One that is only looked at would rest on the older key.
            let (key, data) = (key.to_owned(), codec::encode(&loaded.payload, inner.clock.unix(), &inner.keys));
            let sign = move |db: &mut Db| db.impatiently(|db| model::sign_anew(db, &key, &before, &data));
            self.in_passing("a session was not signed anew", move |db| Ok(sign(db)?)).await;
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
        let decoded = codec::decode_sealed(&row.session_data, &self.keys);
        let is_outdated = decoded.as_ref().is_some_and(|(_, seal)| seal.key > 0);
        let corrupted = || {
            tracing::warn!("session data corrupted");
            Payload::default()
        };
        let payload = decoded.map_or_else(corrupted, |(payload, _)| payload);
        let mut state = payload.to_state();
        if let Some(id) = state.get_mut(USER_ID) {
            // Old Djangos wrote a number; actix-identity reads text only.
            if id.parse::<i64>().is_ok() {
                *id = format!("\"{id}\"");
            }
        }
        let Row { session_data, expire_date, noted, owner } = row;
        let outdated = is_outdated.then_some(session_data);
        Loaded { key: key.to_owned(), payload, state, expire_date, outdated, noted, owner }
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
            let creation = Creation::of(state, &exchange);
            set_cookie(self.run(move |inner, db| inner.create(db, &creation)).await);
        }
        Ok(some_key())
    }

    async fn update(&self, key: SessionKey, state: State, _ttl: &Duration) -> Result<SessionKey, UpdateError> {
        let exchange = Exchange::current();
        if !exchange.get().failed {
            let (key, courtesy) = (String::from(key), exchange.get().resigned.as_ref() == Some(&state));
            let change = {
                let dealings = exchange.get();
                let before = dealings.loaded.as_ref().map(|loaded| loaded.state.clone()).unwrap_or_default();
                let (device, companions) = (dealings.device.clone(), dealings.companions.clone());
                Change { before, after: state, device, companions }
            };
            set_cookie(self.run(move |inner, db| inner.change(db, &key, &change)).await);
            // Who only read loses nothing if somebody ended the session meanwhile.
            exchange.edit().fault.take_if(|fault| courtesy && *fault == Fault::Interrupted);
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
                // A Django beside that was asked at the same time may have given the session a new key, under which it lives on.
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
