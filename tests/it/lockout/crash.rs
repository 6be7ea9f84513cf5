//! What was answered as wrong is counted, whatever becomes of the process.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    thread,
};

use crate::support::{Client, Program};

/// Who fails at once, each under a name and from an address of their own.
const PEOPLE: usize = 4;
/// After how many answers the process is killed.
const ENOUGH: i64 = 40;

/// Fails until the process is gone; `answered` counts the answers.
fn fail_on(client: &Client, name: &str, answered: &AtomicI64) {
    let Ok(page) = client.try_get("/login/") else { return };
    let token = page.csrf_token();
    let form = [("csrfmiddlewaretoken", token.as_str()), ("username", name), ("password", "wrong")];
    while let Ok(answer) = client.try_post("/login/", &form) {
        assert_eq!(answer.status, 200);
        answered.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn failures_that_were_answered_are_there_after_kill_9() {
    // Nothing locks, so that it goes on until the end.
    let settings = [("TRUSTED_PROXIES", "127.0.0.1"), ("AXES_LOCK_OUT_AT_FAILURE", "false")];
    let place = settings.into_iter().fold(Program::init(), |place, (name, value)| place.setting(name, value));
    let mut program = place.start();
    let answered: [AtomicI64; PEOPLE] = Default::default();
    for _ in 0..3 {
        let clients: Vec<Client> = (0..PEOPLE).map(|_| program.client()).collect();
        let before: i64 = answered.iter().map(|count| count.load(Ordering::SeqCst)).sum();
        thread::scope(|scope| {
            for (number, client) in clients.into_iter().enumerate() {
                let answered = &answered[number];
                client.set_header("x-forwarded-for", &format!("192.0.2.{number}"));
                scope.spawn(move || fail_on(&client, &format!("name{number}"), answered));
            }
            while answered.iter().map(|count| count.load(Ordering::SeqCst)).sum::<i64>() < before + ENOUGH {
                thread::yield_now();
            }
            program.kill();
        });
        program.start_again();
    }
    for (number, answered) in answered.iter().enumerate() {
        let answered = answered.load(Ordering::SeqCst);
        let counted = |column: &str, table: &str| {
            program.database().number(&format!("SELECT SUM({column}) FROM {table} WHERE username = 'name{number}'"))
        };
        for (column, table) in [("failures", "vestibule_lockout"), ("failures_since_start", "axes_accessattempt")] {
            let counted = counted(column, table);
            // The last of each round may have been counted and not answered.
            assert!((answered..=answered + 3).contains(&counted), "{counted} in {table}, {answered} answered");
        }
    }
}
