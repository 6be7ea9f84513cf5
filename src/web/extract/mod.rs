//! What a handler may ask for in its signature, which is also its access rule.

mod form;
mod user;

pub(super) use form::read as read_body;
pub use form::{CsrfForm, Form, FormData, OwnForm};
pub use user::{CurrentUser, LoginRequired};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload};
use std::future::{Ready, ready};

use super::page::Page;
use crate::client::Client;

impl FromRequest for Client {
    type Error = std::convert::Infallible;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(request.extensions().get::<Self>().cloned().unwrap_or_default()))
    }
}

impl FromRequest for Page {
    type Error = super::PageError;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Self, Self::Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, user) = (request.clone(), CurrentUser::from_request(request, payload));
        Box::pin(async move { Ok(Self::new(&request, user.await?.user())) })
    }
}
