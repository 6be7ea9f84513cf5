//! Typed settings under Django's names.
//!
//! Each section is one file and one `section!` block: the Rust type, the default and the meaning of a setting
//! stand together, and the loader, `vestibule settings` and `docs/settings.md` are all made from that one text.
//!
//! To add a setting: one line in its section. To add a section: one file, one line in [`Settings`].
//!
//! Values come, later ones over earlier ones, from the defaults, a TOML file and the environment (`VESTIBULE_` before
//! the name, `__` between a table's name and its key). An unknown name or a bad value stops the start with its name,
//! its place and what was expected.

mod account;
mod api;
mod auth;
mod check;
mod component;
mod csrf;
mod database;
mod define;
mod email;
mod events;
mod jwt;
mod load;
mod lockout;
mod policy;
mod report;
mod secret;
mod security;
mod server;
mod sessions;
mod value;

pub use account::AccountSettings;
pub use api::ApiSettings;
pub use auth::AuthSettings;
pub use check::{Finding, KEY_LENGTH, Level, check};
pub use component::Component;
pub use csrf::CsrfSettings;
pub use database::DatabaseSettings;
pub use define::{Entry, Section};
pub use email::EmailSettings;
pub use events::EventSettings;
pub use jwt::{Algorithm, Audience, HeaderTypes, JwtSettings, UserIdField};
pub use load::{Environment, SettingsError, Source};
pub use lockout::LockoutSettings;
pub use policy::{CoolOff, LockoutParameters, Parameter, Rate, RefusalStatus};
pub use report::{DiffStyle, differences, reference, report};
pub use secret::{DatabaseUrl, Secret};
pub use security::SecuritySettings;
pub use server::ServerSettings;
pub use sessions::SessionSettings;
pub use value::{PathPrefix, Raw, SameSite, SiteUrl, Value};

/// Every setting of the program, and where each value in force came from.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Where the data lies.
    pub database: DatabaseSettings,
    /// Secret keys, hosts, TLS and response headers.
    pub security: SecuritySettings,
    /// The session cookie and its rows.
    pub sessions: SessionSettings,
    /// Protection of forms against requests forged by other sites.
    pub csrf: CsrfSettings,
    /// Backends, password hashing, where log-in leads.
    pub auth: AuthSettings,
    /// What people do with their own account.
    pub account: AccountSettings,
    /// How mail is sent.
    pub email: EmailSettings,
    /// How events leave.
    pub events: EventSettings,
    /// How guessing is stopped.
    pub lockout: LockoutSettings,
    /// Tokens for programs.
    pub jwt: JwtSettings,
    /// What programs may ask for.
    pub api: ApiSettings,
    /// The HTTP server and the proxies before it.
    pub server: ServerSettings,
    sources: load::Sources,
}

impl Settings {
    /// The sections in the order in which people read them.
    pub fn sections(&self) -> [&dyn Section; 12] {
        [
            &self.database,
            &self.security,
            &self.sessions,
            &self.csrf,
            &self.auth,
            &self.account,
            &self.email,
            &self.events,
            &self.lockout,
            &self.jwt,
            &self.api,
            &self.server,
        ]
    }

    fn sections_mut(&mut self) -> [&mut dyn Section; 12] {
        [
            &mut self.database,
            &mut self.security,
            &mut self.sessions,
            &mut self.csrf,
            &mut self.auth,
            &mut self.account,
            &mut self.email,
            &mut self.events,
            &mut self.lockout,
            &mut self.jwt,
            &mut self.api,
            &mut self.server,
        ]
    }

    /// Where the value of the setting `name` came from.
    pub fn source(&self, name: &str) -> Source {
        self.sources.get(name).cloned().unwrap_or(Source::Default)
    }
}
