//! What people do with their own account: passwords, addresses, sign-up, the end of it. Plain synchronous code that knows no
//! HTTP; the pages stand in [`web::account`](crate::web::account).
//!
//! What changes an account is one transaction with the letters that tell of it: a mail server that is down changes no
//! answer, and no letter tells of what did not happen.

mod address;
mod administration;
pub mod confirmation;
mod data;
mod deletion;
mod endings;
mod erasure;
mod export;
pub mod letters;
mod limits;
pub mod links;
pub mod model;
mod name;
mod notices;
mod password;
mod registration;
mod sweep;

use std::{fmt, sync::Arc};

pub use address::AddressError;
pub use administration::{By, Unreachable};
pub use deletion::Farewell;
pub use erasure::Erased;
pub use notices::connect;
pub use registration::Applicant;

use crate::{
    accounts::letters::Seen,
    audit::{self, Changes, Entry},
    auth::{Auth, AuthError},
    client::Client,
    db::Db,
    events::{self, Event, Kind},
    settings::{AccountSettings, Settings},
    users::User,
};

/// The accounts of an installation.
pub struct Accounts {
    /// What authentication is made of.
    pub auth: Arc<Auth>,
    /// What people may do.
    pub settings: AccountSettings,
    site_url: String,
    script_name: String,
}

impl Accounts {
    /// Those of a site with these settings.
    pub fn new(auth: Arc<Auth>, settings: &Settings) -> Self {
        let server = &settings.server;
        Self {
            auth,
            settings: settings.account.clone(),
            site_url: server.site_url.as_str().to_owned(),
            script_name: server.script_name.as_str().to_owned(),
        }
    }

    /// Where links in letters to or about `client` lead: `SITE_URL`, or the host that they asked for; empty if neither is
    /// known.
    pub fn origin(&self, client: &Client) -> String {
        origin(&self.site_url, &self.script_name, client)
    }

    fn seen(&self, client: &Client) -> Seen {
        Seen::of(client, self.origin(client), self.auth.clock.now())
    }

    fn record(&self, db: &mut Db, kind: Kind, client: &Client, user: &User) -> Result<(), AuthError> {
        self.record_with(db, kind, client, user, "")
    }

    fn record_with(
        &self,
        db: &mut Db,
        kind: Kind,
        client: &Client,
        user: &User,
        detail: &str,
    ) -> Result<(), AuthError> {
        let event = Event::new(kind, client).of(user.id, &user.username).detail(detail);
        Ok(events::record(db, &event, self.auth.clock.now())?)
    }

    /// Puts what somebody did to their own account into the audit log: the last act of a transaction.
    fn audit(
        &self,
        db: &mut Db,
        action: &str,
        client: &Client,
        user: &User,
        changes: Changes,
    ) -> Result<(), AuthError> {
        let entry = Entry::new(action, client).by(user).on_user(user).changes(changes);
        audit::append(db, &self.auth.keys, &[entry], self.auth.clock.now())
    }
}

fn origin(site_url: &str, script_name: &str, client: &Client) -> String {
    match site_url {
        // A command knows no host.
        "" if client.host.is_empty() => String::new(),
        "" => format!("{}{script_name}", client.origin()),
        url => url.to_owned(),
    }
}

impl fmt::Debug for Accounts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Accounts").finish_non_exhaustive()
    }
}
