//! What the front page of the admin shows of the site: numbers and plots.

use time::PrimitiveDateTime;

use super::plot::{
    Plot,
    bars::{self, Bar},
    columns::{self, Series, Slot},
    grouped,
};
use crate::{
    admin::{
        Context,
        figures::{AtLeast, Figure, Figures, People, Stored, spans},
        zone::Zone,
    },
    db::DbError,
    events::{
        Kind,
        counts::{self, Counted},
    },
};

/// How many schemes have a bar of their own.
const SCHEMES: usize = 6;

/// A number, and what it counts.
#[derive(Debug, Clone)]
pub struct Count {
    /// What.
    pub label: &'static str,
    /// How many.
    pub value: String,
    /// Since when it may be another; empty for now.
    pub as_of: String,
    /// The list of them, below `/admin/`.
    pub path: &'static str,
}

/// What is shown.
#[derive(Debug, Clone, Default)]
pub struct Dashboard {
    /// The numbers.
    pub counts: Vec<Count>,
    /// The plots.
    pub plots: Vec<Plot>,
}

impl Dashboard {
    /// As far as the editor may see it.
    pub fn look(context: &mut Context<'_>) -> Result<Self, DbError> {
        let (zone, now) = (context.zone(), context.now());
        let figures = Figures::look(context)?;
        let mut plots = Vec::new();
        if context.editor.may("axes.view_accesslog") {
            plots.extend(log_ins(context, &zone, now)?);
        }
        if let Some(Figure { value, as_of }) = &figures.people {
            let own = context.auth.hashers.own_way();
            let is_own = |stored: &Stored| {
                matches!(&own, crate::auth::hashers::Scheme::Known(algorithm, parameters)
                    if stored.algorithm == *algorithm && stored.parameters == *parameters)
            };
            plots.push(Plot { remark: said(as_of.map(|at| zone.shown(at))), ..schemes(value, is_own) });
        }
        Ok(Self { counts: numbers(&figures, &zone), plots })
    }
}

fn said(as_of: Option<String>) -> String {
    as_of.map(|at| format!("As of {at}")).unwrap_or_default()
}

fn numbers(figures: &Figures, zone: &Zone) -> Vec<Count> {
    let mut counts = Vec::new();
    if let Some(Figure { value, as_of }) = &figures.people {
        let as_of = said(as_of.map(|at| zone.shown(at)));
        for (label, number, path) in [
            ("Users", value.users, "auth/user/"),
            ("Active users", value.active, "auth/user/?is_active__exact=1"),
            ("Active staff", value.staff, "auth/user/?is_active__exact=1&is_staff__exact=1"),
        ] {
            counts.push(Count { label, value: grouped(number), as_of: as_of.clone(), path });
        }
    }
    let mut push = |label, number: Option<AtLeast>, path| {
        if let Some(AtLeast { counted, more }) = number {
            let value = format!("{}{}", if more { "more than " } else { "" }, grouped(counted));
            counts.push(Count { label, value, as_of: String::new(), path });
        }
    };
    push("Live sessions", figures.sessions, "sessions/session/");
    push("Locks now", figures.locks, "axes/accessattempt/");
    if let Some(Figure { value, as_of }) = &figures.programs {
        let as_of = said(as_of.map(|at| zone.shown(at)));
        let path = "token_blacklist/outstandingtoken/";
        counts.push(Count { label: "Live refresh tokens", value: grouped(*value), as_of, path });
    }
    counts
}

fn log_ins(context: &mut Context<'_>, zone: &Zone, now: PrimitiveDateTime) -> Result<[Plot; 2], DbError> {
    let (hours, days) = (spans::hours(zone, now), spans::days(zone, now));
    let first = days.first().into_iter().chain(hours.first()).min().copied().unwrap_or(now);
    let counted = counts::since(context.db, counts::quarter(first), now)?;
    let by_hour = columns::plot(
        "by-hour",
        "Log-ins in the last 24 hours",
        "Hour",
        &hour_slots(zone, &hours),
        &series(&hours, &counted),
    );
    let by_day = columns::plot(
        "by-day",
        "Log-ins in the last 14 days",
        "Day",
        &day_slots(zone, &days),
        &series(&days, &counted),
    );
    Ok([by_hour, by_day])
}

fn series(starts: &[PrimitiveDateTime], counted: &[Counted]) -> Vec<Series> {
    let kinds = [
        ("Log-ins", "plot-login", Kind::LoggedIn),
        ("Failures", "plot-failure", Kind::LoginFailed),
        ("Lockouts", "plot-lockout", Kind::LockedOut),
    ];
    let series = |(name, class, kind)| Series { name, class, counts: spans::sums(starts, counted, kind) };
    kinds.into_iter().map(series).collect()
}

fn hour_slots(zone: &Zone, hours: &[PrimitiveDateTime]) -> Vec<Slot> {
    let name = |at: PrimitiveDateTime| zone.local(at).strftime("%a %H:%M").to_string();
    let slot = |at: &PrimitiveDateTime| {
        let local = zone.local(*at);
        // Where clocks are set back an hour comes twice.
        let twice = hours.iter().filter(|other| name(**other) == name(*at)).count() > 1;
        let offset = if twice { format!(" (UTC{})", &zone.iso(*at)[19..]) } else { String::new() };
        let label = if local.hour() % 6 == 0 { local.strftime("%H:%M").to_string() } else { String::new() };
        let second = if local.hour() == 0 { local.strftime("%-d %b").to_string() } else { String::new() };
        Slot { name: format!("{}{offset}", name(*at)), label, second }
    };
    hours.iter().map(slot).collect()
}

fn day_slots(zone: &Zone, days: &[PrimitiveDateTime]) -> Vec<Slot> {
    let slot = |(place, at): (usize, &PrimitiveDateTime)| {
        let local = zone.local(*at);
        let begins = place == 0 || local.day() == 1;
        Slot {
            name: local.strftime("%a %-d %b").to_string(),
            label: local.day().to_string(),
            second: if begins { local.strftime("%b").to_string() } else { String::new() },
        }
    };
    days.iter().enumerate().map(slot).collect()
}

fn schemes(people: &People, is_own: impl Fn(&Stored) -> bool) -> Plot {
    let bar = |stored: &Stored| {
        let (name, class) = match stored {
            Stored { is_unusable: true, .. } => ("no password".to_owned(), "plot-none"),
            Stored { algorithm, .. } if algorithm.is_empty() => ("not readable here".to_owned(), "plot-failure"),
            stored if is_own(stored) => (scheme(stored), "plot-login"),
            stored => (scheme(stored), "plot-old"),
        };
        Bar { name, class, count: stored.people }
    };
    let mut bars: Vec<Bar> = people.schemes.iter().map(bar).collect();
    if bars.len() > SCHEMES {
        let rest = bars.split_off(SCHEMES - 1);
        let count = rest.iter().map(|bar| bar.count).sum();
        bars.push(Bar { name: format!("{} others", rest.len()), class: "plot-old", count });
    }
    bars::plot("schemes", "How passwords are stored", ("Scheme", "People"), &bars, people.users)
}

/// `argon2id, m=19456,t=2,p=1`; no longer than there is room for.
fn scheme(stored: &Stored) -> String {
    let Stored { algorithm, parameters, .. } = stored;
    let parameters = parameters.replace('$', " ");
    let text = match parameters.as_str() {
        "" => algorithm.clone(),
        // Its variant says more.
        parameters if parameters.starts_with(algorithm.as_str()) => parameters.to_owned(),
        parameters => format!("{algorithm}, {parameters}"),
    };
    text.chars().take(40).collect()
}
