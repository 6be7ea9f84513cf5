//! `/admin/<app>/<model>/add/` and `/admin/<app>/<model>/<id>/change/`.

use actix_web::{HttpRequest, HttpResponse, web};

use super::{
    Found, ModelPath, ObjectPath,
    change_form::{Answer, Seen, answer, see},
    find,
    frame::path_of,
    leave::{Pressed, Written},
    meanwhile, missing, model,
    proof::Proof,
    query,
    staff::{Staff, StaffForm},
    widget,
};
use crate::{
    admin::{
        Context, Registered, Saved,
        form::{Form, Submitted, already},
        log::{self, Act, Flag},
        options::Fieldset,
        record::{self, Record},
        values::Values,
        version::{Meanwhile, Shown},
    },
    auth::AuthError,
    site::Site,
    web::{PageError, page::Field},
};

const GONE: &str = "Something that you chose was deleted meanwhile. Nothing was saved.";
const UNKNOWN: &str = "Nothing was saved: it can’t be told whether somebody changed this since the form was shown. It is shown \
                       anew with what you typed. Look at it, and save it again.";

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
        let shown = Shown::of(context, model, &fieldsets, &record)?;
        let version = may_save.then(|| shown.version(context));
        let form = Form { submitted: shown.submitted, ..Form::default() };
        let seen = see(context, model, &fieldsets, &form, Some(&record), may_save)?;
        let proof = asked(model, &proof, false).filter(|_| may_save);
        Ok(Answer::Page(Box::new(Seen { version, proof, ..seen })))
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
            Found::Here(record) => save(context, model, submitted, &proof, Some(*record)),
            Found::Missing(message) => Ok(Answer::Lost(message)),
        }
    });
    answer(&request, &site, &user, pressed, done.await?)
}

/// A form that was sent, and what is to be known of it.
struct Tried {
    form: Form,
    /// The row as it was when it was compared and changed.
    record: Option<Record>,
    /// The same as its form shows it.
    shown: Shown,
    meanwhile: Meanwhile,
    must_prove: bool,
}

fn save(
    context: &mut Context<'_>,
    model: &Registered,
    submitted: Submitted,
    proof: &Proof,
    record: Option<Record>,
) -> Result<Answer, PageError> {
    if let Some(record) = &record
        && !model.allows(context, "change", record)?
    {
        return Err(PageError::PermissionDenied);
    }
    let options = &model.options;
    let fieldsets = model.admin.fieldsets(context, options, record.as_ref());
    let readonly = model.admin.readonly_fields(context, options, record.as_ref())?;
    let fields = widget::editable(model, &fieldsets, &readonly);
    // What can't be changed is not sent by any page of ours, nor by a script that fills in Django's.
    let is_sent = |name: &str| {
        [name, &format!("{name}_0"), &format!("{name}_1")].iter().any(|name| submitted.get(name).is_some())
    };
    if options.fields.iter().any(|field| !fields.contains(&field.name) && is_sent(field.name)) {
        return Err(PageError::PermissionDenied);
    }
    let is_new = record.is_none();
    let form = Form { submitted, ..Form::default() };
    let (shown, meanwhile) = (Shown::default(), Meanwhile::default());
    let mut tried = Tried { form, record, shown, meanwhile, must_prove: false };
    match write(context, model, (&fieldsets, &fields), proof, &mut tried)? {
        Done::Written(key) => written(context, model, &key, is_new),
        Done::Missing(id) => Ok(Answer::Lost(missing(options.verbose_name, &id))),
        Done::Refused => {
            let mut seen = see(context, model, &fieldsets, &tried.form, tried.record.as_ref(), true)?;
            if let Some(record) = &tried.record {
                seen.version = Some(tried.shown.version(context));
                seen.changed = meanwhile::told(context, model, &tried.meanwhile, record, &seen.sections)?;
            }
            if tried.meanwhile.is_unknown {
                seen.errors.push(UNKNOWN.to_owned());
            }
            seen.proof = asked(model, proof, tried.must_prove);
            Ok(Answer::Page(Box::new(seen)))
        }
    }
}

/// The field for the editor's own password, in forms that may need it.
fn asked(model: &Registered, proof: &Proof, must: bool) -> Option<Field> {
    if model.admin.may_be_dangerous() { proof.field(must) } else { None }
}

/// How it ended.
enum Done {
    Written(String),
    Refused,
    /// The row is gone; by what it was named.
    Missing(String),
}

/// Reads, compares, writes and logs it, in one transaction, in which nobody else changes the row.
fn write(
    context: &mut Context<'_>,
    model: &Registered,
    (fieldsets, fields): (&[Fieldset], &[&'static str]),
    proof: &Proof,
    tried: &mut Tried,
) -> Result<Done, AuthError> {
    let options = &model.options;
    let saved = context.write(|context| -> Result<Done, AuthError> {
        if let Some(before) = &tried.record {
            let is_there = model.admin.hold(context, options, before, &tried.form.submitted)?;
            let record = if is_there { record::find(context.db, options, &before.key)? } else { None };
            let Some(record) = record else {
                return Ok(Done::Missing(model.admin.public_id(context, &before.key)));
            };
            tried.shown = Shown::of(context, model, fieldsets, &record)?;
            tried.meanwhile = tried.shown.compare(context, options, fields, &mut tried.form.submitted);
            tried.record = Some(record);
        }
        let (record, submitted) = (tried.record.as_ref(), std::mem::take(&mut tried.form.submitted));
        tried.form = Form::bind(context, &*model.admin, options, fields, submitted, record)?;
        let is_dangerous = model.admin.is_dangerous(&tried.form, record);
        tried.must_prove = proof.is_wrong() || (!proof.is_given && is_dangerous);
        if !tried.form.is_valid() || tried.must_prove || tried.meanwhile.is_news() {
            return Ok(Done::Refused);
        }
        let before = match record {
            Some(record) => Some(Values::of(context, options, record)?),
            None => None,
        };
        let Saved::Written(key) = model.admin.save(context, options, &mut tried.form, record)? else {
            return Ok(Done::Refused);
        };
        let (flag, message) = match record {
            None => (Flag::Addition, log::added()),
            Some(_) => (Flag::Change, log::changed_by(&tried.form, options)),
        };
        let Some(after) = record::find(context.db, options, &key)? else { return Ok(Done::Written(key)) };
        let (id, repr) = (model.admin.public_id(context, &key), model.admin.repr(options, &after));
        let values = Values::of(context, options, &after)?;
        let act = Act::new(flag, &id, &repr).message(&message).about(model.admin.subject(&after));
        act.changes(Values::changes(before.as_ref(), Some(&values))).log(context, options)?;
        Ok(Done::Written(key))
    });
    match saved {
        // Somebody took the name meanwhile.
        Err(AuthError::Db(error)) if error.is_unique_violation() => {
            if let Some(field) = options.fields.iter().find(|field| field.unique) {
                tried.form.refuse(field.name, already(options, field));
            }
            Ok(Done::Refused)
        }
        Err(AuthError::Db(error)) if error.is_foreign_key_violation() => {
            tried.form.general.push(GONE.to_owned());
            Ok(Done::Refused)
        }
        saved => saved,
    }
}

fn written(context: &mut Context<'_>, model: &Registered, key: &str, is_new: bool) -> Result<Answer, PageError> {
    let options = &model.options;
    let id = model.admin.public_id(context, key);
    let after = record::find(context.db, options, key)?.unwrap_or_default();
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
