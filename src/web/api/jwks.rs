//! `/.well-known/jwks.json`: the public keys of tokens (RFC 7517), for programs that verify them without asking.

use actix_web::{HttpResponse, http::header, web};

use super::schema::{Answer, Body, Operation, Security};
use crate::site::Site;

/// Of [`get`].
pub const GET: Operation = Operation {
    summary: "Keys",
    description: "The public keys that sign tokens or did so lately; none where one secret both signs and verifies.",
    security: Security::None,
    body: Body::None,
    parameters: &[],
    answers: &[Answer::keys(200, "The keys.")],
};

/// Shows them. They may be kept for a while; a key is announced at least as long before it signs.
pub async fn get(site: web::Data<Site>) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "public, max-age=300")).json(site.jwt.keys.published())
}
