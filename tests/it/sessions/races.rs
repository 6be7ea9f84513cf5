//! What happens at once.

use std::{
    sync::{Arc, Barrier},
    thread,
    time::{Duration, Instant},
};

use diesel::connection::SimpleConnection;
use vestibule::{
    auth::{
        Attempt, AuthError,
        backends::{AuthenticationBackend, Decision},
    },
    sessions::{codec, model, payload::State},
};

use super::{OLD_KEY, handlers::Handlers, key, payload, planted, row};
use crate::support::{Client, PASSWORD, TestApp, is_postgres};

/// Runs `act` with each of the browsers at once.
fn at_once<T: Send + 'static>(
    clients: Vec<Client>,
    act: impl Fn(usize, Client) -> T + Send + Sync + 'static,
) -> Vec<T> {
    let (barrier, act) = (Arc::new(Barrier::new(clients.len())), Arc::new(act));
    let threads = clients.into_iter().enumerate().map(|(at, client)| {
        let (barrier, act) = (Arc::clone(&barrier), Arc::clone(&act));
        thread::spawn(move || {
            barrier.wait();
            act(at, client)
        })
    });
    let threads: Vec<_> = threads.collect();
    threads.into_iter().map(|thread| thread.join().expect("an answer")).collect()
}

/// Several tabs of the same browser.
fn tabs(app: &TestApp, client: &Client, count: usize) -> Vec<Client> {
    let tab = || {
        let tab = app.client();
        for name in ["sessionid", "csrftoken"] {
            if let Some(value) = client.cookie(name) {
                tab.set_cookie(name, &value);
            }
        }
        tab
    };
    std::iter::repeat_with(tab).take(count).collect()
}

/// Writes to every session while a log-in is under way, as Django would, and knows nobody.
struct Meanwhile;

impl AuthenticationBackend for Meanwhile {
    fn authenticate(&self, attempt: &mut Attempt<'_>) -> Result<Decision, AuthError> {
        let (auth, mut db) = (attempt.auth(), attempt.db()?);
        for (key, data) in model::possibly_of(&mut db, 1, auth.clock.now(), "", 10)? {
            let payload = codec::decode(&data, &auth.keys).expect("a session");
            let payload = payload.merged(&State::new(), &State::from([("meanwhile".to_owned(), "1".to_owned())]));
            model::replace_data(&mut db, &key, &codec::encode(&payload, auth.clock.unix(), &auth.keys))?;
        }
        Ok(Decision::Abstain)
    }
}

#[test]
fn what_somebody_else_writes_to_the_session_during_a_log_in_is_kept() {
    let app = TestApp::init()
        .with_user("ann")
        .setting("AUTHENTICATION_BACKENDS", "test.Meanwhile,django.contrib.auth.backends.ModelBackend")
        .customize(|site| site.backend("Meanwhile", || Meanwhile))
        .start();
    let (client, _) = planted(&app, r#"{"cart":1}"#);
    assert_eq!(client.log_in("ann", PASSWORD).status, 302);
    let after = payload(&app, &key(&client));
    assert_eq!((after.get("cart"), after.get("meanwhile")), (Some("1"), Some("1")));
}

#[test]
fn changes_that_come_at_once_are_all_kept() {
    let app = TestApp::init().start();
    let (client, session) = planted(&app, r#"{"a":1}"#);
    // Each has read the session before any of them changes it.
    let barrier = Barrier::new(16);
    let handlers = Handlers::with_hook(&app, move || {
        barrier.wait();
    });
    let clients = (0..16).map(|_| handlers.client_of(&client)).collect();
    let answers = at_once(clients, |at, client| client.get(&format!("/put-late/key{at}/x")).status);
    assert_eq!(answers, [200; 16]);
    assert_eq!(payload(&app, &session).to_state().len(), 17);
}

#[test]
fn log_outs_that_come_at_once_all_succeed() {
    let app = TestApp::init().with_user("ann").start();
    let client = app.logged_in("ann");
    let token = client.get("/logout/").csrf_token();
    let answers = at_once(tabs(&app, &client, 8), move |_, tab| {
        let response = tab.post("/logout/", &[("csrfmiddlewaretoken", &token)]);
        (response.status, tab.cookie("sessionid"))
    });
    assert!(answers.iter().all(|answer| *answer == (302, None)), "{answers:?}");
    assert_eq!(app.database.number("SELECT count(*) FROM django_session"), 0);
}

#[test]
fn a_form_sent_several_times_logs_in_each_time_and_loses_nothing_of_the_cart() {
    let app = TestApp::init().with_user("ann").start();
    let (client, session) = planted(&app, r#"{"cart":1}"#);
    // Each has read the session before any of them ends it.
    let barrier = Barrier::new(4);
    let handlers = Handlers::with_hook(&app, move || {
        barrier.wait();
    });
    let clients = (0..4).map(|_| handlers.client_of(&client)).collect();
    let answers = at_once(clients, |_, client| (client.get("/login-late/ann").status, key(&client)));
    for (status, key) in &answers {
        assert_eq!((*status, payload(&app, key).get("cart")), (200, Some("1")));
    }
    assert!(row(&app, &session).is_none());
    assert_eq!(app.database.number("SELECT count(*) FROM django_session"), 4);
}

#[test]
fn a_session_with_an_older_key_is_renewed_once_however_many_ask() {
    let app = TestApp::init().with_user("ann").setting("SECRET_KEY_FALLBACKS", OLD_KEY).start();
    let made = app.oracle().with("VESTIBULE_TEST_SECRET_KEY", OLD_KEY).ask(&["make-session", "ann"]);
    let client = app.client();
    client.set_cookie("sessionid", made.as_str().expect("a key"));
    let answers = at_once(tabs(&app, &client, 8), |_, tab| tab.get("/dashboard/").status);
    // Whoever comes too late finds the old key spent: with the new one, which the browser has by then, all is well.
    assert!(answers.contains(&200) && answers.iter().all(|status| [200, 302].contains(status)), "{answers:?}");
    assert_eq!(app.database.number("SELECT count(*) FROM django_session"), 1);
}

#[test]
fn who_only_reads_does_not_wait_for_who_writes() {
    if is_postgres() {
        // Writers of other rows lock nobody out there.
        return;
    }
    let app = TestApp::init().with_user("ann").setting("SESSION_IDLE_TIMEOUT", "1h").start();
    let (ann, stranger) = (app.logged_in("ann"), app.client());
    let token = stranger.get("/login/").csrf_token();
    // A visit is due to be noted.
    app.clock.advance(time::Duration::minutes(30));

    let mut writer = app.db();
    writer.batch_execute("BEGIN IMMEDIATE").expect("the lock");
    let started = Instant::now();
    assert!(ann.is_logged_in());
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
    let fields = [("csrfmiddlewaretoken", &*token), ("username", "ann"), ("password", PASSWORD)];
    let response = stranger.post("/login/", &fields);
    assert_eq!((response.status, response.header("retry-after")), (503, Some("5")));
    // Whoever wants to hear of log-outs could not be told.
    let response = stranger.post("/logout/", &fields[..1]);
    assert_eq!((response.status, response.header("retry-after")), (503, Some("5")));
    writer.batch_execute("ROLLBACK").expect("unlocked");
    assert_eq!(stranger.log_in("ann", PASSWORD).status, 302);
}

#[test]
fn without_a_connection_people_are_asked_to_wait_and_strangers_are_served() {
    let app = TestApp::init().with_user("ann").setting("DATABASE_POOL_TIMEOUT", "1").start();
    let (client, stranger) = (app.logged_in("ann"), app.client());
    let taken: Vec<_> = (0..4).map(|_| app.auth.database.get().expect("a connection")).collect();
    let response = stranger.log_in("ann", PASSWORD);
    assert_eq!((response.status, response.header("retry-after")), (503, Some("5")));
    // SQLite is read without the pool.
    assert_eq!(client.get("/dashboard/").status, if is_postgres() { 503 } else { 200 });
    assert_eq!(app.client().get("/login/").status, 200);
    drop(taken);
    assert!(client.is_logged_in());
    assert_eq!(stranger.log_in("ann", PASSWORD).status, 302);
}
