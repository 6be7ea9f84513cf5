//! What the admin knows of a table: the words of `django.contrib.admin.ModelAdmin`.

mod field;

pub use field::{Field, Initial, Kind, Through, To};

pub use super::narrow::Index;
use super::{action::Action, filters::ListFilter};

/// A table as the admin shows it. Everything but the first few has a default that suits most.
///
/// SQL in here is a program's own and never comes from outside. The row itself is called `t`.
#[expect(clippy::struct_excessive_bools, reason = "each of Django's permissions by itself")]
pub struct Options {
    /// The app, as in `django_content_type`: the first part of the path.
    pub app_label: &'static str,
    /// The app in words.
    pub app_name: &'static str,
    /// The model, as in `django_content_type`: the second part of the path.
    pub model: &'static str,
    /// One of them.
    pub verbose_name: &'static str,
    /// Several of them.
    pub verbose_name_plural: &'static str,
    /// What it is for, above its list.
    pub about: &'static str,
    /// The table.
    pub table: &'static str,
    /// What is joined to it, as `LEFT JOIN auth_user u ON u.id = t.owner_id`; one row each at most.
    pub joins: &'static str,
    /// What there is to be seen and changed, the primary key first.
    pub fields: Vec<Field>,
    /// What of that names a row in words.
    pub repr: &'static str,
    /// The columns of the list.
    pub list_display: Vec<&'static str>,
    /// In what the search looks.
    pub search_fields: Vec<&'static str>,
    /// What is said beside the search box.
    pub search_help_text: &'static str,
    /// By what the list can be narrowed.
    pub list_filter: Vec<ListFilter>,
    /// The order, as `-date_joined`; the key is always the last.
    pub ordering: Vec<&'static str>,
    /// The time by which the list can be drilled into.
    pub date_hierarchy: Option<&'static str>,
    /// How many rows a page has.
    pub list_per_page: i64,
    /// Up to how many `?all=` shows on one page.
    pub list_max_show_all: i64,
    /// What is exported beside the columns of the list.
    pub export: Vec<&'static str>,
    /// The form, in sections.
    pub fieldsets: Vec<Fieldset>,
    /// The form of a new row, if it is another.
    pub add_fieldsets: Option<Vec<Fieldset>>,
    /// What is shown in the form and can't be changed there.
    pub readonly_fields: Vec<&'static str>,
    /// What becomes another as the site is used, as the last log-in does: who edits a row needn't hear of that.
    pub changed_by_use: Vec<&'static str>,
    /// Columns by which nobody may look anything up, as `password`: they are nowhere among the fields.
    pub secrets: &'static [&'static str],
    /// What can be done with several at once, beside deleting them.
    pub actions: Vec<Action>,
    /// What can be done with one, on its page.
    pub object_tools: Vec<ObjectTool>,
    /// Whose rows go with one that is deleted.
    pub related: Vec<Related>,
    /// Whether anybody may add one.
    pub can_add: bool,
    /// Whether adding one takes the permission to change one too, as the form for that is the second step.
    pub add_needs_change: bool,
    /// Whether anybody may change one.
    pub can_change: bool,
    /// Whether anybody may delete one.
    pub can_delete: bool,
}

/// A section of a form.
#[derive(Debug, Clone)]
pub struct Fieldset {
    /// Its title; empty for none.
    pub name: &'static str,
    /// What is said below it.
    pub description: &'static str,
    /// Its fields.
    pub fields: Vec<&'static str>,
}

/// Rows of another table that go with one.
#[derive(Debug, Clone)]
pub struct Related {
    /// One of them.
    pub verbose_name: &'static str,
    /// Several of them.
    pub verbose_name_plural: &'static str,
    /// App and model, if the admin knows them: whoever may not delete those may not delete what they belong to.
    pub model: Option<(&'static str, &'static str)>,
    /// Where they stand, as `FROM auth_user_groups r`.
    pub from: &'static str,
    /// The column that points at the row which is deleted.
    pub column: &'static str,
    /// What names one of them in words; empty where only their number is said.
    pub repr: &'static str,
    /// Whether the database deletes them by itself; else they are deleted before.
    pub cascades: bool,
    /// Their table, as it stands in a DELETE.
    pub table: &'static str,
}

/// Something that can be done with one row: a link at the top of its page.
#[derive(Debug, Clone, Copy)]
pub struct ObjectTool {
    /// The last part of the path.
    pub path: &'static str,
    /// What it says.
    pub label: &'static str,
    /// Which permission it takes, as `axes.delete_accessattempt`.
    pub permission: &'static str,
}

impl Options {
    /// The table `table`, whose rows are `verbose_name`s of an app. `fields` has the primary key first.
    pub fn new(
        (app_label, app_name): (&'static str, &'static str),
        model: &'static str,
        (verbose_name, verbose_name_plural): (&'static str, &'static str),
        table: &'static str,
        fields: Vec<Field>,
    ) -> Self {
        Self {
            app_label,
            app_name,
            model,
            verbose_name,
            verbose_name_plural,
            about: "",
            table,
            joins: "",
            repr: fields.first().map_or("", |key| key.name),
            fields,
            list_display: Vec::new(),
            search_fields: Vec::new(),
            search_help_text: "",
            list_filter: Vec::new(),
            ordering: Vec::new(),
            date_hierarchy: None,
            list_per_page: 100,
            list_max_show_all: 200,
            export: Vec::new(),
            fieldsets: Vec::new(),
            add_fieldsets: None,
            readonly_fields: Vec::new(),
            changed_by_use: Vec::new(),
            secrets: &[],
            actions: Vec::new(),
            object_tools: Vec::new(),
            related: Vec::new(),
            can_add: true,
            add_needs_change: false,
            can_change: true,
            can_delete: true,
        }
    }

    /// A table that is only looked at, and deleted from.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        (self.can_add, self.can_change) = (false, false);
        self
    }

    /// The field `name`.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name || (name == "pk" && field.is_key()))
    }

    /// The form, without what a new row has not yet: what the program sets.
    pub fn fieldsets_to_fill_in(&self) -> Vec<Fieldset> {
        let is_editable = |name: &&str| self.field(name).is_some_and(Field::is_editable);
        let filled = |fieldset: &Fieldset| Fieldset {
            fields: fieldset.fields.iter().copied().filter(|name| is_editable(name)).collect(),
            ..fieldset.clone()
        };
        self.fieldsets.iter().map(filled).filter(|fieldset| !fieldset.fields.is_empty()).collect()
    }

    /// The primary key.
    pub fn key(&self) -> &Field {
        &self.fields[0]
    }

    /// `auth.change_user`, for `change`.
    pub fn permission(&self, action: &str) -> String {
        format!("{}.{action}_{}", self.app_label, self.model)
    }
}

impl Fieldset {
    /// A section.
    pub fn new(name: &'static str, fields: impl Into<Vec<&'static str>>) -> Self {
        Self { name, description: "", fields: fields.into() }
    }
}
