use std::{future::Future, pin::Pin, time::Duration};

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{self, HeaderMap},
    web,
};
use percent_encoding::percent_decode;

use super::LoginRequired;
use crate::{csrf, settings::ServerSettings, site::Site, web::PageError};

/// The fields of a form, in order. Of several with one name the last counts, as in Django.
#[derive(Debug, Clone, Default)]
pub struct FormData(Vec<(String, String)>);

impl FormData {
    /// The value of a field.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The value of a field, or nothing.
    pub fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// Reads `application/x-www-form-urlencoded` strictly: what is not UTF-8 or holds a NUL is no form.
    pub(crate) fn parse(body: &[u8], max_fields: usize) -> Result<Self, PageError> {
        let form = Self::parse_with_nul(body, max_fields)?;
        if form.0.iter().any(|(name, value)| name.contains('\0') || value.contains('\0')) {
            return Err(PageError::BadRequest("The form contains null characters."));
        }
        Ok(form)
    }

    /// The same for those whose fields look for NUL themselves.
    pub(crate) fn parse_with_nul(body: &[u8], max_fields: usize) -> Result<Self, PageError> {
        let mut fields = Vec::new();
        for part in body.split(|byte| *byte == b'&').filter(|part| !part.is_empty()) {
            if fields.len() == max_fields {
                return Err(PageError::BadRequest("The form has too many fields."));
            }
            fields.push(pair(part).ok_or(PageError::BadRequest("The form is not valid UTF-8."))?);
        }
        Ok(Self(fields))
    }

    /// Names and values, in order.
    pub fn into_pairs(self) -> Vec<(String, String)> {
        self.0
    }

    /// Reads a query; parts that make no sense are left out.
    pub fn parse_lossy(query: &str) -> Self {
        Self(query.split('&').filter(|part| !part.is_empty()).filter_map(|part| pair(part.as_bytes())).collect())
    }
}

fn pair(part: &[u8]) -> Option<(String, String)> {
    let at = part.iter().position(|byte| *byte == b'=').unwrap_or(part.len());
    let (name, value) = (&part[..at], part.get(at + 1..).unwrap_or_default());
    Some((decode(name)?, decode(value)?))
}

fn decode(text: &[u8]) -> Option<String> {
    let spaced: Vec<u8> = text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    percent_decode(&spaced).decode_utf8().ok().map(Into::into)
}

/// A form that knows its fields.
pub trait Form: Sized + 'static {
    /// Takes what was typed. What is wrong with it is data for the page, not an error.
    fn bind(data: &FormData) -> Self;
}

/// A form that came from a page of ours: its token was checked before the handler saw it.
#[derive(Debug)]
pub struct CsrfForm<T> {
    /// The form.
    pub form: T,
    /// Its fields as they were sent.
    pub data: FormData,
}

impl<T: Form> FromRequest for CsrfForm<T> {
    type Error = PageError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, PageError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), web::Payload::from_request(request, payload));
        Box::pin(async move {
            let site = request.app_data::<web::Data<Site>>().ok_or(PageError::Internal("no site is mounted".into()))?;
            let limits = &site.settings.server;
            check_content_type(request.headers())?;
            let body = read(request.headers(), payload.await.map_err(|_| UNREADABLE)?, limits).await?;
            if !body.is_empty() && !request.headers().contains_key(header::CONTENT_TYPE) {
                return Err(PageError::UnsupportedMediaType);
            }
            let data = FormData::parse(&body, usize::try_from(limits.max_fields).unwrap_or(usize::MAX))?;
            csrf::check(&request, &site.settings.csrf, data.get(csrf::FIELD))?;
            Ok(Self { form: T::bind(&data), data })
        })
    }
}

/// A form of somebody who is logged in. As in Django, a form that did not come from a page of ours is refused first, whoever
/// sends it; strangers are led to the log-in page.
#[derive(Debug)]
pub struct OwnForm<T> {
    /// The person.
    pub person: LoginRequired,
    /// The form.
    pub form: T,
}

impl<T: Form> FromRequest for OwnForm<T> {
    type Error = PageError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, PageError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, form) = (request.clone(), CsrfForm::from_request(request, payload));
        Box::pin(async move {
            let CsrfForm { form, .. } = form.await?;
            Ok(Self { person: LoginRequired::extract(&request).await?, form })
        })
    }
}

const UNREADABLE: PageError = PageError::BadRequest("The request could not be read.");

/// The body, if it is short enough and arrives in time. One that says it is too long is not waited for.
pub(in crate::web) async fn read(
    headers: &HeaderMap,
    payload: web::Payload,
    limits: &ServerSettings,
) -> Result<web::Bytes, PageError> {
    let declared = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|length| length > limits.max_body.into()) {
        return Err(PageError::TooLarge);
    }
    let patience = match Duration::try_from(limits.upload_timeout) {
        Ok(limit) if !limit.is_zero() => limit,
        _ => Duration::MAX,
    };
    let body = payload.to_bytes_limited(usize::try_from(limits.max_body).unwrap_or(usize::MAX));
    match tokio::time::timeout(patience, body).await {
        Err(_) => Err(PageError::Timeout),
        Ok(Err(_)) => Err(PageError::TooLarge),
        Ok(Ok(Err(_))) => Err(UNREADABLE),
        Ok(Ok(Ok(body))) => Ok(body),
    }
}

/// Forms are urlencoded UTF-8. An empty body without a type is an empty form.
fn check_content_type(headers: &HeaderMap) -> Result<(), PageError> {
    let encoded = headers.get(header::CONTENT_ENCODING).is_some_and(|value| value != "identity");
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return if encoded { Err(PageError::UnsupportedMediaType) } else { Ok(()) };
    };
    let kind: mime_guess::mime::Mime =
        value.to_str().ok().and_then(|text| text.parse().ok()).ok_or(PageError::UnsupportedMediaType)?;
    if encoded || kind.essence_str() != "application/x-www-form-urlencoded" {
        return Err(PageError::UnsupportedMediaType);
    }
    match kind.get_param("charset") {
        Some(charset) if charset != "utf-8" => Err(PageError::BadRequest("The form is not valid UTF-8.")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_read_as_browsers_send_them() {
        let data = FormData::parse(b"a=1&b=x+y%26z&a=2&=n&c&d=%zz", 10).expect("a form");
        assert_eq!((data.get("a"), data.get("b"), data.get("c")), (Some("2"), Some("x y&z"), Some("")));
        assert_eq!((data.get("d"), data.get("e")), (Some("%zz"), None));
    }

    #[test]
    fn what_is_not_text_is_no_form() {
        for bad in [&b"a=%ff"[..], b"a=\xff", b"%ff=1", b"a=%00", b"a=1&b=2&c=3"] {
            assert!(FormData::parse(bad, 2).is_err(), "{bad:?}");
        }
        let data = FormData::parse_with_nul(b"a=x%00&%00=1", 2).expect("a form");
        assert_eq!(data.get("a"), Some("x\0"));
    }
}
