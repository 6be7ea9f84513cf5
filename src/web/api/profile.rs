//! `/api/profile/`: whoever holds the token.

use actix_web::HttpResponse;
use serde::Serialize;

use super::{
    ApiError, Caller,
    schema::{Answer, Body, Operation, Security},
    serializer::{Field, Kind, Serializer},
};

const PROFILE: Serializer = Serializer {
    name: "Profile",
    fields: &[
        Field { name: "id", kind: Kind::Number, help: "The number of the account." },
        Field { name: "username", kind: Kind::Shown, help: "The name by which they log in." },
        Field { name: "email", kind: Kind::Shown, help: "The e-mail address; may be empty." },
    ],
};

/// Of [`get`].
pub const GET: Operation = Operation {
    summary: "Profile",
    description: "Whose token, or session, this is.",
    security: Security::Required,
    body: Body::None,
    parameters: &[],
    answers: &[Answer::of(200, "Their profile.", &PROFILE)],
};

#[derive(Serialize)]
struct Profile<'a> {
    id: i32,
    username: &'a str,
    email: &'a str,
}

/// Shows it.
pub async fn get(caller: Caller) -> Result<HttpResponse, ApiError> {
    let user = caller.person()?;
    Ok(HttpResponse::Ok().json(Profile { id: user.id, username: &user.username, email: &user.email }))
}
