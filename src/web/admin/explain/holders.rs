//! `/admin/auth/permission/<id>/holders/`: who has a permission, and from where.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::{cells, in_a_column};
use crate::{
    admin::{Context, Registered, cell::Cell, export::line},
    auth::{
        models::{
            holders,
            permission::{self, Row as Permission},
        },
        permissions::{Holder, holders},
    },
    db::DbError,
    site::Site,
    web::{
        PageError,
        admin::{
            export::{CSV, Parts, attached, sent},
            frame::{Frame, path_of},
            lost, missing, model, query,
            staff::Staff,
        },
        page::{Page, render, shown},
    },
};

/// How many a page has.
const PER_PAGE: usize = 100;
/// How many are read at once for a file.
const BATCH: i64 = 1_000;

/// The page.
#[derive(Debug, Template)]
#[template(path = "admin/auth/permission_holders.html")]
pub struct HoldersPage {
    /// The frame.
    pub page: Page,
    /// The admin's own.
    pub frame: Frame,
    /// The permission in words.
    pub name: String,
    /// The same for programs.
    pub permission: String,
    /// The groups that have it.
    pub groups: Vec<Cell>,
    /// Who has it.
    pub rows: Vec<Row>,
    /// Whether there are others before these.
    pub is_later: bool,
    /// The last of these, if there are others after.
    pub next: Option<i32>,
}

shown!(HoldersPage);

/// Somebody who has it.
#[derive(Debug, Clone)]
pub struct Row {
    /// Who.
    pub person: Cell,
    /// Whether they can log in.
    pub is_active: bool,
    /// From where they have it.
    pub sources: Vec<Cell>,
}

/// Which permission it is, if there is one. Whoever sees who has it sees people too.
fn target<'a>(context: &mut Context<'a>, id: &str) -> Result<Option<(Permission, &'a Registered)>, PageError> {
    let (model, people) = (model(context, "auth", "permission")?, model(context, "auth", "user")?);
    if !context.may(model, "view") || !context.may(people, "view") {
        return Err(PageError::PermissionDenied);
    }
    let key = model.find(context, id)?.and_then(|record| record.key.parse().ok());
    Ok(match key {
        Some(key) => permission::find(context.db, key).map_err(DbError::from)?.map(|permission| (permission, model)),
        None => None,
    })
}

/// Shows them.
pub async fn get(
    request: HttpRequest,
    site: web::Data<Site>,
    staff: Staff,
    id: web::Path<String>,
) -> Result<HttpResponse, PageError> {
    let (id, asked) = (id.into_inner(), query(&request));
    let after: i32 = asked.get("after").and_then(|after| after.parse().ok()).unwrap_or_default();
    let name = id.clone();
    let seen = staff.run(move |context| {
        let Some((permission, model)) = target(context, &id)? else { return Ok(None) };
        let limit = i64::try_from(PER_PAGE + 1).unwrap_or(i64::MAX);
        let mut found = holders(context.db, permission.id, after, limit)?;
        let is_more = found.len() > PER_PAGE;
        found.truncate(PER_PAGE);
        let next = found.last().map(|last| last.id).filter(|_| is_more);
        let rows = found.into_iter().map(|holder| row(context, holder)).collect();
        let groups = holders::groups(context.db, permission.id).map_err(DbError::from)?;
        let path = format!("{}{}/", path_of(model), permission.id);
        let frame = Frame::new(context, "Who has it, and why", Some(model))
            .step(permission.name.clone(), format!("{path}change/"))
            .step("Who has it", format!("{path}holders/"));
        Ok(Some((frame, permission, of_groups(context, groups), rows, next)))
    });
    let Some((frame, permission, groups, rows, next)) = seen.await? else {
        return Ok(lost(&request, &site, missing("permission", &name)));
    };
    render(&HoldersPage {
        page: Page::new(&request, Some(&staff.user)),
        frame: frame.saying(&request),
        permission: format!("{}.{}", permission.app_label, permission.codename),
        name: permission.name,
        groups,
        rows,
        is_later: after > 0,
        next,
    })
}

fn of_groups(context: &Context<'_>, groups: Vec<(i32, String)>) -> Vec<Cell> {
    let may_view = context.admin.find("auth", "group").is_some_and(|model| context.may(model, "view"));
    let cell =
        |(id, name)| if may_view { Cell::Link(name, format!("auth/group/{id}/change/")) } else { Cell::Text(name) };
    groups.into_iter().map(cell).collect()
}

fn row(context: &Context<'_>, holder: Holder) -> Row {
    let Holder { id, username, is_active, sources } = holder;
    let person = Cell::Link(username, format!("auth/user/{id}/permissions/"));
    Row { person, is_active, sources: cells(context, &sources) }
}

/// All of them as a file, some at a time.
struct Listing {
    permission: i32,
    after: i32,
    rows: usize,
    is_ended: bool,
}

impl Parts for Listing {
    fn what(&self) -> String {
        format!("holders of permission {}", self.permission)
    }

    fn rows(&self) -> usize {
        self.rows
    }

    fn next(&mut self, context: &mut Context<'_>) -> Result<Option<String>, PageError> {
        if self.is_ended || target(context, &self.permission.to_string())?.is_none() {
            return Ok(None);
        }
        let found = holders(context.db, self.permission, self.after, BATCH)?;
        let is_first = self.rows == 0;
        self.is_ended = i64::try_from(found.len()).unwrap_or(BATCH) < BATCH;
        if found.is_empty() && !is_first {
            return Ok(None);
        }
        let mut text = if is_first { line(["id", "username", "is_active", "sources"]) } else { String::new() };
        self.rows += found.len();
        self.after = found.last().map_or(self.after, |last| last.id);
        for Holder { id, username, is_active, sources } in found {
            let is_active = if is_active { "True" } else { "False" };
            text.push_str(&line([&*id.to_string(), &*username, is_active, &*in_a_column(&sources)]));
        }
        Ok(Some(text))
    }
}

/// Sends the file.
pub async fn export(request: HttpRequest, staff: Staff, id: web::Path<String>) -> Result<HttpResponse, PageError> {
    let id = id.into_inner();
    let begun = staff.run(move |context| {
        let (permission, _) = target(context, &id)?.ok_or(PageError::NotFound)?;
        let mut listing = Listing { permission: permission.id, after: 0, rows: 0, is_ended: false };
        let first = listing.next(context)?;
        Ok((listing, first, format!("holders-of-{}.csv", permission.id)))
    });
    let (listing, first, file) = begun.await?;
    Ok(attached(&file, CSV).body(sent(&request, staff, listing, first)))
}
