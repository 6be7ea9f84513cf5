//! How often mail can be asked for, so that nobody floods others with it.

use time::Duration;

use super::Accounts;
use crate::{
    client::Client,
    db::{Db, DbError},
    throttle,
};

/// What a letter is for. Each is counted by itself: whoever takes an account over could else ask for mail to its owner until
/// no more is sent, and then no warning either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MailKind {
    /// Anybody can ask for it.
    Asked,
    /// It warns the owner.
    Notice,
}

impl Accounts {
    /// Counts a request from the network of `client`; how long it must wait if it asks too often.
    pub fn slow_down(&self, db: &mut Db, client: &Client) -> Result<Option<Duration>, DbError> {
        let network = client.network().to_string();
        Ok(throttle::take(db, "account", &network, &self.settings.limits_per_ip, self.auth.clock.now())?)
    }

    /// Counts a letter to an address; whether it is one too many. The answer to whoever asked is the same.
    pub(super) fn is_flooded(&self, db: &mut Db, kind: MailKind, email: &str) -> Result<bool, DbError> {
        let rates = &self.settings.limits_per_email;
        let what = match kind {
            MailKind::Asked => "mail",
            MailKind::Notice => "notice",
        };
        Ok(throttle::take(db, what, &email.to_lowercase(), rates, self.auth.clock.now())?.is_some())
    }
}
