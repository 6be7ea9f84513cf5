//! `/admin/<app>/<model>/<id>/history/`: what was done to a row.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::{
    Found, ObjectPath,
    changelist::ModelWords,
    find,
    frame::{Frame, path_of},
    lost, model, query,
    staff::Staff,
};
use crate::{
    admin::{Context, log},
    db::DbError,
    site::Site,
    web::{
        PageError,
        page::{Page, render, shown},
    },
};

/// How many entries a page has.
const PER_PAGE: i64 = 100;

/// The page.
#[derive(Debug, Template)]
#[template(path = "admin/object_history.html")]
pub struct HistoryPage {
    /// The frame.
    pub page: Page,
    /// The admin's own.
    pub frame: Frame,
    /// What it is about.
    pub model: ModelWords,
    /// What the row is called.
    pub repr: String,
    /// What was done, the first first.
    pub entries: Vec<Entry>,
    /// How many there are.
    pub count: i64,
    /// The page before this, and the one after.
    pub pages: (Option<i64>, Option<i64>),
}

/// Something that was done.
#[derive(Debug, Clone)]
pub struct Entry {
    /// When.
    pub at: String,
    /// By whom.
    pub who: String,
    /// What.
    pub what: String,
}

shown!(HistoryPage);

/// The history.
pub async fn get(
    request: HttpRequest,
    site: web::Data<Site>,
    staff: Staff,
    path: web::Path<ObjectPath>,
) -> Result<HttpResponse, PageError> {
    let (path, user, wanted) = (path.into_inner(), staff.user.clone(), query(&request));
    let wanted = wanted.get("p").and_then(|page| page.parse::<i64>().ok()).unwrap_or(1);
    match staff.run(move |context| look(context, &path, wanted)).await? {
        Ok((frame, model, repr, entries, count, pages)) => {
            let (page, frame) = (Page::new(&request, Some(&user)), frame.saying(&request));
            render(&HistoryPage { page, frame, model, repr, entries, count, pages })
        }
        Err(message) => Ok(lost(&request, &site, message)),
    }
}

type Seen = (Frame, ModelWords, String, Vec<Entry>, i64, (Option<i64>, Option<i64>));

fn look(context: &mut Context<'_>, path: &ObjectPath, wanted: i64) -> Result<Result<Seen, String>, PageError> {
    let (app, name, id) = path;
    let model = model(context, app, name)?;
    let record = match find(context, model, id)? {
        Found::Here(record) => record,
        Found::Missing(message) => return Ok(Err(message)),
    };
    if !model.allows(context, "view", &record)? {
        return Err(PageError::PermissionDenied);
    }
    let repr = model.admin.name_of(context, &model.options, &record)?;
    let known = (app.as_str(), name.as_str());
    let id = &model.admin.public_id(context, &record.key);
    let count = log::count_of(context.db, known, id).map_err(DbError::from)?;
    let last = ((count + PER_PAGE - 1) / PER_PAGE).max(1);
    // As Django's `Paginator.get_page`: a number that no page has leads to the last.
    let page = if (1..=last).contains(&wanted) { wanted } else { last };
    let logged = log::of_object(context.db, known, id, (PER_PAGE, (page - 1) * PER_PAGE)).map_err(DbError::from)?;
    let zone = context.zone();
    let entries = logged.into_iter().map(|logged| Entry {
        at: zone.shown(logged.action_time),
        who: logged.who(),
        what: log::in_words(&logged.change_message),
    });
    let frame = Frame::new(context, format!("Change history: {repr}"), Some(model));
    let object = format!("{}{id}/", path_of(model));
    let frame = frame.step(repr.clone(), format!("{object}change/")).step("History", format!("{object}history/"));
    let pages = ((page > 1).then(|| page - 1), (page < last).then(|| page + 1));
    Ok(Ok((frame, ModelWords::new(model), repr, entries.collect(), count, pages)))
}
