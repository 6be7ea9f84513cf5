//! What the admin knows of a table: the words of `django.contrib.admin.ModelAdmin`.

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

/// Something of a row.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its name: in forms, in lookups, in `list_display`.
    pub name: &'static str,
    /// In words (`verbose_name`).
    pub label: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Where it stands, as `t.username`.
    pub sql: &'static str,
    /// The column in which it is kept; `None` for what is only looked up.
    pub column: Option<&'static str>,
    /// Whether it may be left empty (`blank`).
    pub blank: bool,
    /// Whether no two rows may have the same.
    pub unique: bool,
    /// What is said if another row has it; empty for Django's general sentence.
    pub taken: &'static str,
    /// How a text is kept of what was typed.
    pub normalize: fn(String) -> String,
    /// Whether it is kept in another table, by the model's own [`save`](super::ModelAdmin::save). Django's forms don't know
    /// it: one that is sent without it leaves it as it is.
    pub elsewhere: bool,
    /// What helps to fill it in.
    pub help_text: &'static str,
    /// What stands for a value of which there are few (`choices`).
    pub choices: &'static [(&'static str, &'static str)],
    /// What a new row has.
    pub initial: Initial,
    /// What the database finds by itself, for lists of very many rows.
    pub index: Index,
}

/// What a new row's field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Initial {
    /// Nothing.
    Empty,
    /// A tick.
    True,
    /// The moment; shown in the form, as a default that can be changed.
    Now,
    /// The moment at which it is saved; nobody types it (`auto_now_add`).
    OnAdd,
    /// The moment of each change (`auto_now`).
    OnSave,
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// The primary key, a number.
    Key,
    /// The primary key, a text.
    TextKey,
    /// One line, at most so many characters.
    Text(usize),
    /// Several lines.
    LongText,
    /// A whole number.
    Integer,
    /// True or false.
    Boolean,
    /// A moment.
    DateTime,
    /// An IP address.
    Address,
    /// Another row's key.
    ForeignKey(To),
    /// Several rows of another table.
    ManyToMany(Through),
}

/// The table to which a key leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct To {
    /// Its app and model.
    pub model: (&'static str, &'static str),
    /// The table.
    pub table: &'static str,
    /// What names its rows in words, of a row called `r`.
    pub repr: &'static str,
    /// The order in which they are offered, and what `repr` needs to be joined, as `FROM auth_group r`.
    pub from: &'static str,
    /// By what they are ordered.
    pub order: &'static str,
}

/// The table between two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Through {
    /// The table.
    pub table: &'static str,
    /// The column that points at this row.
    pub own: &'static str,
    /// The column that points at the other.
    pub other: &'static str,
    /// Where that leads.
    pub to: To,
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

impl Field {
    /// A field that is kept in the column of its name. `sql` says where it stands, as `t.username`.
    pub fn new(name: &'static str, label: &'static str, kind: Kind, sql: &'static str) -> Self {
        let column = (!matches!(kind, Kind::ManyToMany(_))).then(|| sql.strip_prefix("t.")).flatten();
        Self {
            name,
            label,
            kind,
            sql,
            column,
            blank: false,
            unique: false,
            taken: "",
            normalize: |text| text,
            elsewhere: false,
            help_text: "",
            choices: &[],
            initial: Initial::Empty,
            index: Index::None,
        }
    }

    /// May be left empty.
    #[must_use]
    pub fn blank(mut self) -> Self {
        self.blank = true;
        self
    }

    /// Is no other row's.
    #[must_use]
    pub fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    /// Says this if another row has the same.
    #[must_use]
    pub fn taken(mut self, text: &'static str) -> Self {
        self.taken = text;
        self
    }

    /// Is kept as this makes of what was typed.
    #[must_use]
    pub fn normalized(mut self, normalize: fn(String) -> String) -> Self {
        self.normalize = normalize;
        self
    }

    /// Is kept in another table.
    #[must_use]
    pub fn elsewhere(mut self) -> Self {
        self.elsewhere = true;
        self
    }

    /// With what helps to fill it in.
    #[must_use]
    pub fn help(mut self, text: &'static str) -> Self {
        self.help_text = text;
        self
    }

    /// With what stands for its few values.
    #[must_use]
    pub fn choices(mut self, choices: &'static [(&'static str, &'static str)]) -> Self {
        self.choices = choices;
        self
    }

    /// With what a new row has.
    #[must_use]
    pub fn initial(mut self, initial: Initial) -> Self {
        self.initial = initial;
        self
    }

    /// With what index there is of it.
    #[must_use]
    pub fn indexed(mut self, index: Index) -> Self {
        self.index = index;
        self
    }

    /// Whether it is the primary key.
    pub fn is_key(&self) -> bool {
        matches!(self.kind, Kind::Key | Kind::TextKey)
    }

    /// Whether somebody can be asked for it: it is kept, and not set by the program.
    pub fn is_editable(&self) -> bool {
        let kept = self.column.is_some() || self.elsewhere || matches!(self.kind, Kind::ManyToMany(_));
        kept && !self.is_key() && !matches!(self.initial, Initial::OnAdd | Initial::OnSave)
    }
}

impl Fieldset {
    /// A section.
    pub fn new(name: &'static str, fields: impl Into<Vec<&'static str>>) -> Self {
        Self { name, description: "", fields: fields.into() }
    }
}
