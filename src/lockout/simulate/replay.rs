//! What was recorded, tried on two policies at once, a page at a time.

use std::{collections::HashMap, mem};

use time::PrimitiveDateTime;

use super::{Attempt, End, Locked, Simulation, Totals};
use crate::{
    auth::AuthError,
    client::Client,
    db::Db,
    events::{self, Attempted, Kind},
    lockout::{
        Lockout,
        subject::{account_of, fold},
    },
};

/// How many attempts are in memory at once.
const PAGE: i64 = 1_000;
/// How many names are kept with their accounts.
const NAMES: usize = 10_000;

/// A replay, and how far it is.
pub struct Replay {
    simulated: Simulation,
    in_force: Simulation,
    accounts: HashMap<String, String>,
    cursor: (PrimitiveDateTime, i64),
    replayed: Replayed,
    is_over: bool,
}

/// How many attempts were replayed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Those that failed.
    pub failed: u64,
    /// Those that opened an account.
    pub logged_in: u64,
    /// Those whose password nobody looked at.
    pub unread: u64,
}

impl Replay {
    /// Of the attempts since `since`, when nothing had been counted yet.
    pub fn new(simulated: Lockout, in_force: Lockout, since: PrimitiveDateTime) -> Self {
        Self {
            simulated: Simulation::new(simulated),
            in_force: Simulation::new(in_force),
            accounts: HashMap::new(),
            cursor: (since, 0),
            replayed: Replayed::default(),
            is_over: false,
        }
    }

    /// Replays the next attempts; the locks of the simulated policy that ended with them, at last those that have not.
    /// `None` when all is told.
    pub fn next_page(&mut self, db: &mut Db) -> Result<Option<Vec<Locked>>, AuthError> {
        if self.is_over {
            return Ok(None);
        }
        let page = events::attempts_after(db, self.cursor, PAGE)?;
        for event in &page {
            let attempt = self.attempt(db, event)?;
            self.simulated.replay(&attempt);
            self.in_force.replay(&attempt);
            self.cursor = event.cursor;
        }
        self.in_force.ended();
        self.is_over = page.is_empty();
        Ok(Some(if self.is_over { self.simulated.finish() } else { self.simulated.ended() }))
    }

    /// What was replayed.
    pub fn replayed(&self) -> Replayed {
        self.replayed
    }

    /// What the simulated policy would have done, and what the one in force.
    pub fn totals(&self) -> [Totals; 2] {
        [self.simulated.totals(), self.in_force.totals()]
    }

    fn attempt(&mut self, db: &mut Db, event: &Attempted) -> Result<Attempt, AuthError> {
        let (end, count) = match event.kind {
            Kind::LoggedIn => (End::LoggedIn, &mut self.replayed.logged_in),
            Kind::TriedWhileLocked => (End::Unread, &mut self.replayed.unread),
            _ => (End::Failed, &mut self.replayed.failed),
        };
        *count += 1;
        let account = match end {
            _ if event.username.is_empty() => None,
            // The account's own name.
            End::LoggedIn => Some(fold(&event.username)),
            End::Failed | End::Unread => Some(self.account(db, &event.username)?),
        };
        let client = Client {
            ip: event.ip_address.as_deref().and_then(|ip| ip.parse().ok()),
            user_agent: event.user_agent.clone(),
            path: event.path.clone(),
            ..Client::default()
        };
        Ok(Attempt { at: event.cursor.0, end, account, client })
    }

    fn account(&mut self, db: &mut Db, recorded: &str) -> Result<String, AuthError> {
        if let Some(account) = self.accounts.get(recorded) {
            return Ok(account.clone());
        }
        if self.accounts.len() >= NAMES {
            mem::take(&mut self.accounts);
        }
        // It stands for what has no place in a record, and what a name is folded without.
        let account = account_of(db, &recorded.replace('\u{fffd}', ""))?;
        self.accounts.insert(recorded.to_owned(), account.clone());
        Ok(account)
    }
}
