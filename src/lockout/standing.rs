//! How something that is counted stands: for those who try, and for those who ask why.

use diesel::result::Error;
use time::PrimitiveDateTime;

use super::{
    models::{
        attempt::{self, Elsewhere, Search},
        counter::Row,
    },
    policy::Kind,
    subject::Subject,
};
use crate::{client::Client, db::Db, settings::Parameter};

/// Whether somebody may try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// They may.
    Open,
    /// It is locked.
    Locked,
    /// What was counted elsewhere is enough to lock it.
    Elsewhere(Elsewhere),
    /// Those who are being checked may all be wrong, and then it is locked.
    Pending,
}

impl Standing {
    /// Of somebody who has a place in `row` already.
    pub fn of(subject: &Subject, row: &Row, elsewhere: Option<Elsewhere>, now: PrimitiveDateTime) -> Self {
        let failures = row.counter.live_failures(now);
        let sum = failures.saturating_add(elsewhere.map_or(0, |elsewhere| elsewhere.failures));
        match elsewhere {
            _ if row.counter.is_locked(now) => Self::Locked,
            Some(elsewhere) if sum >= subject.rule.limit => Self::Elsewhere(elsewhere),
            _ if sum.saturating_add(row.places.taken()) > subject.rule.limit => Self::Pending,
            _ => Self::Open,
        }
    }
}

/// What axes on a Django beside us has counted of `subject`, whose row is `row`; `names` are those of the account.
pub(super) fn elsewhere(
    db: &mut Db,
    subject: &Subject,
    row: &Row,
    names: &[String],
    client: &Client,
    now: PrimitiveDateTime,
) -> Result<Option<Elsewhere>, Error> {
    let Kind::Axes(parts) = &subject.rule.kind else {
        return Ok(None);
    };
    let mut search = Search::default();
    for part in parts {
        match part {
            Parameter::Username => search.usernames = Some(names.to_vec()),
            Parameter::IpAddress => search.ip_address = Some(client.ip_address()),
            Parameter::UserAgent => search.user_agent = Some(subject.user_agent.clone()),
        }
    }
    // What locked before has been paid for.
    let since = subject.rule.counts_since(now).max(row.counter.locked_until.min(now));
    attempt::elsewhere(db, &search, since)
}
