//! Classes with options, as in Django's `AUTH_PASSWORD_VALIDATORS`.

use std::collections::BTreeMap;

use super::value::{BadValue, Raw, Value, items, show_list};

/// A class path with options, as in Django's `AUTH_PASSWORD_VALIDATORS`: `{ NAME = "…", OPTIONS = { … } }`, or the
/// path alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Component {
    /// The dotted path.
    pub name: String,
    /// Its parameters, under the names that the Django class uses.
    pub options: BTreeMap<String, toml::Value>,
}

impl Component {
    /// The last part of the path, which picks the implementation.
    pub fn class(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or(&self.name)
    }
}

impl From<&str> for Component {
    fn from(name: &str) -> Self {
        Self { name: name.to_owned(), options: BTreeMap::new() }
    }
}

impl Value for Vec<Component> {
    const EXPECTED: &'static str = "a list of dotted paths, or of { NAME = \"…\", OPTIONS = { … } }";

    fn read(raw: &Raw) -> Result<Self, BadValue> {
        items(raw)?.into_iter().map(read_component).collect()
    }

    fn show(&self) -> String {
        show_list(self.iter().map(|component| {
            if component.options.is_empty() {
                return component.name.show();
            }
            let options = component.options.iter().map(|(name, value)| format!("{name} = {value}"));
            let options = options.collect::<Vec<_>>().join(", ");
            format!("{{ NAME = \"{}\", OPTIONS = {{ {options} }} }}", component.name)
        }))
    }
}

fn read_component(value: toml::Value) -> Result<Component, BadValue> {
    match value {
        toml::Value::String(name) => Ok(Component::from(name.as_str())),
        toml::Value::Table(mut table) => {
            let name = table.remove("NAME").and_then(|name| name.as_str().map(str::to_owned)).ok_or(BadValue)?;
            let options = match table.remove("OPTIONS") {
                None => BTreeMap::new(),
                Some(toml::Value::Table(options)) => options.into_iter().collect(),
                Some(_) => return Err(BadValue),
            };
            if table.is_empty() { Ok(Component { name, options }) } else { Err(BadValue) }
        }
        _ => Err(BadValue),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_carry_options_in_a_file_and_in_the_environment() {
        let listed =
            Vec::<Component>::read(&Raw::Text("[{ NAME = \"a.B\", OPTIONS = { rounds = 4 } }, \"c.D\"]".to_owned()));
        let listed = listed.expect("a good list");
        assert_eq!((listed[0].class(), listed[1].class()), ("B", "D"));
        assert_eq!(listed[0].options["rounds"].as_integer(), Some(4));
        assert!(Vec::<Component>::read(&Raw::Text("[{ NAME = \"a.B\", ROUNDS = 4 }]".to_owned())).is_err());
    }
}
