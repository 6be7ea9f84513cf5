//! `/account/`: one's name, address, sessions, programs and what happened; and the form for the name.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::{
    activity::{Activity, moment},
    notice,
};
use crate::{
    auth::{
        AuthError,
        own_sessions::{self, OwnSession, OwnSessions},
        session,
    },
    client::Client,
    devices::describe,
    events,
    jwt::own_tokens::{self, OwnToken, OwnTokens},
    site::Site,
    users::User,
    web::{
        PageError,
        extract::{Form, FormData, LoginRequired, OwnForm},
        page::{Field, Page, render, shown},
        redirect,
    },
};

/// How much of what happened is shown.
const LATEST: i64 = 20;
/// The widths of Django's columns, in characters.
const MAX_NAME: usize = 150;

/// The page.
#[derive(Debug, Template)]
#[template(path = "account/overview.html")]
pub struct OverviewPage {
    /// The frame.
    pub page: Page,
    /// The name by which they log in.
    pub username: String,
    /// Given name.
    pub first_name: Field,
    /// Family name.
    pub last_name: Field,
    /// The address; empty for none.
    pub email: String,
    /// The address that waits to be confirmed.
    pub awaited_email: Option<String>,
    /// Whether there is a password that can be changed.
    pub has_password: bool,
    /// Their sessions.
    pub sessions: Vec<Device>,
    /// How many sessions there are beyond those.
    pub more_sessions: usize,
    /// Their programs.
    pub programs: Vec<Device>,
    /// How many programs there are beyond those.
    pub more_programs: usize,
    /// What happened.
    pub activity: Vec<Activity>,
    /// Whether they may delete their account.
    pub deletion_is_open: bool,
}

shown!(OverviewPage);

/// A session, or a program that holds tokens.
#[derive(Debug)]
pub struct Device {
    /// By what it is ended.
    pub id: String,
    /// The browser or program, in words.
    pub name: String,
    /// From where it was last used.
    pub address: String,
    /// Since when.
    pub since: String,
    /// When it was last used.
    pub last_seen: String,
    /// Whether this page is seen in it.
    pub is_current: bool,
}

impl From<OwnSession> for Device {
    fn from(session: OwnSession) -> Self {
        Self {
            id: session.public_id,
            name: describe(&session.user_agent),
            address: session.ip_address.unwrap_or_default(),
            since: moment(session.created_at),
            last_seen: moment(session.last_seen_at),
            is_current: session.is_current,
        }
    }
}

impl From<OwnToken> for Device {
    fn from(token: OwnToken) -> Self {
        Self {
            id: token.id,
            name: describe(&token.user_agent),
            address: token.ip_address.unwrap_or_default(),
            since: token.started_at.map(moment).unwrap_or_default(),
            last_seen: token.last_used_at.map(moment).unwrap_or_default(),
            is_current: false,
        }
    }
}

/// What somebody typed as their name.
#[derive(Debug)]
pub struct NameForm {
    first_name: String,
    last_name: String,
}

impl Form for NameForm {
    fn bind(data: &FormData) -> Self {
        let text = |name| data.text(name).trim().chars().take(MAX_NAME + 1).collect();
        Self { first_name: text("first_name"), last_name: text("last_name") }
    }
}

impl NameForm {
    fn of(user: &User) -> Self {
        Self { first_name: user.first_name.clone(), last_name: user.last_name.clone() }
    }

    fn fields(&self) -> (Field, Field) {
        let field = |name, label, value: &str| {
            let too_long = value.chars().count() > MAX_NAME;
            let error = too_long.then(|| format!("Ensure this value has at most {MAX_NAME} characters."));
            Field::new(name, label).value(value).errors(error.into_iter().collect())
        };
        (field("first_name", "First name", &self.first_name), field("last_name", "Last name", &self.last_name))
    }
}

/// Shows it.
pub async fn get(
    request: HttpRequest,
    site: web::Data<Site>,
    person: LoginRequired,
) -> Result<HttpResponse, PageError> {
    show(&request, &site, person.user(), NameForm::of(person.user()).fields()).await
}

/// Saves the name.
pub async fn post(
    request: HttpRequest,
    site: web::Data<Site>,
    client: Client,
    OwnForm { person, form }: OwnForm<NameForm>,
) -> Result<HttpResponse, PageError> {
    let fields = form.fields();
    if !fields.0.errors.is_empty() || !fields.1.errors.is_empty() {
        return show(&request, &site, person.user(), fields).await;
    }
    let (accounts, user) = (Arc::clone(&site.accounts), person.user().clone());
    site.run(move |db, _| accounts.change_name(db, &client, &user, &form.first_name, &form.last_name)).await?;
    Ok(redirect::to(&site.path("/account/?done=name")))
}

/// What the page says of somebody.
struct Known {
    awaited_email: Option<String>,
    sessions: OwnSessions,
    programs: OwnTokens,
    activity: Vec<Activity>,
}

async fn look(request: &HttpRequest, site: &Site, user: User) -> Result<Known, PageError> {
    let (accounts, settings) = (Arc::clone(&site.accounts), site.settings.sessions.clone());
    let key = session::session_key(request);
    let known = site.run(move |db, auth| {
        Ok::<_, AuthError>(Known {
            awaited_email: accounts.awaited_email(db, &user)?,
            sessions: own_sessions::list(db, auth, &settings, &user, key.as_deref())?,
            programs: own_tokens::list(db, &user, auth.clock.now())?,
            activity: events::recent_of(db, &user, LATEST)?.into_iter().map(Activity::from).collect(),
        })
    });
    Ok(known.await?)
}

async fn show(
    request: &HttpRequest,
    site: &Site,
    user: &User,
    (first_name, last_name): (Field, Field),
) -> Result<HttpResponse, PageError> {
    let Known { awaited_email, sessions, programs, activity } = look(request, site, user.clone()).await?;
    let mut page = Page::new(request, Some(user));
    page.notice = notice(request);
    render(&OverviewPage {
        page,
        username: user.username.clone(),
        first_name,
        last_name,
        email: user.email.clone(),
        awaited_email,
        has_password: crate::auth::hashers::is_usable(&user.password),
        more_sessions: sessions.total - sessions.sessions.len(),
        sessions: sessions.sessions.into_iter().map(Device::from).collect(),
        more_programs: programs.total - programs.tokens.len(),
        programs: programs.tokens.into_iter().map(Device::from).collect(),
        activity,
        deletion_is_open: site.settings.account.deletion_open,
    })
}
