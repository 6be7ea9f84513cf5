//! Why somebody is locked, or not: asked of the same rules and rows as when they try.

use std::{collections::BTreeSet, net::IpAddr, sync::Arc};

use diesel::result::Error;
use time::PrimitiveDateTime;

use super::{
    Admission, Lockout,
    models::{
        attempt::{self, Elsewhere, Listed, Search},
        counter::{self, Row},
    },
    policy::{FOR_EVER, Kind, Rule},
    standing::{self, Standing},
    subject::{Meant, Subject},
};
use crate::{
    auth::Found,
    client::{Client, Network},
    db::Db,
    devices::{self, Device},
    settings::Parameter,
    users::User,
};

/// How many of axes' rows are named for one source.
pub const MOST_ROWS: usize = 100;

/// What is asked.
#[derive(Debug, Clone, Copy, Default)]
pub struct Question<'a> {
    /// The name that is typed.
    pub typed: &'a str,
    /// From where; `None` for wherever anything was counted.
    pub ip: Option<IpAddr>,
    /// In which browser; `None` for whichever anything was counted.
    pub user_agent: Option<&'a str>,
}

/// The answer.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// When it was given.
    pub now: PrimitiveDateTime,
    /// The account that is meant, folded.
    pub account: String,
    /// Whose it is.
    pub user: Option<User>,
    /// What holds for each source, the locked ones first.
    pub sources: Vec<Source>,
    /// The devices from which they have logged in, which are counted apart.
    pub devices: Vec<(Device, Count)>,
}

/// From where somebody may try.
#[derive(Debug, Clone)]
pub struct Source {
    /// The address; `None` for any.
    pub ip: Option<IpAddr>,
    /// The browser, if any rule asks for it.
    pub user_agent: Option<String>,
    /// What becomes of an attempt before anything is counted.
    pub admission: Admission,
    /// What is counted, what is locked first, else in the order of the rules.
    pub counts: Vec<Count>,
    /// The rows of axes' that are about it, the first [`MOST_ROWS`].
    pub attempts: Vec<Listed>,
    /// Whether there are more of them.
    pub more: bool,
}

/// How something that is counted stands.
#[derive(Debug, Clone)]
pub struct Count {
    /// What.
    pub subject: Subject,
    /// Its row, as it counts now; `None` if there is none.
    pub row: Option<Row>,
    /// What a Django beside us has counted of it.
    pub elsewhere: Option<Elsewhere>,
    /// Whether somebody may try.
    pub standing: Standing,
    /// Until when not, if it is locked; `None` for ever.
    pub until: Option<PrimitiveDateTime>,
}

impl Count {
    /// Whether it is locked, or will be with the next try.
    pub fn is_locked(&self) -> bool {
        match self.standing {
            Standing::Open | Standing::Pending => false,
            Standing::Locked | Standing::Elsewhere(_) => true,
        }
    }

    /// How many failures count that were counted here.
    pub fn failures(&self, now: PrimitiveDateTime) -> i32 {
        self.row.map_or(0, |row| row.counter.live_failures(now))
    }
}

impl Source {
    /// What locks, if anything does and it matters.
    pub fn locks(&self) -> impl Iterator<Item = &Count> {
        let matters = self.admission == Admission::Weighed;
        self.counts.iter().filter(move |count| matters && count.is_locked())
    }

    /// Whether nobody who comes from there is let in, on a known device apart.
    pub fn is_locked(&self) -> bool {
        self.admission.is_denied() || self.locks().next().is_some()
    }

    /// Until when, if it is locked; `None` for ever.
    pub fn until(&self) -> Option<PrimitiveDateTime> {
        let ends = self.locks().map(|count| count.until).collect::<Option<Vec<_>>>()?;
        ends.into_iter().max()
    }
}

/// Answers.
pub fn explain(
    db: &mut Db,
    lockout: &Lockout,
    question: Question<'_>,
    now: PrimitiveDateTime,
) -> Result<Explanation, Error> {
    let meant = Meant::by_name(db, question.typed)?;
    let account = meant.account.clone().unwrap_or_default();
    let user = Found::look(db, question.typed)?.the_one().map(|(user, _)| user.clone());
    let search = Search { usernames: Some(meant.names.clone()), ..Search::default() };
    let rows: Vec<Listed> = attempt::pages(db, &search, Some(&account)).collect::<Result<Vec<_>, _>>()?.concat();
    let witness = Witness { lockout, meant, rows, now };
    let mut sources = Vec::new();
    for (ip, user_agent) in witness.whence(db, question)? {
        sources.push(witness.source(db, ip, user_agent)?);
    }
    sources.sort_by_key(|source| !source.is_locked());
    let devices = match &user {
        Some(user) => witness.devices(db, user)?,
        None => Vec::new(),
    };
    Ok(Explanation { now, account, user, sources, devices })
}

/// What is known of an account, whatever the source.
struct Witness<'a> {
    lockout: &'a Lockout,
    meant: Meant,
    rows: Vec<Listed>,
    now: PrimitiveDateTime,
}

type Whence = (Option<IpAddr>, Option<String>);

impl Witness<'_> {
    /// The sources that are asked for, or all from which something was counted.
    fn whence(&self, db: &mut Db, question: Question<'_>) -> Result<BTreeSet<Whence>, Error> {
        let asks = |part| {
            let has = |rule: &Arc<Rule>| matches!(&rule.kind, Kind::Axes(parts) if parts.contains(&part));
            self.lockout.rules.iter().any(has)
        };
        let browsers = asks(Parameter::UserAgent);
        let browser = |user_agent: &str| browsers.then(|| user_agent.to_owned());
        let mut found: BTreeSet<Whence> = self
            .rows
            .iter()
            .map(|row| (row.ip_address.as_deref().and_then(|text| text.parse().ok()), browser(&row.user_agent)))
            .collect();
        for whom in counter::of_account(db, self.meant.account.as_deref().unwrap_or_default())? {
            let ip: Option<IpAddr> = whom.address.trim_end_matches("/64").parse().ok();
            let network = ip.map(Network::of);
            // Of a network of which an address is known already, that one stands for it.
            if !found.iter().any(|(known, _)| known.map(Network::of) == network) {
                found.insert((ip, browser(&whom.user_agent)));
            }
        }
        if let Some(ip) = question.ip {
            let wanted = |known: Option<IpAddr>| known.map(Network::of) == Some(Network::of(ip));
            found = found.into_iter().filter(|(known, _)| wanted(*known)).map(|(_, seen)| (Some(ip), seen)).collect();
        }
        if let Some(user_agent) = question.user_agent {
            found = found.into_iter().map(|(ip, _)| (ip, browser(user_agent))).collect();
        }
        if found.is_empty() && (question.ip.is_some() || question.user_agent.is_some()) {
            found.insert((question.ip, browser(question.user_agent.unwrap_or_default())));
        }
        Ok(found)
    }

    fn source(&self, db: &mut Db, ip: Option<IpAddr>, user_agent: Option<String>) -> Result<Source, Error> {
        let client = Client {
            ip,
            user_agent: user_agent.clone().unwrap_or_default(),
            // Where it is locked if it is locked anywhere.
            path: self.lockout.admin.clone(),
            ..Client::default()
        };
        let subjects = self.lockout.subjects(self.meant.account.as_deref(), &client);
        let mut counts = Vec::new();
        for subject in subjects.into_iter().filter(|subject| ip.is_some() || !asks_for_address(&subject.rule)) {
            counts.push(self.count(db, subject, &client)?);
        }
        let order = |count: &Count| self.lockout.rules.iter().position(|rule| *rule == count.subject.rule);
        counts.sort_by_key(|count| (!count.is_locked(), order(count)));
        let mut attempts = self.attempts(db, &counts, &client)?;
        let more = attempts.len() > MOST_ROWS;
        attempts.truncate(MOST_ROWS);
        Ok(Source { ip, user_agent, admission: self.lockout.admission(&client), counts, attempts, more })
    }

    fn count(&self, db: &mut Db, subject: Subject, client: &Client) -> Result<Count, Error> {
        let mut row = counter::find(db, &subject.key, self.now)?;
        if let Some(row) = &mut row {
            row.counter = row.counter.settled(&subject.rule, self.now);
        }
        let mut tried = row.unwrap_or(Row::NEW);
        let elsewhere = standing::elsewhere(db, &subject, &tried, &self.meant.names, client, self.now)?;
        tried.places = tried.places.and_one();
        let standing = Standing::of(&subject, &tried, elsewhere, self.now);
        let until = match standing {
            Standing::Elsewhere(elsewhere) => {
                tried.counter.lock(&subject.rule, elsewhere.last.0, self.now);
                tried.counter.locked_until
            }
            Standing::Open | Standing::Pending | Standing::Locked => tried.counter.locked_until,
        };
        Ok(Count { subject, row, elsewhere, standing, until: (until < FOR_EVER).then_some(until) })
    }

    /// axes' rows of which any of `counts` speaks.
    fn attempts(&self, db: &mut Db, counts: &[Count], client: &Client) -> Result<Vec<Listed>, Error> {
        let mut found: Vec<Listed> = Vec::new();
        for count in counts {
            let subject = &count.subject;
            match &subject.rule.kind {
                Kind::Axes(parts) if parts.contains(&Parameter::Username) => {
                    found.extend(self.rows.iter().filter(|row| is_about(row, subject)).cloned());
                }
                Kind::Axes(_) | Kind::Address => {
                    let ip_address = (!subject.address.is_empty()).then(|| client.ip_address());
                    let user_agent = (!subject.user_agent.is_empty()).then(|| subject.user_agent.clone());
                    let search = Search { ip_address, user_agent, usernames: None };
                    let limit = i64::try_from(MOST_ROWS + 1).unwrap_or(i64::MAX);
                    found.extend(attempt::list(db, &search, None, 0, limit)?);
                }
                Kind::Device => {}
            }
        }
        found.sort_by_key(|row| row.id);
        found.dedup_by_key(|row| row.id);
        Ok(found)
    }

    fn devices(&self, db: &mut Db, user: &User) -> Result<Vec<(Device, Count)>, Error> {
        let since = self.now.saturating_sub(self.lockout.settings.device_cookie_age);
        let account = self.meant.account.as_deref().unwrap_or_default();
        let known = devices::known(db, user, since)?;
        let of_device = |device: Device| {
            let subject = Subject::of_device(&self.lockout.device, account, &device.digest);
            Ok((device, self.count(db, subject, &Client::default())?))
        };
        known.into_iter().map(of_device).collect()
    }
}

fn asks_for_address(rule: &Rule) -> bool {
    match &rule.kind {
        Kind::Axes(parts) => parts.contains(&Parameter::IpAddress),
        Kind::Address => true,
        Kind::Device => false,
    }
}

/// Whether a row of the account's is from the network and the browser of `subject`.
fn is_about(row: &Listed, subject: &Subject) -> bool {
    let network = || row.ip_address.as_deref().and_then(|text| text.parse().ok()).map(Network::of).unwrap_or_default();
    (!asks_for_address(&subject.rule) || network().to_string() == subject.address)
        && (subject.user_agent.is_empty() || row.user_agent == subject.user_agent)
}
