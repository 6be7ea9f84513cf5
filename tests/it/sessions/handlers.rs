//! Handlers as somebody writes them who builds on this crate, behind the same middleware as our pages. What actix-session
//! and actix-identity lose without a word is not lost here.

use std::{
    net::{SocketAddr, TcpListener},
    sync::{Arc, mpsc},
    thread,
};

use actix_session::SessionExt;
use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    dev::{Server, ServerHandle},
    middleware::from_fn,
    web::{self, Data, Path},
};
use diesel::connection::SimpleConnection;
use vestibule::{
    auth::{AuthError, Authenticated, models::user, session},
    csrf,
    sessions::{
        bridge::{self, Bridge},
        store::Store,
    },
    settings::Settings,
    site::Site,
    web::{PageError, middleware::arrival},
};

use super::{key, payload, planted, row};
use crate::support::{CHEAP_HASHERS, Client, SECRET_KEY, TestApp, connect};

type Hook = Arc<dyn Fn() + Send + Sync>;

/// A server with the handlers below, on the database of a [`TestApp`].
pub struct Handlers {
    address: SocketAddr,
    server: ServerHandle,
}

impl Handlers {
    pub fn of(app: &TestApp) -> Self {
        Self::with_hook(app, || {})
    }

    /// `hook` runs in the middle of `/put-late/…` and `/login-late/…`, after the session was read, and of
    /// `/change-password-late/…`, after the password was changed.
    pub fn with_hook(app: &TestApp, hook: impl Fn() + Send + Sync + 'static) -> Self {
        let variables = [("SECRET_KEY", SECRET_KEY), ("PASSWORD_HASHERS", CHEAP_HASHERS)];
        let environment = variables.map(|(name, value)| (format!("VESTIBULE_{name}"), value.to_owned()));
        let settings = Settings::load(None, &environment.into()).expect("good settings");
        let site = Site::builder(settings.with_database(app.database.url())).clock(app.clock.clone());
        let site = Data::new(site.build().expect("a site"));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            actix_web::rt::System::new().block_on(async {
                let server = serve(site, Arc::new(hook), listener);
                sender.send(server.handle()).expect("somebody waits");
                server.await.expect("a server that stops in order");
            });
        });
        Self { address, server: receiver.recv().expect("a running server") }
    }

    pub fn client(&self) -> Client {
        Client::new(self.address)
    }

    /// A browser that holds the session that `other` holds.
    pub fn client_of(&self, other: &Client) -> Client {
        let client = self.client();
        client.set_cookie("sessionid", &key(other));
        client
    }
}

impl Drop for Handlers {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}

fn serve(site: Data<Site>, hook: Hook, listener: TcpListener) -> Server {
    let sessions = site.settings.sessions.clone();
    let bridge = Bridge::new(sessions.clone(), site.auth.clock.clone());
    let factory = move || {
        let auth = &site.auth;
        let store = Store::new(auth.database.clone(), auth.clock.clone(), auth.keys.clone(), sessions.clone());
        App::new()
            .app_data(site.clone())
            .app_data(Data::from(Arc::clone(&bridge)))
            .app_data(Data::new(Arc::clone(&hook)))
            .app_data(Data::new(site.settings.csrf.clone()))
            .app_data(Data::new(auth.clock.clone()))
            .route("/put/{key}/{value}", web::get().to(put))
            .route("/put-late/{key}/{value}", web::get().to(put_late))
            .route("/put-and-fail/{key}/{value}", web::get().to(put_and_fail))
            .route("/double/{key}", web::get().to(double))
            .route("/clear", web::get().to(clear))
            .route("/login-late/{username}", web::get().to(login_late))
            .route("/logout", web::get().to(logout))
            .route("/logout-elsewhere", web::get().to(logout_elsewhere))
            .route("/logout-then-put/{key}/{value}", web::get().to(logout_then_put))
            .route("/logout-then-login/{username}", web::get().to(logout_then_login))
            .route("/login-with-browser/{username}/{with_browser}", web::get().to(login_with_browser))
            .route("/password-given", web::get().to(password_given))
            .route("/change-password/{username}", web::get().to(change_password))
            .route("/change-password-late/{username}", web::get().to(change_password_late))
            .wrap(from_fn(csrf::middleware))
            .wrap(from_fn(bridge::inner))
            .wrap(session::identity_middleware())
            .wrap(bridge.middleware(store))
            .wrap(from_fn(bridge::outer))
            .wrap(from_fn(arrival::middleware))
    };
    HttpServer::new(factory).workers(2).listen(listener).expect("a listener").run()
}

type Entry = Path<(String, String)>;
type Answer = Result<HttpResponse, PageError>;

async fn put(request: HttpRequest, entry: Entry) -> HttpResponse {
    let (key, value) = entry.into_inner();
    request.get_session().insert(key, value).expect("inserted");
    HttpResponse::Ok().finish()
}

async fn run(hook: Data<Hook>) {
    let run = web::block(move || {
        hook();
    });
    run.await.expect("a hook that returns");
}

async fn put_late(request: HttpRequest, entry: Entry, hook: Data<Hook>) -> HttpResponse {
    run(hook).await;
    put(request, entry).await
}

async fn put_and_fail(request: HttpRequest, entry: Entry) -> HttpResponse {
    put(request, entry).await;
    HttpResponse::InternalServerError().finish()
}

async fn double(request: HttpRequest, key: Path<String>) -> HttpResponse {
    request.get_session().update(key.into_inner(), |number: u32| number * 2).expect("updated");
    HttpResponse::Ok().finish()
}

async fn clear(request: HttpRequest) -> HttpResponse {
    request.get_session().clear();
    HttpResponse::Ok().finish()
}

async fn login(request: HttpRequest, username: Path<String>, site: Data<Site>) -> Answer {
    let found = site.run(move |db, _| -> Result<_, AuthError> { Ok(user::find_by_username(db, &username)?) });
    let user = found.await?.expect("a user of that name");
    let backend = site.auth.backends.path_of("ModelBackend").expect("a path").to_owned();
    session::login(&request, &site.auth, Authenticated { user, backend })?;
    Ok(HttpResponse::Ok().finish())
}

async fn login_late(request: HttpRequest, username: Path<String>, site: Data<Site>, hook: Data<Hook>) -> Answer {
    run(hook).await;
    login(request, username, site).await
}

async fn logout(request: HttpRequest, site: Data<Site>) -> Answer {
    session::logout(&request, &site.auth).await?;
    Ok(HttpResponse::Ok().finish())
}

async fn logout_elsewhere(request: HttpRequest, site: Data<Site>) -> HttpResponse {
    let task = actix_web::rt::spawn(async move { session::logout(&request, &site.auth).await.expect("logged out") });
    task.await.expect("a task that ends");
    HttpResponse::Ok().finish()
}

async fn logout_then_put(request: HttpRequest, entry: Entry, site: Data<Site>) -> Answer {
    session::logout(&request, &site.auth).await?;
    Ok(put(request, entry).await)
}

async fn logout_then_login(request: HttpRequest, username: Path<String>, site: Data<Site>) -> Answer {
    session::logout(&request, &site.auth).await?;
    login(request, username, site).await
}

async fn login_with_browser(request: HttpRequest, path: Path<(String, bool)>, site: Data<Site>) -> Answer {
    let (username, with_browser) = path.into_inner();
    let answer = login(request.clone(), username.into(), site).await?;
    session::set_expiry(&request, with_browser.then_some(time::Duration::ZERO))?;
    Ok(answer)
}

async fn password_given(request: HttpRequest) -> String {
    session::password_given_at(&request).map_or("never".to_owned(), |at| at.to_string())
}

async fn change_password(request: HttpRequest, username: Path<String>, site: Data<Site>) -> Answer {
    change_password_late(request, username, site, Data::new(Arc::new(|| {}))).await
}

/// Answers whom the session then belongs to.
async fn change_password_late(
    request: HttpRequest,
    username: Path<String>,
    site: Data<Site>,
    hook: Data<Hook>,
) -> Answer {
    let encoded = site.auth.hashers.make_password("another horse 43");
    let changed = site.run(move |db, _| -> Result<_, AuthError> {
        let user = user::find_by_username(db, &username)?.expect("a user of that name");
        user::set_password(db, user.id, &encoded)?;
        Ok(user::find(db, user.id)?.expect("the same user"))
    });
    let user = changed.await?;
    run(hook).await;
    session::renew(&request, &site.auth, &user)?;
    let known = session::get_user(&request, &site.auth).await?;
    Ok(HttpResponse::Ok().body(known.map(|known| known.user.username).unwrap_or_default()))
}

#[test]
fn a_session_without_a_person_is_kept_and_is_in_nobodys_list() {
    let app = TestApp::init().start();
    let handlers = Handlers::of(&app);
    let client = handlers.client();
    assert_eq!(client.get("/put/colour/red").status, 200);
    assert_eq!(payload(&app, &key(&client)).to_json(), r#"{"colour":"red"}"#);
    assert_eq!(app.database.number("SELECT count(*) FROM vestibule_session"), 0);
}

#[test]
fn a_value_changed_by_update_is_stored() {
    // actix-session 0.11 changes the value but not the session's status, so it would not.
    let app = TestApp::init().start();
    let handlers = Handlers::of(&app);
    let (client, session) = planted(&app, r#"{"big":1000000000000000000000000000000,"number":21}"#);
    assert_eq!(handlers.client_of(&client).get("/double/number").status, 200);
    let stored = payload(&app, &session).to_json();
    assert_eq!(stored, r#"{"big":1000000000000000000000000000000,"number":42}"#);
}

#[test]
fn a_request_that_fails_saves_nothing() {
    let app = TestApp::init().start();
    let handlers = Handlers::of(&app);
    let stranger = handlers.client();
    assert_eq!(stranger.get("/put-and-fail/a/2").status, 500);
    assert_eq!(stranger.cookie("sessionid"), None);

    let (client, session) = planted(&app, r#"{"a":"1"}"#);
    let before = row(&app, &session).expect("a row").session_data;
    let response = handlers.client_of(&client).get("/put-and-fail/a/2");
    assert_eq!((response.status, response.set_cookie("sessionid")), (500, None));
    assert_eq!(row(&app, &session).expect("a row").session_data, before);
    assert_eq!(app.database.number("SELECT count(*) FROM django_session"), 1);
}

#[test]
fn an_emptied_session_stays_and_one_that_was_logged_out_goes() {
    let app = TestApp::init().with_user("ann").start();
    let handlers = Handlers::of(&app);
    let (client, session) = planted(&app, r#"{"a":1}"#);
    let emptied = handlers.client_of(&client);
    emptied.get("/clear");
    // As in Django, where only `flush` ends a session.
    assert_eq!((payload(&app, &session).to_json(), key(&emptied)), ("{}".to_owned(), session));

    let client = handlers.client_of(&app.logged_in("ann"));
    let session = key(&client);
    let response = client.get("/logout");
    assert!(response.set_cookie("sessionid").expect("deleted").contains("Max-Age=0"));
    assert!(row(&app, &session).is_none());
}

#[test]
fn a_log_out_of_a_session_that_is_gone_takes_the_cookie_back() {
    // actix-session sends no removal for a key that opens nothing.
    let app = TestApp::init().start();
    let handlers = Handlers::of(&app);
    let client = handlers.client();
    client.set_cookie("sessionid", &vestibule::sessions::new_key());
    let response = client.get("/logout");
    assert!(response.set_cookie("sessionid").expect("deleted").contains("Max-Age=0"));
    assert_eq!(app.database.number("SELECT count(*) FROM django_session"), 0);
}

#[test]
fn a_log_out_counts_wherever_the_handler_runs_it() {
    let app = TestApp::init().with_user("ann").start();
    let handlers = Handlers::of(&app);
    let client = handlers.client_of(&app.logged_in("ann"));
    assert_eq!(client.get("/logout-elsewhere").status, 200);
    assert_eq!(client.cookie("sessionid"), None);
    assert_eq!(app.database.number("SELECT count(*) FROM django_session"), 0);
}

#[test]
fn what_is_written_after_a_log_out_is_kept_in_a_session_of_its_own() {
    // After `purge` actix-session takes nothing more.
    let app = TestApp::init().with_user("ann").start();
    let handlers = Handlers::of(&app);
    let client = handlers.client_of(&app.logged_in("ann"));
    let session = key(&client);
    assert_eq!(client.get("/logout-then-put/notice/bye").status, 200);
    assert_ne!(key(&client), session);
    assert!(row(&app, &session).is_none());
    assert_eq!(payload(&app, &key(&client)).to_json(), r#"{"notice":"bye"}"#);
    assert_eq!(app.database.number("SELECT count(*) FROM vestibule_session"), 0);
}

#[test]
fn a_log_in_after_a_log_out_in_the_same_request_counts() {
    let app = TestApp::init().with_user("ann").with_user("ben").start();
    let handlers = Handlers::of(&app);
    let client = handlers.client_of(&app.logged_in("ann"));
    let session = key(&client);
    assert_eq!(client.get("/logout-then-login/ben").status, 200);
    assert!(row(&app, &session).is_none());
    let browser = app.client();
    browser.set_cookie("sessionid", &key(&client));
    assert_eq!(browser.get("/dashboard/").text("h1"), "Welcome, ben");
}

#[test]
fn a_change_to_a_session_that_ends_meanwhile_is_refused_and_brings_nothing_back() {
    let app = TestApp::init().with_user("ann").start();
    let (client, url) = (app.logged_in("ann"), app.database.url().to_owned());
    let handlers = Handlers::with_hook(&app, move || {
        connect(&url).batch_execute("DELETE FROM django_session").expect("a log-out elsewhere");
    });
    let response = handlers.client_of(&client).get("/put-late/a/1");
    assert_eq!((response.status, response.set_cookie("sessionid")), (400, None));
    assert_eq!(app.database.number("SELECT count(*) FROM django_session"), 0);
}

#[test]
fn visits_write_nothing_into_the_session() {
    // The deadlines of actix-identity would: they are off.
    let app = TestApp::init().with_user("ann").start();
    let client = app.logged_in("ann");
    let stored = row(&app, &key(&client)).expect("a row").session_data;
    let keys = payload(&app, &key(&client)).to_state().len();
    assert_eq!(keys, 3, "whose it is, by which backend, with which password");
    app.clock.advance(time::Duration::hours(1));
    assert!(client.is_logged_in());
    assert_eq!(row(&app, &key(&client)).expect("a row").session_data, stored);
}
