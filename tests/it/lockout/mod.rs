//! Guessing is stopped: what locks, for whom, for how long, and what is told.

mod answers;
mod beside;
mod bounds;
mod commands;
mod crash;
mod giving_back;
mod guesses;
mod policy;
mod race;
mod settings;
mod sources;

use time::Duration;

use crate::support::{Client, PASSWORD, Response, TestApp, TestAppBuilder};

/// Lower than the default, to be reached sooner.
const ADDRESS_LIMITS: &str = "10/m, 50/h";

/// A site with `ann` and `bob`, behind a proxy that the tests play, so that an address is a header.
fn site() -> TestAppBuilder {
    let app = TestApp::init().with_user("ann").with_user("bob").setting("TRUSTED_PROXIES", "127.0.0.1");
    app.setting("LOCKOUT_ADDRESS_LIMITS", ADDRESS_LIMITS)
}

/// A browser at an address.
fn at(app: &TestApp, address: &str) -> Client {
    let client = app.client();
    client.set_header("x-forwarded-for", address);
    client
}

/// Fails to log in so many times; the last answer.
fn fail(client: &Client, username: &str, times: usize) -> Response {
    let answers = (0..times).map(|_| client.log_in(username, "wrong"));
    answers.last().expect("at least once")
}

fn is_let_in(client: &Client, username: &str) -> bool {
    let answer = client.log_in(username, PASSWORD);
    assert!([302, 429].contains(&answer.status), "{}: {}", answer.status, answer.body);
    answer.status == 302
}

const HOUR: Duration = Duration::HOUR;
