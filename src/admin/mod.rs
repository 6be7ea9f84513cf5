//! What administrators see and do: `django.contrib.admin`, as plain synchronous code that knows no HTTP; the pages stand in
//! [`web::admin`](crate::web::admin).
//!
//! To show a table: one file with its [`ModelAdmin`], and one line where it is registered (ours in [`models`], another
//! crate's with [`Builder::admin`](crate::site::Builder::admin)). All else (lists, search, filters, forms, deletion,
//! history, exports) is the same for all of them and stands beside this file.

pub mod action;
pub mod bulk;
pub mod cell;
pub mod changelist;
pub mod deletion;
pub mod editor;
pub mod export;
pub mod filters;
pub mod form;
pub mod hierarchy;
pub mod log;
pub mod lookups;
mod model;
pub mod models;
pub mod opaque;
pub mod options;
pub mod params;
pub mod record;
pub mod save;
pub mod search;
pub mod values;
pub mod version;
pub mod zone;

use std::{fmt, sync::Arc};

use time::PrimitiveDateTime;

use self::{
    cell::Cell,
    deletion::Deleted,
    editor::Editor,
    form::{Form, Submitted},
    options::{Fieldset, Options},
    record::Record,
    zone::Zone,
};
use crate::{
    accounts::Accounts,
    audit::{self, Entry},
    auth::{Auth, AuthError},
    client::Client,
    db::{self, Db, DbError},
    settings::Settings,
};

/// A table in the admin: what it looks like, and where it differs from others.
pub trait ModelAdmin: Send + Sync + 'static {
    /// What it looks like. Asked once, when it is registered.
    fn options(&self) -> Options;

    /// What a row is called.
    fn repr(&self, options: &Options, record: &Record) -> String {
        record.text(options.repr).to_owned()
    }

    /// The same where it takes a look at more than the row: for confirmations, histories and the log of deletions.
    fn name_of(&self, context: &mut Context<'_>, options: &Options, record: &Record) -> Result<String, AuthError> {
        let _ = context;
        Ok(self.repr(options, record))
    }

    /// What a column shows that is no plain field; `None` for one that is.
    fn cell(&self, context: &mut Context<'_>, name: &str, record: &Record) -> Result<Option<Cell>, AuthError> {
        let _ = (context, name, record);
        Ok(None)
    }

    /// What a form shows of a field that can't be changed there and is no plain one; `None` for one that is.
    fn shown(&self, context: &mut Context<'_>, name: &str, record: &Record) -> Result<Option<Vec<Cell>>, AuthError> {
        Ok(self.cell(context, name, record)?.map(|cell| vec![cell]))
    }

    /// The fields that [`Self::cell`] and [`Self::repr`] look at, beside the columns of the list.
    fn needs(&self) -> Vec<&'static str> {
        Vec::new()
    }

    /// The key of the person to whom a row belongs, whom the audit log's entries about it are about.
    fn subject(&self, record: &Record) -> Option<i32> {
        let _ = record;
        None
    }

    /// By what a row is named outside: its key, or where that is a secret something else.
    fn public_id(&self, context: &Context<'_>, key: &str) -> String {
        let _ = context;
        key.to_owned()
    }

    /// The key that [`Self::public_id`] stands for.
    fn key_of(&self, context: &Context<'_>, public_id: &str) -> Option<String> {
        let _ = context;
        Some(public_id.to_owned())
    }

    /// The form: of a row, or of a new one.
    fn fieldsets(&self, context: &mut Context<'_>, options: &Options, record: Option<&Record>) -> Vec<Fieldset> {
        let _ = context;
        match (&options.add_fieldsets, record) {
            (Some(fieldsets), None) => fieldsets.clone(),
            (None, None) => options.fieldsets_to_fill_in(),
            _ => options.fieldsets.clone(),
        }
    }

    /// What this editor can't change in this row's form.
    fn readonly_fields(
        &self,
        context: &mut Context<'_>,
        options: &Options,
        record: Option<&Record>,
    ) -> Result<Vec<&'static str>, AuthError> {
        let _ = (context, record);
        Ok(options.readonly_fields.clone())
    }

    /// Whether this editor may do `action` with this row, beyond what permissions say: `view`, `add`, `change`, `delete`,
    /// or what one of its [`Options::object_tools`] or [`Options::actions`] is named.
    fn allows(&self, context: &mut Context<'_>, action: &str, record: &Record) -> Result<bool, AuthError> {
        let _ = (context, action, record);
        Ok(true)
    }

    /// Looks at what was typed, beyond what each field asks for, and notes what is wrong with it.
    fn clean(&self, context: &mut Context<'_>, form: &mut Form, record: Option<&Record>) -> Result<(), AuthError> {
        let _ = (context, form, record);
        Ok(())
    }

    /// Whether anything that [`Self::is_dangerous`] can be done in its form.
    fn may_be_dangerous(&self) -> bool {
        false
    }

    /// Whether saving this takes the editor's own password again.
    fn is_dangerous(&self, form: &Form, record: Option<&Record>) -> bool {
        let _ = (form, record);
        false
    }

    /// Whether deleting rows takes the editor's own password again.
    fn is_deletion_dangerous(&self) -> bool {
        false
    }

    /// Whether very many rows may be deleted some at a time, so that nobody waits for all of them. Else more than
    /// [`bulk::MOST_AT_ONCE`] are refused.
    fn deletes_in_batches(&self) -> bool {
        !self.is_deletion_dangerous()
    }

    /// What its form shows of a row beside what is typed there, and another may change meanwhile: what is compared with how it
    /// was when the form was shown, by the field that shows it. See [`version`].
    fn versioned(&self, context: &mut Context<'_>, record: &Record) -> Result<Vec<(&'static str, String)>, AuthError> {
        let _ = (context, record);
        Ok(Vec::new())
    }

    /// Keeps others from changing a row until the transaction's end, before it is read to be changed; whether it is there.
    /// What [`Self::save`] locks before the row must be locked here, so that no two wait for each other.
    fn hold(
        &self,
        context: &mut Context<'_>,
        options: &Options,
        record: &Record,
        submitted: &Submitted,
    ) -> Result<bool, AuthError> {
        let _ = submitted;
        version::hold(context.db, options, record)
    }

    /// Writes what is right, within a transaction. What can't be written for a reason that only the database knows is noted
    /// in the form, before anything is written.
    fn save(
        &self,
        context: &mut Context<'_>,
        options: &Options,
        form: &mut Form,
        record: Option<&Record>,
    ) -> Result<Saved, AuthError> {
        save::save(context, options, form, record)
    }

    /// Deletes rows and what goes with them, all or none, and logs it.
    fn delete(&self, context: &mut Context<'_>, options: &Options, records: &[Record]) -> Result<Deleted, AuthError> {
        deletion::delete(context, options, &|record| self.repr(options, record), records)
    }

    /// What stands in the form before anything was typed, beyond what the row holds.
    fn prepare(&self, context: &mut Context<'_>, submitted: &mut Submitted) {
        let _ = (context, submitted);
    }
}

/// How saving ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saved {
    /// It is written; the key.
    Written(String),
    /// It is not: the form says why.
    Refused,
}

/// A model that the admin knows.
pub struct Registered {
    /// What it looks like.
    pub options: Options,
    /// How it differs.
    pub admin: Box<dyn ModelAdmin>,
}

/// All models that the admin knows, in the order of their apps.
#[derive(Clone)]
pub struct Admin(Arc<Vec<Registered>>);

impl Admin {
    /// Ours and those of another crate.
    pub fn new(settings: &Settings, others: Vec<Box<dyn ModelAdmin>>) -> Self {
        let all = models::all(settings).into_iter().chain(others);
        let mut models: Vec<Registered> = all.map(|admin| Registered { options: admin.options(), admin }).collect();
        models.sort_by(|a, b| (a.options.app_name, a.options.model).cmp(&(b.options.app_name, b.options.model)));
        Self(Arc::new(models))
    }

    /// The model at this path.
    pub fn find(&self, app_label: &str, model: &str) -> Option<&Registered> {
        self.0.iter().find(|known| known.options.app_label == app_label && known.options.model == model)
    }

    /// Notes those models that no Django has noted, so that permissions for them can be granted.
    pub fn record_models(&self, db: &mut Db) -> Result<(), DbError> {
        let apps = |label: &str| db::APPS.iter().any(|app| app.label == label);
        let others = self.0.iter().map(|model| &model.options).filter(|options| !apps(options.app_label));
        let models: Vec<_> = others.map(|options| (options.app_label, options.model, options.verbose_name)).collect();
        Ok(db::record_models(db, &models)?)
    }

    /// All of them.
    pub fn models(&self) -> &[Registered] {
        &self.0
    }
}

impl fmt::Debug for Admin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let paths = self.0.iter().map(|model| (model.options.app_label, model.options.model));
        formatter.debug_list().entries(paths).finish()
    }
}

/// What the work for one request may use.
pub struct Context<'a> {
    /// The connection.
    pub db: &'a mut Db,
    /// What authentication is made of.
    pub auth: &'a Auth,
    /// What people do with their accounts.
    pub accounts: &'a Accounts,
    /// The settings.
    pub settings: &'a Settings,
    /// All models.
    pub admin: &'a Admin,
    /// Who is calling.
    pub client: &'a Client,
    /// Who sits at the admin.
    pub editor: &'a Editor,
    /// The key of their session.
    pub own_key: Option<&'a str>,
    /// What goes into the audit log at the end of the transaction; `None` outside of one.
    pub entries: Option<Vec<Entry>>,
}

impl Context<'_> {
    /// The time.
    pub fn now(&self) -> PrimitiveDateTime {
        self.auth.clock.now()
    }

    /// The local time of the site.
    pub fn zone(&self) -> Zone {
        Zone(self.accounts.settings.time_zone.clone())
    }

    /// Whether the editor may do `action` (`view`, `add`, `change`, `delete`) with rows of a model. Whoever may change may
    /// view.
    pub fn may(&self, model: &Registered, action: &str) -> bool {
        let options = &model.options;
        let granted = |action| self.editor.may(&options.permission(action));
        let possible = match action {
            "add" => options.can_add && (!options.add_needs_change || granted("change")),
            "change" => options.can_change,
            "delete" => options.can_delete,
            _ => true,
        };
        possible && (granted(action) || (action == "view" && granted("change")))
    }

    /// Runs `work` in a transaction, whose last act is to append to the audit log what was noted in it.
    pub fn write<T, E>(&mut self, work: impl FnOnce(&mut Context<'_>) -> Result<T, E>) -> Result<T, E>
    where
        E: From<diesel::result::Error> + From<AuthError>,
    {
        let Self { db, auth, accounts, settings, admin, client, editor, own_key, entries: outer } = self;
        let (own_key, is_outermost, mut noted) = (*own_key, outer.is_none(), Vec::new());
        let done = db.write(|db| -> Result<T, E> {
            let entries = Some(Vec::new());
            let mut context = Context { db, auth, accounts, settings, admin, client, editor, own_key, entries };
            let done = work(&mut context)?;
            noted = context.entries.take().unwrap_or_default();
            if is_outermost {
                audit::append(context.db, &auth.keys, &noted, auth.clock.now())?;
            }
            Ok(done)
        })?;
        if let Some(outer) = outer {
            outer.append(&mut noted);
        }
        Ok(done)
    }

    /// Puts an entry into the audit log, at the end of the transaction if there is one.
    pub fn note(&mut self, entry: Entry) -> Result<(), AuthError> {
        if let Some(entries) = &mut self.entries {
            entries.push(entry);
            return Ok(());
        }
        self.write(|context| context.note(entry))
    }
}

impl Registered {
    /// The row that is named so outside.
    pub fn find(&self, context: &mut Context<'_>, public_id: &str) -> Result<Option<Record>, AuthError> {
        match self.admin.key_of(context, public_id) {
            Some(key) => record::find(context.db, &self.options, &key),
            None => Ok(None),
        }
    }

    /// Whether the editor may do `action` with a row.
    pub fn allows(&self, context: &mut Context<'_>, action: &str, record: &Record) -> Result<bool, AuthError> {
        Ok(context.may(self, action) && self.admin.allows(context, action, record)?)
    }
}

impl From<DbError> for changelist::ListError {
    fn from(error: DbError) -> Self {
        Self::Auth(error.into())
    }
}
