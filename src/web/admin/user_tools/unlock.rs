//! `/admin/auth/user/<id>/unlock/`: why somebody is locked, until when, and the button that opens it.

use actix_web::{HttpRequest, HttpResponse, web};
use time::PrimitiveDateTime;

use super::{Saying, Tool, back, log_it, unless_gone};
use crate::{
    admin::{Context, zone::Zone},
    auth::AuthError,
    events::{Event, Kind},
    lockout::{
        Lockout,
        explain::{Count, Question, Source, explain},
        policy,
        reset::{Forgotten, Target, reset_with},
    },
    settings::Parameter,
    site::Site,
    users::User,
    web::{
        PageError,
        admin::{
            frame::Level,
            staff::{Staff, StaffForm},
        },
        locked::{in_words, whole_second},
    },
};

const TOOL: Tool = Tool { path: "unlock", title: "Unlock", permission: "axes.delete_accessattempt" };

/// What is told of one account.
struct Telling {
    zone: Zone,
    now: PrimitiveDateTime,
}

/// Whether somebody is locked, and by what.
pub(in crate::web::admin) fn explained(
    context: &mut Context<'_>,
    person: &User,
) -> Result<(Vec<String>, Vec<String>), AuthError> {
    let Saying { says, details, .. } = look(context, person)?;
    Ok((says, details))
}

fn look(context: &mut Context<'_>, person: &User) -> Result<Saying, AuthError> {
    let lockout = Lockout::new(context.settings);
    let name = &person.username;
    if !lockout.is_on() {
        return Ok(Saying { says: vec!["The settings say that nobody is locked.".to_owned()], ..Saying::default() });
    }
    let telling = Telling { zone: context.zone(), now: context.now() };
    let question = Question { typed: name, ..Question::default() };
    let explanation = explain(context.db, &lockout, question, telling.now)?;
    let mut details: Vec<String> = explanation.sources.iter().flat_map(|source| telling.of_source(source)).collect();
    for (device, count) in &explanation.devices {
        let place =
            format!("In a browser in which they logged in before ({})", crate::devices::describe(&device.user_agent));
        details.extend(telling.of_count(&place, count));
    }
    let is_locked = explanation.sources.iter().any(Source::is_locked)
        || explanation.devices.iter().any(|(_, count)| count.is_locked());
    let verdict = match (is_locked, details.is_empty()) {
        (true, _) => format!("“{name}” is locked."),
        (false, false) => format!("“{name}” is not locked, but failed log-ins count."),
        (false, true) => format!("“{name}” is not locked, and no failed log-ins count."),
    };
    let button = (!details.is_empty()).then_some("Unlock and forget the failures");
    Ok(Saying { says: vec![verdict], details, button, is_final: false })
}

impl Telling {
    fn of_source(&self, source: &Source) -> Vec<String> {
        let mut place = source.ip.map_or("From anywhere".to_owned(), |ip| format!("From {ip}"));
        if let Some(user_agent) = &source.user_agent {
            place = format!("{place} in {}", crate::devices::describe(user_agent));
        }
        if source.admission.is_denied() {
            return vec![format!("{place}: nobody may log in from there as long as the settings say so.")];
        }
        source.counts.iter().filter_map(|count| self.of_count(&place, count)).collect()
    }

    /// Nothing of what was never counted.
    fn of_count(&self, place: &str, count: &Count) -> Option<String> {
        let elsewhere = count.elsewhere.map_or(0, |elsewhere| elsewhere.failures);
        let failures = count.failures(self.now).saturating_add(elsewhere);
        let is_locked = count.is_locked();
        if failures == 0 && !is_locked {
            return None;
        }
        let rule = &count.subject.rule;
        let limit = if rule.limit == i32::MAX { String::new() } else { format!(" of {}", rule.limit) };
        let standing = match (is_locked, count.until) {
            (false, _) => "not locked".to_owned(),
            (true, None) => "locked until somebody opens it".to_owned(),
            (true, Some(until)) => {
                let at = self.zone.local(whole_second(until)).strftime("%Y-%m-%d %H:%M:%S");
                format!("locked until {at}, for {}", in_words(until - self.now))
            }
        };
        let (counted, stays) = counted(&rule.kind);
        let stays = if stays { " This button does not open it: it is about all who come from there." } else { "" };
        Some(format!("{place}: {failures}{limit} failed log-ins{counted}; {standing}.{stays}"))
    }
}

/// By what is counted, and whether that is somebody else's too.
fn counted(kind: &policy::Kind) -> (String, bool) {
    match kind {
        policy::Kind::Device => (String::new(), false),
        policy::Kind::Address => (", whoever was tried".to_owned(), true),
        policy::Kind::Axes(parts) => {
            let word = |part: &Parameter| match part {
                Parameter::Username => "user name",
                Parameter::IpAddress => "address",
                Parameter::UserAgent => "browser",
            };
            let words: Vec<&str> = parts.iter().map(word).collect();
            (format!(", counted by {}", words.join(" and ")), !parts.contains(&Parameter::Username))
        }
    }
}

/// Says why and until when.
pub async fn get(request: HttpRequest, staff: Staff, id: web::Path<String>) -> Result<HttpResponse, PageError> {
    TOOL.show(&request, &staff, id.into_inner(), look).await
}

/// Opens it.
pub async fn post(
    request: HttpRequest,
    site: web::Data<Site>,
    form: StaffForm,
    id: web::Path<String>,
) -> Result<HttpResponse, PageError> {
    let staff = form.staff;
    let asked = id.clone();
    let person = staff.run(move |context| Ok(TOOL.target(context, &asked)?.0)).await?;
    let event = Event::new(Kind::LockoutReset, &staff.client).of(person.id, &person.username);
    let event = event.by(&staff.user.username, "");
    let username = person.username.clone();
    // It takes connections of its own, some rows at a time.
    let forgotten = site.think(move |auth| {
        let target = Target { username: Some(&username), ip: None };
        reset_with(&auth.database, target, &event, auth.clock.now())
    });
    let Forgotten { attempts, locks } = forgotten.await?.map_err(|error| unless_gone(error.into()))?;
    let noted = staff.run(move |context| {
        let (person, model) = TOOL.target(context, &id)?;
        context.write(|context| log_it(context, model, &person, TOOL.path, "Unlocked."))?;
        Ok(())
    });
    noted.await?;
    let message = format!(
        "“{}” was unlocked. Rows of failed log-ins forgotten: {attempts}; locks opened: {locks}.",
        person.username
    );
    Ok(back(&request, &site, &person, Level::Success, message))
}
