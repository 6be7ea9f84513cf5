//! What one request knows of its session, shared between the bridge outside actix-session and the store inside it.
//!
//! actix-session calls its store with a key and a map and nothing else. The rest (what was loaded, whether the response
//! failed, what becomes of the cookie) travels here. The store finds the exchange through the running task, handlers
//! through the request.

use std::{
    cell::{Ref, RefCell, RefMut},
    fmt,
    future::Future,
    rc::Rc,
    sync::Arc,
};

use time::{Duration, PrimitiveDateTime};

use super::{
    model::{Device, Noted},
    payload::{Payload, State},
};
use crate::{
    db::{Db, DbError},
    users::User,
};

/// The key under which Django keeps whose session it is.
pub const USER_ID: &str = "_auth_user_id";

tokio::task_local! {
    static CURRENT: Exchange;
}

/// One request's dealings with its session. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Exchange(Rc<RefCell<Dealings>>);

/// See [`Exchange`].
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each set in one place and read in another")]
pub struct Dealings {
    /// From where the request comes.
    pub device: Device,
    /// What the store found under the key that was presented.
    pub loaded: Option<Arc<Loaded>>,
    /// The request has changed whose session it is, so the owner that was loaded counts no more.
    pub owner_changed: bool,
    /// The key that the next save shall use, when it had to be known before.
    pub next_key: Option<String>,
    /// The request gave the session a new key.
    pub renewed: bool,
    /// The request emptied the session: nothing of the old one may pass into the new.
    pub flushed: bool,
    /// Somebody logged in: what comes is a session of its own in their list.
    pub logged_in: bool,
    /// The request proved who it is from, so the session may be made even if its row is gone; and it is noted when.
    pub password_given: bool,
    /// What the session held after it was merely tied anew to a password that did not change. If nothing else was
    /// changed, the write is a courtesy: nothing is lost if somebody ended the session meanwhile.
    pub resigned: Option<State>,
    /// What is written together with the session, or not at all.
    pub companions: Vec<Companion>,
    /// The response is a 5xx: Django saves nothing then.
    pub failed: bool,
    /// What became of the cookie.
    pub cookie: CookieChange,
    /// Why the session could not be kept.
    pub fault: Option<Fault>,
}

/// A session as it was when the request came in.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// Its key.
    pub key: String,
    /// Its content.
    pub payload: Payload,
    /// Its content as actix-session was given it.
    pub state: State,
    /// When it ends.
    pub expire_date: PrimitiveDateTime,
    /// Its data as the row has them, if a key signed them that signs no more.
    pub outdated: Option<String>,
    /// What was noted of it.
    pub noted: Option<Noted>,
    /// The person of whom that was noted, read in the same moment.
    pub owner: Option<User>,
}

/// What happens to the browser's cookie.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum CookieChange {
    /// Nothing.
    #[default]
    Keep,
    /// It is set.
    Set {
        /// The session's key.
        key: String,
        /// How long it lasts; `None` until the browser closes.
        max_age: Option<Duration>,
    },
    /// It is deleted.
    Delete,
}

/// Something that is written in the transaction in which the session is made, changed or deleted.
#[derive(Clone)]
pub struct Companion(Arc<Write>);

type Write = dyn Fn(&mut Db) -> Result<(), Fault> + Send + Sync;

impl Companion {
    /// Written by `write`, which may be called again if the transaction must be.
    pub fn new(write: impl Fn(&mut Db) -> Result<(), Fault> + Send + Sync + 'static) -> Self {
        Self(Arc::new(write))
    }

    /// Writes it.
    pub fn write(&self, db: &mut Db) -> Result<(), Fault> {
        (self.0)(db)
    }
}

impl fmt::Debug for Companion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Companion(…)")
    }
}

/// Why a session could not be read or written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Its row vanished while the request ran: somebody logged out. Django's `SessionInterrupted`.
    Interrupted,
    /// The database did not answer.
    Unavailable(String),
    /// A fault in code of ours or of somebody's.
    Failed(String),
}

impl From<DbError> for Fault {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Cancelled => Self::Failed(error.to_string()),
            error => Self::Unavailable(error.to_string()),
        }
    }
}

impl From<diesel::result::Error> for Fault {
    fn from(error: diesel::result::Error) -> Self {
        DbError::from(error).into()
    }
}

impl Exchange {
    /// The exchange of the request that runs here.
    pub fn current() -> Self {
        CURRENT.try_with(Self::clone).unwrap_or_default()
    }

    /// Runs `request` with this exchange.
    pub fn scope<F: Future>(self, request: F) -> impl Future<Output = F::Output> {
        CURRENT.scope(self, request)
    }

    /// Looks at it.
    pub fn get(&self) -> Ref<'_, Dealings> {
        self.0.borrow()
    }

    /// Changes it. Not to be held across an `await`.
    pub fn edit(&self) -> RefMut<'_, Dealings> {
        self.0.borrow_mut()
    }
}
