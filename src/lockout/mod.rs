//! Guessing is stopped (the idea of django-axes, on its tables).
//!
//! [`AxesStandaloneBackend`] stands first among the backends and takes a place for each attempt before a password is
//! hashed; receivers count it when it failed. Log-in code knows nothing of it: what is locked is
//! [`AuthError::Locked`](crate::auth::AuthError::Locked), whoever asks.
//!
//! - [`policy`]: what locks and for how long, without a database.
//! - [`subject`]: what is counted: which account is meant, which network.
//! - [`models`]: rows. One of ours for each subject, raised by one statement that checks the limit, because no row of axes'
//!   can be the counter: its key holds the user agent. axes' own rows are written as axes writes them and read for what a
//!   Django beside us has counted.
//! - [`standing`]: whether somebody may try; asked by those who try and by [`explain`].
//! - [`explain`], [`reset`]: what operators ask of it.
//! - [`simulate`]: what another policy would have locked of what was recorded. [`prune`]: what counts no more goes.

mod backend;
pub mod explain;
pub mod models;
pub mod policy;
pub mod prune;
mod receivers;
mod reservation;
pub mod reset;
pub mod simulate;
pub mod standing;
pub mod subject;

use std::sync::Arc;

use ipnet::IpNet;

pub use backend::AxesStandaloneBackend;
use policy::{Kind, Rule};
use subject::Subject;

use crate::{
    auth::signals::Signals,
    client::Client,
    settings::{LockoutSettings, Parameter, Settings},
};

/// The last part of the backend's path.
pub const BACKEND: &str = "AxesStandaloneBackend";

/// A policy, made of the settings.
#[derive(Debug)]
pub struct Lockout {
    /// Its settings.
    pub settings: LockoutSettings,
    /// What is counted, but for known devices.
    pub rules: Vec<Arc<Rule>>,
    /// How known devices are counted.
    pub device: Arc<Rule>,
    is_placed: bool,
    admin: String,
}

/// What becomes of an attempt before anything is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Nothing is counted or locked anywhere.
    Off,
    /// Nobody may log in from there, which `AXES_IP_BLACKLIST` names.
    Blacklisted,
    /// Nobody may log in from there, which `AXES_IP_WHITELIST` does not name.
    NotWhitelisted,
    /// What comes from there is not counted.
    Spared,
    /// What comes from there is counted, and let in whatever is locked.
    Passes,
    /// It is let in unless something is locked.
    Weighed,
}

impl Admission {
    /// Whether nobody may log in, whatever was counted.
    pub fn is_denied(self) -> bool {
        matches!(self, Self::Blacklisted | Self::NotWhitelisted)
    }
}

impl Lockout {
    /// Of these settings.
    pub fn new(settings: &Settings) -> Self {
        let (rules, device) = Rule::of(&settings.lockout);
        let admin = format!("{}/admin/", settings.server.script_name.as_str());
        let is_placed = settings.auth.backend_at(BACKEND).is_some();
        Self { settings: settings.lockout.clone(), rules, device, is_placed, admin }
    }

    /// Whether the backend is among those of the settings.
    pub fn is_placed(&self) -> bool {
        self.is_placed
    }

    /// Whether anything is counted at all.
    pub fn is_on(&self) -> bool {
        self.is_placed && self.settings.enabled
    }

    /// Everything by which an attempt is counted, known devices apart; in the order in which rows are locked.
    pub fn subjects(&self, account: Option<&str>, client: &Client) -> Vec<Subject> {
        let mut subjects: Vec<Subject> =
            self.rules.iter().filter_map(|rule| Subject::of(rule, account, client)).collect();
        subjects.sort_by(|left, right| left.key.cmp(&right.key));
        subjects.dedup_by(|left, right| left.key == right.key);
        subjects
    }

    /// The rules that a log-in of one account resets.
    fn of_account(&self) -> impl Iterator<Item = &Arc<Rule>> {
        let names = |rule: &&Arc<Rule>| match &rule.kind {
            Kind::Axes(parts) => parts.contains(&Parameter::Username),
            Kind::Address => false,
            Kind::Device => true,
        };
        self.rules.iter().chain([&self.device]).filter(names)
    }

    /// What becomes of an attempt before anything is counted.
    pub fn admission(&self, client: &Client) -> Admission {
        let (passes, settings) = (self.lets_pass(client), &self.settings);
        if !self.is_on() {
            Admission::Off
        } else if !passes && lists(&settings.ip_blacklist, client) {
            Admission::Blacklisted
        } else if !passes && settings.only_whitelist && !lists(&settings.ip_whitelist, client) {
            Admission::NotWhitelisted
        } else if self.spares(client) {
            Admission::Spared
        } else if passes {
            Admission::Passes
        } else {
            Admission::Weighed
        }
    }

    /// Whether nothing is counted of what comes from there.
    fn spares(&self, client: &Client) -> bool {
        let settings = &self.settings;
        let listed = || lists(&settings.ip_whitelist, client);
        (settings.never_lockout_get && client.is_get)
            || ((settings.never_lockout_whitelist || settings.only_whitelist) && listed())
    }

    /// Whether what comes from there is counted and not refused.
    fn lets_pass(&self, client: &Client) -> bool {
        self.settings.only_admin_site && !client.path.starts_with(&self.admin)
    }
}

fn lists(networks: &[IpNet], client: &Client) -> bool {
    client.ip.is_some_and(|ip| networks.iter().any(|network| network.contains(&ip)))
}

/// Connects the receivers that count.
pub fn connect(lockout: &Arc<Lockout>, signals: &mut Signals) {
    let policy = Arc::clone(lockout);
    signals.user_login_failed.connect(move |occasion, event| receivers::login_failed(&policy, occasion, event));
    let policy = Arc::clone(lockout);
    signals.user_logged_in.connect(move |occasion, event| receivers::logged_in(&policy, occasion, event));
    let policy = Arc::clone(lockout);
    signals.user_logged_out.connect(move |occasion, event| receivers::logged_out(&policy, occasion, event));
}

#[cfg(test)]
mod tests {
    use super::{Admission, Lockout};
    use crate::{
        client::Client,
        settings::{Raw, Settings, Value},
    };

    #[test]
    fn if_only_the_admin_is_locked_its_pages_alone_are_weighed() {
        for prefix in ["", "/auth"] {
            let mut settings = Settings::default();
            settings.lockout.only_admin_site = true;
            settings.server.script_name = Value::read(&Raw::Text(prefix.to_owned())).unwrap_or_default();
            let lockout = Lockout::new(&settings);
            let admission =
                |path: &str| lockout.admission(&Client { path: format!("{prefix}{path}"), ..Client::default() });
            assert_eq!(admission("/admin/login/"), Admission::Weighed);
            for path in ["/login/", "/api/token/", "/administration/", "/login/admin/"] {
                assert_eq!(admission(path), Admission::Passes, "{path}");
            }
        }
    }
}
