//! Lets pages of other origins call the API with a token (Fetch Standard, CORS; the names are django-cors-headers'). Never
//! with cookies: no answer allows credentials.

use actix_web::{
    Error, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{self, HeaderMap, HeaderValue},
    },
    middleware::Next,
    web,
};

use crate::{site::Site, web::api};

const METHODS: HeaderValue = HeaderValue::from_static("DELETE, GET, OPTIONS, PATCH, POST, PUT");
const HEADERS: HeaderValue = HeaderValue::from_static("accept, authorization, content-type, x-requested-with");
/// For how long a browser need not ask again, in seconds.
const MAX_AGE: HeaderValue = HeaderValue::from_static("86400");

/// Answers what browsers ask beforehand, and says on other answers who may read them.
pub async fn middleware(
    site: web::Data<Site>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let local = request.path().strip_prefix(site.settings.server.script_name.as_str());
    if !local.is_some_and(api::is_below) {
        return next.call(request).await.map(ServiceResponse::map_into_boxed_body);
    }
    let origin = allowed(request.headers(), &site.settings.api.cors_allowed_origins);
    let is_preflight =
        request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if origin.is_some() && is_preflight {
        let mut response = HttpResponse::Ok();
        response.insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, METHODS));
        response.insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS));
        response.insert_header((header::ACCESS_CONTROL_MAX_AGE, MAX_AGE));
        request.into_response(response.finish())
    } else {
        next.call(request).await?.map_into_boxed_body()
    };
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
    Ok(response)
}

/// The origin of a request, if it is one of `known`.
fn allowed(headers: &HeaderMap, known: &[String]) -> Option<HeaderValue> {
    let origin = headers.get(header::ORIGIN)?;
    known.iter().any(|known| origin.as_bytes() == known.trim_end_matches('/').as_bytes()).then(|| origin.clone())
}
