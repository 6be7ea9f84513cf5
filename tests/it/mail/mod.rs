//! Mail: what it looks like, where it goes, and what becomes of it when it can't go there.

mod backends;
mod certificates;
mod command;
mod headers;
mod outbox;
mod server;
mod smtp;
mod trouble;

use std::{convert::Infallible, sync::Arc};

use time::{Duration, PrimitiveDateTime};
use vestibule::{
    clock::Clock,
    db::{self, Database},
    mail::{
        Mailer, Message,
        outbox::{Delivered, Postman, post},
    },
    settings::{DatabaseUrl, EmailSettings, Settings},
};

use crate::support::TestDatabase;

/// `EMAIL_RETRY_FOR` of these tests.
const RETRY_FOR: Duration = Duration::DAY;

fn message(to: &str) -> Message {
    Message { to: to.to_owned(), subject: "Hello".to_owned(), text: "Good morning.\n".to_owned(), html: None }
}

fn settings(kind: &str) -> EmailSettings {
    EmailSettings {
        backend: format!("django.core.mail.backends.{kind}.EmailBackend"),
        default_from: "Example <accounts@example.org>".to_owned(),
        ..EmailSettings::default()
    }
}

/// Letters that wait, in a database of their own.
struct Post {
    clock: Clock,
    rows: TestDatabase,
    database: Database,
}

impl Post {
    fn new() -> Self {
        let (clock, rows) = (Clock::movable(), TestDatabase::new());
        db::migrate(&DatabaseUrl::new(rows.url()), &clock, true).expect("a migrated database");
        let database = open(&rows);
        Self { clock, rows, database }
    }

    /// Letters that say no more than whom they are for.
    fn of(letters: &[&str]) -> Self {
        let post = Self::new();
        for letter in letters {
            post.write(letter);
        }
        post
    }

    fn write(&self, letter: &str) {
        let mut db = self.database.get().expect("a connection");
        post(&mut db, letter, self.clock.now()).expect("a letter");
    }

    /// Delivers what is due, one message to each.
    fn round(&self, postman: &Postman) -> Delivered {
        let compose = |letter: &str| Ok::<_, Infallible>(vec![message(letter)]);
        postman.deliver_due(&self.database, &self.clock, compose).expect("a round")
    }

    fn waiting(&self) -> i64 {
        self.rows.number("SELECT count(*) FROM vestibule_outbox")
    }

    /// How many of those that wait were tried.
    fn tried(&self) -> i64 {
        self.rows.number("SELECT count(*) FROM vestibule_outbox WHERE attempts > 0")
    }

    /// When the only letter is due.
    fn due_at(&self) -> PrimitiveDateTime {
        use diesel::prelude::*;
        use vestibule::db::schema::vestibule_outbox;
        let mut db = self.database.get().expect("a connection");
        vestibule_outbox::table.select(vestibule_outbox::due_at).get_result(&mut *db).expect("one letter")
    }
}

fn open(rows: &TestDatabase) -> Database {
    Database::open(&Settings::default().with_database(rows.url()).database).expect("a database")
}

fn postman(mailer: impl Into<Arc<Mailer>>) -> Postman {
    Postman::new(mailer.into(), RETRY_FOR)
}

fn delivered(sent: u32, failed: u32) -> Delivered {
    Delivered { sent, failed }
}
