//! A backend that keeps people waiting, so that a test can look at what happens meanwhile.

use std::{
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use vestibule::auth::{
    Attempt, AuthError,
    backends::{AuthenticationBackend, Decision},
};

use super::{TestApp, TestAppBuilder};

/// Keeps whoever logs in waiting until it is opened, and counts them.
#[derive(Clone, Default)]
pub struct Gate(Arc<(Mutex<bool>, Condvar, AtomicUsize)>);

impl Gate {
    /// A site on which the backend `test.Gate` is this one.
    pub fn before(app: TestAppBuilder) -> (TestApp, Self) {
        let gate = Self::default();
        let backend = gate.clone();
        let app = app.customize(move |site| site.backend("Gate", move || backend.clone())).start();
        (app, gate)
    }

    pub fn open(&self) {
        *self.0.0.lock().expect("no panic") = true;
        self.0.1.notify_all();
    }

    pub fn passed(&self) -> usize {
        self.0.2.load(Ordering::SeqCst)
    }
}

impl AuthenticationBackend for Gate {
    fn authenticate(&self, _: &mut Attempt<'_>) -> Result<Decision, AuthError> {
        self.0.2.fetch_add(1, Ordering::SeqCst);
        drop(self.0.1.wait_while(self.0.0.lock().expect("no panic"), |open| !*open).expect("no panic"));
        Ok(Decision::Abstain)
    }
}

/// How many may hash at once.
pub fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Waits until something is so, in the time in which nobody leaves a queue by themselves.
#[track_caller]
pub fn until(what: impl Fn() -> bool) {
    for _ in 0..1_600 {
        if what() {
            return;
        }
        thread::sleep(Duration::from_millis(5));
    }
    panic!("it did not happen");
}
