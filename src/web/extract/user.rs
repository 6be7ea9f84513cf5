use std::{future::Future, pin::Pin, sync::Arc};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, web};

use crate::{
    auth::{Authenticated, models::User, session},
    site::Site,
    web::{PageError, redirect},
};

/// Whoever is logged in, or nobody: Django's `request.user`. Looked up once per request.
#[derive(Debug, Clone)]
pub struct CurrentUser(Option<Arc<Authenticated>>);

impl CurrentUser {
    /// The person.
    pub fn user(&self) -> Option<&User> {
        self.0.as_ref().map(|known| &known.user)
    }

    /// The path of the backend that their session names.
    pub fn backend(&self) -> Option<&str> {
        self.0.as_ref().map(|known| known.backend.as_str())
    }

    pub(in crate::web) async fn of(request: &HttpRequest) -> Result<Self, PageError> {
        if let Some(known) = request.extensions().get::<Self>() {
            return Ok(known.clone());
        }
        let site = request.app_data::<web::Data<Site>>().ok_or(PageError::Internal("no site is mounted".into()))?;
        let user = Self(session::get_user(request, &site.auth).await?.map(Arc::new));
        request.extensions_mut().insert(user.clone());
        Ok(user)
    }
}

impl FromRequest for CurrentUser {
    type Error = PageError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, PageError>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { Self::of(&request).await })
    }
}

/// Somebody who is logged in; strangers are led to the log-in page and back (`login_required`).
#[derive(Debug, Clone)]
pub struct LoginRequired(Arc<Authenticated>);

impl LoginRequired {
    /// The person.
    pub fn user(&self) -> &User {
        &self.0.user
    }

    /// The path of the backend that their session names.
    pub fn backend(&self) -> &str {
        &self.0.backend
    }
}

impl FromRequest for LoginRequired {
    type Error = PageError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, PageError>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            if let Some(known) = CurrentUser::of(&request).await?.0 {
                return Ok(Self(known));
            }
            let login_url = request.app_data::<web::Data<Site>>().map(|site| site.login_url()).unwrap_or_default();
            Err(PageError::LoginRequired(redirect::login_url(&request, &login_url)))
        })
    }
}
