//! JSON as strict as it is safe: nothing is said twice, nothing is nested beyond reason, and what is wrong is told in words
//! of ours.

use std::{collections::HashSet, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, SeqAccess, Visitor},
};

use crate::jwt::ClaimSet;

/// The members of the object in `body`.
pub fn object(body: &[u8]) -> Result<ClaimSet, NotAnObject> {
    let text = std::str::from_utf8(body).map_err(|_| NotAnObject::Malformed("it is not UTF-8".to_owned()))?;
    serde_json::from_str::<Sound>(text).map_err(|error| NotAnObject::Malformed(place(&error)))?;
    serde_json::from_str(text).map_err(|_| NotAnObject::Other(kind(text.trim_start())))
}

/// Why it has none.
#[derive(Debug, PartialEq, Eq)]
pub enum NotAnObject {
    /// It is no JSON, or none that is taken.
    Malformed(String),
    /// It is something else: Python's name for it.
    Other(&'static str),
}

/// Python's name for the value that `text` begins with.
fn kind(text: &str) -> &'static str {
    match text.as_bytes().first() {
        Some(b'[') => "list",
        Some(b'"') => "str",
        Some(b't' | b'f') => "bool",
        Some(b'n') => "NoneType",
        _ if text.contains(['.', 'e', 'E']) => "float",
        _ => "int",
    }
}

fn place(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Eof => "it ends too early",
        serde_json::error::Category::Data => "a key stands twice in one object",
        _ => "it is not valid, or nested too deeply",
    };
    format!("{what}: line {} column {}", error.line(), error.column())
}

/// A value that says nothing twice, at any depth; its content is not kept.
struct Sound;

impl<'de> Deserialize<'de> for Sound {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Sound {
    type Value = Self;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self, A::Error> {
        while list.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
        let mut keys = HashSet::new();
        while let Some(key) = map.next_key::<String>()? {
            map.next_value::<Self>()?;
            if !keys.insert(key) {
                return Err(de::Error::custom("twice"));
            }
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sound_objects_are_taken() {
        assert!(object(br#"{"a": 1, "b": {"a": [{"a": null}]}}"#).is_ok());
        for (text, kind) in [("[1]", "list"), ("\"a\"", "str"), ("true", "bool"), ("null", "NoneType"), ("1", "int")] {
            assert_eq!(object(text.as_bytes()).err(), Some(NotAnObject::Other(kind)));
        }
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        for bad in
            [r#"{"a":1,"a":2}"#, r#"{"b":[{"a":1,"\u0061":2}]}"#, "{\"a\":1} x", "{", "NaN", "{\"a\":1e999}", &deep]
        {
            assert!(matches!(object(bad.as_bytes()), Err(NotAnObject::Malformed(_))), "{}", &bad[..bad.len().min(30)]);
        }
        assert!(matches!(object(b"{\"a\":\"\xff\"}"), Err(NotAnObject::Malformed(_))));
    }
}
