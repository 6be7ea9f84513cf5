//! Compares the book with the database and with what the server answers.

use std::{
    collections::{BTreeMap, BTreeSet},
    thread,
    time::{Duration, Instant},
};

use vestibule::{crypto::SecretKeys, sessions::codec, settings::Secret};

use super::book::{Book, Entry, Standing};
use crate::support::{Client, Program, SECRET_KEY, TestDatabase, is_postgres};

/// How long anything may take that is waited for.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// How many ask at once.
const ASKING: usize = 4;

/// Tries until there is an answer.
pub fn eventually<T>(what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = attempt() {
            return found;
        }
        assert!(started.elapsed() < PATIENCE, "in {PATIENCE:?} not: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// PostgreSQL goes on for a moment with what a killed program had asked of it.
pub fn wait_for_the_last_words(database: &TestDatabase) {
    let others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    if is_postgres() {
        eventually("the last connection closed", || (database.number(others) == 0).then_some(()));
    }
}

/// Checks every session of the book and of the database, and everything around them.
pub fn replay(program: &Program, book: &Book) {
    let database = program.database();
    let (entries, stored) = (book.sessions(), stored(database));
    for (key, session_data) in &stored {
        if !is_whole(session_data) {
            book.lost(format!("{key}: can't be read: {session_data}"));
        }
    }
    let keys: Vec<&String> = entries.keys().chain(stored.keys()).collect::<BTreeSet<_>>().into_iter().collect();
    for (key, status) in ask(program, &keys) {
        if let Some(fault) = fault(entries.get(key), stored.contains_key(key), status) {
            book.lost(format!("{key}: {fault}, answered {status}"));
        }
    }
    book.checked(keys.len());
    check_events(database, book);
    check_integrity(database, book);
    book.settle(stored.into_keys());
}

/// What is wrong with a session.
fn fault(entry: Option<&Entry>, is_stored: bool, status: u16) -> Option<&'static str> {
    match (entry.map(|entry| entry.standing), is_stored) {
        (Some(Standing::In), false) => Some("logged in, and lost"),
        (Some(Standing::Out), true) => Some("logged out, and still there"),
        (_, true) if status != 200 => Some("is there and does not work"),
        (_, false) if status != 302 => Some("is gone and still works"),
        _ => None,
    }
}

/// Keys and data of all sessions.
fn stored(database: &TestDatabase) -> BTreeMap<String, String> {
    let lines = database.text("SELECT string_agg(session_key || ' ' || session_data, ',') FROM django_session");
    let lines = lines.unwrap_or_default();
    let pairs = lines.split(',').filter_map(|line| line.split_once(' '));
    pairs.map(|(key, data)| (key.to_owned(), data.to_owned())).collect()
}

fn is_whole(session_data: &str) -> bool {
    let keys = SecretKeys::new(Secret::new(SECRET_KEY), Vec::new());
    let payload = codec::decode(session_data, &keys);
    payload.is_some_and(|payload| {
        ["_auth_user_id", "_auth_user_backend", "_auth_user_hash"].iter().all(|name| payload.get(name).is_some())
    })
}

/// What the dashboard answers to each session.
fn ask<'a>(program: &Program, keys: &[&'a String]) -> Vec<(&'a String, u16)> {
    let lot = keys.len().div_ceil(ASKING).max(1);
    thread::scope(|scope| {
        let asking = keys.chunks(lot).map(|keys| {
            let client = program.client();
            scope.spawn(move || keys.iter().map(|key| (*key, dashboard(&client, key))).collect::<Vec<_>>())
        });
        let asking: Vec<_> = asking.collect();
        asking.into_iter().flat_map(|thread| thread.join().expect("answers")).collect()
    })
}

/// A pool that heals says 503 now and then; a session's standing it must tell in the end.
fn dashboard(client: &Client, key: &str) -> u16 {
    eventually("an answer", || {
        client.set_cookie("sessionid", key);
        let status = client.get("/dashboard/").status;
        (status != 503).then_some(status)
    })
}

/// Whoever was told of a log-in or a log-out finds it recorded.
fn check_events(database: &TestDatabase, book: &Book) {
    for (username, acknowledged) in book.log_ins() {
        let recorded =
            format!("SELECT count(*) FROM vestibule_event WHERE kind = 'logged_in' AND username = '{username}'");
        let recorded = database.number(&recorded);
        if recorded < acknowledged {
            book.lost(format!("{username}: {acknowledged} log-ins, {recorded} recorded"));
        }
    }
    let recorded = database.number("SELECT count(*) FROM vestibule_event WHERE kind = 'logged_out'");
    if recorded < book.log_outs() {
        book.lost(format!("{} log-outs, {recorded} recorded", book.log_outs()));
    }
}

fn check_integrity(database: &TestDatabase, book: &Book) {
    let alone = database.number(
        "SELECT count(*) FROM django_session WHERE session_key NOT IN (SELECT session_key FROM vestibule_session)",
    );
    if alone != 0 {
        book.lost(format!("{alone} sessions without their owner's note"));
    }
    if is_postgres() {
        return;
    }
    let found = database.text("SELECT string_agg(integrity_check, ', ') FROM pragma_integrity_check");
    if found.as_deref() != Some("ok") {
        book.lost(format!("integrity_check: {found:?}"));
    }
    let astray = database.number("SELECT count(*) FROM pragma_foreign_key_check");
    if astray != 0 {
        book.lost(format!("foreign_key_check: {astray} rows"));
    }
}
