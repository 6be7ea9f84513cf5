//! How many there are of what. Whoever asks waits for no large table: what takes a look at every row is asked of small tables
//! only, and of others a task of the site keeps it, so it may be an hour old.

mod model;
pub mod spans;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::PrimitiveDateTime;

use super::Context;
use crate::{
    auth::{
        Auth,
        hashers::{Hashers, Scheme},
    },
    db::{Db, DbError},
    events::counts,
};

/// Up to how many people are counted while somebody waits: each is looked at.
const FEW_PEOPLE: i64 = 5_000;
/// Up to how many tokens: the database counts them.
const FEW_TOKENS: i64 = 50_000;
/// Up to how many rows of a table are opened to see what is in them.
const FEW: i64 = 1_000;
/// Up to how many rows of others are counted.
pub const MOST: i64 = 10_000;
/// How many people are looked at in one go.
const BATCH: i64 = 2_000;
const REST: std::time::Duration = std::time::Duration::from_millis(2);

const PEOPLE: &str = "people";
const PROGRAMS: &str = "programs";

/// A number, and since when it may be another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure<T> {
    /// It.
    pub value: T,
    /// When it was counted; `None` for now.
    pub as_of: Option<PrimitiveDateTime>,
}

/// Who has an account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct People {
    /// How many.
    pub users: u32,
    /// Of these, who can log in.
    pub active: u32,
    /// Of those, who may come in here.
    pub staff: u32,
    /// By which schemes the passwords of all are stored, what most have first.
    pub schemes: Vec<Stored>,
}

/// How many passwords are stored by a scheme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// What it is called; empty if nobody here can read it.
    pub algorithm: String,
    /// With what cost.
    pub parameters: String,
    /// Whether there is none: no password opens the account.
    pub is_unusable: bool,
    /// How many.
    pub people: u32,
}

/// A number that may be larger than said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AtLeast {
    /// How many were counted.
    pub counted: i64,
    /// Whether there are more.
    pub more: bool,
}

/// What the front page shows. Each is `None` if the editor may not see it, or if it was not counted yet.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    /// Who has an account.
    pub people: Option<Figure<People>>,
    /// Sessions that have not expired.
    pub sessions: Option<AtLeast>,
    /// What is locked now.
    pub locks: Option<AtLeast>,
    /// Log-ins of programs that can be renewed.
    pub programs: Option<Figure<u32>>,
}

impl Figures {
    /// What the editor may see.
    pub fn look(context: &mut Context<'_>) -> Result<Self, DbError> {
        let (now, editor) = (context.now(), context.editor);
        let mut figures = Self::default();
        if editor.may("auth.view_user") || editor.may("auth.change_user") {
            figures.people = people(context.db, &context.auth.hashers)?;
        }
        if editor.may("sessions.view_session") {
            figures.sessions = Some(AtLeast::of(model::live_sessions(context.db, now, MOST + 1)?));
        }
        if editor.may("axes.view_accessattempt") {
            figures.locks = Some(AtLeast::of(model::locks(context.db, now, MOST + 1)?));
        }
        if editor.may("token_blacklist.view_outstandingtoken") {
            figures.programs = programs(context.db, now)?;
        }
        Ok(figures)
    }
}

impl AtLeast {
    fn of(counted: i64) -> Self {
        Self { counted: counted.min(MOST), more: counted > MOST }
    }
}

fn people(db: &mut Db, hashers: &Hashers) -> Result<Option<Figure<People>>, DbError> {
    if model::has_more_than(db, model::USERS, FEW_PEOPLE)? {
        return kept(db, PEOPLE);
    }
    let mut tally = Tally::new(hashers);
    while tally.add(model::people_after(db, tally.last, BATCH)?) {}
    Ok(Some(Figure { value: tally.people(), as_of: None }))
}

fn programs(db: &mut Db, now: PrimitiveDateTime) -> Result<Option<Figure<u32>>, DbError> {
    if model::has_more_than(db, model::TOKENS, FEW_TOKENS)? {
        return kept(db, PROGRAMS);
    }
    Ok(Some(Figure { value: model::live_tokens(db, now)?, as_of: None }))
}

fn kept<T: for<'a> Deserialize<'a>>(db: &mut Db, name: &str) -> Result<Option<Figure<T>>, DbError> {
    let kept = model::find(db, name)?;
    // Another version may have written it otherwise.
    Ok(kept.and_then(|(value, at)| Some(Figure { value: serde_json::from_str(&value).ok()?, as_of: Some(at) })))
}

/// Whether there are so few sessions that all of them may be looked into.
pub fn has_few_sessions(db: &mut Db) -> Result<bool, DbError> {
    Ok(!model::has_more_than(db, model::SESSIONS, FEW)?)
}

/// Counts what is kept. How many rows are kept no longer.
pub fn refresh(auth: &Auth) -> Result<u64, DbError> {
    let now = auth.clock.now();
    let forgotten = counts::keep_up(&auth.database, now.saturating_sub(counts::SETTLED), now)?;
    // Of small tables too: they may be large before it is due again.
    let mut tally = Tally::new(&auth.hashers);
    while tally.add(model::people_after(&mut *auth.database.get()?, tally.last, BATCH)?) {
        std::thread::sleep(REST);
    }
    keep(auth, PEOPLE, &tally.people())?;
    let live = model::live_tokens(&mut *auth.database.get()?, now)?;
    keep(auth, PROGRAMS, &live)?;
    Ok(forgotten)
}

fn keep(auth: &Auth, name: &str, value: &impl Serialize) -> Result<(), DbError> {
    let value = serde_json::to_string(value).unwrap_or_default();
    let now = auth.clock.now();
    auth.database.get()?.write(|db| Ok(model::keep(db, name, &value, now)?))
}

/// Counts people, some at a time.
struct Tally<'a> {
    hashers: &'a Hashers,
    last: i32,
    people: People,
    schemes: BTreeMap<Scheme, u32>,
}

impl<'a> Tally<'a> {
    fn new(hashers: &'a Hashers) -> Self {
        Self { hashers, last: i32::MIN, people: People::default(), schemes: BTreeMap::new() }
    }

    /// Whether there were any.
    fn add(&mut self, some: Vec<model::Person>) -> bool {
        let Some(last) = some.last() else { return false };
        self.last = last.id;
        for person in some {
            self.people.users += 1;
            self.people.active += u32::from(person.is_active);
            self.people.staff += u32::from(person.is_active && person.is_staff);
            *self.schemes.entry(self.hashers.way(&person.password)).or_default() += 1;
        }
        true
    }

    fn people(self) -> People {
        let stored = |(scheme, people)| match scheme {
            Scheme::Known(algorithm, parameters) => {
                Stored { algorithm: algorithm.to_owned(), parameters, is_unusable: false, people }
            }
            other => Stored {
                algorithm: String::new(),
                parameters: String::new(),
                is_unusable: other == Scheme::Unusable,
                people,
            },
        };
        let mut schemes: Vec<Stored> = self.schemes.into_iter().map(stored).collect();
        schemes.sort_by_key(|stored| std::cmp::Reverse(stored.people));
        People { schemes, ..self.people }
    }
}
