//! The object that a path names: found, and its permission checked, in this one place for every method.

use std::{future::Future, pin::Pin};

use actix_web::{FromRequest, HttpRequest, dev::Payload};

use super::{
    ApiError,
    caller::{authenticate, granted, refusal, site},
    permissions::{Ask, Owned, Permission, Policy},
};
use crate::{auth::AuthError, db::Db, users::User};

/// Something that a path names by its `{id}`.
pub trait Resource: Owned + Sized + Send + 'static {
    /// Who may do what to it.
    type Policy: Policy;
    /// What people call one of them.
    const NAME: &'static str;

    /// Finds it.
    fn find(db: &mut Db, id: i64) -> Result<Option<Self>, AuthError>;
}

/// An object that whoever asks may ask for so.
#[derive(Debug)]
pub struct Object<T> {
    /// The object.
    pub object: T,
}

impl<T: Resource> FromRequest for Object<T> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let user = authenticate(&request).await?;
            let permission = T::Policy::permission();
            let granted = granted(&request, &permission, user.as_ref()).await?;
            let ask = Ask { user: user.as_deref(), method: request.method(), granted: &granted };
            if !permission.allows(&ask) {
                return Err(refusal(&ask));
            }
            let object = find::<T>(&request).await?;
            if permission.allows_object(&ask, &object) { Ok(Self { object }) } else { Err(refusal(&ask)) }
        })
    }
}

async fn find<T: Resource>(request: &HttpRequest) -> Result<T, ApiError> {
    let Some(id) = id(request.match_info().query("id")) else { return Err(missing::<T>()) };
    let found = site(request)?.auth.database.run(move |db| T::find(db, id)).await?;
    found.ok_or_else(missing::<T>)
}

/// A number as we write it ourselves: one object has one path.
fn id(text: &str) -> Option<i64> {
    text.parse().ok().filter(|id: &i64| id.to_string() == text)
}

/// What is said where there is none, or none any more.
pub(super) fn missing<T: Resource>() -> ApiError {
    ApiError::NotFound(format!("No {} matches the given query.", T::NAME))
}

/// Which objects of a list somebody may see: of whom alone, unless they may see all.
pub(super) fn only_of(user: &User) -> Option<i32> {
    (!user.is_staff).then_some(user.id)
}
