//! The order in which threads of this process write to SQLite, which has one writer at a time: whoever finds it busy sleeps
//! and asks again, sleeping longer each time. Here they wait instead, and are woken.

use std::{
    cell::Cell,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

static BUSY: Mutex<bool> = Mutex::new(false);
static DONE: Condvar = Condvar::new();

thread_local! {
    /// Who writes within a transaction of their own must not wait for themselves.
    static HAS_TURN: Cell<bool> = const { Cell::new(false) };
}

/// The right to write; goes to another when dropped. Whoever had none did not wait for it.
#[derive(Debug)]
pub(super) struct Turn(bool);

impl Turn {
    /// Waits for it, but not longer than SQLite would: another process may write too, and SQLite has the last word.
    pub(super) fn wait(longest: Duration) -> Self {
        if HAS_TURN.get() {
            return Self(false);
        }
        let waited = DONE.wait_timeout_while(busy(), longest, |busy| *busy);
        let (mut busy, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            return Self(false);
        }
        *busy = true;
        HAS_TURN.set(true);
        Self(true)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if self.0 {
            HAS_TURN.set(false);
            *busy() = false;
            DONE.notify_one();
        }
    }
}

fn busy() -> MutexGuard<'static, bool> {
    BUSY.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn one_at_a_time_has_the_turn_and_who_has_it_need_not_wait_for_themselves() {
        const LONG: Duration = Duration::from_mins(1);
        let first = Turn::wait(LONG);
        assert!(first.0 && !Turn::wait(LONG).0);
        let other = || thread::spawn(|| Turn::wait(Duration::from_millis(1)).0).join().expect("no panic");
        assert!(!other(), "whoever waits too long goes on without");
        let next = thread::spawn(move || Turn::wait(LONG).0);
        drop(first);
        assert!(next.join().expect("no panic") && other());
    }
}
