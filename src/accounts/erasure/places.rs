//! Where people are named, beside their own rows, which go with their account.
//!
//! To add a place: a line in [`PLACES`]. A test looks for somebody's name in every table.

use serde_json::Value as Json;

use crate::{
    audit::replace_word,
    auth::AuthError,
    db::{
        Db,
        statement::{Statement, Value, text_of},
    },
    lockout::{
        models::{attempt, counter},
        subject::fold,
    },
    outbox::MAIL,
};

/// How many rows are read at once.
const BATCH: i64 = 5_000;

/// Who is forgotten.
pub(super) struct Whom {
    ids: Vec<i32>,
    names: Vec<String>,
    folded: Vec<String>,
    /// What stands in place of their name.
    pub(super) pseudonym: String,
}

impl Whom {
    pub(super) fn new(ids: Vec<i32>, names: &[String], pseudonym: String) -> Self {
        let folded = names.iter().map(|name| fold(name)).filter(|name| !name.is_empty()).collect();
        Self { ids, names: names.to_vec(), folded, pseudonym }
    }

    /// Whether `text` is one of their names, in whatever case, width or spaces.
    fn is_named(&self, text: &str) -> bool {
        !text.is_empty() && self.folded.contains(&fold(text))
    }

    /// `text` with the pseudonym in place of their names; `None` if it holds none.
    fn without(&self, text: &str, is_theirs: impl Fn(&str) -> bool) -> Option<String> {
        let mut changed = None;
        for name in self.names.iter().filter(|name| is_theirs(name)) {
            let now = changed.as_deref().unwrap_or(text);
            changed = replace_word(now, name, &self.pseudonym).or(changed);
        }
        changed
    }
}

/// A table in which people are named.
struct Place {
    table: &'static str,
    key: &'static str,
    /// Whether the key is a number.
    is_numbered: bool,
    /// Of which rows.
    condition: &'static str,
    /// The row goes if this names them.
    named: &'static str,
    /// Texts that may mention them.
    texts: &'static [Text],
}

/// A column that may mention people.
struct Text {
    column: &'static str,
    /// In characters.
    width: usize,
    /// Whether it may mean a name that stands in it: that may be any word, while an address is no other's.
    may_mention: fn(text: &str, name: &str) -> bool,
}

const NUMBERED: Place = Place { table: "", key: "id", is_numbered: true, condition: "1 = 1", named: "", texts: &[] };

/// What failed log-ins leave. Others lock several of these rows at once.
const ATTEMPTS: Place = Place { table: "axes_accessattempt", named: "username", ..NUMBERED };
const COUNTED: Place = Place { table: "vestibule_attempt", key: "attempt_id", named: "account", ..NUMBERED };
const LOCKS: Place =
    Place { table: "vestibule_lockout", key: "subject", is_numbered: false, named: "username", ..NUMBERED };

const PLACES: [Place; 4] = [
    Place { table: "axes_accesslog", named: "username", ..NUMBERED },
    Place { table: "axes_accessfailurelog", named: "username", ..NUMBERED },
    Place {
        table: "vestibule_event",
        condition: "(user_id IS NULL OR detail <> '')",
        // Of who is known by their key, not by their name.
        named: "CASE WHEN user_id IS NULL THEN username ELSE '' END",
        texts: &[Text {
            column: "detail",
            width: 255,
            may_mention: |text, name| name.contains('@') || text.starts_with("by ") || text.starts_with("axes_reset"),
        }],
        ..NUMBERED
    },
    Place {
        table: "django_admin_log",
        texts: &[
            Text { column: "object_repr", width: 200, may_mention: |_, _| true },
            Text {
                column: "change_message",
                width: usize::MAX,
                // Django's lists name fields, and a name may be the word for one.
                may_mention: |text, name| name.contains('@') || !text.starts_with('['),
            },
        ],
        ..NUMBERED
    },
];

/// Makes all of them forget; how many rows it were.
pub(super) fn erase(db: &mut Db, whom: &Whom) -> Result<usize, AuthError> {
    let mut rows = 0;
    for id in whom.ids.iter().map(|id| i64::from(*id)) {
        rows += Statement::new("DELETE FROM vestibule_event WHERE user_id = ").bind(Value::Int(id)).execute(db)?;
        rows += forget_posts(db, whom, id)?;
    }
    rows += erase_attempts(db, whom)?;
    for place in &PLACES {
        let (changed, going) = place.find(db, whom)?;
        rows += changed + delete_rows(db, place, &going)?;
    }
    Ok(rows + withdraw_letters(db, whom)?)
}

impl Place {
    /// Changes the texts that mention them: how many, and the keys of the rows that go.
    fn find(&self, db: &mut Db, whom: &Whom) -> Result<(usize, Vec<Value>), AuthError> {
        let named = if self.named.is_empty() { "''" } else { self.named };
        let columns = [self.key, named].into_iter().chain(self.texts.iter().map(|text| text.column));
        let columns: Vec<String> = columns.map(text_of).collect();
        let select = format!("SELECT {} FROM {}", columns.join(", "), self.table);
        let mut last = self.key_of(if self.is_numbered { "0" } else { "" });
        let (mut changed, mut going) = (0, Vec::new());
        loop {
            let statement = Statement::new(format!("{select} WHERE {} AND {} > ", self.condition, self.key));
            let statement =
                statement.bind(last.clone()).sql(format!(" ORDER BY {}.{} LIMIT {BATCH}", self.table, self.key));
            let rows = statement.rows(db)?;
            for row in &rows {
                let mut values = row.iter().map(|value| value.as_deref().unwrap_or_default());
                last = self.key_of(values.next().unwrap_or_default());
                if whom.is_named(values.next().unwrap_or_default()) {
                    going.push(last.clone());
                    continue;
                }
                for (column, text) in self.texts.iter().zip(values) {
                    if let Some(without) = whom.without(text, |name| (column.may_mention)(text, name)) {
                        changed += self.write(db, column, &without, &last)?;
                    }
                }
            }
            if rows.is_empty() {
                return Ok((changed, going));
            }
        }
    }

    fn key_of(&self, text: &str) -> Value {
        if self.is_numbered { Value::Int(text.parse().unwrap_or(i64::MAX)) } else { text.into() }
    }

    fn write(&self, db: &mut Db, column: &Text, text: &str, key: &Value) -> Result<usize, AuthError> {
        Ok(Statement::new(format!("UPDATE {} SET {} = ", self.table, column.column))
            .bind(Value::Text(text.chars().take(column.width).collect()))
            .sql(format!(" WHERE {} = ", self.key))
            .bind(key.clone())
            .execute(db)?)
    }
}

fn delete_rows(db: &mut Db, place: &Place, keys: &[Value]) -> Result<usize, AuthError> {
    let mut deleted = 0;
    for some in keys.chunks(500) {
        let statement = Statement::new(format!("DELETE FROM {} WHERE {} IN ", place.table, place.key));
        deleted += statement.bind_all(some.iter().cloned()).execute(db)?;
    }
    Ok(deleted)
}

/// Failed log-ins, what axes notes of their ends, and their locks. Locks of others that they stand for, as of an address, stay.
fn erase_attempts(db: &mut Db, whom: &Whom) -> Result<usize, AuthError> {
    let (mut of_axes, mut keys) = (Vec::new(), Vec::new());
    for place in [&ATTEMPTS, &COUNTED, &LOCKS] {
        for key in place.find(db, whom)?.1 {
            match key {
                Value::Int(id) => of_axes.extend(i32::try_from(id)),
                Value::Text(key) => keys.push(key),
                _ => {}
            }
        }
    }
    // Rows are locked as a failure locks them: first axes', then ours in the order of their keys.
    let ids = attempt::select_for_update(db, &of_axes)?;
    counter::lock_rows(db, &ids, &keys)?;
    counter::stop_watching(db, &ids)?;
    let locks: Vec<Value> = keys.into_iter().map(Value::Text).collect();
    Ok(attempt::delete(db, &ids)? + delete_rows(db, &LOCKS, &locks)?)
}

/// What their posts are called stands in the log of what was done to those, and who they were in that of what was done to
/// them.
fn forget_posts(db: &mut Db, whom: &Whom, id: i64) -> Result<usize, AuthError> {
    let about = |app: &str, model: &str| {
        Statement::new("UPDATE django_admin_log SET object_repr = ").bind(whom.pseudonym.as_str().into()).sql(format!(
            " WHERE content_type_id IN (SELECT id FROM django_content_type WHERE app_label = '{app}' AND model = \
                 '{model}') AND object_id IN "
        ))
    };
    let posts = about("vestibule", "post").sql("(SELECT CAST(id AS text) FROM vestibule_post WHERE owner_id = ");
    let of_posts = posts.bind(Value::Int(id)).sql(")").execute(db)?;
    Ok(of_posts + about("auth", "user").bind_all([id.to_string().as_str().into()]).execute(db)?)
}

/// Mail to them or about them that waits to be sent.
fn withdraw_letters(db: &mut Db, whom: &Whom) -> Result<usize, AuthError> {
    let waiting =
        Statement::new(format!("SELECT {}, letter FROM vestibule_outbox WHERE destination = ", text_of("id")))
            .bind(MAIL.into())
            .rows(db)?;
    let mut going = Vec::new();
    for row in waiting {
        let mut values = row.into_iter().map(Option::unwrap_or_default);
        let (id, letter) = (values.next().unwrap_or_default(), values.next().unwrap_or_default());
        if serde_json::from_str(&letter).is_ok_and(|letter| names(&letter, whom))
            && let Ok(id) = id.parse()
        {
            going.push(Value::Int(id));
        }
    }
    delete_rows(db, &Place { table: "vestibule_outbox", ..NUMBERED }, &going)
}

/// Whether a letter is to them, or names them.
fn names(letter: &Json, whom: &Whom) -> bool {
    match letter {
        Json::String(text) => whom.is_named(text),
        Json::Array(items) => items.iter().any(|item| names(item, whom)),
        Json::Object(members) => members.iter().any(|(name, value)| {
            let is_their_key = || value.as_i64().is_some_and(|id| whom.ids.iter().any(|own| i64::from(*own) == id));
            names(value, whom) || (name == "user_id" && is_their_key())
        }),
        _ => false,
    }
}
