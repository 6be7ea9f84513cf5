//! `/api/posts/` and `/api/posts/{id}/`.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use time::PrimitiveDateTime;

use super::{
    ApiError, Caller, Object,
    data::Data,
    object::{Resource, missing, only_of},
    page::{PAGE, PageNumber, Paginated},
    permissions::{IsAuthenticatedOrReadOnly, IsOwnerOrAdmin, Owned},
    schema::{Answer, Body, Operation, Security},
    serializer::{Field, Kind, Serializer},
};
use crate::{
    auth::AuthError,
    client::Client,
    db::Db,
    posts::{self, MAX_TITLE, NewPost, Post},
    site::Site,
};

const POST: Serializer = Serializer {
    name: "Post",
    fields: &[
        Field { name: "id", kind: Kind::Number, help: "The number of the post." },
        Field { name: "title", kind: Kind::Text(Some(MAX_TITLE)), help: "What it is called." },
        Field { name: "body", kind: Kind::Text(None), help: "What it says." },
        Field { name: "owner", kind: Kind::Number, help: "The number of the account that wrote it." },
        Field { name: "created_at", kind: Kind::Moment, help: "When it was written." },
        Field { name: "updated_at", kind: Kind::Moment, help: "When it was last changed." },
    ],
};

/// Of [`list`].
pub const LIST: Operation = Operation {
    summary: "List posts",
    description: "The posts that one may read, the newest first, page by page: one's own, for staff all. Strangers may ask, \
                  and see none.",
    security: Security::Optional,
    body: Body::None,
    parameters: &[PAGE],
    answers: &[Answer::page(200, "A page of posts.", &POST), Answer::refusal(404, "There is no such page.")],
};
/// Of [`create`].
pub const CREATE: Operation = Operation {
    summary: "Write a post",
    description: "Whoever asks owns it.",
    security: Security::Required,
    body: Body::Whole(&POST),
    parameters: &[],
    answers: &[Answer::of(201, "The post.", &POST)],
};
/// Of [`get`].
pub const GET: Operation = Operation {
    summary: "Read a post",
    description: "For its owner and for staff.",
    security: Security::Required,
    body: Body::None,
    parameters: &[],
    answers: &[Answer::of(200, "The post.", &POST), FORBIDDEN, NOT_FOUND],
};
/// Of [`put`].
pub const PUT: Operation = Operation {
    summary: "Replace a post",
    description: "For its owner and for staff. The owner stays.",
    security: Security::Required,
    body: Body::Whole(&POST),
    parameters: &[],
    answers: &[Answer::of(200, "The post as it is now.", &POST), FORBIDDEN, NOT_FOUND],
};
/// Of [`patch`].
pub const PATCH: Operation = Operation {
    summary: "Change a post",
    description: "For its owner and for staff. What is not sent stays.",
    security: Security::Required,
    body: Body::Partial(&POST),
    parameters: &[],
    answers: &[Answer::of(200, "The post as it is now.", &POST), FORBIDDEN, NOT_FOUND],
};
/// Of [`delete`].
pub const DELETE: Operation = Operation {
    summary: "Delete a post",
    description: "For its owner and for staff.",
    security: Security::Required,
    body: Body::None,
    parameters: &[],
    answers: &[Answer::empty(204, "It is gone."), FORBIDDEN, NOT_FOUND],
};
const FORBIDDEN: Answer = Answer::refusal(403, "It is somebody else's.");
const NOT_FOUND: Answer = Answer::refusal(404, "There is no such post.");

#[derive(Serialize)]
struct Shown {
    id: i64,
    title: String,
    body: String,
    owner: i32,
    created_at: String,
    updated_at: String,
}

impl From<Post> for Shown {
    fn from(post: Post) -> Self {
        let Post { id, title, body, owner_id, created_at, updated_at } = post;
        Self { id, title, body, owner: owner_id, created_at: moment(created_at), updated_at: moment(updated_at) }
    }
}

/// As DRF writes a time.
fn moment(at: PrimitiveDateTime) -> String {
    at.assume_utc().format(&time::format_description::well_known::Rfc3339).unwrap_or_default()
}

impl Owned for Post {
    fn owner_id(&self) -> i32 {
        self.owner_id
    }
}

impl Resource for Post {
    type Policy = IsOwnerOrAdmin;
    const NAME: &'static str = "Post";

    fn find(db: &mut Db, id: i64) -> Result<Option<Self>, AuthError> {
        Ok(posts::find(db, id)?)
    }
}

/// A page of those that one may read.
pub async fn list(
    request: HttpRequest,
    site: web::Data<Site>,
    client: Client,
    caller: Caller<IsAuthenticatedOrReadOnly>,
) -> Result<HttpResponse, ApiError> {
    let per_page = i64::from(site.settings.api.page_size.get());
    let wanted = PageNumber::of(request.query_string())?;
    let Some(user) = caller.user() else {
        let none = Paginated::<Shown>::new(&request, &client, wanted.at(0, per_page)?, Vec::new());
        return Ok(HttpResponse::Ok().json(none));
    };
    let owner = only_of(user);
    let (page, posts) = site
        .run(move |db, _| -> Result<_, ApiError> {
            let page = wanted.at(posts::count(db, owner).map_err(AuthError::from)?, per_page)?;
            let posts = posts::list(db, owner, per_page, page.offset()).map_err(AuthError::from)?;
            Ok((page, posts))
        })
        .await?;
    let shown = posts.into_iter().map(Shown::from).collect();
    Ok(HttpResponse::Ok().json(Paginated::new(&request, &client, page, shown)))
}

/// Writes one; whoever asks owns it.
pub async fn create(
    site: web::Data<Site>,
    caller: Caller<IsAuthenticatedOrReadOnly>,
    data: Data,
) -> Result<HttpResponse, ApiError> {
    let (owner_id, valid) = (caller.person()?.id, POST.read(&data)?);
    let post = site
        .run(move |db, auth| -> Result<_, AuthError> {
            let new = NewPost { title: valid.text("title"), body: valid.text("body"), owner_id };
            Ok(posts::create(db, new, auth.clock.now())?)
        })
        .await?;
    Ok(HttpResponse::Created().json(Shown::from(post)))
}

/// Shows one.
pub async fn get(post: Object<Post>) -> HttpResponse {
    HttpResponse::Ok().json(Shown::from(post.object))
}

/// Replaces what may be changed.
pub async fn put(site: web::Data<Site>, post: Object<Post>, data: Data) -> Result<HttpResponse, ApiError> {
    change(&site, post.object, POST.read(&data)?).await
}

/// Changes what is sent.
pub async fn patch(site: web::Data<Site>, post: Object<Post>, data: Data) -> Result<HttpResponse, ApiError> {
    change(&site, post.object, POST.read_partial(&data)?).await
}

async fn change(site: &Site, post: Post, valid: super::serializer::Valid) -> Result<HttpResponse, ApiError> {
    let changed = site
        .run(move |db, auth| -> Result<_, AuthError> {
            Ok(posts::update(db, post.id, valid.get("title"), valid.get("body"), auth.clock.now())?)
        })
        .await?;
    Ok(HttpResponse::Ok().json(Shown::from(changed.ok_or_else(missing::<Post>)?)))
}

/// Deletes one.
pub async fn delete(site: web::Data<Site>, post: Object<Post>) -> Result<HttpResponse, ApiError> {
    let deleted = site.run(move |db, _| -> Result<_, AuthError> { Ok(posts::delete(db, post.object.id)?) }).await?;
    if deleted { Ok(HttpResponse::NoContent().finish()) } else { Err(missing::<Post>()) }
}
