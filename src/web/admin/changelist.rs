//! `/admin/<app>/<model>/`: the list, and what is done with several of its rows at once.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::{
    ModelPath, capitalized,
    frame::{Frame, path_of},
    model, query,
    staff::Staff,
};
use crate::{
    admin::{
        Context, Registered, action::actions, cell::Cell, changelist::ChangeList, pages::PageLink, params::Params,
        query::ListError,
    },
    web::{
        PageError,
        page::{Page, render, shown},
        redirect,
    },
};

/// The list.
#[derive(Debug, Template)]
#[template(path = "admin/change_list.html")]
pub struct ChangeListPage {
    /// The frame.
    pub page: Page,
    /// The admin's own.
    pub frame: Frame,
    /// What it shows.
    pub list: ChangeList,
    /// What its rows are.
    pub model: ModelWords,
    /// What can be done with several.
    pub actions: Vec<(String, String)>,
    /// Whether they may add one.
    pub may_add: bool,
    /// What stands behind links to rows, so that they lead back here.
    pub preserved: String,
}

shown!(ChangeListPage);

impl ChangeListPage {
    /// Where the list is to be had as a file.
    pub fn export(&self, format: &str) -> String {
        let changes = [("all", None), ("format", Some(format.to_owned()))];
        format!(
            "{}/admin/{}export/{}",
            self.page.prefix,
            self.model.path,
            self.list.params.from_start().with(changes).link()
        )
    }
}

/// What a template says of a model.
#[derive(Debug, Clone, Default)]
pub struct ModelWords {
    /// Its path below `/admin/`.
    pub path: String,
    /// One of its rows.
    pub one: &'static str,
    /// Several.
    pub many: &'static str,
    /// What they are for.
    pub about: &'static str,
    /// Whether there is a search.
    pub has_search: bool,
    /// What is said beside it.
    pub search_help: &'static str,
}

impl ModelWords {
    /// Those of a model.
    pub fn new(model: &Registered) -> Self {
        let options = &model.options;
        Self {
            path: path_of(model),
            one: options.verbose_name,
            many: options.verbose_name_plural,
            about: options.about,
            has_search: !options.search_fields.is_empty(),
            search_help: options.search_help_text,
        }
    }

    /// Several, as a title: "Users".
    pub fn title(&self) -> String {
        capitalized(self.many)
    }

    /// One, as a title: "User".
    pub fn title_one(&self) -> String {
        capitalized(self.one)
    }

    /// What Django calls the form.
    pub fn form_id(&self) -> String {
        let model = self.path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        format!("{model}_form")
    }
}

/// A query that leads back to a list.
pub fn preserve(params: &Params) -> String {
    if params.is_empty() {
        return String::new();
    }
    let kept = Params::new([("_changelist_filters".to_owned(), params.encoded())]);
    kept.link()
}

/// The list.
pub async fn get(request: HttpRequest, staff: Staff, path: web::Path<ModelPath>) -> Result<HttpResponse, PageError> {
    let (params, (app, name), user) = (query(&request), path.into_inner(), staff.user.clone());
    let asked = params.clone();
    let looked = staff.run(move |context| look(context, model(context, &app, &name)?, &params)).await?;
    match looked {
        Ok(mut seen) => {
            seen.frame = seen.frame.saying(&request);
            let Seen { frame, list, model, actions, may_add } = seen;
            let (page, preserved) = (Page::new(&request, Some(&user)), preserve(&list.params));
            render(&ChangeListPage { page, frame, list, model, actions, may_add, preserved })
        }
        Err(error) => refuse(request.path(), asked.get("e").is_some(), error),
    }
}

/// Answers a query of which there is no list. As Django: once more without what makes no sense, and if even that makes none,
/// there is a fault.
pub fn refuse(path: &str, again: bool, error: ListError) -> Result<HttpResponse, PageError> {
    match error {
        ListError::Incorrect if !again => Ok(redirect::to(&format!("{path}?e=1"))),
        ListError::Auth(error) => Err(error.into()),
        _ => Err(PageError::BadRequest("This list can’t be looked up in that way.")),
    }
}

struct Seen {
    frame: Frame,
    list: ChangeList,
    model: ModelWords,
    actions: Vec<(String, String)>,
    may_add: bool,
}

fn look(context: &mut Context<'_>, model: &Registered, params: &Params) -> Result<Result<Seen, ListError>, PageError> {
    if !context.may(model, "view") {
        return Err(PageError::PermissionDenied);
    }
    let list = match ChangeList::new(context, model, params) {
        Ok(list) => list,
        Err(error) => return Ok(Err(error)),
    };
    let verb = if context.may(model, "change") { "change" } else { "view" };
    let frame = Frame::new(context, format!("Select {} to {verb}", model.options.verbose_name), Some(model));
    Ok(Ok(Seen {
        frame,
        list,
        model: ModelWords::new(model),
        actions: actions(context, model),
        may_add: context.may(model, "add"),
    }))
}

/// What is said of the rows of a list: "3 users".
pub fn counted(count: i64, model: &ModelWords) -> String {
    format!("{count} {}", if count == 1 { model.one } else { model.many })
}

/// "The user “ann”".
pub fn the(one: &str, repr: &str) -> String {
    format!("The {one} “{repr}”")
}
