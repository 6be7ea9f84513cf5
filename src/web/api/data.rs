//! The fields of a request's body, as JSON or as a form (DRF's `request.data`).

use std::{future::Future, pin::Pin};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header, web};
use serde_json::value::RawValue;

use super::{
    ApiError, FieldErrors,
    json::{self, NotAnObject},
};
use crate::{
    jwt::ClaimSet,
    site::Site,
    web::{
        PageError,
        extract::{FormData, read_body},
    },
};

/// What was sent.
#[derive(Debug)]
pub enum Data {
    /// As JSON.
    Json(ClaimSet),
    /// As a form.
    Form(FormData),
}

/// The value of one field.
#[derive(Debug)]
pub enum Value {
    /// Some text.
    Text(String),
    /// `null`.
    Null,
    /// Something that is no text: a list, an object, a truth value.
    Other,
}

impl Data {
    /// The value of a field; `None` if there is none.
    pub fn get(&self, name: &str) -> Option<Value> {
        match self {
            Self::Form(form) => form.get(name).map(|text| Value::Text(text.to_owned())),
            Self::Json(object) => object.get::<Box<RawValue>>(name).map(|value| value_of(value.get())),
        }
    }
}

/// Numbers count as text, as they do in DRF, written as Python writes them.
fn value_of(json: &str) -> Value {
    match json.as_bytes().first() {
        Some(b'"') => serde_json::from_str(json).map_or(Value::Other, Value::Text),
        Some(b'n') => Value::Null,
        Some(b'-' | b'0'..=b'9') => number(json).map_or(Value::Other, Value::Text),
        _ => Value::Other,
    }
}

/// `str()` of a number.
fn number(json: &str) -> Option<String> {
    if !json.contains(['.', 'e', 'E']) {
        return Some(if json == "-0" { "0" } else { json }.to_owned());
    }
    let number: f64 = json.parse().ok().filter(|number: &f64| number.is_finite())?;
    let text = format!("{number:?}");
    let Some((digits, exponent)) = text.split_once('e') else {
        return Some(text);
    };
    let exponent: i32 = exponent.parse().ok()?;
    let digits = digits.strip_suffix(".0").unwrap_or(digits);
    Some(format!("{digits}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs()))
}

impl FromRequest for Data {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), web::Payload::from_request(request, payload));
        Box::pin(async move {
            let site = request.app_data::<web::Data<Site>>().ok_or(PageError::Internal("no site is mounted".into()))?;
            let limits = &site.settings.server;
            let body = read_body(request.headers(), payload.await.map_err(|_| unreadable())?, limits).await?;
            if body.is_empty() && !request.headers().contains_key(header::CONTENT_TYPE) {
                return Ok(Self::Form(FormData::default()));
            }
            let max_fields = usize::try_from(limits.max_fields).unwrap_or(usize::MAX);
            Self::parse(&request, &body, max_fields)
        })
    }
}

impl Data {
    fn parse(request: &HttpRequest, body: &[u8], max_fields: usize) -> Result<Self, ApiError> {
        let header =
            |name| request.headers().get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        let content_type = header(header::CONTENT_TYPE).unwrap_or_default();
        let unsupported = || ApiError::UnsupportedMediaType(content_type.chars().take(100).collect());
        if header(header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
            return Err(unsupported());
        }
        let (kind, parameters) = content_type.split_once(';').unwrap_or((&content_type, ""));
        if charset(parameters).is_some_and(|charset| !charset.eq_ignore_ascii_case("utf-8")) {
            return Err(ApiError::Parse("Only UTF-8 is read here.".to_owned()));
        }
        match kind.trim().to_ascii_lowercase().as_str() {
            "application/json" if body.is_empty() => Ok(Self::Json(ClaimSet::new())),
            "application/json" => json::object(body).map(Self::Json).map_err(ApiError::from),
            "application/x-www-form-urlencoded" => match FormData::parse_with_nul(body, max_fields) {
                Ok(form) => Ok(Self::Form(form)),
                Err(error) => Err(ApiError::Parse(error.to_string())),
            },
            _ => Err(unsupported()),
        }
    }
}

/// What a content type says of its characters.
fn charset(parameters: &str) -> Option<&str> {
    let mut named = parameters.split(';').filter_map(|parameter| parameter.split_once('='));
    let (_, charset) = named.find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))?;
    Some(charset.trim().trim_matches('"'))
}

impl From<NotAnObject> for ApiError {
    fn from(error: NotAnObject) -> Self {
        match error {
            NotAnObject::Malformed(why) => Self::Parse(format!("JSON parse error - {why}")),
            NotAnObject::Other("NoneType") => Self::Invalid(FieldErrors::non_field("No data provided")),
            NotAnObject::Other(kind) => {
                let message = format!("Invalid data. Expected a dictionary, but got {kind}.");
                Self::Invalid(FieldErrors::non_field(message))
            }
        }
    }
}

fn unreadable() -> ApiError {
    ApiError::Parse("The request could not be read.".to_owned())
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_are_written_as_python_writes_them() {
        for (json, text) in [
            ("12", "12"),
            ("-0", "0"),
            ("1000000000000000000000000", "1000000000000000000000000"),
            ("1.0", "1.0"),
            ("1.50", "1.5"),
            ("1e2", "100.0"),
            ("1e16", "1e+16"),
            ("1.5e300", "1.5e+300"),
            ("1e-5", "1e-05"),
            ("-2.5", "-2.5"),
        ] {
            assert_eq!(number(json).as_deref(), Some(text));
        }
        assert_eq!(number("1e999"), None);
    }
}
