//! How often mail can be asked for, so that nobody floods others with it.

use time::Duration;

use super::Accounts;
use crate::{
    client::Client,
    db::{Db, DbError},
    throttle,
};

impl Accounts {
    /// Counts a request from the network of `client`; how long it must wait if it asks too often.
    pub fn slow_down(&self, db: &mut Db, client: &Client) -> Result<Option<Duration>, DbError> {
        let network = client.network().to_string();
        Ok(throttle::take(db, "account", &network, &self.settings.limits_per_ip, self.auth.clock.now())?)
    }

    /// Counts a letter to an address; whether it is one too many. The answer to whoever asked is the same.
    pub(super) fn is_flooded(&self, db: &mut Db, email: &str) -> Result<bool, DbError> {
        let rates = &self.settings.limits_per_email;
        Ok(throttle::take(db, "mail", &email.to_lowercase(), rates, self.auth.clock.now())?.is_some())
    }
}
