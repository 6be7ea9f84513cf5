//! What a Django project says of itself: the output of `manage.py diffsettings --all`.

use std::collections::{BTreeMap, btree_map::Entry};

use super::python::Value;

/// The settings of a Django project. Never shown as a whole: there are keys and passwords among them.
pub struct Project {
    settings: BTreeMap<String, Value>,
}

/// A setting that is text.
pub(super) enum Text<'a> {
    Is(&'a str),
    /// It is there, and what it is only Python knows.
    Unreadable,
    /// It is not there, or nothing.
    Absent,
}

impl Project {
    /// Reads the output of `manage.py diffsettings --all`, in either of its styles. `None` if it is something else.
    pub fn parse(output: &str) -> Option<Self> {
        let mut settings = BTreeMap::new();
        for (name, value) in output.lines().filter_map(line) {
            // A line within the text of another setting may look like one: then nobody knows which it is.
            match settings.entry(name) {
                Entry::Occupied(mut known) if *known.get() != value => drop(known.insert(Value::Other)),
                Entry::Occupied(_) => {}
                Entry::Vacant(place) => {
                    place.insert(value);
                }
            }
        }
        // Both stand in every project, the second since Django 1.2.
        (settings.contains_key("SECRET_KEY") && settings.contains_key("DATABASES")).then_some(Self { settings })
    }

    /// The value of a setting; that of a table's key by both names with a dot between.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        let Some((table, key)) = name.split_once('.') else { return self.settings.get(name) };
        match self.settings.get(table)? {
            Value::Other => Some(&Value::Other),
            table => table.get(key),
        }
    }

    pub(super) fn text(&self, name: &str) -> Text<'_> {
        match self.get(name) {
            Some(Value::Text(text)) => Text::Is(text),
            Some(Value::None) | None => Text::Absent,
            Some(_) => Text::Unreadable,
        }
    }

    pub(super) fn texts(&self, name: &str) -> Vec<&str> {
        self.get(name).map(Value::texts).unwrap_or_default()
    }

    /// Whether it has axes, which gives all of its settings a value.
    pub(super) fn has_axes(&self) -> bool {
        self.settings.contains_key("AXES_FAILURE_LIMIT") || self.has_app("axes")
    }

    /// Whether it has simplejwt.
    pub(super) fn has_tokens(&self) -> bool {
        self.settings.contains_key("SIMPLE_JWT") || self.has_app("rest_framework_simplejwt")
    }

    /// Whether it has an app that is called so in a part of its path.
    pub(super) fn has_app(&self, label: &str) -> bool {
        self.texts("INSTALLED_APPS").iter().any(|app| app.split('.').any(|part| part == label))
    }

    /// A setting of its first database.
    pub(super) fn database(&self, key: &str) -> Option<&Value> {
        self.get("DATABASES")?.get("default")?.get(key)
    }

    /// The same, where it is text.
    pub(super) fn database_text(&self, key: &str) -> &str {
        self.database(key).and_then(Value::as_text).unwrap_or_default()
    }
}

/// A setting as either style has it: `### NAME = value`, `NAME = value  ###`, `+ NAME = value`. What a minus stands before
/// is not in force.
fn line(line: &str) -> Option<(String, Value)> {
    let (name, value) = line.split_once(" = ")?;
    let name = name.trim_start_matches("###").trim_start_matches('+').trim();
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    is_name.then(|| (name.to_owned(), Value::parse(value.strip_suffix("###").unwrap_or(value))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(output: &str) -> Project {
        Project::parse(output).expect("a project")
    }

    #[test]
    fn either_style_is_read() {
        let hash = "### TIME_ZONE = 'UTC'\nSECRET_KEY = 'a = b'\nSIMPLE_JWT = {'LEEWAY': 0}  ###\nDATABASES = {}\n";
        let unified = "- TIME_ZONE = 'America/Chicago'\n+ TIME_ZONE = 'UTC'\n+ SECRET_KEY = 'a = b'\n\
                       + SIMPLE_JWT = {'LEEWAY': 0}\n  DATABASES = {}\n";
        for output in [hash, unified] {
            let project = parse(output);
            assert!(matches!(project.text("TIME_ZONE"), Text::Is("UTC")));
            assert!(matches!(project.text("SECRET_KEY"), Text::Is("a = b")));
            assert_eq!(project.get("SIMPLE_JWT.LEEWAY"), Some(&Value::Int(0)));
        }
        assert!(Project::parse("Traceback (most recent call last):\n").is_none());
    }

    #[test]
    fn what_could_be_either_is_neither() {
        let project =
            parse("SECRET_KEY = 'k'\nDATABASES = {}\nTIME_ZONE = 'UTC'\nX = <a\nTIME_ZONE = 'Asia/Tokyo'\n>\n");
        assert!(matches!(project.text("TIME_ZONE"), Text::Unreadable));
        let project = parse("SECRET_KEY = k\nDATABASES = {}\nSIMPLE_JWT = list[int]\n");
        assert!(matches!(project.text("SECRET_KEY"), Text::Unreadable));
        assert_eq!(project.get("SIMPLE_JWT.LEEWAY"), Some(&Value::Other));
    }
}
