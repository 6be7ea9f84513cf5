//! The API, beside real DRF and simplejwt.

mod cookies;
mod crowd;
mod django;
mod forgeries;
mod hostile;
mod lockout;
mod mint;
mod own_tokens;
mod posts;
mod request;
mod rotation;
mod schema;
mod settings;
mod table;
mod twin;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::support::{PASSWORD, TestApp, TestAppBuilder};

use crowd::Sent;
use django::Django;
use mint::Mint;
use request::{Answer, Request, Side};

const LOGIN: &str = "/api/auth/login/";
const REFRESH: &str = "/api/auth/refresh/";
const VERIFY: &str = "/api/auth/verify/";
const LOGOUT: &str = "/api/auth/logout/";
const PROFILE: &str = "/api/profile/";
const POSTS: &str = "/api/posts/";

/// A site with `ann`, where nobody is locked out: these tests are not about guessing.
fn site() -> TestAppBuilder {
    TestApp::init().with_user("ann").setting("AXES_ENABLED", "false")
}

/// What a log-in gives.
struct Pair {
    access: String,
    refresh: String,
}

impl Pair {
    #[track_caller]
    fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, 200, "{answer:?}");
        let json = answer.json();
        let token = |name: &str| json[name].as_str().unwrap_or_else(|| panic!("{name}: {json}")).to_owned();
        Self { access: token("access"), refresh: token("refresh") }
    }

    #[track_caller]
    fn obtain(side: &dyn Side, username: &str) -> Self {
        let body = json!({"username": username, "password": PASSWORD}).to_string();
        Self::of(&side.answer(&Request::post(LOGIN, body)))
    }

    /// The next one.
    #[track_caller]
    fn renew(&self, side: &dyn Side) -> Self {
        Self::of(&refresh(side, &self.refresh))
    }
}

fn refresh(side: &dyn Side, token: &str) -> Answer {
    side.answer(&Request::field(REFRESH, "refresh", token))
}

fn verify(side: &dyn Side, token: &str) -> Answer {
    side.answer(&Request::field(VERIFY, "token", token))
}

fn take_back(side: &dyn Side, token: &str) -> Answer {
    side.answer(&Request::field(LOGOUT, "refresh", token))
}

fn profile(side: &dyn Side, token: &str) -> Answer {
    side.answer(&Request::get(PROFILE).bearer(token))
}

/// Whether a token may be used, asked without using it.
fn is_good(side: &dyn Side, token: &str) -> bool {
    let answer = verify(side, token);
    assert!([200, 400, 401].contains(&answer.status), "{answer:?}");
    answer.status == 200
}

/// What a token says.
fn claims_of(token: &str) -> Value {
    let part = token.split('.').nth(1).expect("claims");
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).expect("base64")).expect("JSON")
}

#[track_caller]
fn assert_blacklisted(answer: &Answer) {
    assert_eq!((answer.status, &answer.json()["detail"]), (401, &json!("Token is blacklisted")), "{answer:?}");
    assert_eq!(answer.json()["code"], "token_not_valid");
    assert_eq!(answer.www_authenticate, "Bearer realm=\"api\"");
}

#[track_caller]
fn assert_unauthenticated(answer: &Answer) {
    let detail = json!({"detail": "Authentication credentials were not provided."});
    assert_eq!((answer.status, answer.json()), (401, detail), "{answer:?}");
    assert_eq!(answer.www_authenticate, "Bearer realm=\"api\"");
}
