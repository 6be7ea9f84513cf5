//! What people do with their own account, by its pages and by the letters that they are sent.

mod data;
mod deletion;
mod email;
mod everywhere;
mod extra_fields;
mod limits;
mod looks;
mod notices;
mod password_change;
mod password_reset;
mod programs;
mod register;
mod remember;
mod reset_links;
mod sessions;

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use serde_json::{Value, json};
use vestibule::mail::{EmailBackend, MailError, Message};

use crate::support::{Client, PASSWORD, Response, TestApp, TestAppBuilder};

const CHANGE: &str = "/account/password_change/";
const RESET: &str = "/account/password_reset/";
const EMAIL: &str = "/account/email/";
const REGISTER: &str = "/account/register/";
const DELETE: &str = "/account/delete/";
const EVERYWHERE: &str = "/account/logout_everywhere/";

/// Another good password.
const NEW: &str = "battery staple 77";
const WRONG: &str = "Your password was entered incorrectly. Please enter it again.";
const REQUIRED: &str = "This field is required.";

/// A site with `ann` and `bob`, where no letter tells of new browsers.
fn site() -> TestAppBuilder {
    TestApp::init().with_user("ann").with_user("bob").setting("NOTIFY_NEW_DEVICE", "false")
}

/// A browser that calls itself `name`, in which `username` has logged in.
fn browser(app: &TestApp, username: &str, name: &str) -> Client {
    let client = app.client();
    client.set_header("user-agent", name);
    assert_eq!(client.log_in(username, PASSWORD).status, 302);
    client
}

fn key(client: &Client) -> String {
    client.cookie("sessionid").expect("a session")
}

/// A browser with the session of that key.
fn with_key(app: &TestApp, key: &str) -> Client {
    let client = app.client();
    client.set_cookie("sessionid", key);
    client
}

/// A browser with a session that Django made and nobody has used here.
fn djangos(app: &TestApp, username: &str) -> Client {
    with_key(app, app.oracle().ask(&["make-session", username]).as_str().expect("a key"))
}

/// Presses a button of a page that leads to `path`.
fn press(client: &Client, page: &str, path: &str) -> Response {
    let token = client.get(page).csrf_token();
    client.post(path, &[("csrfmiddlewaretoken", &token)])
}

fn change_password(client: &Client, old: &str, new: &str) -> Response {
    client.submit(CHANGE, &[("old_password", old), ("new_password1", new), ("new_password2", new)])
}

fn may_log_in(app: &TestApp, username: &str, password: &str) -> bool {
    app.client().log_in(username, password).status == 302
}

/// Asks for a link to reset a password.
fn ask_for_reset(client: &Client, email: &str) -> Response {
    client.submit(RESET, &[("email", email)])
}

fn ask_for_address(client: &Client, email: &str) -> Response {
    client.submit(EMAIL, &[("email", email)])
}

/// What is wrong with a field.
fn errors(response: &Response, field: &str) -> Vec<String> {
    let texts = response.texts(&format!("#id_{field}_error p"));
    texts.into_iter().map(|text| text.trim_start_matches("Error: ").to_owned()).collect()
}

/// The path of the link in a letter.
fn link(letter: &Message) -> String {
    let url = letter.text.lines().find(|line| line.starts_with("http")).expect("a link").trim();
    let path = url.splitn(4, '/').nth(3).expect("a path");
    assert!(letter.html.as_deref().is_some_and(|html| html.contains(path)), "the page has the link too");
    format!("/{path}")
}

/// All letters to an address so far.
fn letters_to(app: &TestApp, address: &str) -> Vec<Message> {
    app.mails().into_iter().filter(|letter| letter.to == address).collect()
}

/// The link in the latest letter to an address.
#[track_caller]
fn link_to(app: &TestApp, address: &str) -> String {
    link(letters_to(app, address).last().expect("a letter"))
}

/// How often something happened.
fn happened(app: &TestApp, kind: &str) -> i64 {
    app.database.number(&format!("SELECT count(*) FROM vestibule_event WHERE kind = '{kind}'"))
}

/// A refresh token, as a program is given one.
fn refresh_token(app: &TestApp, username: &str, program: &str) -> String {
    let client = app.client();
    client.set_header("user-agent", program);
    let body = json!({"username": username, "password": PASSWORD}).to_string();
    let answer = client.post_body("/api/auth/login/", "application/json", body.into_bytes());
    let answer: Value = serde_json::from_str(&answer.body).expect("JSON");
    answer["refresh"].as_str().expect("a refresh token").to_owned()
}

/// Whether a refresh token still renews; of one that does, another takes its place.
fn renews(app: &TestApp, refresh: &str) -> bool {
    let body = json!({"refresh": refresh}).to_string();
    app.client().post_body("/api/auth/refresh/", "application/json", body.into_bytes()).status == 200
}

/// A mail server that is up or down.
#[derive(Clone, Default)]
struct MailServer {
    is_up: Arc<AtomicBool>,
    sent: Arc<Mutex<Vec<Message>>>,
}

impl MailServer {
    fn comes_up(&self) {
        self.is_up.store(true, Ordering::SeqCst);
    }
}

impl EmailBackend for MailServer {
    fn send(&self, message: &Message) -> Result<(), MailError> {
        if !self.is_up.load(Ordering::SeqCst) {
            return Err(MailError::Unavailable("down".to_owned()));
        }
        self.sent.lock().expect("mail").push(message.clone());
        Ok(())
    }

    fn sent(&self) -> Vec<Message> {
        self.sent.lock().expect("mail").clone()
    }
}
