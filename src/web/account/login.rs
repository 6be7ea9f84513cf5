//! `/login/` (`django.contrib.auth.views.LoginView`).

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use crate::{
    auth::{
        Credentials, Outcome,
        models::user::{MAX_EMAIL, normalize_username},
        session,
    },
    client::Client,
    settings::Secret,
    site::Site,
    web::{
        PageError,
        extract::{CsrfForm, Form, FormData},
        page::{Field, Page, render},
        redirect,
    },
};

/// One text for a wrong name, a wrong password and an inactive account.
const WRONG: &str = "Please enter a correct username and password. Note that both fields may be case-sensitive.";
const REQUIRED: &str = "This field is required.";

#[derive(Template)]
#[template(path = "account/login.html")]
struct LoginPage {
    page: Page,
    username: Field,
    password: Field,
    errors: Vec<String>,
    next: String,
}

/// What somebody typed to log in.
#[derive(Debug)]
pub struct LoginForm {
    typed: String,
    username: String,
    password: Secret,
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
        }
    }
}

impl LoginForm {
    fn fields(&self) -> (Field, Field) {
        let (mut username, mut password) = empty_fields();
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
}

fn empty_fields() -> (Field, Field) {
    (Field::new("username", "Username or e-mail"), Field::new("password", "Password"))
}

/// Shows the form, also to somebody who is logged in already.
pub async fn get(request: HttpRequest, page: Page, client: Client) -> Result<HttpResponse, PageError> {
    let (username, password) = empty_fields();
    let next = redirect::wish(&request, None, &client.host, client.secure).unwrap_or_default();
    render(&LoginPage { page, username, password, errors: Vec::new(), next })
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
    let (username, password) = form.fields();
    if !username.errors.is_empty() || !password.errors.is_empty() {
        return render(&LoginPage { page, username, password, errors: Vec::new(), next: next.unwrap_or_default() });
    }
    let credentials = Credentials::password(&form.username, form.password.expose());
    let known = match site.authenticate(&client, credentials).await? {
        Outcome::User(known) => known,
        Outcome::Refused => {
            let errors = vec![WRONG.to_owned()];
            return render(&LoginPage { page, username, password, errors, next: next.unwrap_or_default() });
        }
    };
    if let Some(challenge) = site.auth.second_steps.challenge(&known.user, &client) {
        return Ok(redirect::to(&challenge));
    }
    session::login(&request, &site.auth, known)?;
    Ok(redirect::to(&next.unwrap_or_else(|| site.login_redirect_url())))
}
