//! What is known of one person: all that happened to them and by them, one thing after the other. Each kind of entry is
//! looked up by an index of its own and no further than a page goes, so a long history costs no more than a short one.

mod model;
mod place;

use time::PrimitiveDateTime;

pub use model::{Waiting, waiting};
pub use place::Place;

use super::Context;
use crate::{
    auth::{AuthError, Found},
    events::Kind,
    users::User,
};

/// How many entries a page has.
pub const PER_PAGE: usize = 50;

/// Sorts of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// They came and went.
    LogIns,
    /// Somebody was refused, or locked, under their name or address.
    Refusals,
    /// What became of the account.
    Account,
    /// Letters to them.
    Mail,
    /// Sessions that are still there.
    Sessions,
    /// Programs whose tokens are still there.
    Programs,
    /// Django's log of the admin.
    AdminLog,
    /// Our own.
    Audit,
}

impl Sort {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::LogIns,
        Self::Refusals,
        Self::Account,
        Self::Mail,
        Self::Sessions,
        Self::Programs,
        Self::AdminLog,
        Self::Audit,
    ];

    /// As it stands in an address.
    pub fn name(self) -> &'static str {
        match self {
            Self::LogIns => "log-ins",
            Self::Refusals => "refusals",
            Self::Account => "account",
            Self::Mail => "mail",
            Self::Sessions => "sessions",
            Self::Programs => "programs",
            Self::AdminLog => "admin",
            Self::Audit => "audit",
        }
    }

    /// What it takes to see it.
    fn permission(self) -> &'static str {
        match self {
            Self::LogIns => "axes.view_accesslog",
            Self::Refusals => "axes.view_accessfailurelog",
            Self::Account | Self::Mail => "auth.view_user",
            Self::Sessions => "sessions.view_session",
            Self::Programs => "token_blacklist.view_outstandingtoken",
            Self::AdminLog => "admin.view_logentry",
            Self::Audit => "vestibule.view_auditentry",
        }
    }

    /// Of what sort an event is.
    pub fn of(kind: Kind) -> Self {
        match kind {
            Kind::LoggedIn | Kind::LoggedOut | Kind::SessionEnded | Kind::TokenEnded | Kind::EverythingEnded => {
                Self::LogIns
            }
            Kind::LoginFailed | Kind::LockedOut | Kind::TriedWhileLocked | Kind::LockoutReset | Kind::TokenReused => {
                Self::Refusals
            }
            Kind::MailSent => Self::Mail,
            Kind::SuperuserCreated
            | Kind::PasswordChanged
            | Kind::PasswordReset
            | Kind::PasswordResetRequested
            | Kind::EmailChangeRequested
            | Kind::EmailChanged
            | Kind::Registered
            | Kind::RegistrationConfirmed
            | Kind::AccountDeleted
            | Kind::AccountAdded
            | Kind::RightsChanged
            | Kind::PasswordDisabled => Self::Account,
        }
    }

    /// Those that the editor may see.
    pub fn visible(context: &Context<'_>) -> Vec<Self> {
        // Whoever may change users may look at them, too.
        let may = |sort: &Self| {
            context.editor.may(sort.permission())
                || (sort.permission() == "auth.view_user" && context.editor.may("auth.change_user"))
        };
        Self::ALL.into_iter().filter(may).collect()
    }
}

/// What an entry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// An event of theirs.
    Event(Kind),
    /// Somebody was refused under their name or address.
    Refused(Kind, String),
    /// A session began that is still there.
    Session,
    /// A program logged in whose tokens are still there.
    Program,
    /// Somebody did something to their account in an admin: see [`log::Flag`](super::log::Flag).
    Administered(i16),
    /// They did something in an admin, to this.
    Administers(i16, Object),
    /// Something stands in the audit log: which action, and on what.
    Audited(String, Object),
}

/// What something was done to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Object {
    /// Its app and model, as `auth.user`.
    pub model: String,
    /// What it was called.
    pub repr: String,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it stands among the others.
    pub place: Place,
    /// When.
    pub at: PrimitiveDateTime,
    /// What.
    pub what: What,
    /// Who did it, if somebody else.
    pub who: String,
    /// From where.
    pub ip_address: String,
    /// With what.
    pub user_agent: String,
    /// What else is known of it.
    pub detail: String,
}

/// A page of the timeline.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Timeline {
    /// What happened, the last first.
    pub entries: Vec<Entry>,
    /// Where the page after this begins.
    pub next: Option<Place>,
}

/// What happened before `after`, or lately, of the sorts that are named and may be seen.
pub fn timeline(
    context: &mut Context<'_>,
    person: &User,
    sorts: &[Sort],
    after: Option<&Place>,
) -> Result<Timeline, AuthError> {
    let visible = Sort::visible(context);
    let sorts: Vec<Sort> = sorts.iter().copied().filter(|sort| visible.contains(sort)).collect();
    let shows_places = visible.contains(&Sort::LogIns);
    let names = Names {
        username: is_theirs(context, person, &person.username)?,
        email: is_theirs(context, person, &person.email)?,
    };
    let mut entries: Vec<Entry> = Vec::new();
    for statement in model::sources(person, &sorts, names, after, PER_PAGE + 1) {
        entries.extend(statement.load(context.db)?);
    }
    // Sources are asked in the order of their ranks, each in its own: what happened at one time stays so.
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.at));
    let more = entries.len() > PER_PAGE;
    entries.truncate(PER_PAGE);
    let next = entries.last().filter(|_| more).map(|entry| entry.place.clone());
    if !shows_places {
        for entry in entries.iter_mut().filter(|entry| matches!(entry.what, What::Event(_))) {
            entry.ip_address.clear();
            entry.user_agent.clear();
        }
    }
    Ok(Timeline { entries, next })
}

/// Under which names refusals are theirs.
#[derive(Debug, Clone, Copy)]
struct Names {
    username: bool,
    email: bool,
}

/// Whether a log-in under this name would be theirs.
fn is_theirs(context: &mut Context<'_>, person: &User, name: &str) -> Result<bool, AuthError> {
    if name.is_empty() {
        return Ok(false);
    }
    Ok(Found::look(context.db, name)?.the_one().is_some_and(|(meant, _)| meant.id == person.id))
}
