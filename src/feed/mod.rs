//! What happens, told to other programs: a request to one that listens, a line in a file. Each event is put into the
//! [`outbox`] where it is recorded, by its number alone; what is told of it is made when it leaves.
//!
//! To add a way: a file with a `Way`, and a line in [`couriers`].

mod entry;
mod lines;
mod signature;
mod webhook;

use std::{fmt, path::Path, sync::Arc};

use time::Duration;

use self::{entry::Entry, lines::Lines, signature::Signer, webhook::Webhook};
use crate::{
    audit,
    auth::Auth,
    db::{Db, DbError},
    events::Kind,
    outbox::{self, Delivered, Failure, Outbox, Reach},
    settings::EventSettings,
};

/// How long a line may take to be written; who waits longer for a disk has other troubles.
const PATIENCE_FOR_DISKS: Duration = Duration::MINUTE;
/// How long a line that can't be written is tried again.
const RETRY_LINES_FOR: Duration = Duration::days(2);

/// Events can't leave as the settings say: the name of the setting, and what was expected.
#[derive(Debug, thiserror::Error)]
#[error("bad value for {setting}; expected {expected}")]
pub struct FeedError {
    setting: &'static str,
    expected: String,
}

fn bad(setting: &'static str, expected: impl Into<String>) -> FeedError {
    FeedError { setting, expected: expected.into() }
}

/// Takes events somewhere.
trait Way: Send + Sync {
    /// Tells of one. The thread waits meanwhile.
    fn tell(&self, entry: &Entry, auth: &Auth) -> Result<(), Failure>;
}

/// Takes the events that wait for one destination there.
pub struct Courier {
    outbox: Outbox,
    kinds: Vec<String>,
    site_name: String,
    way: Box<dyn Way>,
}

/// One for each destination that the settings name.
pub fn couriers(settings: &EventSettings, site_name: &str) -> Result<Vec<Courier>, FeedError> {
    let mut couriers = Vec::new();
    let signer = Signer::new(&settings.webhook_secret)?;
    let mut add = |outbox, setting, kinds: &[String], way| {
        let kinds = known(setting, kinds)?;
        couriers.push(Courier { outbox, kinds, site_name: site_name.to_owned(), way });
        Ok(())
    };
    if !settings.webhook_url.is_empty() {
        let way = Webhook::new(settings, signer.clone())?;
        let (patience, retry_for) = (settings.webhook_timeout, settings.webhook_retry_for);
        let outbox = Outbox::new("webhook", patience, retry_for, "WEBHOOK_RETRY_FOR");
        add(outbox, "WEBHOOK_EVENTS", &settings.webhook_events, Box::new(way) as Box<dyn Way>)?;
    }
    if settings.log != Path::new("") {
        let way = Lines::new(&settings.log, signer)?;
        let outbox = Outbox::new("event_log", PATIENCE_FOR_DISKS, RETRY_LINES_FOR, "the program");
        add(outbox, "EVENT_LOG_EVENTS", &settings.log_events, Box::new(way))?;
    }
    Ok(couriers)
}

/// Makes those who hear of what happens from now on those whom the settings name.
pub fn subscribe(db: &mut Db, couriers: &[Arc<Courier>]) -> Result<(), DbError> {
    let wanted = couriers.iter().map(|courier| (courier.outbox.destination(), courier.kinds.as_slice()));
    outbox::subscribe(db, &wanted.collect::<Vec<_>>())
}

fn known(setting: &'static str, kinds: &[String]) -> Result<Vec<String>, FeedError> {
    match kinds.iter().find(|kind| *kind != audit::LETTER && Kind::read(kind).is_none()) {
        None => Ok(kinds.to_vec()),
        Some(unknown) => {
            Err(bad(setting, format!("kinds of events such as \"login_failed\" or \"audit\", and {unknown:?} is none")))
        }
    }
}

impl Courier {
    /// Tells of what is due, some of it. The thread waits meanwhile.
    pub fn deliver(&self, auth: &Auth) -> Result<Delivered, DbError> {
        self.outbox.deliver_due(&auth.database, &auth.clock, |claimed| {
            let entry = Entry::find(&mut *auth.database.get()?, claimed.letter(), &self.site_name)?;
            match entry {
                Some(entry) => Ok(self.way.tell(&entry, auth)),
                // Deleted meanwhile, or of another version.
                None => Ok(Ok(())),
            }
        })
    }

    /// The name of the destination.
    pub fn destination(&self) -> &'static str {
        self.outbox.destination()
    }
}

impl fmt::Debug for Courier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Courier").field("destination", &self.destination()).finish_non_exhaustive()
    }
}

fn failure(reach: Reach, cause: impl Into<String>) -> Failure {
    Failure { cause: cause.into(), reach }
}
