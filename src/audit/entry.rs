//! What is written down: who did what to whom.

use serde_json::{Map, Value};
use time::PrimitiveDateTime;

use crate::{
    client::{Client, printable},
    users::User,
};

/// The width of the text columns, in characters.
const WIDTH: usize = 255;

/// Fields and what stood in them before and after, as people read it. A secret is never among the values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes(Map<String, Value>);

impl Changes {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a field.
    #[must_use]
    pub fn with(mut self, field: &str, old: impl Into<Value>, new: impl Into<Value>) -> Self {
        self.0.insert(field.to_owned(), Value::Array(vec![old.into(), new.into()]));
        self
    }

    /// What a new account begins with.
    pub fn of_new(user: &User) -> Self {
        let changes = Self::new().with("username", Value::Null, user.username.as_str());
        let changes = changes.with("email", Value::Null, user.email.as_str());
        changes.with("is_staff", Value::Null, user.is_staff).with("is_superuser", Value::Null, user.is_superuser)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each field with its old and its new value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value, &Value)> {
        self.0.iter().map(|(field, values)| {
            (field.as_str(), values.get(0).unwrap_or(&Value::Null), values.get(1).unwrap_or(&Value::Null))
        })
    }

    /// As they stand in the column; empty for none.
    pub(super) fn text(&self) -> String {
        if self.0.is_empty() { String::new() } else { Value::Object(self.0.clone()).to_string() }
    }

    /// What stands in the column; none of what is no such text.
    pub(super) fn read(text: &str) -> Self {
        match serde_json::from_str(text) {
            Ok(Value::Object(fields)) => Self(fields),
            _ => Self::default(),
        }
    }
}

/// An entry that is about to be written.
#[derive(Debug, Clone)]
pub struct Entry {
    pub(super) action: String,
    pub(super) model: String,
    pub(super) object_id: String,
    pub(super) actor_id: Option<i32>,
    pub(super) subject_id: Option<i32>,
    pub(super) actor: String,
    pub(super) ip_address: Option<String>,
    pub(super) user_agent: String,
    pub(super) object_repr: String,
    pub(super) changes: Changes,
    pub(super) detail: String,
}

impl Entry {
    /// That `client` did something: `addition`, `change`, `deletion`, or by its own name.
    pub fn new(action: &str, client: &Client) -> Self {
        Self {
            action: printable(action, 32),
            model: String::new(),
            object_id: String::new(),
            actor_id: None,
            subject_id: None,
            actor: String::new(),
            ip_address: client.ip_address(),
            user_agent: printable(&client.user_agent, WIDTH),
            object_repr: String::new(),
            changes: Changes::default(),
            detail: String::new(),
        }
    }

    /// Who did it.
    #[must_use]
    pub fn by(mut self, actor: &User) -> Self {
        self.actor_id = Some(actor.id);
        self.actor = printable(&actor.username, WIDTH);
        self
    }

    /// Which command did it, for whoever may run one: `createsuperuser`.
    #[must_use]
    pub fn by_command(mut self, command: &str) -> Self {
        self.actor = format!("vestibule {command}");
        self
    }

    /// To what: app and model as `auth.user`, what names the row outside, what it is called.
    #[must_use]
    pub fn on(mut self, model: &str, object_id: &str, repr: &str) -> Self {
        self.model = printable(model, 201);
        self.object_id = printable(object_id, WIDTH);
        self.object_repr = printable(repr, WIDTH);
        self
    }

    /// To a person.
    #[must_use]
    pub fn on_user(self, person: &User) -> Self {
        self.on("auth.user", &person.id.to_string(), &person.username).about(person.id)
    }

    /// The person whom it is about.
    #[must_use]
    pub fn about(mut self, user_id: i32) -> Self {
        self.subject_id = Some(user_id);
        self
    }

    /// What was changed.
    #[must_use]
    pub fn changes(mut self, changes: Changes) -> Self {
        self.changes = changes;
        self
    }

    /// What else is worth knowing. It is never erased, so it must name nobody.
    #[must_use]
    pub fn detail(mut self, detail: &str) -> Self {
        self.detail = detail.replace('\0', "\u{fffd}");
        self
    }
}

/// An entry as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Its number in the chain.
    pub id: i64,
    /// When.
    pub created_at: PrimitiveDateTime,
    /// What was done.
    pub action: String,
    /// To what, as `auth.user`.
    pub model: String,
    /// What names the row outside.
    pub object_id: String,
    /// By whom; their pseudonym if they were erased, empty for nobody who is known.
    pub actor: String,
    /// The key that they had.
    pub actor_id: Option<i32>,
    /// The key of the person whom it is about.
    pub subject_id: Option<i32>,
    /// From where.
    pub ip_address: Option<String>,
    /// With what browser.
    pub user_agent: String,
    /// What the row was called.
    pub object_repr: String,
    /// What was changed.
    pub changes: Changes,
    /// What else is worth knowing.
    pub detail: String,
}
