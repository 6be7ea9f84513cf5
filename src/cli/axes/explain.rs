//! `vestibule axes_explain`: whether somebody is locked, why, until when, and how to open it. Nothing like it in axes.

use std::{
    io::{Write, stdout},
    net::IpAddr,
};

use clap::builder::NonEmptyStringValueParser;

use super::{explain_json, explain_text};
use crate::{
    cli::{self, Setup},
    lockout::{
        Lockout,
        explain::{Count, Explanation, Question, Source, explain},
        policy::{Kind, Rule},
    },
    settings::Parameter,
};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// The name as it is typed into the log-in form
    #[arg(value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    username: String,
    /// From where they log in (default: all addresses from which that account was tried)
    #[arg(value_name = "ADDRESS", value_parser = super::address)]
    ip: Option<IpAddr>,
    /// What their browser calls itself, where browsers are counted
    #[arg(long, value_name = "UA")]
    user_agent: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What was asked and what is to be told of it.
pub(super) struct Answer<'a> {
    pub(super) question: Question<'a>,
    pub(super) lockout: &'a Lockout,
    pub(super) explanation: Explanation,
}

pub(in crate::cli) fn run(setup: Setup, arguments: &Arguments) -> anyhow::Result<()> {
    cli::refuse_outdated(&setup.settings.database.url)?;
    let lockout = Lockout::new(&setup.settings);
    let auth = setup.site()?.auth;
    let question =
        Question { typed: &arguments.username, ip: arguments.ip, user_agent: arguments.user_agent.as_deref() };
    let explanation = explain(&mut *auth.db()?, &lockout, question, auth.clock.now())?;
    let answer = Answer { question, lockout: &lockout, explanation };
    let text = if arguments.json { explain_json::of(&answer)? } else { explain_text::of(&answer) };
    Ok(stdout().write_all(text.as_bytes())?)
}

impl Answer<'_> {
    /// The sources from which nobody is let in.
    pub(super) fn locked(&self) -> Vec<&Source> {
        self.explanation.sources.iter().filter(|source| source.is_locked()).collect()
    }

    /// The commands that open what is locked.
    pub(super) fn commands(&self) -> Vec<String> {
        let sources = self.locked();
        let mut resets: Vec<Reset> = Vec::new();
        for source in &sources {
            resets.extend(source.locks().map(|count| Reset::of(&count.subject.rule, source)));
        }
        if resets.iter().filter(|reset| matches!(reset, Reset::Pair(_))).count() > 1 && sources.len() > 1 {
            resets.push(Reset::Username);
        }
        if self.explanation.devices.iter().any(|(_, count)| self.lockout.is_on() && count.is_locked()) {
            resets.push(Reset::Username);
        }
        resets.sort_unstable();
        resets.dedup();
        let wider = resets.clone();
        resets.retain(|reset| !wider.iter().any(|other| other.opens_more_than(reset)));
        resets.iter().map(|reset| reset.command(self.question.typed)).collect()
    }

    /// The failures that count, with those that were counted elsewhere.
    pub(super) fn failures(&self, count: &Count) -> i32 {
        let elsewhere = count.elsewhere.map_or(0, |elsewhere| elsewhere.failures);
        count.failures(self.explanation.now).saturating_add(elsewhere)
    }
}

/// A command that opens something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reset {
    Pair(IpAddr),
    Ip(IpAddr),
    Username,
    All,
}

impl Reset {
    /// What opens a lock of `rule` for `source`.
    fn of(rule: &Rule, source: &Source) -> Self {
        let has = |part| matches!(&rule.kind, Kind::Axes(parts) if parts.contains(&part));
        let by_address = has(Parameter::IpAddress) || rule.kind == Kind::Address;
        match (source.ip, has(Parameter::Username)) {
            (Some(ip), true) if by_address => Self::Pair(ip),
            (Some(ip), false) if by_address => Self::Ip(ip),
            (_, true) => Self::Username,
            (_, false) => Self::All,
        }
    }

    fn opens_more_than(self, other: &Self) -> bool {
        match (self, other) {
            (Self::All, other) => *other != Self::All,
            (Self::Username, Self::Pair(_)) => true,
            (Self::Ip(ip), Self::Pair(other)) => ip == *other,
            _ => false,
        }
    }

    fn command(self, typed: &str) -> String {
        // A name that looks like an option is none.
        let end = typed.starts_with('-').then_some("--");
        let (name, ip, typed) = match self {
            Self::Pair(ip) => ("axes_reset_ip_username", Some(ip.to_string()), Some(typed)),
            Self::Ip(ip) => ("axes_reset_ip", Some(ip.to_string()), None),
            Self::Username => ("axes_reset_username", None, Some(typed)),
            Self::All => ("axes_reset", None, None),
        };
        let words = [Some("vestibule"), Some(name), end.filter(|_| typed.is_some()), ip.as_deref(), typed];
        super::typed(&words.into_iter().flatten().collect::<Vec<_>>())
    }
}
