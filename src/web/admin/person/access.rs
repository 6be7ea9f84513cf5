//! From where somebody has access, and what they may do.

use crate::{
    admin::{Context, figures},
    auth::{
        AuthError, own_sessions,
        permissions::{self, Source},
    },
    devices::{self, describe},
    jwt::own_tokens,
    users::User,
    web::PageError,
};

/// How many permissions are named.
const NAMED: usize = 12;

/// Browsers or programs.
#[derive(Debug, Default)]
pub struct Devices {
    /// The latest.
    pub devices: Vec<Device>,
    /// How many there are beyond those.
    pub more: usize,
    /// What else is to be said; empty for nothing.
    pub remark: String,
}

/// A browser or a program.
#[derive(Debug)]
pub struct Device {
    /// What it is, in words.
    pub name: String,
    /// From where it was last used.
    pub address: String,
    /// Since when it is known; empty if nobody wrote that down.
    pub since: String,
    /// When it was last used; the same.
    pub last_seen: String,
}

/// Where they are logged in.
pub fn sessions(context: &mut Context<'_>, person: &User) -> Result<Devices, PageError> {
    let (zone, settings) = (context.zone(), &context.settings.sessions);
    let own = own_sessions::list(context.db, context.auth, settings, person, None)?;
    let remark = if figures::has_few_sessions(context.db)? {
        match own_sessions::made_elsewhere(context.db, context.auth, person)? {
            0 => String::new(),
            1 => "And one that a Django made, in which nobody was here yet.".to_owned(),
            many => format!("And {many} that a Django made, in which nobody was here yet."),
        }
    } else {
        "Those that a Django made and in which nobody was here yet are not looked for among so many.".to_owned()
    };
    let more = own.total - own.sessions.len();
    let device = |session: own_sessions::OwnSession| Device {
        name: describe(&session.user_agent),
        address: session.ip_address.unwrap_or_default(),
        since: zone.shown(session.created_at),
        last_seen: zone.shown(session.last_seen_at),
    };
    Ok(Devices { devices: own.sessions.into_iter().map(device).collect(), more, remark })
}

/// Which programs renew their tokens.
pub fn programs(context: &mut Context<'_>, person: &User) -> Result<Devices, AuthError> {
    let (zone, now) = (context.zone(), context.now());
    let own = own_tokens::list(context.db, person, now)?;
    let more = own.total - own.tokens.len();
    let device = |token: own_tokens::OwnToken| Device {
        name: describe(&token.user_agent),
        address: token.ip_address.unwrap_or_default(),
        since: token.started_at.map(|at| zone.shown(at)).unwrap_or_default(),
        last_seen: token.last_used_at.map(|at| zone.shown(at)).unwrap_or_default(),
    };
    Ok(Devices { devices: own.tokens.into_iter().map(device).collect(), more, remark: String::new() })
}

/// In which browsers they have logged in before, with the password that they have.
pub fn devices(context: &mut Context<'_>, person: &User) -> Result<Devices, AuthError> {
    let zone = context.zone();
    let since = context.now().saturating_sub(context.settings.lockout.device_cookie_age);
    let device = |device: devices::Device| Device {
        name: describe(&device.user_agent),
        address: device.ip_address.unwrap_or_default(),
        since: String::new(),
        last_seen: zone.shown(device.last_seen_at),
    };
    let known = devices::known(context.db, person, since)?;
    Ok(Devices { devices: known.into_iter().map(device).collect(), ..Devices::default() })
}

/// What somebody may do.
#[derive(Debug)]
pub struct Rights {
    /// In a sentence.
    pub says: String,
    /// Some permissions: each as `auth.view_user`, and where it comes from.
    pub some: Vec<(String, String)>,
    /// How many there are beyond those.
    pub more: usize,
}

impl Rights {
    /// What `person` may do, and why.
    pub fn of(context: &mut Context<'_>, person: &User) -> Result<Self, AuthError> {
        let nothing = |says: &str| Self { says: says.to_owned(), some: Vec::new(), more: 0 };
        if !person.is_active {
            return Ok(nothing("Nothing: they can’t log in."));
        }
        if person.is_superuser {
            return Ok(nothing("Everything: they are a superuser."));
        }
        let all = permissions::explained(context.db, person)?;
        let more = all.len().saturating_sub(NAMED);
        let says = match all.len() {
            0 => "Nothing beyond their own account.".to_owned(),
            1 => "One permission.".to_owned(),
            many => format!("{many} permissions."),
        };
        let source = |source: &Source| match source {
            Source::Superuser => "superuser".to_owned(),
            Source::Own => "given to them".to_owned(),
            Source::Group { name, .. } => format!("group {name}"),
        };
        let why = |sources: &[Source]| sources.iter().map(source).collect::<Vec<_>>().join(", ");
        let some = all.into_iter().take(NAMED).map(|known| (known.permission, why(&known.sources)));
        Ok(Self { says, some: some.collect(), more })
    }
}
