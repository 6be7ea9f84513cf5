//! Fields of a form as the page shows them.

use crate::{
    admin::{
        Context, Registered,
        cell::{Cell, cell_of},
        form::{Form, Submitted},
        options::{Field, Fieldset, Initial, Kind},
        record::{self, Record},
    },
    auth::AuthError,
    db::statement::Value,
};

/// A section.
#[derive(Debug, Clone, Default)]
pub struct Section {
    /// Its title; empty for none.
    pub name: &'static str,
    /// What is said below it.
    pub description: &'static str,
    /// Its fields.
    pub fields: Vec<Bound>,
}

/// A field.
#[derive(Debug, Clone, Default)]
pub struct Bound {
    /// Its name.
    pub name: &'static str,
    /// What it is called.
    pub label: &'static str,
    /// What helps.
    pub help: &'static str,
    /// What is wrong.
    pub errors: Vec<String>,
    /// Whether it must be filled in.
    pub required: bool,
    /// What is typed into.
    pub widget: Widget,
    /// With what day and time the form began, where Django's says so too (`show_hidden_initial`).
    pub initial: Option<(String, String)>,
}

impl Bound {
    /// Where a link to it leads.
    pub fn anchor(&self) -> String {
        match self.widget {
            Widget::Moment(..) => format!("id_{}_0", self.name),
            Widget::Shown(_) => format!("id_{}_label", self.name),
            _ => format!("id_{}", self.name),
        }
    }
}

/// What is typed into.
#[derive(Debug, Clone)]
pub enum Widget {
    /// Nothing: it is shown.
    Shown(Vec<Cell>),
    /// One line.
    Line {
        /// What stands there.
        value: String,
        /// How many characters it may have.
        max: usize,
        /// `text`, `email` or `number`.
        kind: &'static str,
    },
    /// Several lines.
    Lines(String),
    /// A box to tick.
    Check(bool),
    /// A day and a time.
    Moment(String, String),
    /// One of few.
    Select(Vec<Choice>),
    /// Several of many: two panes, or without scripts one list.
    Panes(Vec<Choice>),
    /// Another row's key, and what that is called.
    Key(String, String),
}

impl Default for Widget {
    fn default() -> Self {
        Self::Shown(Vec::new())
    }
}

/// Something to choose.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What it is called.
    pub label: String,
    /// Whether it is chosen.
    pub selected: bool,
}

/// The sections of a form; what stands in `readonly` is only shown.
pub fn sections(
    context: &mut Context<'_>,
    model: &Registered,
    fieldsets: &[Fieldset],
    readonly: &[&'static str],
    form: &Form,
    record: Option<&Record>,
) -> Result<Vec<Section>, AuthError> {
    let mut sections = Vec::new();
    for Fieldset { name, description, fields } in fieldsets {
        let mut section = Section { name, description, fields: Vec::new() };
        for field in fields.iter().filter_map(|name| model.options.field(name)) {
            let is_shown = readonly.contains(&field.name) || !field.is_editable();
            let widget = if is_shown {
                Widget::Shown(shown(context, model, field, record)?)
            } else {
                typed(context, field, &form.submitted)?
            };
            section.fields.push(Bound {
                name: field.name,
                label: field.label,
                help: field.help_text,
                errors: form.errors.get(field.name).cloned().unwrap_or_default(),
                required: !is_shown && !field.blank && field.kind != Kind::Boolean,
                widget,
                initial: if is_shown { None } else { initial(context, field, form, record) },
            });
        }
        sections.push(section);
    }
    Ok(sections)
}

/// With what a moment began, of which a new row has a default.
fn initial(context: &Context<'_>, field: &Field, form: &Form, record: Option<&Record>) -> Option<(String, String)> {
    if field.kind != Kind::DateTime || field.initial != Initial::Now {
        return None;
    }
    let sent = |part| form.submitted.get(&format!("initial-{}_{part}", field.name)).map(str::to_owned);
    let held = || record.and_then(|record| record.time(field.name)).map(|at| context.zone().typed(at));
    sent(0).zip(sent(1)).or_else(held)
}

/// What a row holds.
pub(super) fn shown(
    context: &mut Context<'_>,
    model: &Registered,
    field: &Field,
    record: Option<&Record>,
) -> Result<Vec<Cell>, AuthError> {
    let Some(record) = record else { return Ok(Vec::new()) };
    if let Some(cells) = model.admin.shown(context, field.name, record)? {
        return Ok(cells);
    }
    if let Kind::ManyToMany(through) = &field.kind {
        let key = record::key_value(&model.options, &record.key).unwrap_or(Value::Null);
        let chosen = record::chosen(context.db, through, &key)?;
        let offered = record::offered(context.db, &through.to)?;
        return Ok(offered
            .into_iter()
            .filter(|(key, _)| chosen.contains(key))
            .map(|(_, label)| Cell::text(label))
            .collect());
    }
    Ok(vec![cell_of(field, &context.zone(), record)])
}

fn typed(context: &mut Context<'_>, field: &Field, sent: &Submitted) -> Result<Widget, AuthError> {
    let value = sent.text(field.name).to_owned();
    Ok(match &field.kind {
        Kind::Boolean => Widget::Check(!value.is_empty()),
        Kind::LongText => Widget::Lines(value),
        Kind::DateTime => {
            let part = |part: &str| sent.text(&format!("{}_{part}", field.name)).to_owned();
            Widget::Moment(part("0"), part("1"))
        }
        Kind::Integer => Widget::Line { value, max: 20, kind: "number" },
        Kind::ForeignKey(to) => {
            if let Some(offered) = record::offered_if_few(context.db, to)? {
                let choice = |(key, label): (i64, String)| {
                    let key = key.to_string();
                    Choice { selected: key == value.trim(), value: key, label }
                };
                return Ok(Widget::Select(offered.into_iter().map(choice).collect()));
            }
            let label = match value.trim().parse() {
                Ok(key) => record::named(context.db, to, key)?.unwrap_or_default(),
                Err(_) => String::new(),
            };
            Widget::Key(value, label)
        }
        Kind::ManyToMany(through) => {
            let chosen: Vec<&str> = sent.all(field.name).collect();
            let choice = |(key, label): (i64, String)| {
                let value = key.to_string();
                Choice { selected: chosen.contains(&value.as_str()), value, label }
            };
            Widget::Panes(record::offered(context.db, &through.to)?.into_iter().map(choice).collect())
        }
        _ if !field.choices.is_empty() => {
            let choice = |(key, label): &(&str, &str)| Choice {
                value: (*key).to_owned(),
                label: (*label).to_owned(),
                selected: value == *key,
            };
            Widget::Select(field.choices.iter().map(choice).collect())
        }
        Kind::Text(max) => {
            Widget::Line { value, max: *max, kind: if field.name == "email" { "email" } else { "text" } }
        }
        _ => Widget::Line { value, max: 200, kind: "text" },
    })
}

/// Names of fields that can be typed into.
pub fn editable(model: &Registered, fieldsets: &[Fieldset], readonly: &[&'static str]) -> Vec<&'static str> {
    let all = fieldsets.iter().flat_map(|fieldset| fieldset.fields.iter().copied());
    all.filter(|name| !readonly.contains(name))
        .filter(|name| model.options.field(name).is_some_and(Field::is_editable))
        .collect()
}
