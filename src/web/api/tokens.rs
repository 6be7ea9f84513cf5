//! `/api/auth/…`: simplejwt's four views.

use actix_web::{HttpResponse, http::StatusCode, web};
use serde::Serialize;

use super::{
    ApiError,
    data::Data,
    schema::{Answer, Body, Operation, Security},
    serializer::{Field, Kind, Serializer},
};
use crate::{
    auth::{
        Credentials, Outcome,
        models::user::{MAX_EMAIL, normalize_username},
    },
    client::Client,
    jwt::{Pair, Sent},
    site::Site,
};

const CREDENTIALS: Serializer = Serializer {
    name: "Credentials",
    fields: &[
        Field { name: "username", kind: Kind::Hidden(Some(MAX_EMAIL)), help: "The username or the e-mail address." },
        Field { name: "password", kind: Kind::Password, help: "The password, taken exactly as it is sent." },
    ],
};
const REFRESH: Serializer = Serializer {
    name: "RefreshToken",
    fields: &[Field { name: "refresh", kind: Kind::Hidden(None), help: "A refresh token." }],
};
const TOKEN: Serializer = Serializer {
    name: "Token",
    fields: &[Field { name: "token", kind: Kind::Hidden(None), help: "A token of either type." }],
};
const PAIR: Serializer = Serializer {
    name: "TokenPair",
    fields: &[
        Field { name: "refresh", kind: Kind::Shown, help: "The refresh token: for /api/auth/refresh/ alone." },
        Field { name: "access", kind: Kind::Shown, help: "The access token: for the Authorization header." },
    ],
};

/// Of [`login`].
pub const LOGIN: Operation = Operation {
    summary: "Log in",
    description: "Takes a name and a password and gives a pair of tokens. Failures count towards the same lockout as those on \
                  the log-in page.",
    security: Security::None,
    body: Body::Whole(&CREDENTIALS),
    parameters: &[],
    answers: &[
        Answer::of(200, "A pair of tokens.", &PAIR),
        Answer::refusal(401, "No active account has this name and password."),
        Answer::refusal(429, "Too many log-ins failed; `Retry-After` says when to try again."),
    ],
};
/// Of [`refresh`].
pub const REFRESH_TOKEN: Operation = Operation {
    summary: "Refresh",
    description: "Takes a refresh token and gives a new access token, and a new refresh token: the old one is good no more.",
    security: Security::None,
    body: Body::Whole(&REFRESH),
    parameters: &[],
    answers: &[
        Answer::partly(200, "Tokens; `refresh` only where refresh tokens are rotated.", &PAIR, &["access"]),
        Answer::refusal(401, "The token is good no more, or its owner may not log in."),
    ],
};
/// Of [`verify`].
pub const VERIFY: Operation = Operation {
    summary: "Verify",
    description: "Says whether a token of either type is good.",
    security: Security::None,
    body: Body::Whole(&TOKEN),
    parameters: &[],
    answers: &[Answer::empty_object(200, "It is."), Answer::refusal(401, "It is not.")],
};
/// Of [`logout`].
pub const LOGOUT: Operation = Operation {
    summary: "Log out",
    description: "Ends a refresh token. Access tokens that came of it are good until they expire.",
    security: Security::None,
    body: Body::Whole(&REFRESH),
    parameters: &[],
    answers: &[Answer::empty_object(200, "It is ended."), Answer::refusal(401, "It was good no more already.")],
};

/// As simplejwt writes a pair, the refresh token first at a log-in and last at a refresh.
#[derive(Serialize)]
struct Obtained<'a> {
    refresh: Option<&'a str>,
    access: &'a str,
}

#[derive(Serialize)]
struct Refreshed<'a> {
    access: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh: Option<&'a str>,
}

/// A pair of tokens for a name and a password.
pub async fn login(site: web::Data<Site>, client: Client, data: Data) -> Result<HttpResponse, ApiError> {
    let valid = CREDENTIALS.read(&data)?;
    let username = normalize_username(valid.text("username"));
    let known = match site.authenticate(&client, Credentials::password(&username, valid.text("password"))).await? {
        Outcome::User(known) => known,
        Outcome::Refused => {
            return Err(ApiError::AuthenticationFailed("No active account found with the given credentials"));
        }
    };
    if site.auth.second_steps.challenge(&known.user, &client).is_some() {
        // A password alone does not let them in, and the second step is a page.
        return Err(ApiError::Unauthenticated {
            detail: "This account needs a second step, which tokens can't be had without.",
            code: "second_step_required",
        });
    }
    let jwt = site.jwt.clone();
    let pair = site.run_together(move |db, auth| jwt.obtain(db, auth, &client, known.user)).await;
    let Pair { access, refresh } = pair.map_err(ApiError::of_access)?;
    Ok(HttpResponse::Ok().json(Obtained { refresh: refresh.as_deref(), access: &access }))
}

/// New tokens for a refresh token.
pub async fn refresh(site: web::Data<Site>, client: Client, data: Data) -> Result<HttpResponse, ApiError> {
    let (jwt, sent) = (site.jwt.clone(), sent(&site, client, &data)?);
    let verdict = site.run_together(move |db, auth| jwt.refresh(db, auth, &sent)).await;
    let Pair { access, refresh } = verdict.flatten().map_err(ApiError::of_refresh)?;
    Ok(HttpResponse::Ok().json(Refreshed { access: &access, refresh: refresh.as_deref() }))
}

/// Whether a token is good.
pub async fn verify(site: web::Data<Site>, data: Data) -> Result<HttpResponse, ApiError> {
    let (jwt, token) = (site.jwt.clone(), TOKEN.read(&data)?);
    site.run(move |db, auth| jwt.verify(db, auth, token.text("token"))).await.map_err(ApiError::of_verify)?;
    Ok(done())
}

/// Ends a refresh token.
pub async fn logout(site: web::Data<Site>, client: Client, data: Data) -> Result<HttpResponse, ApiError> {
    let (jwt, sent) = (site.jwt.clone(), sent(&site, client, &data)?);
    let verdict = site.run_together(move |db, auth| jwt.blacklist(db, auth, &sent)).await;
    verdict.flatten().map_err(ApiError::of_refresh)?;
    Ok(done())
}

/// The refresh token that was sent.
fn sent(site: &Site, client: Client, data: &Data) -> Result<Sent, ApiError> {
    let valid = REFRESH.read(data)?;
    site.jwt.read_refresh(valid.text("refresh"), client, site.auth.clock.now()).map_err(ApiError::Token)
}

fn done() -> HttpResponse {
    HttpResponse::build(StatusCode::OK).json(serde_json::Map::new())
}
