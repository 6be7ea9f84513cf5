//! The page with the form of a row: see [`form`](super::form).

use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::{
    changelist::ModelWords,
    frame::{Frame, path_of},
    leave::{Pressed, Written, leave, preserved, with_filters},
    lost,
    meanwhile::Changed,
    query,
    widget::{self, Section, Widget},
};
use crate::{
    admin::{Context, Registered, cell::Cell, form::Form, options::Fieldset, record::Record},
    auth::AuthError,
    site::Site,
    users::User,
    web::{
        PageError,
        page::{Field, Page, render, shown},
    },
};

/// The form.
#[derive(Debug, Template)]
#[template(path = "admin/change_form.html")]
pub struct ChangeFormPage {
    /// The frame.
    pub page: Page,
    /// The admin's own.
    pub frame: Frame,
    /// What it is about.
    pub model: ModelWords,
    /// What names the row; `None` for a new one.
    pub id: Option<String>,
    /// What the row is called.
    pub repr: String,
    /// Its fields.
    pub sections: Vec<Section>,
    /// What is wrong with all of it.
    pub errors: Vec<String>,
    /// What others changed meanwhile.
    pub changed: Vec<Changed>,
    /// What the row was when this was shown; see [`version`](crate::admin::version).
    pub version: Option<String>,
    /// Where the editor's own password is asked for.
    pub proof: Option<Field>,
    /// What can be done with the row: what it says, and its path below the row's.
    pub tools: Vec<(&'static str, &'static str)>,
    /// Whether it can be saved at all.
    pub may_save: bool,
    /// Whether they may add another.
    pub may_add: bool,
    /// Whether they may delete it.
    pub may_delete: bool,
    /// What stands behind links, so that they lead back to the list.
    pub preserved: String,
    /// Where to go without saving: the list as it was.
    pub back: String,
}

shown!(ChangeFormPage);

impl ChangeFormPage {
    /// Whether anything is wrong with a field.
    pub fn has_errors(&self) -> bool {
        let fields = self.sections.iter().flat_map(|section| &section.fields).map(|field| &field.errors);
        fields.chain(self.proof.iter().map(|field| &field.errors)).any(|errors| !errors.is_empty())
    }
}

/// What a page is made of, or where to go instead.
pub(super) enum Answer {
    Page(Box<Seen>),
    Lost(String),
    Saved(Box<Written>),
}

#[derive(Default)]
pub(super) struct Seen {
    pub frame: Frame,
    pub model: ModelWords,
    pub id: Option<String>,
    pub repr: String,
    pub sections: Vec<Section>,
    pub errors: Vec<String>,
    pub changed: Vec<Changed>,
    pub version: Option<String>,
    pub proof: Option<Field>,
    pub tools: Vec<(&'static str, &'static str)>,
    pub may_save: bool,
    pub may_add: bool,
    pub may_delete: bool,
}

/// Looks up what the page shows.
pub(super) fn see(
    context: &mut Context<'_>,
    model: &Registered,
    fieldsets: &[Fieldset],
    form: &Form,
    record: Option<&Record>,
    may_save: bool,
) -> Result<Seen, AuthError> {
    let options = &model.options;
    let readonly = if may_save {
        model.admin.readonly_fields(context, options, record)?
    } else {
        options.fields.iter().map(|field| field.name).collect()
    };
    let sections = widget::sections(context, model, fieldsets, &readonly, form, record)?;
    let id = record.map(|record| model.admin.public_id(context, &record.key));
    let repr = record.map(|record| model.admin.repr(options, record)).unwrap_or_default();
    let verb = match (record, may_save) {
        (None, _) => "Add",
        (_, true) => "Change",
        _ => "View",
    };
    let frame = Frame::new(context, format!("{verb} {}", options.verbose_name), Some(model));
    let frame = match &id {
        None => frame.step(format!("Add {}", options.verbose_name), format!("{}add/", path_of(model))),
        Some(id) => frame.step(repr.clone(), format!("{}{id}/change/", path_of(model))),
    };
    let mut tools = Vec::new();
    for tool in &options.object_tools {
        if let Some(record) = record
            && context.editor.may(tool.permission)
            && model.admin.allows(context, tool.path, record)?
        {
            tools.push((tool.label, tool.path));
        }
    }
    let may_delete = match record {
        Some(record) => model.allows(context, "delete", record)?,
        None => false,
    };
    Ok(Seen {
        frame,
        model: ModelWords::new(model),
        id,
        repr,
        sections,
        errors: form.general.clone(),
        tools,
        may_save,
        may_add: context.may(model, "add"),
        may_delete,
        ..Seen::default()
    })
}

/// The page, or where to go instead.
pub(super) fn answer(
    request: &HttpRequest,
    site: &Site,
    user: &User,
    pressed: Pressed,
    answer: Answer,
) -> Result<HttpResponse, PageError> {
    let filters = query(request).get("_changelist_filters").unwrap_or_default().to_owned();
    match answer {
        Answer::Lost(message) => Ok(lost(request, site, message)),
        Answer::Saved(written) => Ok(leave(request, site, &written, pressed, &filters)),
        Answer::Page(seen) => {
            let Seen {
                frame,
                model,
                id,
                repr,
                sections,
                errors,
                changed,
                version,
                proof,
                tools,
                may_save,
                may_add,
                may_delete,
            } = *seen;
            let frame = frame.saying(request);
            let preserved = preserved(&filters);
            let back = with_filters(format!("{}{}", site.path("/admin/"), model.path), &filters);
            let page = Page::new(request, Some(user));
            render(&ChangeFormPage {
                page,
                frame,
                model,
                id,
                repr,
                sections,
                errors,
                changed,
                version,
                proof,
                tools,
                may_save,
                may_add,
                may_delete,
                preserved,
                back,
            })
        }
    }
}
