//! What goes in and out, described once: the fields are checked by it and the schema is made of it.

use std::collections::BTreeMap;

use serde_json::{Value as Schema, json};

use super::{
    ApiError, FieldErrors,
    data::{Data, Value},
};
use crate::settings::Secret;

/// A group of fields.
#[derive(Debug)]
pub struct Serializer {
    /// What the schema calls it.
    pub name: &'static str,
    /// Its fields, in order.
    pub fields: &'static [Field],
}

/// A field.
#[derive(Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What stands in it.
    pub kind: Kind,
    /// What it is for.
    pub help: &'static str,
}

/// What stands in a field.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Text that is sent and shown, without the space around it; at most so many characters, if that is said.
    Text(Option<usize>),
    /// The same, but never shown.
    Hidden(Option<usize>),
    /// Text that is never shown, taken as it is: spaces belong to a password.
    Password,
    /// Shown only: a whole number.
    Number,
    /// Shown only: text.
    Shown,
    /// Shown only: a time.
    Moment,
}

impl Kind {
    fn is_sent(self) -> bool {
        matches!(self, Self::Text(_) | Self::Hidden(_) | Self::Password)
    }

    fn is_shown(self) -> bool {
        !matches!(self, Self::Hidden(_) | Self::Password)
    }
}

/// What was sent, and is as it should be.
#[derive(Debug)]
pub struct Valid(BTreeMap<&'static str, Secret>);

impl Valid {
    /// The value of a field that was sent.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(Secret::expose)
    }

    /// The value of a field that must be sent.
    pub fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }
}

/// What Python takes for space.
fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// The same inside the brackets of a regular expression: `\s` means something else in each language.
const SPACE: &str = r"\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000";

/// Text that is neither blank nor, without the space around it, longer than `longest`. `maxLength` would count that space.
fn trimmed(longest: usize) -> String {
    let rest = longest.checked_sub(2).map(|inner| format!(r"([^\x00]{{0,{inner}}}[^\x00{SPACE}])?"));
    format!(r"^[{SPACE}]*[^\x00{SPACE}]{}[{SPACE}]*$", rest.unwrap_or_default())
}

impl Serializer {
    /// The fields that are sent.
    pub fn sent(&self) -> impl Iterator<Item = &'static Field> + use<> {
        self.fields.iter().filter(|field| field.kind.is_sent())
    }

    /// Checks all fields; none of them may be missing.
    pub fn read(&self, data: &Data) -> Result<Valid, ApiError> {
        self.check(data, true)
    }

    /// Checks the fields that are there.
    pub fn read_partial(&self, data: &Data) -> Result<Valid, ApiError> {
        self.check(data, false)
    }

    fn check(&self, data: &Data, whole: bool) -> Result<Valid, ApiError> {
        let (mut valid, mut errors) = (BTreeMap::new(), FieldErrors::default());
        for field in self.sent() {
            match data.get(field.name).map(|value| field.check(value)) {
                None if whole => errors.push(field.name, vec!["This field is required.".to_owned()]),
                None => {}
                Some(Ok(text)) => drop(valid.insert(field.name, Secret::new(text))),
                Some(Err(messages)) => errors.push(field.name, messages),
            }
        }
        if errors.is_empty() { Ok(Valid(valid)) } else { Err(ApiError::Invalid(errors)) }
    }

    /// What is sent, as JSON Schema.
    pub fn request_schema(&self, whole: bool) -> Schema {
        let sent: Vec<&Field> = self.sent().collect();
        let properties = sent.iter().map(|field| (field.name.to_owned(), field.request_schema()));
        let mut schema = json!({"type": "object", "properties": properties.collect::<serde_json::Map<_, _>>()});
        if whole {
            schema["required"] = sent.iter().map(|field| field.name).collect();
        }
        schema
    }

    /// What is shown, as JSON Schema.
    pub fn response_schema(&self) -> Schema {
        let shown: Vec<&Field> = self.fields.iter().filter(|field| field.kind.is_shown()).collect();
        let properties = shown.iter().map(|field| (field.name.to_owned(), field.response_schema()));
        json!({
            "type": "object",
            "properties": properties.collect::<serde_json::Map<_, _>>(),
            "required": shown.iter().map(|field| field.name).collect::<Vec<_>>(),
            "additionalProperties": false,
        })
    }
}

impl Field {
    fn check(&self, value: Value) -> Result<String, Vec<String>> {
        let text = match value {
            Value::Text(text) => text,
            Value::Null => return Err(vec!["This field may not be null.".to_owned()]),
            Value::Other => return Err(vec!["Not a valid string.".to_owned()]),
        };
        let text = if matches!(self.kind, Kind::Password) { text } else { text.trim_matches(is_space).to_owned() };
        if text.is_empty() {
            return Err(vec!["This field may not be blank.".to_owned()]);
        }
        let mut messages = Vec::new();
        if let Kind::Text(Some(longest)) | Kind::Hidden(Some(longest)) = self.kind
            && text.chars().count() > longest
        {
            messages.push(format!("Ensure this field has no more than {longest} characters."));
        }
        if text.contains('\0') {
            messages.push("Null characters are not allowed.".to_owned());
        }
        if messages.is_empty() { Ok(text) } else { Err(messages) }
    }

    fn request_schema(&self) -> Schema {
        let (help, pattern) = match self.kind {
            Kind::Text(Some(longest)) | Kind::Hidden(Some(longest)) => (
                format!("{} At most {longest} characters, without the space around them.", self.help),
                trimmed(longest),
            ),
            Kind::Password => (self.help.to_owned(), r"^[^\x00]+$".to_owned()),
            _ => (self.help.to_owned(), format!(r"^[^\x00]*[^\x00{SPACE}][^\x00]*$")),
        };
        // Numbers are taken as their text.
        let mut schema = json!({"type": ["string", "number"], "description": help, "minLength": 1, "pattern": pattern});
        if !self.kind.is_shown() {
            schema["writeOnly"] = true.into();
        }
        schema
    }

    fn response_schema(&self) -> Schema {
        match self.kind {
            Kind::Number => json!({"type": "integer", "description": self.help}),
            Kind::Moment => json!({"type": "string", "format": "date-time", "description": self.help}),
            _ => json!({"type": "string", "description": self.help}),
        }
    }
}
