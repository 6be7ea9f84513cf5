//! `/admin/auth/user/<id>/permissions/`: what somebody may do, and why; and what they could do in another group.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::{cells, in_a_column};
use crate::{
    admin::{Context, Registered, cell::Cell, export::line},
    auth::{
        models::{permission, user},
        permissions::{Explained, added_by_group, explained},
    },
    db::DbError,
    site::Site,
    users::User,
    web::{
        PageError,
        admin::{
            export::{CSV, attached},
            frame::{Frame, path_of},
            lost, missing, model, query,
            staff::Staff,
            user_password::find,
        },
        page::{Page, render, shown},
    },
};

/// The page.
#[derive(Debug, Template)]
#[template(path = "admin/auth/user_permissions.html")]
pub struct UserPermissionsPage {
    /// The frame.
    pub page: Page,
    /// The admin's own.
    pub frame: Frame,
    /// Whose.
    pub person: Person,
    /// What was searched.
    pub query: String,
    /// What they may do.
    pub rows: Vec<Row>,
    /// How much that is without the search.
    pub total: usize,
    /// The groups that there are: key, name, whether it is the one that is tried.
    pub groups: Vec<(i32, String, bool)>,
    /// The group that is tried, and what it would add.
    pub tried: Option<(String, Vec<Row>)>,
}

shown!(UserPermissionsPage);

/// Somebody.
#[derive(Debug, Clone)]
pub struct Person {
    /// Their key.
    pub id: i32,
    /// Their name.
    pub username: String,
    /// Whether they can log in.
    pub is_active: bool,
    /// Whether they can enter the admin.
    pub is_staff: bool,
    /// Whether they may do everything.
    pub is_superuser: bool,
    /// What programs read in their tokens.
    pub role: String,
}

/// A permission, and from where.
#[derive(Debug, Clone)]
pub struct Row {
    /// In words.
    pub name: Cell,
    /// For programs.
    pub permission: String,
    /// From where.
    pub sources: Vec<Cell>,
}

/// Whose page it is, if they are there.
fn target<'a>(context: &mut Context<'a>, id: &str) -> Result<Option<(User, &'a Registered)>, PageError> {
    let model = model(context, "auth", "user")?;
    if !context.may(model, "view") {
        return Err(PageError::PermissionDenied);
    }
    Ok(find(context, model, id)?.map(|person| (person, model)))
}

/// Who can't log in may do nothing; what they could do if they did is shown, and that they don't.
fn as_if_active(person: &User) -> User {
    User { is_active: true, ..person.clone() }
}

fn of(context: &mut Context<'_>, person: &User) -> Result<Vec<Explained>, PageError> {
    Ok(explained(context.db, &as_if_active(person))?)
}

/// Shows it.
pub async fn get(
    request: HttpRequest,
    site: web::Data<Site>,
    staff: Staff,
    id: web::Path<String>,
) -> Result<HttpResponse, PageError> {
    let (id, asked) = (id.into_inner(), query(&request));
    let words: String = asked.get("q").unwrap_or_default().trim().chars().take(200).collect();
    let group: Option<i32> = asked.get("group").and_then(|group| group.parse().ok());
    let (name, query) = (id.clone(), words.clone());
    let Some(seen) = staff.run(move |context| look(context, &id, &words, group)).await? else {
        return Ok(lost(&request, &site, missing("user", &name)));
    };
    let Seen { frame, person, rows, total, groups, tried } = seen;
    let (page, frame) = (Page::new(&request, Some(&staff.user)), frame.saying(&request));
    render(&UserPermissionsPage { page, frame, person, query, rows, total, groups, tried })
}

/// What the page is made of.
struct Seen {
    frame: Frame,
    person: Person,
    rows: Vec<Row>,
    total: usize,
    groups: Vec<(i32, String, bool)>,
    tried: Option<(String, Vec<Row>)>,
}

fn look(context: &mut Context<'_>, id: &str, words: &str, group: Option<i32>) -> Result<Option<Seen>, PageError> {
    let Some((person, users)) = target(context, id)? else { return Ok(None) };
    let all = of(context, &person)?;
    let total = all.len();
    let found = all.into_iter().filter(|explained| is_found(explained, words));
    let rows = found.map(|explained| row(context, explained)).collect();
    // What a group may do is for those who may see groups.
    let groups = model(context, "auth", "group")?;
    let groups =
        if context.may(groups, "view") { permission::groups(context.db).map_err(DbError::from)? } else { Vec::new() };
    let tried = match groups.iter().find(|(id, _)| Some(*id) == group) {
        Some((id, name)) => {
            let added = added_by_group(context.db, &as_if_active(&person), (*id, name))?;
            Some((name.clone(), added.into_iter().map(|explained| row(context, explained)).collect()))
        }
        None => None,
    };
    let groups = groups.into_iter().map(|(id, name)| (id, name, Some(id) == group)).collect();
    let role = user::role(context.db, person.id).map_err(DbError::from)?;
    let path = format!("{}{}/", path_of(users), person.id);
    let frame = Frame::new(context, "What they may do, and why", Some(users))
        .step(person.username.clone(), format!("{path}change/"))
        .step("Permissions", format!("{path}permissions/"));
    let User { id, username, is_active, is_staff, is_superuser, .. } = person;
    let person = Person { id, username, is_active, is_staff, is_superuser, role };
    Ok(Some(Seen { frame, person, rows, total, groups, tried }))
}

/// The same as a file.
pub async fn export(staff: Staff, id: web::Path<String>) -> Result<HttpResponse, PageError> {
    let id = id.into_inner();
    let read = staff.run(move |context| {
        let (person, _) = target(context, &id)?.ok_or(PageError::NotFound)?;
        let mut text = line(["permission", "name", "sources"]);
        for Explained { permission, name, sources, .. } in of(context, &person)? {
            text.push_str(&line([&*permission, &*name, &*in_a_column(&sources)]));
        }
        Ok((person.id, text))
    });
    let (id, text) = read.await?;
    Ok(attached(&format!("permissions-of-user-{id}.csv"), CSV).body(text))
}

/// Whether a search finds it: each word stands somewhere in it.
fn is_found(explained: &Explained, words: &str) -> bool {
    let text =
        format!("{} {} {}", explained.permission, explained.name, in_a_column(&explained.sources)).to_lowercase();
    words.to_lowercase().split_whitespace().all(|word| text.contains(word))
}

fn row(context: &Context<'_>, explained: Explained) -> Row {
    let Explained { id, permission, name, sources } = explained;
    let may_view = context.admin.find("auth", "permission").is_some_and(|model| context.may(model, "view"));
    let name = if may_view { Cell::Link(name, format!("auth/permission/{id}/holders/")) } else { Cell::Text(name) };
    Row { name, permission, sources: cells(context, &sources) }
}
