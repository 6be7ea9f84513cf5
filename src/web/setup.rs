//! `/setup/<token>/`: the one-time page on which the first superuser is made, behind the link that the start prints.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use crate::{
    audit::{self, Changes, Entry},
    auth::{
        AuthError, Authenticated,
        backends::Configured,
        models::User,
        session,
        superuser::{self, Candidate, Problems},
    },
    client::Client,
    events::{self, Event, Kind},
    settings::Secret,
    site::Site,
    web::{
        PageError,
        extract::{CsrfForm, Form, FormData},
        page::{Field, Page, render, shown},
        redirect,
    },
};

const CLOSED: PageError = PageError::Gone(
    "Set-up links open once, for an hour, and only while nobody administers the site. Start the program again for a \
     new one.",
);

/// The form.
#[derive(Debug, Template)]
#[template(path = "account/setup.html")]
pub struct SetupPage {
    /// The frame.
    pub page: Page,
    /// The name to log in with.
    pub username: Field,
    /// The address.
    pub email: Field,
    /// The password.
    pub password1: Field,
    /// The password again.
    pub password2: Field,
    /// What is wrong with all of it.
    pub errors: Vec<String>,
}

shown!(SetupPage);

/// What somebody typed to become the first superuser.
#[derive(Debug)]
pub struct SetupForm {
    candidate: Candidate,
    mismatch: bool,
}

impl Form for SetupForm {
    fn bind(data: &FormData) -> Self {
        let candidate = Candidate {
            username: data.text("username").to_owned(),
            email: data.text("email").to_owned(),
            password: Some(Secret::new(data.text("password1"))),
        };
        Self { candidate: candidate.normalized(), mismatch: data.text("password1") != data.text("password2") }
    }
}

impl SetupPage {
    fn new(page: Page, site: &Site, typed: &Candidate, problems: Problems, mismatch: bool) -> Self {
        let mut second = problems.password;
        if mismatch {
            second.insert(0, "The two password fields didn’t match.".to_owned());
        }
        Self {
            page,
            username: Field::new("username", "Username").value(&typed.username).errors(problems.username),
            email: Field::new("email", "E-mail").value(&typed.email).errors(problems.email).help("Optional."),
            password1: Field::new("password1", "Password").help(site.auth.validators.help_texts().join("\n")),
            password2: Field::new("password2", "Password, again").errors(second),
            errors: Vec::new(),
        }
    }
}

/// Shows the form while the link opens.
pub async fn get(page: Page, site: web::Data<Site>, token: web::Path<String>) -> Result<HttpResponse, PageError> {
    if !site.run(move |db, auth| superuser::is_setup_open(db, auth, &token)).await? {
        return Err(CLOSED);
    }
    render(&SetupPage::new(page, &site, &Candidate::default(), Problems::default(), false))
}

/// Makes the superuser, uses the link up, and logs them in.
pub async fn post(
    request: HttpRequest,
    page: Page,
    client: Client,
    site: web::Data<Site>,
    token: web::Path<String>,
    CsrfForm { form, .. }: CsrfForm<SetupForm>,
) -> Result<HttpResponse, PageError> {
    let (candidate, link) = (form.candidate.clone(), token.clone());
    let checked = site.run(move |db, auth| {
        if !superuser::is_setup_open(db, auth, &link)? {
            return Ok(None);
        }
        candidate.check(db, auth).map(Some)
    });
    let problems = checked.await?.ok_or(CLOSED)?;
    if form.mismatch || !problems.is_empty() {
        return render(&SetupPage::new(page, &site, &form.candidate, problems, form.mismatch));
    }
    let user = create(&site, client, token.into_inner(), form.candidate).await?.ok_or(CLOSED)?;
    let backends = &site.auth.backends;
    let backend = backends.path_of("ModelBackend").or_else(|| backends.iter().last().map(Configured::path));
    let known = Authenticated { user, backend: backend.unwrap_or_default().to_owned() };
    session::login(&request, &site.auth, known)?;
    Ok(redirect::to(&site.login_redirect_url()))
}

async fn create(site: &Site, client: Client, token: String, candidate: Candidate) -> Result<Option<User>, PageError> {
    let new = site.hash(&client, move |auth| candidate.hashed(auth)).await?;
    let created = site.run(move |db, auth| -> Result<_, AuthError> {
        db.write(|db| {
            let (user, now) = (superuser::set_up(db, auth, &token, &new)?, auth.clock.now());
            if let Some(user) = &user {
                let event = Event::new(Kind::SuperuserCreated, &client).of(user.id, &user.username);
                events::record(db, &event, now)?;
                let entry =
                    Entry::new("superuser_created", &client).by(user).on_user(user).changes(Changes::of_new(user));
                audit::append(db, &auth.keys, &[entry], now)?;
            }
            Ok(user)
        })
    });
    Ok(created.await?)
}
