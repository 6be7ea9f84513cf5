//! One successor of a refresh token ever, and what becomes of a token that is used again (J18).

mod elsewhere;
mod grace;
mod race;
mod reuse;

use super::{Answer, Pair, Sent, assert_blacklisted, is_good, refresh, site, take_back, verify};
use crate::support::{TestApp, TestDatabase, is_postgres};

/// Of the answers one is good: the pair in it.
#[track_caller]
fn the_one(answers: &[Answer]) -> Pair {
    let (good, bad): (Vec<&Answer>, Vec<&Answer>) = answers.iter().partition(|answer| answer.status == 200);
    bad.into_iter().for_each(assert_blacklisted);
    assert_eq!(good.len(), 1, "{good:?}");
    Pair::of(good[0])
}

/// How many tokens were ever made, and how many are blacklisted.
fn counts(database: &TestDatabase) -> (i64, i64) {
    let count = |table: &str| database.number(&format!("SELECT count(*) FROM token_blacklist_{table}"));
    (count("outstandingtoken"), count("blacklistedtoken"))
}

/// Keeps everybody from the tables of tokens.
struct Held(vestibule::db::Db);

impl Held {
    fn hold(app: &TestApp) -> Self {
        let tables = "token_blacklist_outstandingtoken, token_blacklist_blacklistedtoken, vestibule_token";
        let lock = format!("BEGIN; LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE");
        let mut held = Self(app.db());
        held.run(if is_postgres() { &lock } else { "BEGIN IMMEDIATE" });
        held
    }

    fn release(mut self) {
        self.run("ROLLBACK");
    }

    fn run(&mut self, sql: &str) {
        use diesel::connection::SimpleConnection;
        use vestibule::db::Db;
        match &mut self.0 {
            Db::Sqlite(db) => db.batch_execute(sql).expect(sql),
            #[cfg(feature = "postgres")]
            Db::Postgres(db) => db.batch_execute(sql).expect(sql),
        }
    }
}

/// Has a crowd use a token, all of whom are there before the first gets their turn.
fn all_at_once(app: &TestApp, token: &str) -> Vec<Answer> {
    let held = Held::hold(app);
    let sent = Sent::token(&[app.address], token);
    // Whichever of the workers answers has read before what was sent before.
    (0..8).for_each(|_| assert_eq!(app.client().get("/healthz").status, 200));
    held.release();
    sent.answers()
}
