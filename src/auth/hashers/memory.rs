//! The memory that hashes may take together. What a hash takes stands in the stored row, so it is counted from there.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// An amount of memory, given out in the order in which it was asked for.
#[derive(Debug)]
pub(super) struct MemoryBudget {
    bytes: u64,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    used: u64,
    /// Numbers are given out to those who ask and called in turn: else a large hash would wait for ever behind small
    /// ones that pass it by.
    next_number: u64,
    called: u64,
}

/// Memory that is in use; free again when dropped.
#[derive(Debug)]
pub(super) struct Room<'a> {
    budget: &'a MemoryBudget,
    bytes: u64,
}

impl MemoryBudget {
    pub(super) fn new(bytes: u64) -> Self {
        Self { bytes, state: Mutex::default(), changed: Condvar::new() }
    }

    /// All of it.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether so much can be had at all.
    pub(super) fn holds(&self, bytes: u64) -> bool {
        bytes <= self.bytes
    }

    /// Waits for so much; for more than there is, for all of it.
    pub(super) fn take(&self, bytes: u64) -> Room<'_> {
        let bytes = bytes.min(self.bytes);
        let mut state = self.state();
        let number = state.next_number;
        state.next_number += 1;
        while state.called != number || state.used + bytes > self.bytes {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.used += bytes;
        state.called += 1;
        self.changed.notify_all();
        Room { budget: self, bytes }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        self.budget.state().used -= self.bytes;
        self.budget.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, thread, time::Duration};

    use super::*;

    #[test]
    fn what_does_not_fit_waits_its_turn() {
        let budget = &MemoryBudget::new(100);
        let held = budget.take(60);
        thread::scope(|scope| {
            let (taken, order) = mpsc::channel();
            let large = taken.clone();
            scope.spawn(move || large.send((70, budget.take(70))));
            while budget.state().next_number < 2 {
                thread::yield_now();
            }
            // It would fit, but was not first.
            scope.spawn(move || taken.send((40, budget.take(40))));
            assert!(order.recv_timeout(Duration::from_millis(20)).is_err());
            drop(held);
            let first = order.recv().expect("room");
            assert_eq!(first.0, 70);
            drop(first);
            assert_eq!(order.recv().expect("room").0, 40);
        });
        assert_eq!(budget.state().used, 0);
    }
}
