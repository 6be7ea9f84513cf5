//! `/login/` (`django.contrib.auth.views.LoginView`).

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use time::Duration;

use crate::{
    auth::{
        Authenticated, Credentials, Outcome,
        models::user::{MAX_EMAIL, normalize_username},
        session,
    },
    client::Client,
    settings::{Secret, SessionSettings},
    site::Site,
    web::{
        PageError,
        extract::{CsrfForm, Form, FormData},
        page::{Field, Page, render, shown},
        redirect,
    },
};

/// One text for a wrong name, a wrong password and an inactive account.
const WRONG: &str = "Please enter a correct username and password. Note that both fields may be case-sensitive.";
const REQUIRED: &str = "This field is required.";

/// The form.
#[derive(Debug, Template)]
#[template(path = "account/login.html")]
pub struct LoginPage {
    /// The frame.
    pub page: Page,
    /// The name, or the address.
    pub username: Field,
    /// The password.
    pub password: Field,
    /// Whether the log-in shall outlast the browser.
    pub remember: Field,
    /// What is wrong with all of it.
    pub errors: Vec<String>,
    /// Where to go then.
    pub next: String,
}

shown!(LoginPage);

/// What somebody typed to log in.
#[derive(Debug)]
pub struct LoginForm {
    typed: String,
    username: String,
    password: Secret,
    remember: bool,
}

impl Form for LoginForm {
    fn bind(data: &FormData) -> Self {
        let typed = data.text("username");
        // A password is taken exactly as it was typed, spaces at its ends included.
        Self {
            // Enough to see that it is too long: escaped, megabytes of it would be five times as many.
            typed: typed.chars().take(MAX_EMAIL + 1).collect(),
            username: normalize_username(typed.trim()),
            password: Secret::new(data.text("password")),
            remember: !matches!(data.text("remember"), "" | "off" | "false" | "0"),
        }
    }
}

impl LoginForm {
    /// The fields, with what was typed and what is wrong with it.
    pub(in crate::web) fn fields(&self) -> (Field, Field) {
        let (mut username, mut password) = Self::empty_fields();
        username.value.clone_from(&self.typed);
        if self.username.is_empty() {
            username.errors.push(REQUIRED.to_owned());
        } else if self.username.chars().count() > MAX_EMAIL {
            username.errors.push(format!("Ensure this value has at most {MAX_EMAIL} characters."));
        }
        if self.password.is_empty() {
            password.errors.push(REQUIRED.to_owned());
        }
        (username, password)
    }

    /// The fields before anything was typed.
    pub(in crate::web) fn empty_fields() -> (Field, Field) {
        (Field::new("username", "Username or e-mail"), Field::new("password", "Password"))
    }

    /// What was typed, for the backends.
    pub(in crate::web) fn credentials(&self) -> Credentials {
        Credentials::password(&self.username, self.password.expose())
    }
}

fn remember(is_ticked: bool) -> Field {
    Field::new("remember", "Keep me logged in on this device").value(if is_ticked { "on" } else { "" })
}

/// Shows the form, also to somebody who is logged in already.
pub async fn get(request: HttpRequest, page: Page, client: Client) -> Result<HttpResponse, PageError> {
    let (username, password) = LoginForm::empty_fields();
    let next = redirect::wish(&request, None, &client.host, client.secure).unwrap_or_default();
    render(&LoginPage { page, username, password, remember: remember(false), errors: Vec::new(), next })
}

/// Logs in.
pub async fn post(
    request: HttpRequest,
    page: Page,
    client: Client,
    site: web::Data<Site>,
    CsrfForm { form, data }: CsrfForm<LoginForm>,
) -> Result<HttpResponse, PageError> {
    let next = redirect::wish(&request, Some(&data), &client.host, client.secure);
    let ((username, password), remember) = (form.fields(), remember(form.remember));
    if !username.errors.is_empty() || !password.errors.is_empty() {
        let (errors, next) = (Vec::new(), next.unwrap_or_default());
        return render(&LoginPage { page, username, password, remember, errors, next });
    }
    let known = match site.authenticate(&client, form.credentials()).await? {
        Outcome::User(known) => known,
        Outcome::Refused => {
            let (errors, next) = (vec![WRONG.to_owned()], next.unwrap_or_default());
            return render(&LoginPage { page, username, password, remember, errors, next });
        }
    };
    let expiry = expiry(&site.settings.sessions, form.remember);
    enter(&request, &site, &client, known, expiry, &next.unwrap_or_else(|| site.login_redirect_url()))
}

/// Lets somebody in whose password was right, or leads them to their second step.
pub(in crate::web) fn enter(
    request: &HttpRequest,
    site: &Site,
    client: &Client,
    known: Authenticated,
    expiry: Option<Duration>,
    next: &str,
) -> Result<HttpResponse, PageError> {
    if let Some(challenge) = site.auth.second_steps.challenge(&known.user, client) {
        return Ok(redirect::to(&challenge));
    }
    session::login(request, &site.auth, known)?;
    session::set_expiry(request, expiry)?;
    Ok(redirect::to(next))
}

/// When a session ends in other ways than the settings say.
fn expiry(settings: &SessionSettings, remember: bool) -> Option<Duration> {
    if remember { settings.expire_at_browser_close.then_some(settings.cookie_age) } else { Some(Duration::ZERO) }
}
