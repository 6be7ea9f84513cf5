//! A field of a table: what it holds, and where that stands.

use super::Index;

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
    /// Whether it is kept in another table, by the model's own [`save`](crate::admin::ModelAdmin::save). Django's forms don't know
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
