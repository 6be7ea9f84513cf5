//! What failures are counted by: the account that was meant, the network, the browser.

use std::sync::Arc;

use unicode_normalization::UnicodeNormalization;

use super::policy::{Kind, Rule};
use crate::{
    auth::{Attempt, AuthError, Found, models::User},
    client::Client,
    crypto::sha256_hex,
    db::Db,
    devices,
    settings::Parameter,
};

/// What axes writes where a request does not say.
pub const UNKNOWN: &str = "<unknown>";
/// The width of the columns, in characters.
const WIDTH: usize = 255;

/// One thing that is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The key of its row.
    pub key: String,
    /// By what rule.
    pub rule: Arc<Rule>,
    /// The account, folded; empty if the rule does not ask for it.
    pub username: String,
    /// The network; empty if the rule does not ask for it.
    pub address: String,
    /// The browser; empty if the rule does not ask for it.
    pub user_agent: String,
}

impl Subject {
    /// What `rule` counts an attempt by; `None` if the attempt lacks a part of that.
    pub fn of(rule: &Arc<Rule>, account: Option<&str>, client: &Client) -> Option<Self> {
        let mut subject = Self {
            key: String::new(),
            rule: Arc::clone(rule),
            username: String::new(),
            address: String::new(),
            user_agent: String::new(),
        };
        match &rule.kind {
            Kind::Axes(parts) => {
                for part in parts {
                    match part {
                        Parameter::Username => account?.clone_into(&mut subject.username),
                        Parameter::IpAddress => subject.address = client.network().to_string(),
                        Parameter::UserAgent => user_agent(client).clone_into(&mut subject.user_agent),
                    }
                }
            }
            Kind::Address => subject.address = client.network().to_string(),
            Kind::Device => return Some(Self::of_device(rule, account?, &devices::digest(client.device.presented()?))),
        }
        Some(subject.with_key(""))
    }

    /// What `rule` counts an account by on a known device.
    pub fn of_device(rule: &Arc<Rule>, account: &str, digest: &str) -> Self {
        let (key, address, user_agent) = Default::default();
        let subject = Self { key, rule: Arc::clone(rule), username: account.to_owned(), address, user_agent };
        subject.with_key(digest)
    }

    fn with_key(mut self, device: &str) -> Self {
        let parts = [self.rule.name.as_str(), &self.username, &self.address, &self.user_agent, device];
        self.key = sha256_hex(&parts.join("\0"));
        self
    }
}

/// Who is meant by a name.
#[derive(Debug, Clone, Default)]
pub struct Meant {
    /// The account, folded; `None` if nobody was named.
    pub account: Option<String>,
    /// The names by which a Django beside us may have counted the same account.
    pub names: Vec<String>,
}

impl Meant {
    /// By an attempt.
    pub fn by(attempt: &Attempt<'_>) -> Result<Self, AuthError> {
        let typed = attempt.credential("username").unwrap_or_default();
        let user = attempt.found()?.the_one().map(|(user, _)| user);
        Ok(Self { account: account(attempt)?, names: names(typed, user) })
    }

    /// By a name that somebody may have typed into a log-in form.
    pub fn by_name(db: &mut Db, typed: &str) -> Result<Self, diesel::result::Error> {
        let found = Found::look(db, typed)?;
        let user = found.the_one().map(|(user, _)| user);
        let account = match user {
            Some(user) => fold(&user.username),
            None => account_of(db, typed)?,
        };
        Ok(Self { account: Some(account), names: names(typed, user) })
    }
}

fn names(typed: &str, user: Option<&User>) -> Vec<String> {
    let mut names = vec![typed.to_owned()];
    if let Some(user) = user {
        names.extend([user.username.clone(), user.email.clone()]);
    }
    names.sort_unstable();
    names.dedup();
    names.retain(|name| !name.contains('\0'));
    names
}

/// The browser as axes records it.
pub fn user_agent(client: &Client) -> &str {
    if client.user_agent.is_empty() { UNKNOWN } else { &client.user_agent }
}

/// The account that an attempt means, known or not; `None` if it names nobody.
fn account(attempt: &Attempt<'_>) -> Result<Option<String>, AuthError> {
    let Some(typed) = attempt.credential("username") else {
        return Ok(None);
    };
    let found = attempt.found()?;
    // Known and unknown names cost the same look-ups.
    if found.the_one().is_some() || clean(typed) == typed {
        return Ok(Some(name_of(found, typed)));
    }
    Ok(Some(account_of(&mut *attempt.db()?, typed)?))
}

/// The account that a typed name means.
pub fn account_of(db: &mut Db, typed: &str) -> Result<String, diesel::result::Error> {
    Ok(name_of(&Found::look(db, &clean(typed))?, typed))
}

fn name_of(found: &Found, typed: &str) -> String {
    found.the_one().map_or_else(|| fold(typed), |(user, _)| fold(&user.username))
}

/// One text for all that differ in case, width, spaces or what can't be seen.
pub fn fold(name: &str) -> String {
    // Twice: the other case may have forms of its own, and some letters have two small forms but one capital.
    let folded = clean(name).to_uppercase().to_lowercase();
    folded.nfkc().take(WIDTH).collect()
}

fn clean(name: &str) -> String {
    let visible = |c: &char| !c.is_whitespace() && !c.is_control() && !is_invisible(*c);
    name.chars().take(WIDTH).nfkc().filter(visible).take(WIDTH).collect()
}

/// Characters that have no width.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn variants_of_a_name_fold_to_one() {
        for variant in
            ["ann", "ANN", " ann\t", "ａｎｎ", "a\u{200b}nn", "A\u{a0}n N", "an\u{ad}n", "ann\u{feff}", "ann\0"]
        {
            assert_eq!(fold(variant), "ann", "{variant:?}");
        }
        assert_eq!(fold("Straße"), fold("STRASSE"));
        assert_eq!(fold("ſam"), "sam");
        assert_ne!(fold("ann"), fold("anna"));
    }

    #[test]
    fn names_of_any_length_fold_to_what_fits_a_column() {
        assert_eq!(fold(&"ﷺ".repeat(1_000)).chars().count(), 255);
    }
}
