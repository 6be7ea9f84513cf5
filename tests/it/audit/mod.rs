//! The audit log: what goes into it, and that nobody changes it unseen.

mod chain;
mod erasure;
mod together;
mod writes;

use vestibule::{
    audit::{self, Entry, Head, Recorded},
    auth::AuthError,
    client,
    crypto::SecretKeys,
    settings::Secret,
};

use crate::support::{SECRET_KEY, TestApp};

fn keys(current: &str, fallbacks: &[&str]) -> SecretKeys {
    SecretKeys::new(Secret::new(current), fallbacks.iter().map(|key| Secret::new(*key)).collect())
}

/// Appends entries without a request.
fn append(app: &TestApp, keys: &SecretKeys, count: usize) {
    let entry = Entry::new("change", &client::Client::default()).by_command("tests").on("auth.group", "7", "pilots");
    let entries = vec![entry; count];
    let now = app.clock.now();
    app.db().write(|db| audit::append(db, keys, &entries, now)).expect("appended");
}

fn entries(app: &TestApp) -> Vec<Recorded> {
    audit::after(&mut app.db(), 0, 10_000).expect("entries")
}

fn head(app: &TestApp) -> Head {
    audit::head(&mut app.db()).expect("a head").expect("an entry")
}

/// What is wrong, each with the number of the entry.
fn findings_with(app: &TestApp, keys: &SecretKeys, heads: &[Head]) -> Vec<String> {
    let report: Result<_, AuthError> = audit::verify(&mut app.db(), keys, heads);
    report.expect("a report").findings.iter().map(ToString::to_string).collect()
}

fn findings(app: &TestApp) -> Vec<String> {
    findings_with(app, &keys(SECRET_KEY, &[]), &[])
}

/// That something is wrong with this entry.
fn assert_found(app: &TestApp, number: i64, what: &str) {
    let found = findings(app);
    assert!(found.iter().any(|text| text.starts_with(&format!("{number}: "))), "{what}: {found:?}");
}
