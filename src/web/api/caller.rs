//! Who asks: a handler's signature names it, and with it who may ask.

use std::{collections::BTreeSet, future::Future, marker::PhantomData, pin::Pin, sync::Arc};

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::{
        Method,
        header::{self, HeaderMap},
    },
    web,
};

use super::{
    ApiError,
    permissions::{Ask, IsAuthenticated, Permission, Policy},
};
use crate::{
    auth::{AuthError, permissions::has_perm},
    csrf,
    db::{Database, Reader},
    jwt::NoAccount,
    settings::HeaderTypes,
    site::Site,
    users::User,
    web::{PageError, extract::CurrentUser},
};

/// Who asks, with a token or with a session, and may, as far as `P` says. With both, the token counts; a session counts for
/// a change only with the CSRF token of its browser in the header `X-CSRFToken`.
#[derive(Debug, Clone)]
pub struct Caller<P = IsAuthenticated> {
    user: Option<Arc<User>>,
    policy: PhantomData<P>,
}

impl<P> Caller<P> {
    /// Whoever it is; `None` for somebody of whom nothing is known, if the policy lets them ask.
    pub fn user(&self) -> Option<&User> {
        self.user.as_deref()
    }

    /// Whoever it is; strangers are refused, also if the policy lets them ask.
    pub fn person(&self) -> Result<&User, ApiError> {
        self.user().ok_or(ApiError::NotAuthenticated)
    }
}

impl<P: Policy> FromRequest for Caller<P> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let user = authenticate(&request).await?;
            let permission = P::permission();
            let granted = granted(&request, &permission, user.as_ref()).await?;
            let ask = Ask { user: user.as_deref(), method: request.method(), granted: &granted };
            if permission.allows(&ask) { Ok(Self { user, policy: PhantomData }) } else { Err(refusal(&ask)) }
        })
    }
}

/// 401 for a stranger, 403 for somebody who is known.
pub(super) fn refusal(ask: &Ask<'_>) -> ApiError {
    if ask.user.is_some() { ApiError::PermissionDenied } else { ApiError::NotAuthenticated }
}

/// Those of the permissions that are asked for that somebody has.
pub(super) async fn granted(
    request: &HttpRequest,
    permission: &impl Permission,
    user: Option<&Arc<User>>,
) -> Result<BTreeSet<String>, ApiError> {
    let needs = permission.needs(request.method());
    let Some(user) = user.filter(|_| !needs.is_empty()).cloned() else { return Ok(BTreeSet::new()) };
    let work = move |db: &mut crate::db::Db| {
        let mut granted = BTreeSet::new();
        for need in needs {
            if has_perm(db, &user, &need)? {
                granted.insert(need);
            }
        }
        Ok::<_, AuthError>(granted)
    };
    Ok(site(request)?.auth.database.run(work).await?)
}

/// Whoever a request says it comes from. What says so wrongly is refused, also where nobody need say it.
pub(in crate::web) async fn authenticate(request: &HttpRequest) -> Result<Option<Arc<User>>, ApiError> {
    let types = &site(request)?.settings.jwt.auth_header_types;
    if speaks_of_a_token(request.headers(), types) {
        by_token(request).await.map(Some)
    } else {
        by_session(request).await
    }
}

/// Whether the first word of the header is one that a token follows; what else stands there is no business of ours.
pub fn speaks_of_a_token(headers: &HeaderMap, types: &HeaderTypes) -> bool {
    let first = headers.get(header::AUTHORIZATION).and_then(|value| words(value.as_bytes()).next());
    first.and_then(|word| std::str::from_utf8(word).ok()).is_some_and(|word| types.contains(word))
}

fn words(header: &[u8]) -> impl Iterator<Item = &[u8]> {
    header.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty())
}

async fn by_token(request: &HttpRequest) -> Result<Arc<User>, ApiError> {
    let site = site(request)?;
    let mut headers = request.headers().get_all(header::AUTHORIZATION);
    let mut words = words(headers.next().map(header::HeaderValue::as_bytes).unwrap_or_default()).skip(1);
    let (Some(token), None, None) = (words.next(), words.next(), headers.next()) else {
        return Err(ApiError::Unauthenticated {
            detail: "Authorization header must contain two space-delimited values",
            code: "bad_authorization_header",
        });
    };
    let token = std::str::from_utf8(token).unwrap_or_default();
    let jwt = &site.jwt;
    let claims = jwt.access_token(token, site.auth.clock.unix()).map_err(ApiError::AccessToken)?;
    let id = jwt.user_id(&claims)?;
    let people = request.app_data::<People>().ok_or(PageError::Internal("no site is mounted".into()))?;
    let key = id.to_string();
    let user = people.0.look(&key, move |db, _| Ok(id.find(db)?.map(Arc::new))).await?;
    let user = user.ok_or(NoAccount::Unknown)?;
    jwt.check_account(&claims, &user)?;
    Ok(user)
}

async fn by_session(request: &HttpRequest) -> Result<Option<Arc<User>>, ApiError> {
    let known = CurrentUser::of(request).await?;
    let Some(user) = known.user() else { return Ok(None) };
    if !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        csrf::check(request, &site(request)?.settings.csrf, None)?;
    }
    Ok(Some(Arc::new(user.clone())))
}

pub(super) fn site(request: &HttpRequest) -> Result<&web::Data<Site>, ApiError> {
    request.app_data::<web::Data<Site>>().ok_or_else(|| PageError::Internal("no site is mounted".into()).into())
}

/// One worker's look-ups of people whom tokens name.
#[derive(Debug)]
pub struct People(Reader<Option<Arc<User>>>);

impl People {
    /// Looks in `database`.
    pub fn new(database: Database) -> Self {
        Self(Reader::new(database))
    }
}
