//! What is to be done once a transaction is committed, and not at all if it is not.

use std::cell::RefCell;

type Work = Box<dyn FnOnce()>;

thread_local! {
    /// How deep this thread is in transactions, and what waits for the outermost.
    static WAITING: RefCell<(usize, Vec<Work>)> = const { RefCell::new((0, Vec::new())) };
}

/// Runs `work` when the transaction in which this thread is has been committed; at once if it is in none. If it, or the
/// savepoint in which this is called, is undone, `work` is dropped.
pub fn after_commit(work: impl FnOnce() + 'static) {
    let mut work: Option<Work> = Some(Box::new(work));
    WAITING.with_borrow_mut(|(depth, waiting)| {
        if *depth > 0 {
            waiting.extend(work.take());
        }
    });
    if let Some(work) = work {
        work();
    }
}

/// A transaction, or a savepoint within one, of this thread.
pub(super) struct Afterwards {
    /// How much waited when it began.
    before: usize,
}

impl Afterwards {
    pub(super) fn begin() -> Self {
        WAITING.with_borrow_mut(|(depth, waiting)| {
            *depth += 1;
            Self { before: waiting.len() }
        })
    }

    /// It was committed: what waits is done, or waits for the transaction around it.
    pub(super) fn kept(self) {
        let done = WAITING.with_borrow_mut(|(depth, waiting)| {
            *depth -= 1;
            if *depth == 0 { std::mem::take(waiting) } else { Vec::new() }
        });
        std::mem::forget(self);
        for work in done {
            work();
        }
    }
}

/// It was undone, or somebody panicked in it.
impl Drop for Afterwards {
    fn drop(&mut self) {
        let undone = WAITING.with_borrow_mut(|(depth, waiting)| {
            *depth -= 1;
            waiting.split_off(self.before.min(waiting.len()))
        });
        drop(undone);
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, rc::Rc};

    use super::*;

    #[test]
    fn only_what_is_committed_is_done_and_not_before() {
        let done = Rc::new(Cell::new(0));
        let add = |number: u32| {
            let done = Rc::clone(&done);
            after_commit(move || done.set(done.get() + number));
        };
        add(1);
        assert_eq!(done.get(), 1);
        let outer = Afterwards::begin();
        add(10);
        let undone = Afterwards::begin();
        add(100);
        drop(undone);
        let kept = Afterwards::begin();
        add(1_000);
        kept.kept();
        assert_eq!(done.get(), 1);
        outer.kept();
        assert_eq!(done.get(), 1_011);
        drop({
            let outer = Afterwards::begin();
            add(10_000);
            outer
        });
        assert_eq!(done.get(), 1_011);
    }
}
