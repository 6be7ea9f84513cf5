//! `/admin/<app>/<model>/<id>/delete/`: one row, after a page that says what goes with it.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::{
    Found, ObjectPath,
    actions::Carried,
    changelist::{ModelWords, the},
    find,
    frame::{Frame, Level, path_of, say},
    leave::with_filters,
    lost, model,
    proof::Proof,
    query,
    staff::{Staff, StaffForm},
};
use crate::{
    admin::{
        Context,
        deletion::{self, Deleted, Goes},
    },
    site::Site,
    web::{
        PageError,
        page::{Field, Page, render, shown},
        redirect,
    },
};

/// The question.
#[derive(Debug, Template)]
#[template(path = "admin/delete_confirmation.html")]
pub struct DeletePage {
    /// The frame.
    pub page: Page,
    /// The admin's own.
    pub frame: Frame,
    /// What they are.
    pub model: ModelWords,
    /// What is deleted: names, and what they are called. Of very many the first.
    pub objects: Vec<(String, String)>,
    /// How many there are.
    pub count: i64,
    /// Those that they may not delete, which keeps all of them.
    pub kept: Vec<String>,
    /// What goes with it.
    pub goes: Vec<Goes>,
    /// Where the editor's own password is asked for.
    pub proof: Option<Field>,
    /// Whether it is allowed.
    pub is_allowed: bool,
    /// What was chosen in a list, if it was.
    pub carried: Option<Carried>,
    /// Where to go without deleting.
    pub back: String,
}

shown!(DeletePage);

impl DeletePage {
    /// How many are not named.
    pub fn more(&self) -> i64 {
        self.count - i64::try_from(self.objects.len()).unwrap_or(i64::MAX)
    }
}

enum Answer {
    Page(Box<Seen>),
    Lost(String),
    Gone { path: String, what: String, may_change: bool },
    Refused { path: String, message: String },
}

struct Seen {
    frame: Frame,
    model: ModelWords,
    objects: Vec<(String, String)>,
    goes: Vec<Goes>,
    proof: Option<Field>,
}

/// Asks.
pub async fn get(
    request: HttpRequest,
    site: web::Data<Site>,
    staff: Staff,
    path: web::Path<ObjectPath>,
) -> Result<HttpResponse, PageError> {
    let (path, user, proof) = (path.into_inner(), staff.user.clone(), Proof::before(&request, &site));
    let seen = staff.run(move |context| look(context, &path, &proof, false)).await?;
    answer(&request, &site, &user, seen)
}

/// Deletes.
pub async fn post(
    request: HttpRequest,
    site: web::Data<Site>,
    form: StaffForm,
    path: web::Path<ObjectPath>,
) -> Result<HttpResponse, PageError> {
    let proof = Proof::of(&request, &site, &form.staff, &form.data).await?;
    let (path, user) = (path.into_inner(), form.staff.user.clone());
    let done = form.staff.run(move |context| look(context, &path, &proof, true)).await?;
    answer(&request, &site, &user, done)
}

fn look(context: &mut Context<'_>, path: &ObjectPath, proof: &Proof, delete: bool) -> Result<Answer, PageError> {
    let (app, name, id) = path;
    let model = model(context, app, name)?;
    if !context.may(model, "delete") {
        return Err(PageError::PermissionDenied);
    }
    let record = match find(context, model, id)? {
        Found::Here(record) => *record,
        Found::Missing(message) => return Ok(Answer::Lost(message)),
    };
    if !model.allows(context, "delete", &record)? {
        return Err(PageError::PermissionDenied);
    }
    let (options, list) = (&model.options, path_of(model));
    let repr = model.admin.name_of(context, options, &record)?;
    let records = [record];
    let goes = deletion::collect(context, options, &records)?;
    let is_dangerous = model.admin.is_deletion_dangerous();
    let must_prove = delete && is_dangerous && !proof.is_given;
    if delete && !must_prove {
        if goes.iter().any(|goes| !goes.is_allowed) {
            return Err(PageError::PermissionDenied);
        }
        return Ok(match model.admin.delete(context, options, &records)? {
            Deleted::Gone(_) => Answer::Gone {
                path: list,
                what: the(options.verbose_name, &repr),
                may_change: context.may(model, "change") || !options.can_change,
            },
            Deleted::Refused(message) => Answer::Refused { path: format!("{list}{id}/delete/"), message },
        });
    }
    let frame = Frame::new(context, format!("Delete {}", options.verbose_name), Some(model));
    let frame = frame.step(repr.clone(), format!("{list}{id}/change/")).step("Delete", format!("{list}{id}/delete/"));
    let (words, proof) = (ModelWords::new(model), proof.field(must_prove).filter(|_| is_dangerous));
    Ok(Answer::Page(Box::new(Seen { frame, model: words, objects: vec![(id.clone(), repr)], goes, proof })))
}

fn answer(
    request: &HttpRequest,
    site: &Site,
    user: &crate::users::User,
    answer: Answer,
) -> Result<HttpResponse, PageError> {
    let filters = query(request).get("_changelist_filters").unwrap_or_default().to_owned();
    match answer {
        Answer::Lost(message) => Ok(lost(request, site, message)),
        Answer::Gone { path, what, may_change } => {
            say(request, Level::Success, format!("{what} was deleted successfully."));
            let home = site.path("/admin/");
            Ok(redirect::to(&if may_change { with_filters(format!("{home}{path}"), &filters) } else { home }))
        }
        Answer::Refused { path, message } => {
            say(request, Level::Error, message);
            Ok(redirect::to(&format!("{}{path}", site.path("/admin/"))))
        }
        Answer::Page(seen) => {
            let Seen { frame, model, objects, goes, proof } = *seen;
            let frame = frame.saying(request);
            let is_allowed = goes.iter().all(|goes| goes.is_allowed);
            let back = with_filters(format!("{}{}", site.path("/admin/"), model.path), &filters);
            let page = Page::new(request, Some(user));
            let (count, kept, carried) = (1, Vec::new(), None);
            render(&DeletePage { page, frame, model, objects, count, kept, goes, proof, is_allowed, carried, back })
        }
    }
}
