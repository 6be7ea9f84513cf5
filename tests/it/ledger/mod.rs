//! The ledger: whatever is acknowledged is written down, the program or its database is killed, and each line is
//! compared with what is there then.
//!
//! A round lets browsers log in and out, kills at a random moment, starts again and replays the book. Longer runs:
//! `tests/soak ledger`. What only a power cut loses, no kill shows: the kernel has what was written.

mod book;
mod chance;
mod cluster;
mod load;
mod postgres;
mod replay;

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use book::Book;
use chance::Chance;
use load::Load;

use crate::support::{Place, Program, is_postgres, prepared};

/// Who logs in.
const PEOPLE: [&str; 3] = ["ann", "bob", "eve"];
/// A start that takes longer has gone wrong, however busy the machine is.
const LONGEST_START: Duration = Duration::from_secs(20);

/// A number that the caller may choose.
fn chosen(name: &str, otherwise: u64) -> u64 {
    prepared(name).map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("VESTIBULE_TEST_{name}={text}")))
}

/// What all rounds of one test share.
struct Site {
    program: Program,
    book: Arc<Book>,
    chance: Chance,
    slowest: Duration,
}

impl Site {
    /// Starts a site on which everybody of [`PEOPLE`] can log in.
    fn start(place: Place) -> Self {
        // Places of attempts that were cut off would fill up in no time at this rate of crashes.
        let place = place.setting("AXES_LOCK_OUT_AT_FAILURE", "false");
        let program = PEOPLE.into_iter().fold(place, Place::with_superuser).start();
        let chance = Chance::chosen();
        let browsers = usize::try_from(chosen("CLIENTS", 8)).expect("a small number");
        Self { program, book: Arc::new(Book::open(browsers)), chance, slowest: Duration::ZERO }
    }

    /// Lets the browsers work until a random moment, then calls `strike` and waits for them.
    fn strike_at_a_random_moment(&mut self, strike: impl FnOnce(&mut Program)) {
        let load = Load::start(self.program.client().address, &self.book, &mut self.chance);
        thread::sleep(Duration::from_millis(50 + self.chance.below(750)));
        strike(&mut self.program);
        load.join();
    }

    fn start_again(&mut self) {
        let started = Instant::now();
        self.program.start_again();
        self.slowest = self.slowest.max(started.elapsed());
        assert!(self.slowest < LONGEST_START, "a start took {:?}", self.slowest);
    }

    /// Says what was done; fails if anything was lost.
    fn conclude(self, what: &str, rounds: u64) {
        let place = if is_postgres() { "PostgreSQL" } else { "SQLite" };
        let starts = if self.slowest.is_zero() { "" } else { &format!(", slowest start {:?}", self.slowest) };
        println!("ledger: {what} on {place}: {rounds} rounds, {}{starts}", self.book.sum());
        self.book.assert_complete();
    }
}

#[test]
fn a_killed_server_has_lost_nothing_that_was_acknowledged() {
    let rounds = chosen("ROUNDS", 3);
    let mut site = Site::start(Program::init());
    let mut done = 0;
    while done < rounds && site.book.is_complete() {
        done += 1;
        site.book.turn_page(done);
        // Who was answered half, or not at all, has heard nothing.
        site.strike_at_a_random_moment(Program::kill);
        replay::wait_for_the_last_words(site.program.database());
        site.start_again();
        replay::replay(&site.program, &site.book);
    }
    site.conclude("kill -9", done);
}
