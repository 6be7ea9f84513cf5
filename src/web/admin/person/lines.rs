//! The timeline in words.

use crate::{
    admin::{
        Context,
        person::{Entry, Object, Sort, What},
        zone::Zone,
    },
    devices::describe,
    events::Kind,
    web::account::activity::in_words,
};

/// A line of it.
#[derive(Debug)]
pub struct Line {
    /// When, for people.
    pub at: String,
    /// When, for machines.
    pub iso: String,
    /// Of what sort it is.
    pub sort: &'static str,
    /// What happened.
    pub what: String,
    /// Whether it was refused, or may be somebody else's doing.
    pub is_warning: bool,
    /// What it was done to: what that is called, and its path below `/admin/` if it may still be there.
    pub object: Option<(String, Option<String>)>,
    /// Who did it, if somebody else did.
    pub who: String,
    /// With what browser or program.
    pub browser: String,
    /// From where.
    pub address: String,
    /// What else is known.
    pub detail: String,
}

/// What a sort is called.
pub fn label(sort: Sort) -> &'static str {
    match sort {
        Sort::LogIns => "Log-ins",
        Sort::Refusals => "Refusals and locks",
        Sort::Account => "Account",
        Sort::Mail => "Letters",
        Sort::Sessions => "Sessions",
        Sort::Programs => "Programs",
        Sort::AdminLog => "Log entries",
        Sort::Audit => "Audit log",
    }
}

/// What a letter is called; what another version wrote has no name here.
pub fn letter(name: &str) -> &'static str {
    match name {
        "password_reset" | "password_reset_of" => "Link to reset the password",
        "password_changed" => "The password was changed",
        "confirm_address" => "Link to confirm the address",
        "address_changing" => "Another address was asked for",
        "address_changed" => "The address was changed",
        "address_in_use" => "The address has an account already",
        "new_device" => "Log-in from a new browser",
        "account_deleted" => "The account was deleted",
        _ => "Another letter",
    }
}

impl Line {
    /// The line of an entry.
    pub fn new(context: &Context<'_>, zone: &Zone, entry: Entry) -> Self {
        let Entry { at, what, who, ip_address, user_agent, detail, .. } = entry;
        let mut line = Self {
            at: zone.local(at).strftime("%Y-%m-%d %H:%M:%S").to_string(),
            iso: zone.iso(at),
            sort: "",
            what: String::new(),
            is_warning: false,
            object: None,
            who,
            browser: if user_agent.is_empty() { String::new() } else { describe(&user_agent) },
            address: ip_address,
            detail,
        };
        match what {
            What::Event(kind) => {
                line.sort = label(Sort::of(kind));
                of_them(kind).clone_into(&mut line.what);
                line.is_warning = is_warning(kind);
                match kind {
                    Kind::MailSent => line.detail = letter(&line.detail).to_owned(),
                    // As the receiver of log-ins writes it.
                    Kind::LoggedIn if line.detail == "token" => {
                        "for tokens".clone_into(&mut line.detail);
                    }
                    _ => {}
                }
            }
            What::Refused(kind, name) => {
                line.sort = label(Sort::Refusals);
                of_them(kind).clone_into(&mut line.what);
                line.is_warning = true;
                line.object = Some((name, None));
            }
            What::Session => (line.sort, line.what) = (label(Sort::Sessions), "A session began".to_owned()),
            What::Program => (line.sort, line.what) = (label(Sort::Programs), "A program logged in".to_owned()),
            What::Administered(flag) => {
                line.sort = label(Sort::AdminLog);
                line.what = flagged(flag, "this account");
            }
            What::Administers(flag, object) => {
                line.sort = label(Sort::AdminLog);
                line.what = flagged(flag, &format!("a {}", named(context, &object.model)));
                // The name in the log is theirs.
                line.who.clear();
                line.object = Some((object.repr, None));
            }
            What::Audited(action, object) => {
                line.sort = label(Sort::Audit);
                line.what = action.replace('_', " ");
                if let Some(first) = line.what.get(..1).map(str::to_uppercase) {
                    line.what.replace_range(..1, &first);
                }
                line.object = audited(context, &object);
            }
        }
        line
    }
}

/// As an administrator says it.
fn of_them(kind: Kind) -> &'static str {
    match kind {
        Kind::RightsChanged => "An administrator changed what they may do",
        Kind::MailSent => "A letter was sent to them",
        kind => in_words(kind),
    }
}

fn is_warning(kind: Kind) -> bool {
    matches!(kind, Kind::LoginFailed | Kind::LockedOut | Kind::TriedWhileLocked | Kind::TokenReused)
}

/// "Changed this account".
fn flagged(flag: i16, what: &str) -> String {
    let verb = match flag {
        1 => "Added",
        3 => "Deleted",
        _ => "Changed",
    };
    format!("{verb} {what}")
}

/// What rows of a model are called, as `auth.user`.
fn named(context: &Context<'_>, model: &str) -> String {
    let known = model.split_once('.').and_then(|(app_label, name)| context.admin.find(app_label, name));
    known.map_or_else(|| "row".to_owned(), |known| known.options.verbose_name.to_owned())
}

/// Of what is not the person themselves.
fn audited(context: &Context<'_>, object: &Object) -> Option<(String, Option<String>)> {
    (object.model != "auth.user" && !object.repr.is_empty())
        .then(|| (format!("{} {}", named(context, &object.model), object.repr), None))
}
