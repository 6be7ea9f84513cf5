//! `/admin/<app>/<model>/add/` and `/admin/<app>/<model>/<id>/change/`.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::{
    Found, ModelPath, ObjectPath,
    changelist::ModelWords,
    find,
    frame::{Frame, path_of},
    leave::{Pressed, Written, leave, preserved, with_filters},
    lost, model,
    proof::Proof,
    query,
    staff::{Staff, StaffForm},
    widget::{self, Section, Widget},
};
use crate::{
    admin::{
        Context, Registered, Saved,
        cell::Cell,
        form::{Form, Submitted, already},
        log::{self, Act, Flag},
        options::Fieldset,
        record::Record,
        values::Values,
    },
    auth::AuthError,
    site::Site,
    web::{
        PageError,
        page::{Field, Page, render, shown},
    },
};

const GONE: &str = "Something that you chose was deleted meanwhile. Nothing was saved.";

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
enum Answer {
    Page(Box<Seen>),
    Lost(String),
    Saved(Box<Written>),
}

struct Seen {
    frame: Frame,
    model: ModelWords,
    id: Option<String>,
    repr: String,
    sections: Vec<Section>,
    errors: Vec<String>,
    proof: Option<Field>,
    tools: Vec<(&'static str, &'static str)>,
    may_save: bool,
    may_add: bool,
    may_delete: bool,
}

/// An empty form.
pub async fn add_get(
    request: HttpRequest,
    site: web::Data<Site>,
    staff: Staff,
    path: web::Path<ModelPath>,
) -> Result<HttpResponse, PageError> {
    let ((app, name), user) = (path.into_inner(), staff.user.clone());
    let proof = Proof::before(&request, &site);
    let wished = Submitted(query(&request).iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect());
    let seen = staff.run(move |context| {
        let model = model(context, &app, &name)?;
        if !context.may(model, "add") {
            return Err(PageError::PermissionDenied);
        }
        let fieldsets = model.admin.fieldsets(context, &model.options, None);
        let fields = widget::editable(model, &fieldsets, &[]);
        let submitted = Submitted::of(context, &model.options, &fields, None, &wished)?;
        let form = Form { submitted, ..Form::default() };
        let seen = see(context, model, &fieldsets, &form, None, true)?;
        Ok(Answer::Page(Box::new(Seen { proof: asked(model, &proof, false), ..seen })))
    });
    answer(&request, &site, &user, Pressed::Save, seen.await?)
}

/// The form of a row.
pub async fn change_get(
    request: HttpRequest,
    site: web::Data<Site>,
    staff: Staff,
    path: web::Path<ObjectPath>,
) -> Result<HttpResponse, PageError> {
    let ((app, name, id), user) = (path.into_inner(), staff.user.clone());
    let proof = Proof::before(&request, &site);
    let seen = staff.run(move |context| {
        let model = model(context, &app, &name)?;
        if !context.may(model, "view") {
            return Err(PageError::PermissionDenied);
        }
        let record = match find(context, model, &id)? {
            Found::Here(record) => record,
            Found::Missing(message) => return Ok(Answer::Lost(message)),
        };
        let fieldsets = model.admin.fieldsets(context, &model.options, Some(&record));
        let may_save = model.allows(context, "change", &record)?;
        let fields = widget::editable(model, &fieldsets, &[]);
        let submitted = Submitted::of(context, &model.options, &fields, Some(&record), &Submitted::default())?;
        let form = Form { submitted, ..Form::default() };
        let seen = see(context, model, &fieldsets, &form, Some(&record), may_save)?;
        let proof = asked(model, &proof, false).filter(|_| may_save);
        Ok(Answer::Page(Box::new(Seen { proof, ..seen })))
    });
    answer(&request, &site, &user, Pressed::Save, seen.await?)
}

/// Adds a row.
pub async fn add_post(
    request: HttpRequest,
    site: web::Data<Site>,
    form: StaffForm,
    path: web::Path<ModelPath>,
) -> Result<HttpResponse, PageError> {
    let proof = Proof::of(&request, &site, &form.staff, &form.data).await?;
    let ((app, name), user) = (path.into_inner(), form.staff.user.clone());
    let submitted = form.submitted();
    let pressed = Pressed::of(&submitted);
    let done = form.staff.run(move |context| {
        let model = model(context, &app, &name)?;
        if !context.may(model, "add") {
            return Err(PageError::PermissionDenied);
        }
        save(context, model, submitted, &proof, None)
    });
    answer(&request, &site, &user, pressed, done.await?)
}

/// Changes a row.
pub async fn change_post(
    request: HttpRequest,
    site: web::Data<Site>,
    form: StaffForm,
    path: web::Path<ObjectPath>,
) -> Result<HttpResponse, PageError> {
    let proof = Proof::of(&request, &site, &form.staff, &form.data).await?;
    let ((app, name, id), user) = (path.into_inner(), form.staff.user.clone());
    let submitted = form.submitted();
    let pressed = Pressed::of(&submitted);
    let done = form.staff.run(move |context| {
        let model = model(context, &app, &name)?;
        if !context.may(model, "change") {
            return Err(PageError::PermissionDenied);
        }
        match find(context, model, &id)? {
            Found::Here(record) => save(context, model, submitted, &proof, Some(&record)),
            Found::Missing(message) => Ok(Answer::Lost(message)),
        }
    });
    answer(&request, &site, &user, pressed, done.await?)
}

fn save(
    context: &mut Context<'_>,
    model: &Registered,
    submitted: Submitted,
    proof: &Proof,
    record: Option<&Record>,
) -> Result<Answer, PageError> {
    if let Some(record) = record
        && !model.allows(context, "change", record)?
    {
        return Err(PageError::PermissionDenied);
    }
    let options = &model.options;
    let fieldsets = model.admin.fieldsets(context, options, record);
    let readonly = model.admin.readonly_fields(context, options, record)?;
    let fields = widget::editable(model, &fieldsets, &readonly);
    // What can't be changed is not sent by any page of ours, nor by a script that fills in Django's.
    let is_sent = |name: &str| {
        [name, &format!("{name}_0"), &format!("{name}_1")].iter().any(|name| submitted.get(name).is_some())
    };
    if options.fields.iter().any(|field| !fields.contains(&field.name) && is_sent(field.name)) {
        return Err(PageError::PermissionDenied);
    }
    let mut form = Form::bind(context, &*model.admin, options, &fields, submitted, record)?;
    let must_prove = proof.is_wrong() || (!proof.is_given && model.admin.is_dangerous(&form, record));
    if form.is_valid()
        && !must_prove
        && let Some(key) = write(context, model, &mut form, record)?
    {
        return written(context, model, &key, record.is_none());
    }
    let mut seen = see(context, model, &fieldsets, &form, record, true)?;
    seen.proof = asked(model, proof, must_prove);
    Ok(Answer::Page(Box::new(seen)))
}

/// The field for the editor's own password, in forms that may need it.
fn asked(model: &Registered, proof: &Proof, must: bool) -> Option<Field> {
    if model.admin.may_be_dangerous() { proof.field(must) } else { None }
}

/// Writes and logs it, in one transaction; the key, or nothing if it was refused.
fn write(
    context: &mut Context<'_>,
    model: &Registered,
    form: &mut Form,
    record: Option<&Record>,
) -> Result<Option<String>, AuthError> {
    let options = &model.options;
    let saved = context.write(|context| -> Result<Option<String>, AuthError> {
        let before = match record {
            Some(record) => {
                let now = crate::admin::record::find(context.db, options, &record.key)?;
                Some(Values::of(context, options, now.as_ref().unwrap_or(record))?)
            }
            None => None,
        };
        let Saved::Written(key) = model.admin.save(context, options, form, record)? else { return Ok(None) };
        let (flag, message) = match record {
            None => (Flag::Addition, log::added()),
            Some(_) => (Flag::Change, log::changed_by(form, options)),
        };
        let Some(after) = crate::admin::record::find(context.db, options, &key)? else { return Ok(Some(key)) };
        let (id, repr) = (model.admin.public_id(context, &key), model.admin.repr(options, &after));
        let values = Values::of(context, options, &after)?;
        let act = Act::new(flag, &id, &repr).message(&message).about(model.admin.subject(&after));
        act.changes(Values::changes(before.as_ref(), Some(&values))).log(context, options)?;
        Ok(Some(key))
    });
    match saved {
        // Somebody took the name meanwhile.
        Err(AuthError::Db(error)) if error.is_unique_violation() => {
            if let Some(field) = options.fields.iter().find(|field| field.unique) {
                form.refuse(field.name, already(options, field));
            }
            Ok(None)
        }
        Err(AuthError::Db(error)) if error.is_foreign_key_violation() => {
            form.general.push(GONE.to_owned());
            Ok(None)
        }
        saved => saved,
    }
}

fn written(context: &mut Context<'_>, model: &Registered, key: &str, is_new: bool) -> Result<Answer, PageError> {
    let options = &model.options;
    let id = model.admin.public_id(context, key);
    let after = crate::admin::record::find(context.db, options, key)?.unwrap_or_default();
    Ok(Answer::Saved(Box::new(Written {
        path: path_of(model),
        repr: model.admin.repr(options, &after),
        one: options.verbose_name,
        is_new,
        may_view: context.may(model, "view"),
        leads_to_change: is_new && options.add_fieldsets.is_some(),
        id,
    })))
}

fn see(
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
        proof: None,
        tools,
        may_save,
        may_add: context.may(model, "add"),
        may_delete,
    })
}

fn answer(
    request: &HttpRequest,
    site: &Site,
    user: &crate::users::User,
    pressed: Pressed,
    answer: Answer,
) -> Result<HttpResponse, PageError> {
    let filters = query(request).get("_changelist_filters").unwrap_or_default().to_owned();
    match answer {
        Answer::Lost(message) => Ok(lost(request, site, message)),
        Answer::Saved(written) => Ok(leave(request, site, &written, pressed, &filters)),
        Answer::Page(seen) => {
            let Seen { frame, model, id, repr, sections, errors, proof, tools, may_save, may_add, may_delete } = *seen;
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
