//! `/admin/auth/user/<id>/person/`: one person on one page: how their account stands, from where they have access, what they
//! may do and why, and all that happened. Each part takes the permission that its rows take.

mod access;
mod lines;

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

pub use self::{
    access::{Device, Devices, Rights},
    lines::Line,
};
use super::{
    frame::{Frame, path_of},
    model, query,
    staff::Staff,
    user_password,
    user_tools::unlock,
};
use crate::{
    admin::{
        Context, Registered,
        params::Params,
        person::{self, Place, Sort, Timeline},
        record,
    },
    auth::{AuthError, models::user},
    db::DbError,
    users::User,
    web::{
        PageError,
        page::{Page, render, shown},
    },
};

/// The page.
#[derive(Debug, Template)]
#[template(path = "admin/auth/person.html")]
pub struct PersonPage {
    /// The frame.
    pub page: Page,
    /// The admin's own.
    pub frame: Frame,
    /// What is known of them.
    pub seen: Seen,
}

shown!(PersonPage);

/// What is known of somebody, as far as the editor may see it.
#[derive(Debug)]
pub struct Seen {
    /// Their key.
    pub id: i32,
    /// By what they log in.
    pub username: String,
    /// How the account stands, in a word each, and whether that is a reason to look twice.
    pub states: Vec<(&'static str, bool)>,
    /// What else is known of it.
    pub facts: Vec<(&'static str, String)>,
    /// Whether they are locked, and by what.
    pub locks: Option<(Vec<String>, Vec<String>)>,
    /// What the editor may do about them: what it is called, and the last part of its path.
    pub tools: Vec<(&'static str, &'static str)>,
    /// Where they are logged in.
    pub sessions: Option<Devices>,
    /// Which programs renew their tokens.
    pub programs: Option<Devices>,
    /// In which browsers they have logged in before.
    pub devices: Option<Devices>,
    /// What they may do, and why.
    pub rights: Rights,
    /// Letters that wait to be sent to them: what they are, and since when.
    pub waiting: Vec<(&'static str, String)>,
    /// By what the timeline can be filtered: what it is called, the query, and whether it is.
    pub sorts: Vec<(&'static str, String, bool)>,
    /// What happened.
    pub lines: Vec<Line>,
    /// The query of the page with what happened before.
    pub next: Option<String>,
    /// The query of the first page.
    pub first: String,
    /// Whether this page is not that.
    pub is_later: bool,
}

/// Shows it.
pub async fn get(request: HttpRequest, staff: Staff, id: web::Path<String>) -> Result<HttpResponse, PageError> {
    let (id, asked) = (id.into_inner(), query(&request));
    let (frame, seen) = staff.run(move |context| look(context, &id, &asked)).await?;
    let (page, frame) = (Page::new(&request, Some(&staff.user)), frame.saying(&request));
    render(&PersonPage { page, frame, seen })
}

fn look(context: &mut Context<'_>, id: &str, asked: &Params) -> Result<(Frame, Seen), PageError> {
    let model = model(context, "auth", "user")?;
    if !context.may(model, "view") {
        return Err(PageError::PermissionDenied);
    }
    let person = user_password::find(context, model, id)?.ok_or(PageError::NotFound)?;
    let path = format!("{}{}/", path_of(model), person.id);
    let frame = Frame::new(context, "Everything about", Some(model))
        .step(person.username.clone(), format!("{path}change/"))
        .step("Everything", format!("{path}person/"));
    let seen = see(context, model, &person, asked)?;
    Ok((frame, seen))
}

fn see(context: &mut Context<'_>, model: &Registered, person: &User, asked: &Params) -> Result<Seen, PageError> {
    let (zone, visible) = (context.zone(), Sort::visible(context));
    let wanted = asked.get("sort").and_then(|name| visible.iter().copied().find(|sort| sort.name() == name));
    let after = asked.get("after").and_then(Place::parse);
    let sorts = wanted.map_or_else(|| Sort::ALL.to_vec(), |sort| vec![sort]);
    let Timeline { entries, next } = person::timeline(context, person, &sorts, after.as_ref())?;
    let query = |place: &Place| match wanted {
        Some(sort) => format!("?sort={}&after={place}", sort.name()),
        None => format!("?after={place}"),
    };
    let waiting = person::waiting(context.db, person).map_err(DbError::from)?;
    let may_see_locks =
        ["axes.view_accessattempt", "axes.delete_accessattempt"].iter().any(|it| context.editor.may(it));
    let all = ("All", "?".to_owned(), wanted.is_none());
    let of = |sort: Sort| (lines::label(sort), format!("?sort={}", sort.name()), wanted == Some(sort));
    Ok(Seen {
        id: person.id,
        username: person.username.clone(),
        states: states(person),
        facts: facts(context, person)?,
        locks: if may_see_locks { Some(unlock::explained(context, person)?) } else { None },
        tools: tools(context, model, person)?,
        sessions: if visible.contains(&Sort::Sessions) { Some(access::sessions(context, person)?) } else { None },
        devices: if visible.contains(&Sort::Sessions) { Some(access::devices(context, person)?) } else { None },
        programs: if visible.contains(&Sort::Programs) { Some(access::programs(context, person)?) } else { None },
        rights: Rights::of(context, person)?,
        waiting: waiting.into_iter().map(|it| (lines::letter(it.name), zone.shown(it.since))).collect(),
        sorts: std::iter::once(all).chain(visible.iter().copied().map(of)).collect(),
        lines: entries.into_iter().map(|entry| Line::new(context, &zone, entry)).collect(),
        next: next.as_ref().map(query),
        first: wanted.map_or_else(|| "?".to_owned(), |sort| format!("?sort={}", sort.name())),
        is_later: after.is_some(),
    })
}

fn states(person: &User) -> Vec<(&'static str, bool)> {
    let states = [
        (!person.is_active, "Inactive", true),
        (person.is_active, "Active", false),
        (person.is_staff, "Staff", false),
        (person.is_superuser, "Superuser", false),
        (!crate::auth::hashers::is_usable(&person.password), "No password", true),
    ];
    states.into_iter().filter(|(is_so, ..)| *is_so).map(|(_, word, is_odd)| (word, is_odd)).collect()
}

fn facts(context: &mut Context<'_>, person: &User) -> Result<Vec<(&'static str, String)>, AuthError> {
    let zone = context.zone();
    let role = user::role(context.db, person.id)?;
    let name = format!("{} {}", person.first_name, person.last_name);
    let facts = [
        ("Name", name.trim().to_owned()),
        ("E-mail", person.email.clone()),
        ("Role", role),
        ("Last log-in", person.last_login.map_or_else(|| "never".to_owned(), |at| zone.shown(at))),
        ("Member since", zone.shown(person.date_joined)),
    ];
    Ok(facts.into_iter().filter(|(_, value)| !value.is_empty()).collect())
}

/// The tools of their form, this page apart.
fn tools(
    context: &mut Context<'_>,
    model: &Registered,
    person: &User,
) -> Result<Vec<(&'static str, &'static str)>, AuthError> {
    let Some(record) = record::find(context.db, &model.options, &person.id.to_string())? else {
        return Ok(Vec::new());
    };
    let mut tools = Vec::new();
    for tool in model.options.object_tools.iter().filter(|tool| tool.path != "person") {
        if context.editor.may(tool.permission) && model.admin.allows(context, tool.path, &record)? {
            tools.push((tool.label, tool.path));
        }
    }
    Ok(tools)
}
