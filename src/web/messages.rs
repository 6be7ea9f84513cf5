//! What is said once, at the top of the next page (`django.contrib.messages`). Kept in a signed cookie of our own name:
//! Django's hangs on the version of Django, and a row for each would fill the sessions.

use std::{cell::RefCell, rc::Rc};

use actix_web::{
    Error, HttpMessage, HttpRequest,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
    web,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use crate::{
    client::Client,
    cookies::{Attributes, RequestCookies},
    crypto::{sign_with_time, unsign_with_time},
    site::Site,
};

const COOKIE: &str = "vestibule_messages";
const SALT: &str = "vestibule.messages";
/// How long, in bytes, the messages of one cookie may be, and how long each.
const MAX_COOKIE: usize = 2_048;
const MAX_MESSAGE: usize = 400;

/// How a message is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Something was done.
    Success,
    /// Something is as it is.
    Warning,
    /// Something was refused.
    Error,
}

/// What is said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// How it is meant.
    pub level: Level,
    /// What it says.
    pub text: String,
}

/// The messages of one request. Clones share them.
#[derive(Debug, Clone, Default)]
struct State(Rc<RefCell<Messages>>);

#[derive(Debug, Default)]
struct Messages {
    came: Vec<Message>,
    shown: bool,
    new: Vec<Message>,
}

/// Says something on the next page that is shown.
pub fn say(request: &HttpRequest, level: Level, text: impl Into<String>) {
    let text: String = text.into().chars().take(MAX_MESSAGE).collect();
    state(request).0.borrow_mut().new.push(Message { level, text });
}

/// What is to be said on this page; it is said once.
pub fn take(request: &HttpRequest) -> Vec<Message> {
    let state = state(request);
    let mut messages = state.0.borrow_mut();
    messages.shown = true;
    let mut all = messages.came.clone();
    all.append(&mut messages.new);
    all
}

fn state(request: &HttpRequest) -> State {
    request.extensions().get::<State>().cloned().unwrap_or_default()
}

/// Reads the cookie, and writes what was not shown.
pub async fn middleware<B: MessageBody + 'static>(
    site: web::Data<Site>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let (came, had_cookie, secure) = {
        let extensions = request.extensions();
        let cookie = extensions.get::<RequestCookies>().and_then(|cookies| cookies.get(COOKIE));
        let secure = extensions.get::<Client>().is_some_and(|client| client.secure);
        (cookie.and_then(|cookie| read(&site, cookie)).unwrap_or_default(), cookie.is_some(), secure)
    };
    let state = State(Rc::new(RefCell::new(Messages { came, ..Messages::default() })));
    request.extensions_mut().insert(state.clone());
    let mut response = next.call(request).await?;
    let messages = state.0.borrow();
    let settings = &site.settings.sessions;
    let attributes = Attributes {
        name: COOKIE,
        domain: &settings.cookie_domain,
        path: &settings.cookie_path,
        secure: secure || settings.cookie_secure,
        http_only: true,
        same_site: settings.cookie_samesite,
    };
    if !messages.new.is_empty() {
        let kept = if messages.shown { Vec::new() } else { messages.came.clone() };
        let all = [kept, messages.new.clone()].concat();
        attributes.set(response.headers_mut(), &write(&site, all), None, site.auth.clock.now());
    } else if messages.shown && had_cookie {
        attributes.delete(response.headers_mut());
    }
    Ok(response)
}

fn read(site: &Site, cookie: &str) -> Option<Vec<Message>> {
    let (value, _) = unsign_with_time(cookie, SALT, &site.auth.keys)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(value).ok()?).ok()
}

/// As much of them as a cookie may hold; the last ones are worth most.
fn write(site: &Site, mut messages: Vec<Message>) -> String {
    loop {
        let value = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&messages).unwrap_or_default());
        if value.len() <= MAX_COOKIE || messages.len() < 2 {
            return sign_with_time(&value, SALT, site.auth.clock.unix(), &site.auth.keys);
        }
        messages.remove(0);
    }
}
