//! `login`, `logout` and `get_user`: the one file where authentication meets HTTP, and the only one that names
//! actix-session's `Session` and actix-identity's `Identity`.
//!
//! Three silent losses of those crates are kept out here: after `purge` a session takes nothing more, so a session is
//! flushed by `clear` and `renew`; `update` does not mark a session changed, so only `insert` is used; and the deadlines
//! of actix-identity would log out every session that Django made, so they stay off.
#![expect(clippy::disallowed_types, reason = "this is the door that clippy.toml speaks of")]

use std::sync::Arc;

use actix_identity::{Identity, IdentityMiddleware};
use actix_session::{Session, SessionExt};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use time::{Duration, PrimitiveDateTime};

use super::{
    Auth, AuthError, Authenticated,
    models::{User, user},
    session_hash,
    signals::{Occasion, UserLoggedIn, UserLoggedOut},
};
use crate::{
    client::Client,
    crypto::constant_time_eq,
    csrf,
    sessions::{
        exchange::{Companion, Dealings, Exchange, Fault, USER_ID},
        expiry, new_key,
    },
};

/// The key under which a session carries the path of the backend that made it.
const BACKEND: &str = "_auth_user_backend";
/// Where Django's `PasswordResetConfirmView` keeps its token.
const RESET_TOKEN: &str = "_password_reset_token";

/// actix-identity, keeping its identity where Django does.
pub fn identity_middleware() -> IdentityMiddleware {
    IdentityMiddleware::builder().id_key(USER_ID).build()
}

/// Writes the session of somebody whom a backend knows, under a new key. That happens when the request is answered, and
/// with it, or not at all, what the receivers of `user_logged_in` write.
///
/// What an anonymous session held is kept; what somebody else's held is not. Unlike Django, a second log-in of the same
/// person changes the key too.
pub fn login(request: &HttpRequest, auth: &Arc<Auth>, known: Authenticated) -> Result<(), AuthError> {
    let Authenticated { user, backend } = known;
    let session = request.get_session();
    if session.contains_key(USER_ID) && !belongs_to(&session, &user, auth) {
        flush(request);
    }
    let session_key = new_key();
    {
        let exchange = exchange(request);
        let mut dealings = exchange.edit();
        dealings.logged_in = true;
        dealings.password_given = true;
        dealings.owner_changed = true;
        dealings.next_key = Some(session_key.clone());
    }
    let hash = session_hash::of(&user, auth.keys.current());
    put(&session, BACKEND, &backend)?;
    put(&session, session_hash::KEY, &hash)?;
    Identity::login(&request.extensions(), user.id.to_string()).map_err(other)?;
    csrf::rotate_token(request);
    let event = UserLoggedIn { user, session_key: Some(session_key) };
    let send = move |occasion: &mut Occasion<'_>| occasion.auth.signals.user_logged_in.send(occasion, &event);
    exchange(request).edit().companions.push(companion(request, auth, send));
    Ok(())
}

/// Keeps this session through a change of its owner's password (`update_session_auth_hash`), to whose new hash it is tied
/// under a new key; who has just changed it has given it. `user` is the owner, with the new hash, which is written already.
///
/// That happens when the request is answered. A request that came at the same time under the old key may have ended the
/// session there, as one whose password has changed; under the new key it lives on.
pub fn renew(request: &HttpRequest, auth: &Auth, user: &User) -> Result<(), AuthError> {
    let session = request.get_session();
    put(&session, session_hash::KEY, &session_hash::of(user, auth.keys.current()))?;
    session.renew();
    let exchange = exchange(request);
    let mut dealings = exchange.edit();
    dealings.password_given = true;
    // Whoever was read with the session has the old hash, and what was a courtesy to the old one is none any more.
    dealings.owner_changed = true;
    dealings.resigned = None;
    csrf::rotate_token(request);
    Ok(())
}

/// Lets the session end with the browser (`Duration::ZERO`), so long after it was last used, or when the settings say
/// (`set_expiry`). After [`login`], which may empty the session.
pub fn set_expiry(request: &HttpRequest, expiry: Option<Duration>) -> Result<(), AuthError> {
    let session = request.get_session();
    if let Some(expiry) = expiry {
        return session.insert(expiry::KEY, expiry.whole_seconds()).map_err(other);
    }
    // From an earlier log-in. Any other expiry was set by somebody who meant it.
    if session.get::<f64>(expiry::KEY).ok().flatten() == Some(0.0) {
        session.remove(expiry::KEY);
    }
    Ok(())
}

/// Keeps the token of a link to reset a password, so that it need not stand in the address.
pub fn set_reset_token(request: &HttpRequest, token: &str) -> Result<(), AuthError> {
    put(&request.get_session(), RESET_TOKEN, token)
}

/// The token that was kept.
pub fn reset_token(request: &HttpRequest) -> Option<String> {
    request.get_session().get(RESET_TOKEN).ok().flatten()
}

/// Forgets it.
pub fn forget_reset_token(request: &HttpRequest) {
    request.get_session().remove(RESET_TOKEN);
}

/// When the session's owner last gave their password in it, as far as was known when the request came.
pub fn password_given_at(request: &HttpRequest) -> Option<PrimitiveDateTime> {
    let exchange = exchange(request);
    let dealings = exchange.get();
    let loaded = dealings.loaded.as_ref().filter(|_| !dealings.owner_changed)?;
    let noted = loaded.noted.as_ref()?;
    let owner: String = serde_json::from_str(loaded.state.get(USER_ID)?).ok()?;
    noted.password_at.filter(|_| owner == noted.user_id.to_string())
}

/// Ends the session, whoever's it is, when the request is answered, and with it calls the receivers of `user_logged_out`.
pub async fn logout(request: &HttpRequest, auth: &Arc<Auth>) -> Result<(), AuthError> {
    let user = get_user(request, auth).await?.map(|known| known.user);
    let event = UserLoggedOut { user, session_key: session_key(request) };
    let send = move |occasion: &mut Occasion<'_>| occasion.auth.signals.user_logged_out.send(occasion, &event);
    let companion = companion(request, auth, send);
    if exchange(request).get().loaded.is_some() {
        exchange(request).edit().companions.push(companion);
    } else {
        // There is no row with which it could go.
        let written = auth.database.run(move |db| db.write(|db| companion.write(db))).await;
        exchange(request).edit().fault = written.err();
    }
    flush(request);
    Ok(())
}

/// Whose session this is, asked anew of the database; `None` for nobody.
///
/// A session whose hash no longer fits the password ends here; one tied with an older key gets another hash.
pub async fn get_user(request: &HttpRequest, auth: &Arc<Auth>) -> Result<Option<Authenticated>, AuthError> {
    let session = request.get_session();
    let Some(id) = user_id(request).await else {
        return Ok(None);
    };
    let Ok(Some(backend)) = session.get::<String>(BACKEND) else {
        return Ok(None);
    };
    let Some(user) = load(request, auth, &backend, id).await? else {
        return Ok(None);
    };
    let stored = session.get::<String>(session_hash::KEY).ok().flatten().unwrap_or_default();
    match tie(&user, &stored, auth) {
        Tie::Current => {}
        Tie::Older => {
            // Unlike in Django its key stays: nobody logs in, and requests that come at once with it must all be let in.
            put(&session, session_hash::KEY, &session_hash::of(&user, auth.keys.current()))?;
            exchange(request).edit().resigned = Some(session.entries().clone());
        }
        Tie::Broken => {
            flush(request);
            return Ok(None);
        }
    }
    Ok(Some(Authenticated { user, backend }))
}

/// The key of this request's session, if it has one in the database.
pub fn session_key(request: &HttpRequest) -> Option<String> {
    exchange(request).get().loaded.as_ref().map(|loaded| loaded.key.clone())
}

async fn user_id(request: &HttpRequest) -> Option<i32> {
    Identity::extract(request).await.ok()?.id().ok()?.parse().ok()
}

/// The person with this id, as far as the backend that their session names lets them in: as they were read together
/// with the session, or else read now.
async fn load(request: &HttpRequest, auth: &Auth, backend: &str, id: i32) -> Result<Option<User>, AuthError> {
    let Some(backend) = auth.backends.get(backend) else {
        return Ok(None);
    };
    let owner = owner(&exchange(request).get()).filter(|owner| owner.id == id);
    let user = match owner {
        Some(owner) => Some(owner),
        None => auth.database.run(move |db| Ok::<_, AuthError>(user::find(db, id)?)).await?,
    };
    Ok(user.filter(|user| backend.user_can_authenticate(user)))
}

fn owner(dealings: &Dealings) -> Option<User> {
    if dealings.owner_changed { None } else { dealings.loaded.as_ref()?.owner.clone() }
}

/// How a session's hash fits the password.
enum Tie {
    Current,
    Older,
    Broken,
}

fn tie(user: &User, stored: &str, auth: &Auth) -> Tie {
    let fits = |key| constant_time_eq(stored, &session_hash::of(user, key));
    if fits(auth.keys.current()) {
        Tie::Current
    } else if auth.keys.fallbacks().iter().any(fits) {
        Tie::Older
    } else {
        Tie::Broken
    }
}

fn belongs_to(session: &Session, user: &User, auth: &Auth) -> bool {
    let id = session.get::<String>(USER_ID).ok().flatten();
    let hash = session.get::<String>(session_hash::KEY).ok().flatten().unwrap_or_default();
    id == Some(user.id.to_string()) && !matches!(tie(user, &hash, auth), Tie::Broken)
}

/// Empties the session and gives up its key, and nobody hears of it. The bridge deletes the row and the cookie unless a
/// log-in follows.
pub fn flush(request: &HttpRequest) {
    let session = request.get_session();
    session.clear();
    session.renew();
    let exchange = exchange(request);
    let mut dealings = exchange.edit();
    dealings.flushed = true;
    dealings.owner_changed = true;
}

fn put(session: &Session, key: &str, value: &str) -> Result<(), AuthError> {
    session.insert(key, value).map_err(other)
}

fn exchange(request: &HttpRequest) -> Exchange {
    request.extensions().get::<Exchange>().cloned().unwrap_or_default()
}

fn other(error: impl std::error::Error) -> AuthError {
    AuthError::Other(error.to_string().into())
}

/// What the receivers of a signal write, to go with the session.
fn companion(
    request: &HttpRequest,
    auth: &Arc<Auth>,
    send: impl Fn(&mut Occasion<'_>) -> Result<(), AuthError> + Send + Sync + 'static,
) -> Companion {
    let client = request.extensions().get::<Client>().cloned().unwrap_or_default();
    let auth = Arc::clone(auth);
    Companion::new(move |db| {
        send(&mut Occasion::new(&auth, &client, db)).map_err(|error| match error {
            AuthError::Db(error) => error.into(),
            error => Fault::Failed(error.to_string()),
        })
    })
}
