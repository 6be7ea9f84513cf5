//! How long a refusal takes: as long as the slowest hash in use, whoever was asked for.
//!
//! Passwords hashed by an older scheme are verified faster or slower than a dummy hash, which would tell known users
//! from unknown ones. So a refusal waits, without holding a thread, until the slowest scheme would have been done.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{Auth, AuthError, models::user};

/// A measured time varies; what is waited for lies above nearly all of it.
const MARGIN: f64 = 1.2;
/// Nobody waits longer, whatever a row says.
const LONGEST: Duration = Duration::from_secs(3);
/// How many rows are looked at in one go.
const BATCH: i64 = 10_000;

/// The time that each scheme in use takes.
#[derive(Debug, Default)]
pub struct Pace(Mutex<HashMap<String, Duration>>);

impl Pace {
    /// How long a refusal shall take in all; nothing while only one scheme is in use, which costs all the same.
    pub fn of_refusal(&self) -> Duration {
        let known = self.known();
        if known.len() < 2 {
            return Duration::ZERO;
        }
        known.values().max().copied().unwrap_or_default().mul_f64(MARGIN).min(LONGEST)
    }

    /// Looks through the stored passwords for schemes that were not measured yet, and measures each once.
    pub fn survey(auth: &Auth) -> Result<(), AuthError> {
        let preferred = auth.hashers.make_password("");
        auth.pace.measure(auth, &preferred);
        let mut after = 0;
        loop {
            let rows = user::passwords_after(&mut *auth.db()?, after, BATCH)?;
            let Some((last, _)) = rows.last() else {
                return Ok(());
            };
            after = *last;
            for (_, encoded) in &rows {
                auth.pace.measure(auth, encoded);
            }
        }
    }

    /// Notes how long a scheme takes, unless it is known.
    pub fn note(&self, scheme: String, took: Duration) {
        self.known().entry(scheme).or_insert(took);
    }

    /// Measures the scheme of `encoded` unless it is known.
    fn measure(&self, auth: &Auth, encoded: &str) {
        let Some(scheme) = auth.hashers.scheme(encoded) else { return };
        if self.known().contains_key(&scheme) {
            return;
        }
        let started = Instant::now();
        let _ = auth.hashers.verify("", encoded);
        self.note(scheme, started.elapsed());
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, Duration>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
