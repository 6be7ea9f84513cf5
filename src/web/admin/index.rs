//! `/admin/` and `/admin/<app>/`: what there is, and what one did lately.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::{
    figures::Dashboard,
    frame::{App, Frame},
    plot::Shape,
    staff::Staff,
};
use crate::{
    admin::{
        Context,
        log::{self, Logged},
    },
    web::{
        PageError,
        page::{Page, render, shown},
    },
};

/// How much of what they did is shown.
const RECENT: i64 = 10;

/// The page.
#[derive(Debug, Template)]
#[template(path = "admin/index.html")]
pub struct AdminIndexPage {
    /// The frame.
    pub page: Page,
    /// The admin's own.
    pub frame: Frame,
    /// How the site fares.
    pub dashboard: Dashboard,
    /// What they may see.
    pub apps: Vec<App>,
    /// What they did lately.
    pub recent: Vec<Recent>,
}

/// Something that was done.
#[derive(Debug, Clone)]
pub struct Recent {
    /// What was done: `added`, `changed`, `deleted`.
    pub action: &'static str,
    /// To what.
    pub repr: String,
    /// What that is.
    pub kind: String,
    /// Where it is, if it is still there.
    pub path: Option<String>,
    /// When.
    pub at: String,
}

shown!(AdminIndexPage);

/// All apps.
pub async fn get(request: HttpRequest, staff: Staff) -> Result<HttpResponse, PageError> {
    show(request, staff, None).await
}

/// One app.
pub async fn app(request: HttpRequest, staff: Staff, app: web::Path<String>) -> Result<HttpResponse, PageError> {
    show(request, staff, Some(app.into_inner())).await
}

async fn show(request: HttpRequest, staff: Staff, app: Option<String>) -> Result<HttpResponse, PageError> {
    let user = staff.user.clone();
    let seen = staff.run(move |context| look(context, app.as_deref()));
    let (frame, dashboard, apps, recent) = seen.await?;
    let (page, frame) = (Page::new(&request, Some(&user)), frame.saying(&request));
    render(&AdminIndexPage { page, frame, dashboard, apps, recent })
}

type Seen = (Frame, Dashboard, Vec<App>, Vec<Recent>);

fn look(context: &mut Context<'_>, app: Option<&str>) -> Result<Seen, PageError> {
    let mut frame = Frame::new(context, "Site administration", None);
    let mut apps = frame.apps.clone();
    if let Some(app) = app {
        apps.retain(|known| known.label == app);
        let name = apps.first().ok_or(PageError::NotFound)?.name;
        frame = Frame { title: format!("{name} administration"), ..frame }.step(name, format!("{app}/"));
    }
    let logged = log::recent_of(context.db, context.editor.user.id, RECENT).map_err(crate::db::DbError::from)?;
    let recent = logged.into_iter().map(|logged| recent(context, logged)).collect();
    let dashboard = if app.is_none() { Dashboard::look(context)? } else { Dashboard::default() };
    Ok((frame, dashboard, apps, recent))
}

fn recent(context: &Context<'_>, logged: Logged) -> Recent {
    let known = logged.model.as_ref().and_then(|(app_label, model)| context.admin.find(app_label, model));
    let (action, is_there) = match logged.action_flag {
        1 => ("added", true),
        3 => ("deleted", false),
        _ => ("changed", true),
    };
    let path = known.zip(logged.object_id.filter(|_| is_there));
    Recent {
        action,
        repr: logged.object_repr,
        kind: known.map_or("unknown", |known| known.options.verbose_name).to_owned(),
        path: path.map(|(known, id)| format!("{}{id}/change/", super::frame::path_of(known))),
        at: context.zone().shown(logged.action_time),
    }
}
