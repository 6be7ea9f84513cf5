//! An API of one's own behind Vestibule's tokens: what the tokens say, two routes, and who may ask for them.

use actix_web::{HttpResponse, http::Method, web};
use serde_json::json;
use vestibule::{
    auth::AuthError,
    db::Db,
    jwt::{ClaimSet, Claims, Holder},
    web::{
        ApiError, Caller,
        api::{
            Data,
            permissions::{IsAdminUser, IsAuthenticated, Permission, Policy},
            schema::{Answer, Body, Operation, Security},
            serializer::{Field, Kind, Serializer},
        },
        urls::Url,
    },
};

/// Which team owns which e-mail domain. A real one would ask a table here.
fn tenant(email: &str) -> Option<&'static str> {
    match email.rsplit_once('@')?.1 {
        "lighthouse.example" => Some("keepers"),
        "harbour.example" => Some("pilots"),
        _ => None,
    }
}

/// What tokens say: the tenant and the username, instead of the usual four.
pub struct TeamClaims;

impl Claims for TeamClaims {
    fn claims(&self, holder: &Holder, _: &mut Db) -> Result<ClaimSet, AuthError> {
        let Holder { user, .. } = holder;
        Ok(ClaimSet::new().with("tenant", tenant(&user.email)).with("username", &user.username))
    }
}

/// Whoever is known, but no staff: they watch by day.
pub struct MayWatch;

impl Policy for MayWatch {
    fn permission() -> impl Permission {
        IsAuthenticated.and(IsAdminUser.not())
    }
}

const TEAM: Serializer =
    Serializer { name: "Team", fields: &[Field { name: "tenant", kind: Kind::Shown, help: "The team." }] };
const WATCH: Serializer = Serializer {
    name: "Watch",
    fields: &[
        Field { name: "night", kind: Kind::Text(Some(20)), help: "Which night." },
        Field { name: "keeper", kind: Kind::Shown, help: "Who keeps it." },
    ],
};

/// Of [`team`].
pub const GET_TEAM: Operation = Operation {
    summary: "Team",
    description: "The team of whoever asks.",
    security: Security::Required,
    body: Body::None,
    parameters: &[],
    answers: &[Answer::of(200, "The team.", &TEAM), Answer::refusal(404, "They have none.")],
};
/// Of [`watch`].
pub const KEEP_WATCH: Operation = Operation {
    summary: "Keep a watch",
    description: "Takes a night's watch. Not for staff.",
    security: Security::Required,
    body: Body::Whole(&WATCH),
    parameters: &[],
    answers: &[Answer::of(201, "The watch.", &WATCH)],
};

/// For whoever is known, by a token or by a session.
pub async fn team(caller: Caller) -> Result<HttpResponse, ApiError> {
    let tenant = tenant(&caller.person()?.email).ok_or(ApiError::NotFound("You are in no team.".to_owned()))?;
    Ok(HttpResponse::Ok().json(json!({ "tenant": tenant })))
}

/// For whoever may watch.
pub async fn watch(caller: Caller<MayWatch>, data: Data) -> Result<HttpResponse, ApiError> {
    let (keeper, valid) = (caller.person()?, WATCH.read(&data)?);
    Ok(HttpResponse::Created().json(json!({ "night": valid.text("night"), "keeper": keeper.username })))
}

/// The routes; below `/api/`, so that errors are JSON.
pub fn urls() -> Vec<Url> {
    vec![
        Url::new("/api/team/", "team").on(Method::GET, || web::to(team), &GET_TEAM),
        Url::new("/api/watch/", "watch").on(Method::POST, || web::to(watch), &KEEP_WATCH),
    ]
}
